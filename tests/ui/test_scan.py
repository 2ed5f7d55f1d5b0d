"""Scanning by keys alone, with the scripted scanner over the real core."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from drivers.faults import FaultKind
from station.model import Exclusion, PageKind
from station.root import Root
from station.wiring import Station
from tests.station.covers import papers
from tests.support import BOOK
from tests.ui.kiosks import (
    PINS,
    add_book,
    app_of,
    at,
    drive,
    kiosk_of,
    make,
    screen_of,
    sign_in,
    text,
    type_in,
    until,
)
from tests.ui.scans import kept, loaded, numbered, open_book, pages_shown, ready, scanning, turned, word
from ui.screens.scan import ScanScreen
from ui.widgets.band import Band
from ui.widgets.picture import PagePicture
from ui.widgets.strip import PageStrip


def test_a_stack_is_one_key(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", "page 3")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        assert word(pilot) == "▶ Lay the page down and press Space"
        await pilot.press("space")
        await ready(pilot, 3)
        await until(pilot, lambda: "3 pages this time" in screen_of(pilot).said)
        assert text(pilot, "counts") == "Pages 3 / 24 · Cases 3"
        assert "3. page · number 03/2005" in text(pilot, "strip")
        await until(pilot, lambda: str(scanning(pilot).query_one(PagePicture).path).endswith("preview.jpg"))
        await pilot.press("space")
        await until(pilot, lambda: "no paper" in screen_of(pilot).said)

    drive(app_of(root), steps)
    assert kept(root) == numbered(3)
    with Station.open(root) as station:
        assert {page.origin.operator for page in station.catalogue.pages(station.book_id(BOOK))} == {"Mai"}


def test_a_flatbed_is_one_key_a_page_and_keys_meanwhile_do_nothing(tmp_path: Path) -> None:
    root = loaded(tmp_path, *[f"page {number}" for number in range(1, 6)], feeder=False)
    keys = 0

    async def steps(pilot: Pilot[None]) -> None:
        nonlocal keys
        await open_book(pilot)
        for page in range(1, 5):
            await pilot.press("space" if page % 2 else "pagedown")
            keys += 1
            await turned(pilot, page)
        # The verdict on the page that lies there comes before the next key.
        await until(pilot, lambda: scanning(pilot).standing.last[-1].level)  # type: ignore[union-attr]
        await pilot.press("s")
        await ready(pilot, 4)

    drive(app_of(root), steps)
    assert kept(root) == numbered(4)
    assert keys == 4


def test_a_jam_is_told_and_the_last_page_is_asked_for(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", 'fault = "jam"', "page 3")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await at(pilot, "fault")
        assert word(pilot).startswith("✗ Paper jam")
        assert "Last good page: 2 (number 02/2005)" in text(pilot, "last-good")
        await pilot.press("space")
        await ready(pilot, 2)
        await pilot.press("space")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-text"))
        assert "Is it page 2 (number 02/2005)?" in text(pilot, "dialog-text")
        await pilot.press("y")
        await ready(pilot, 3)

    drive(app_of(root), steps)
    assert kept(root) == numbered(3)


@pytest.mark.parametrize("kind", list(FaultKind))
def test_every_fault_has_its_screen_and_scanning_goes_on_after_it(tmp_path: Path, kind: FaultKind) -> None:
    root = loaded(tmp_path, "page 1", f'fault = "{kind}"', "page 2")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        if kind not in {FaultKind.OFFLINE, FaultKind.IO_ERROR, FaultKind.STALLED, FaultKind.WORKER_CRASHED}:
            await at(pilot, "fault")
            assert word(pilot).startswith("✗ ")
            assert text(pilot, "what-to-do")
            await pilot.press("enter")
            await at(pilot, "scan")
            await pilot.press("space")
            await until(pilot, lambda: pilot.app.screen.query("#dialog-text") or pages_shown(pilot) == 2)
        else:  # the connection is opened anew by itself
            await until(pilot, lambda: not kiosk_of(pilot).scanner.busy)
            if pilot.app.screen.id == "fault":
                await at(pilot, "fault")
                await pilot.press("enter")
                await at(pilot, "scan")
                await pilot.press("space")
        await until(pilot, lambda: not kiosk_of(pilot).scanner.busy or pilot.app.screen.query("#dialog-text"))
        if pilot.app.screen.query("#dialog-text"):
            await pilot.press("y")
        await ready(pilot, 2)

    drive(app_of(root), steps)
    assert kept(root) == numbered(2)


def test_covers_and_a_typed_number(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", "page 3", kiosk="covers = 1")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        assert "COVER" in word(pilot)
        await pilot.press("n")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-input"))
        await pilot.press(*["backspace"] * 7)
        await type_in(pilot, "17")
        await pilot.press("enter")
        await at(pilot, "scan")
        await until(pilot, lambda: "17/2005" in screen_of(pilot).said)
        await pilot.press("space")
        await ready(pilot, 3)

    drive(app_of(root), steps)
    assert kept(root) == [
        (1, PageKind.COVER, []),
        (2, PageKind.PAGE, ["17/2005"]),
        (3, PageKind.PAGE, ["18/2005"]),
    ]


def test_an_excluded_book_is_opened_by_a_checkers_pin_alone(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2")
    exclude(root)

    async def steps(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "today")
        kiosk_of(pilot).go("scan", book=BOOK)
        await at(pilot, "scan")
        await ready(pilot)
        await pilot.press("space")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-reason"))
        assert "is excluded" in text(pilot, "dialog-text")
        names = pilot.app.screen.query_one("#dialog-names", OptionList)
        await until(pilot, lambda: names.option_count)
        assert [str(names.get_option_at_index(place).prompt) for place in range(names.option_count)] == ["Hà", "Lan"]
        await type_in(pilot, "cho phep")
        await pilot.press("enter", *PINS["Hà"], "enter")
        await at(pilot, "scan")
        await until(pilot, lambda: inclusions(root))
        await pilot.press("space")
        await ready(pilot, 2)

    drive(app_of(root), steps)
    assert inclusions(root) == [("Hà", "cho phep", "Mai")]
    assert kept(root) == numbered(2)


def exclude(root: Root, text: str = BOOK) -> None:
    with Station.open(root, "tester") as station:
        book = station.book_id(text)
        done = Exclusion(book.registry, book.type, book.year_first, book.year_last, None, None, None, "", "phase-1.csv")
        station.catalogue.exclude([done], "tester", "2025-03-01T08:00:00+07:00")


def inclusions(root: Root) -> list[tuple[str, str, str]]:
    with Station.open(root, "tester") as station:
        found = station.catalogue.inclusions(station.book_id(BOOK))
        return [(one.checker, one.why, one.operator) for one in found]


@pytest.mark.parametrize("listed", [True, False])
def test_at_a_cover_sheet_of_a_closed_book_somebody_is_asked(tmp_path: Path, *, listed: bool) -> None:
    other = "19441/KH.2006.01"
    root = loaded(tmp_path, "page 1", 'image = "cover.jpg"', "page 2", "page 3")
    papers.save(papers.cover(other), tmp_path / "scanner" / "cover.jpg")
    if listed:
        add_book(root, other)
        exclude(root, other)

    async def steps(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "today")
        kiosk_of(pilot).go("scan", book=BOOK)
        await at(pilot, "scan")
        await ready(pilot)
        await pilot.press("space")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-text"))
        assert f"A cover sheet: The book {other} is" in text(pilot, "dialog-text")
        await pilot.press("a")
        if listed:
            await until(pilot, lambda: pilot.app.screen.query("#dialog-reason"))
            names = pilot.app.screen.query_one("#dialog-names", OptionList)
            await until(pilot, lambda: names.option_count)
            await type_in(pilot, "cho phep")
            await pilot.press("enter", *PINS["Hà"], "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ScanScreen) and scanning(pilot).book == other)
        await ready(pilot, 2)

    drive(app_of(root), steps)
    assert kept(root) == numbered(1)
    assert [kind for _, kind, _ in kept(root, other)] == [PageKind.COVER, PageKind.PAGE, PageKind.PAGE]


def test_a_printed_cover_sheet_is_no_page_and_nothing_is_said_of_how_it_looks(tmp_path: Path) -> None:
    root = loaded(tmp_path, 'image = "cover.jpg"', *[f"page {number}" for number in range(1, 5)], expected=5)
    papers.save(papers.cover(BOOK).point(lambda value: 200 + value // 5), tmp_path / "scanner" / "cover.jpg")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await ready(pilot, 4)
        await until(pilot, lambda: all(seen.level for seen in scanning(pilot).standing.last))  # type: ignore[union-attr]
        assert "4 pages this time" in screen_of(pilot).said
        assert "All 5 pages" not in screen_of(pilot).said
        assert text(pilot, "counts") == "Pages 4 / 5 · Cases 4"
        assert text(pilot, "band-more").startswith("4 pages")
        first = text(pilot, "strip").splitlines()[:2]
        assert [line[:4] for line in first] == ["✓ 1.", "✓ 2."], first

    drive(app_of(root), steps)
    with Station.open(root, "tester") as station:
        cover = station.catalogue.pages(station.book_id(BOOK))[0]
        copy = station.catalogue.copy(cover.copy_of, station.recipe.key)
        assert copy
        assert any(verdict["level"] != "ok" for verdict in copy.verdicts), "the sheet would have been found fault with"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_newest_page_is_always_seen(tmp_path: Path, size: tuple[int, int]) -> None:
    root = loaded(tmp_path, *["grey = 250"] * 10)

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await ready(pilot, 10)
        await until(pilot, lambda: all(seen.findings for seen in scanning(pilot).standing.last))  # type: ignore[union-attr]
        await until(pilot, lambda: "10. page" in drawn(pilot))

    drive(app_of(root), steps, size)


def drawn(pilot: Pilot[None]) -> str:
    """The page strip as it stands on the terminal."""
    strip = scanning(pilot).query_one(PageStrip)
    return "\n".join(strip.render_line(at).text for at in range(strip.size.height))


def test_the_scanners_button_begins_a_stack(tmp_path: Path) -> None:
    root = loaded(tmp_path, *['press = "file"'] * 4, 'press = "scan"', "page 1", "page 2")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("w")
        await until(pilot, lambda: "button" in screen_of(pilot).said)
        await pilot.press("space")
        await until(pilot, lambda: pages_shown(pilot) == 2)
        await until(pilot, lambda: "Waiting for the scanner's button" in word(pilot))
        await pilot.press("s")
        await ready(pilot, 2)

    drive(app_of(root), steps)
    assert kept(root) == numbered(2)


def test_a_sealed_book_is_opened_again_by_a_checkers_pin_and_a_reason(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", 'press = "scan"', "page 3", expected=2)

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await ready(pilot, 2)
        await pilot.press("d")
        await at(pilot, "close_book")
        await until(pilot, lambda: getattr(pilot.app.screen, "state", "") == "checked")
        await pilot.press("g")
        await until(pilot, lambda: getattr(pilot.app.screen, "bag", None))
        await pilot.press("escape")
        await at(pilot, "today")
        await until(pilot, lambda: "▶ Waiting" in text(pilot, "shelves"))
        await pilot.press("enter")
        await at(pilot, "scan")
        await until(pilot, lambda: word(pilot) == "▶ The book is sealed. Space: a checker opens it again.")
        await pilot.press("space")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-reason"))
        names = pilot.app.screen.query_one("#dialog-names", OptionList)
        await until(pilot, lambda: names.option_count)
        await type_in(pilot, "thieu trang")
        await pilot.press("enter", *PINS["Hà"], "enter")
        await at(pilot, "scan")
        await until(pilot, lambda: "Lay the page down" in word(pilot))
        await pilot.press("space")
        await ready(pilot, 3)

    drive(app_of(root), steps)
    assert kept(root) == numbered(3)
    with Station.open(root, "tester") as station:
        (rework,) = station.catalogue.reworks(station.book_id(BOOK))
    assert (rework.checker, rework.why, rework.operator) == ("Hà", "thieu trang", "Mai")


def test_both_sides_by_hand(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", 'press = "scan"', "page 4", "page 3")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("h")
        await until(pilot, lambda: "both sides by hand" in text(pilot, "source"))
        await pilot.press("space")
        await ready(pilot, 2)
        await until(pilot, lambda: "Turn the whole stack" in word(pilot))
        await at(pilot, "scan")
        await pilot.press("space")
        await ready(pilot, 4)
        await until(pilot, lambda: "Paired both sides of 2 sheets" in screen_of(pilot).said)

    drive(app_of(root), steps)
    assert kept(root) == numbered(4)


def test_a_scanner_that_is_not_there_is_told(tmp_path: Path) -> None:
    root = make(tmp_path / "station", kiosk='device = "scripted:/nowhere/script.toml"')

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await at(pilot, "fault")
        assert word(pilot) == "✗ The scanner is not there."
        assert text(pilot, "what-to-do").count("Check cable and power") == 1
        await pilot.press("space")
        await at(pilot, "scan")

    drive(app_of(root), steps)
    assert kept(root) == []


def test_sheets_from_a_refused_cover_on_are_named_with_what_to_do(tmp_path: Path) -> None:
    other = "19441/KH.2006.01"
    root = loaded(tmp_path, "page 1", 'image = "cover.jpg"', "page 2")
    papers.save(papers.cover(other), tmp_path / "scanner" / "cover.jpg")
    add_book(root, other)
    exclude(root, other)

    async def steps(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "today")
        kiosk_of(pilot).go("scan", book=BOOK)
        await at(pilot, "scan")
        await ready(pilot)
        await pilot.press("space")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-text"))
        assert pilot.app.screen_stack[-2].query_one(Band).word == "● Answer the question on the screen"
        await pilot.press("escape")
        await ready(pilot, 1)
        await until(pilot, lambda: "from that cover sheet on" in screen_of(pilot).said)
        assert "put them back from the cover sheet on" in screen_of(pilot).said
        assert word(pilot) == "▶ Lay the page down and press Space"

    drive(app_of(root), steps)
