"""Books scanned through the kiosk: a loaded scanner, the way into a book, and what was kept of it."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from station.model import PageKind
from station.root import Root
from station.wiring import Station
from tests.support import BOOK, draw_pages
from tests.ui.kiosks import at, kiosk_of, load_script, make, sign_in, until
from ui.screens.scan import ScanScreen
from ui.widgets.band import Band


def loaded(
    tmp_path: Path, *sheets: str, feeder: bool = True, kiosk: str = "", more: str = "", expected: int | None = 24
) -> Root:
    """A station whose scanner holds these sheets; `page 3` is the picture of a page that bears number 3."""
    folder = tmp_path / "scanner"
    numbers = [int(sheet.removeprefix("page ")) for sheet in sheets if sheet.startswith("page ")]
    draw_pages(folder, max(numbers, default=1))
    entries = [f'image = "p{sheet.removeprefix("page ")}.jpg"' if sheet.startswith("page ") else sheet
               for sheet in sheets]  # fmt: skip
    return make(
        tmp_path / "station",
        kiosk=load_script(folder, entries, feeder=feeder, more=more) + kiosk,
        pages_expected=expected,
    )


async def open_book(pilot: Pilot[None]) -> None:
    """Sign in and open the first book of the list."""
    await sign_in(pilot)
    await at(pilot, "today")
    await until(pilot, lambda: getattr(pilot.app.screen, "rows", ()))
    await pilot.press("enter")
    await at(pilot, "scan")
    await ready(pilot)


def scanning(pilot: Pilot[None]) -> ScanScreen:
    screen = pilot.app.screen
    assert isinstance(screen, ScanScreen), screen
    return screen


def pages_shown(pilot: Pilot[None]) -> int:
    """How many pages the screen says that the book has."""
    standing = scanning(pilot).standing
    return standing.pages if standing else -1


def word(pilot: Pilot[None]) -> str:
    return pilot.app.screen.query_one(Band).word


async def ready(pilot: Pilot[None], pages: int | None = None) -> None:
    """Until the scan is over, the book was read again and the key for the next page is heard."""

    def holds() -> bool:
        screen = pilot.app.screen
        if not isinstance(screen, ScanScreen) or kiosk_of(pilot).scanner.busy or screen.standing is None:
            return False
        if not screen.takes_keys:
            return False
        return pages is None or screen.standing.pages == pages

    await until(pilot, holds)
    await pilot.pause()


async def turned(pilot: Pilot[None], pages: int) -> None:
    """Until the flatbed has brought so many pages and hears the key for the next one."""

    def holds() -> bool:
        screen = scanning(pilot)
        return screen.desk.awaits_sheet and screen.takes_keys and pages_shown(pilot) == pages

    await until(pilot, holds)


def kept(root: Root, text: str = BOOK) -> list[tuple[int, PageKind, list[str]]]:
    with Station.open(root, "tester") as station:
        book = station.book_id(text)
        numbers = station.catalogue.numbers_of_pages(book)
        return [
            (page.order, page.kind, [str(number) for number in numbers.get(page.id, [])])
            for page in station.catalogue.pages(book)
        ]


def numbered(count: int) -> list[tuple[int, PageKind, list[str]]]:
    return [(order, PageKind.PAGE, [f"{order:02}/2005"]) for order in range(1, count + 1)]
