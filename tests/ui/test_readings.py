"""A barcode reader at the kiosk: the code of a cover sheet opens its book, and no character of it counts as a key."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from station.covers.code import code_of
from station.model import Exclusion
from station.root import Root
from station.wiring import Station
from tests.support import BOOK
from tests.ui.kiosks import add_book, app_of, at, drive, kiosk_of, screen_of, sign_in, text, until
from tests.ui.scans import loaded, open_book, ready, scanning, word
from tests.ui.typing.test_bursts import send
from ui.app import KioskApp
from ui.screens.scan import ScanScreen

OTHER = "19441/KS.2005.02"


def code(root: Root, book: str) -> str:
    with Station.open(root, "tester") as station:
        return code_of(station.book_id(book))


def read(pilot: Pilot[None], words: str) -> None:
    """As a reader does: all keys within a moment, Enter behind them."""
    send(pilot, words + "\r")


async def at_book(pilot: Pilot[None], book: str) -> None:
    def is_there() -> bool:
        screen = pilot.app.screen
        return isinstance(screen, ScanScreen) and screen.book == book and screen.standing is not None

    await until(pilot, is_there)
    await pilot.pause()


def screens(app: KioskApp) -> list[str | None]:
    return [screen.id for screen in app.screen_stack][1:]


def test_a_cover_sheet_opens_its_book_from_today_and_from_another_book(root: Root) -> None:
    add_book(root, OTHER)

    async def steps(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "today")
        read(pilot, code(root, OTHER))
        await at_book(pilot, OTHER)
        assert pilot.app.screen_stack[1].query_one(Input).value == ""
        read(pilot, code(root, BOOK))
        await at_book(pilot, BOOK)
        assert screens(kiosk_of(pilot)) == ["today", "scan"]
        assert not kiosk_of(pilot).scanner.busy

    drive(app_of(root), steps)


def test_a_book_id_under_the_reader_is_found_in_the_list(root: Root) -> None:
    add_book(root, OTHER)

    async def steps(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "today")
        await until(pilot, lambda: len(getattr(pilot.app.screen, "rows", ())) == 2)
        read(pilot, "KS.2005.02")
        await at_book(pilot, OTHER)

    drive(app_of(root), steps)


def test_readings_that_open_nothing_say_so_and_leave_the_book_open(root: Root) -> None:
    damaged = code(root, BOOK).replace("KS.2005", "KS.2006")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        for words in (damaged, "dx 893 nws"):
            read(pilot, words)
            await until(pilot, lambda words=words: words in screen_of(pilot).said)  # type: ignore[misc]
            assert screens(kiosk_of(pilot)) == ["today", "scan"]
        read(pilot, code(root, "KH.1999.01"))
        await until(pilot, lambda: pilot.app.screen.query("#dialog-text"))
        assert "KH.1999.01" in text(pilot, "dialog-text")
        await pilot.press("escape")
        await at(pilot, "scan")
        assert scanning(pilot).book == BOOK
        assert not kiosk_of(pilot).scanner.busy

    drive(app_of(root), steps)


def test_a_reading_is_no_page_and_a_pedal_is(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", feeder=False)
    add_book(root, OTHER)

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        send(pilot, " ")
        await until(pilot, lambda: kiosk_of(pilot).scanner.awaits_sheet)
        await until(pilot, lambda: word(pilot).startswith("✓"))
        read(pilot, code(root, OTHER))
        await at_book(pilot, OTHER)
        await ready(pilot, 0)
        read(pilot, code(root, BOOK))
        await at_book(pilot, BOOK)
        await ready(pilot, 1)
        assert text(pilot, "counts").startswith("Pages 1 ")

    drive(app_of(root), steps)


def test_a_pin_and_a_question_take_keys_as_keys(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("n")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-input"))
        send(pilot, "1234567")
        await until(pilot, lambda: pilot.app.screen.query_one("#dialog-input", Input).value.endswith("1234567"))
        await pilot.press("escape")
        await at(pilot, "scan")
        await pilot.press("f9")
        await at(pilot, "sign-in")
        send(pilot, "135799")
        await until(pilot, lambda: pilot.app.screen.query_one("#pin", Input).value == "135799")

    drive(app_of(root), steps)


def test_the_cover_of_an_excluded_book_opens_it_and_says_why_it_must_not_be_done(root: Root) -> None:
    add_book(root, OTHER)
    with Station.open(root, "tester") as station:
        rows = [Exclusion("19441", "KS", 2005, 2005, 2, None, None, "scanned in 2019", "list")]
        station.catalogue.exclude(rows, "tester", "2026-01-01")

    async def steps(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "today")
        read(pilot, code(root, OTHER))
        await at_book(pilot, OTHER)
        assert screen_of(pilot).said.startswith(f"● The book {OTHER} is excluded: scanned in 2019.")
        read(pilot, code(root, BOOK))
        await at_book(pilot, BOOK)
        assert "excluded" not in screen_of(pilot).said

    drive(app_of(root), steps)
