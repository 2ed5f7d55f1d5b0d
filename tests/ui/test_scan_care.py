"""Scanning when something was not as it should be: haste, a stop, a crash, sheets that are lost."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from PIL import Image
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Digits

from drivers.faults import FaultKind
from station.model import Feed, PageKind
from station.root import Root
from station.wiring import Station
from tests.support import BOOK
from tests.ui.kiosks import app_of, at, drive, kiosk_of, screen_of, sign_in, text, type_in, until
from tests.ui.scans import kept, loaded, numbered, open_book, pages_shown, ready, scanning, turned, word
from tests.ui.typing.test_bursts import key_at
from ui.memory import Place, remember
from ui.typing.patience import REPEAT_SECONDS
from ui.widgets import band as bands


def digits(pilot: Pilot[None]) -> str:
    return scanning(pilot).query_one("#band-number", Digits).value


def asked(pilot: Pilot[None]) -> bool:
    return bool(pilot.app.screen.query("#dialog-text"))


async def type_number(pilot: Pilot[None], number: str) -> None:
    await pilot.press("n")
    await until(pilot, lambda: pilot.app.screen.query("#dialog-input"))
    await pilot.press(*["backspace"] * 7)
    await type_in(pilot, number)
    await pilot.press("enter")
    await at(pilot, "scan")
    await until(pilot, lambda: f"{number}/2005" in screen_of(pilot).said)


# Numbers


def test_a_number_typed_before_the_cover_stands_until_its_page_has_come(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", feeder=False, kiosk="covers = 1")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await type_number(pilot, "5")
        assert digits(pilot) == "05"
        await pilot.press("space")
        await turned(pilot, 1)
        assert digits(pilot) == "05"
        assert "next number: 05/2005" in text(pilot, "band-more")
        await pilot.press("space")
        await turned(pilot, 2)
        await until(pilot, lambda: digits(pilot) == "06")

    drive(app_of(root), steps)
    assert kept(root) == [(1, PageKind.COVER, []), (2, PageKind.PAGE, ["05/2005"])]


def test_a_number_typed_before_the_cover_outlives_the_kiosk(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", feeder=False, kiosk="covers = 1")

    async def before(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await type_number(pilot, "5")
        await pilot.press("space")
        await turned(pilot, 1)

    async def after(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await ready(pilot, 1)
        assert digits(pilot) == "05"
        await pilot.press("space")
        await turned(pilot, 2)

    drive(app_of(root), before)
    drive(app_of(root), after)
    assert kept(root)[1] == (2, PageKind.PAGE, ["05/2005"])


# Sheets that were drawn in and left no page


@pytest.mark.parametrize("kind", [FaultKind.SPOOL_FULL, FaultKind.IO_ERROR, FaultKind.SHORT_PAGE])
def test_sheets_that_left_no_page_go_back_and_the_last_page_is_asked_for(tmp_path: Path, kind: FaultKind) -> None:
    root = loaded(tmp_path, "page 1", "page 2", f'fault = "{kind}"', "page 3")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await at(pilot, "fault")
        assert "Put the sheets AFTER page 2 back" in text(pilot, "what-to-do")
        assert "drew in 3 sheets; 2 pages are kept" in text(pilot, "last-good")
        await pilot.press("space")
        await ready(pilot, 2)
        await pilot.press("space")
        await until(pilot, lambda: asked(pilot))
        assert "3 sheets went in, 2 pages are kept" in text(pilot, "dialog-text")
        assert "Is it page 2 (number 02/2005)?" in text(pilot, "dialog-text")
        await pilot.press("y")
        await ready(pilot, 3)

    drive(app_of(root), steps)
    assert kept(root) == numbered(3)


def test_before_the_first_page_all_sheets_go_back(tmp_path: Path) -> None:
    root = loaded(tmp_path, 'fault = "jam"', "page 1")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await at(pilot, "fault")
        assert "put all sheets back" in text(pilot, "what-to-do")
        await pilot.press("space")
        await ready(pilot, 0)
        await pilot.press("space")
        await until(pilot, lambda: asked(pilot))
        assert "Are all sheets back" in text(pilot, "dialog-text")
        await pilot.press("y")
        await ready(pilot, 1)

    drive(app_of(root), steps)
    assert kept(root) == numbered(1)


def test_after_a_crash_in_the_middle_of_a_stack_the_last_page_is_told_and_asked_for(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", 'press = "scan"', "page 3")

    async def before(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await ready(pilot, 2)

    async def after(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "scan")
        await until(pilot, lambda: "Last page that was kept: 2 (number 02/2005)" in screen_of(pilot).said)
        await ready(pilot, 2)
        await pilot.press("space")
        await until(pilot, lambda: asked(pilot))
        assert "a power cut or a crash" in text(pilot, "dialog-text")
        assert "Is it page 2 (number 02/2005)?" in text(pilot, "dialog-text")
        await pilot.press("y")
        await ready(pilot, 3)

    drive(app_of(root), before)
    interrupt(root)
    remember(root, Place("scan", BOOK, "", "Mai"))
    drive(app_of(root), after)
    assert kept(root) == numbered(3)


def interrupt(root: Root) -> None:
    """What a kiosk leaves on record that is killed while paper moves."""
    with Station.open(root, "tester") as station:
        book = station.book_id(BOOK)
        station.catalogue.begin_feed(Feed(0, book, "given:1", "adf", "scan", "Mai", "2025-03-01T08:00:00+07:00"))


# Haste


def test_a_fault_is_not_dismissed_in_haste_and_stays_to_be_read(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", 'fault = "cover-open"', 'press = "scan"', "page 2")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        pressed = time.monotonic()
        await pilot.press("space")
        await until(pilot, lambda: pilot.app.screen.id == "fault")
        for haste in (0.3, 0.6):
            send(pilot, key_at(" ", pressed + haste))
        await pilot.pause()
        assert pilot.app.screen.id == "fault"
        await at(pilot, "fault")
        await pilot.press("space")
        await ready(pilot, 1)
        assert "✗ The scanner's cover is open" in screen_of(pilot).said
        assert "Put the sheets AFTER page 1 back" in screen_of(pilot).said
        await pilot.press("x")
        await at(pilot, "review")
        await pilot.press("escape")
        await at(pilot, "scan")
        assert "cover is open" in screen_of(pilot).said
        await pilot.press("space")
        await ready(pilot, 2)
        assert "cover is open" not in screen_of(pilot).said

    drive(app_of(root), steps)
    assert kept(root) == numbered(2)


def send(pilot: Pilot[None], key: Key) -> None:
    """A key as the terminal's thread sends it."""
    driver = pilot.app._driver
    assert driver is not None
    driver.send_message(key)


def hold(pilot: Pilot[None], seconds: float) -> None:
    """As a keyboard repeats Space, 33 times a second, whatever the screen and the machine do meanwhile."""
    pressed = time.monotonic()
    end = pressed + seconds
    while pressed < end:
        send(pilot, key_at(" ", pressed))
        pressed += 0.03
        time.sleep(max(0.0, pressed - time.monotonic()))


def test_a_key_that_is_held_takes_one_page(tmp_path: Path) -> None:
    root = loaded(tmp_path, *[f"page {number}" for number in range(1, 6)], feeder=False)

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await pilot.pause(0.4)
        await asyncio.to_thread(hold, pilot, 2.5)
        await pilot.pause(REPEAT_SECONDS)
        await turned(pilot, 1)
        await pilot.press("space")
        await turned(pilot, 2)

    drive(app_of(root), steps)
    assert kept(root) == numbered(2)


# What the operator orders


def test_both_sides_by_hand_and_the_button_answer_while_the_flatbed_waits(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", feeder=False)

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await turned(pilot, 1)
        await pilot.press("h")
        await until(pilot, lambda: "need a feeder" in screen_of(pilot).said)
        assert scanning(pilot).desk.awaits_sheet
        await pilot.press("w")
        await ready(pilot, 1)
        assert "button" in screen_of(pilot).said
        assert "button" in text(pilot, "source")

    drive(app_of(root), steps)


def test_the_source_that_was_chosen_is_shown_and_kept_while_the_book_is_open(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", feeder=False)

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        assert text(pilot, "source") == "Source of paper: as the profile says"
        await pilot.press("space")
        await turned(pilot, 1)
        await pilot.press("g")
        await ready(pilot, 1)
        assert screen_of(pilot).said == text(pilot, "source") == "Source of paper: flatbed"
        await pilot.press("escape")
        await at(pilot, "today")
        await until(pilot, lambda: getattr(pilot.app.screen, "rows", ()))
        kiosk_of(pilot).go("scan", book=BOOK)
        await at(pilot, "scan")
        assert text(pilot, "source") == "Source of paper: flatbed"

    drive(app_of(root), steps)


# The end of a stack


def test_a_stack_that_makes_the_book_complete_says_so(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", 'press = "scan"', "page 3", expected=2)

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await ready(pilot, 2)
        await until(pilot, lambda: "✓ All 2 pages are here. D closes the book." in screen_of(pilot).said)
        await pilot.press("space")
        await ready(pilot, 3)
        await until(pilot, lambda: "● 3 pages, the list says 2" in screen_of(pilot).said)
        await pilot.press("x")
        await at(pilot, "review")
        await pilot.press("escape")
        await at(pilot, "scan")
        assert screen_of(pilot).said == ""

    drive(app_of(root), steps)


def test_pages_that_are_not_good_are_told_at_the_end_of_the_stack(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", "page 3")
    with Image.open(tmp_path / "scanner" / "p2.jpg") as page:
        half = page.copy()
    half.paste((128, 128, 128), (0, half.height // 2, half.width, half.height))
    half.save(tmp_path / "scanner" / "p2.jpg")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await ready(pilot, 3)
        await until(pilot, lambda: "✗ 1 pages have to be scanned again (2). X shows them." in screen_of(pilot).said)
        assert "✓" not in screen_of(pilot).said

    drive(app_of(root), steps)


def test_a_stop_of_ones_own_is_no_fault(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "grey = 200\nwarm_up = 30.0", "page 2")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await until(pilot, lambda: pages_shown(pilot) == 1)
        await pilot.press("s")
        await ready(pilot, 1)
        assert word(pilot) == "▶ Lay the page down and press Space"
        assert pilot.app.screen.id == "scan"
        assert "Last page: 1 (number 01/2005)" in screen_of(pilot).said

    drive(app_of(root), steps)
    assert kept(root) == numbered(1)


def test_a_number_that_is_none_keeps_its_question_with_what_was_typed(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("n")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-input"))
        await pilot.press(*["backspace"] * 7)
        await type_in(pilot, "7x5")
        await pilot.press("enter")
        await until(pilot, lambda: "7x5" in text(pilot, "dialog-error"))
        await pilot.press(*["backspace"] * 3)
        await type_in(pilot, "7")
        await pilot.press("enter")
        await at(pilot, "scan")
        await until(pilot, lambda: "07/2005" in screen_of(pilot).said)
        assert not kiosk_of(pilot).scanner.busy

    drive(app_of(root), steps)
    assert kept(root) == []


def test_a_key_that_comes_too_early_takes_no_page_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = loaded(tmp_path, *[f"page {number}" for number in range(1, 6)], feeder=False)
    monkeypatch.setattr(bands, "INTERRUPTED_SECONDS", 60.0)  # however late a busy machine looks at it
    heard: list[str] = []

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        monkeypatch.setattr(kiosk_of(pilot), "sound", heard.append)
        await pilot.press("space")
        send(pilot, key_at(" ", time.monotonic() + REPEAT_SECONDS))
        await until(pilot, lambda: word(pilot) == "● Wait: that key took NO page")
        assert heard.count("look") == 1
        band = scanning(pilot).query_one(bands.Band)
        assert not band.interrupt("look", "again"), "no further sound for the next one"
        await turned(pilot, 1)
        band.go_on()
        assert word(pilot).startswith("✓ Turn the page")

    drive(app_of(root), steps)
    assert kept(root) == numbered(1)
