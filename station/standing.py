"""A book as whoever works on it sees it: its last pages with their pictures and verdicts, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from station.books.numbers import next_numbering
from station.capture.duplex import find_waiting
from station.capture.feeds import announced_number, find_doubt
from station.imaging.page import Level, preview_of, thumbnail_of
from station.naming import CaseNumber, Numbering
from station.recipes import copies_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from station.capture.feeds import Doubt
    from station.model import Book, Copy, Page
    from station.naming import BookId
    from station.wiring import Station

ONE_EACH = (1, 1)
"""One case on a page, one page for a case."""


@dataclass(frozen=True)
class Seen:
    """A page with what can be shown of it. Paths are whole ones; those of its copy are None until there is one.

    `findings` are the verdicts that are not `ok`; `level` is the worst of them, None while there is no copy.
    """

    page: Page
    numbers: tuple[CaseNumber, ...]
    master: Path
    copy: Path | None = None
    preview: Path | None = None
    thumbnail: Path | None = None
    findings: tuple[dict[str, Any], ...] = ()
    level: Level | None = None

    @property
    def picture(self) -> Path:
        """The quickest file that shows the page."""
        return self.preview or self.copy or self.master


@dataclass(frozen=True)
class Standing:
    """How a book stands. `pages` are those of the paper book: `Station.counts_of`. `due` is the number of the next
    case, None where nobody can tell it. `fronts` and `backs` are the sides of a stack that waits to be paired.
    """

    book: Book
    pages: int
    cases: int
    last: tuple[Seen, ...]
    due: CaseNumber | None
    doubt: Doubt | None
    fronts: int = 0
    backs: int = 0


def read_standing(station: Station, book: BookId, last: int, layout: tuple[int, int] = ONE_EACH) -> Standing:
    """A book with its last so many pages, the first of them first. Raises `UsageError`."""
    found = station.book(str(book))
    numbering, _ = numbering_due(station, found, layout)
    waiting = find_waiting(station.catalogue, book)
    return Standing(
        found,
        *station.counts_of(book),
        _see_last(station, book, last),
        numbering.first if numbering else None,
        find_doubt(station.catalogue, book),
        len(waiting.fronts) if waiting else 0,
        len(waiting.backs) if waiting else 0,
    )


def numbering_due(station: Station, book: Book, layout: tuple[int, int] = ONE_EACH) -> tuple[Numbering | None, bool]:
    """How the next pages of a book are numbered, and whether the first of them goes on with the last case.

    Where no page has a number yet, covers at most, the last feed goes on: its number was given by the operator. A book
    of one year of which nothing is known begins with 1; of several years nobody can tell.
    """
    _, pages_each = layout
    last = max(station.catalogue.cases(book.id), key=lambda case: case.number, default=None)
    if last and 0 < len(last.pages) < pages_each:
        return Numbering(last.number, *layout), True
    if last is None and (told := announced_number(station.catalogue, book.id)):
        return Numbering(told, *layout), False
    found = next_numbering(station.catalogue, book, layout)
    if found or not book.id.one_year:
        return found, False
    return Numbering(CaseNumber(book.id.year_first, 1), *layout), False


def pages_to_scan_again(station: Station, pages: Sequence[Page]) -> list[Page]:
    """Those of the pages whose copies did not pass the checks."""
    keys = {book: copies_key(station, book) for book in {page.book for page in pages}}
    copies = ((page, station.catalogue.copy(page.copy_of, keys[page.book])) for page in pages)
    return [page for page, copy in copies if copy and worst(_findings(page, copy)) is Level.STOP]


def read_pages(station: Station, book: BookId) -> list[Seen]:
    """Every kept page of a book in order."""
    return _seen(station, book, station.catalogue.pages(book))


def see_page(station: Station, page: Page) -> Seen:
    """One page, read without those beside it."""
    numbers = station.catalogue.numbers_of_pages(page.book).get(page.id, ())
    return _with_copy(
        station, page, tuple(numbers), station.catalogue.copy(page.copy_of, copies_key(station, page.book))
    )


def _see_last(station: Station, book: BookId, last: int) -> tuple[Seen, ...]:
    """The last pages, read without the hundreds before them."""
    numbers, key = station.catalogue.numbers_of_pages(book), copies_key(station, book)
    pages = station.catalogue.last_pages(book, last)
    return tuple(
        _with_copy(station, page, tuple(numbers.get(page.id, ())), station.catalogue.copy(page.copy_of, key))
        for page in pages
    )


def _seen(station: Station, book: BookId, pages: Sequence[Page]) -> list[Seen]:
    numbers = station.catalogue.numbers_of_pages(book)
    copies = station.catalogue.copies(book, copies_key(station, book))
    return [_with_copy(station, page, tuple(numbers.get(page.id, ())), copies.get(page.copy_of)) for page in pages]


def _with_copy(station: Station, page: Page, numbers: tuple[CaseNumber, ...], copy: Copy | None) -> Seen:
    master = station.root.path / page.file
    if copy is None:
        return Seen(page, numbers, master)
    file = station.root.path / copy.file
    previews = station.settings.imaging.previews
    findings = _findings(page, copy)
    return Seen(
        page,
        numbers,
        master,
        file,
        preview_of(file) if previews else None,
        thumbnail_of(file) if previews else None,
        findings,
        worst(findings),
    )


def _findings(page: Page, copy: Copy) -> tuple[dict[str, Any], ...]:
    """What the checks have against a page; of a sheet that the station printed nothing is said."""
    if page.is_printed:
        return ()
    return tuple(verdict for verdict in copy.verdicts if verdict["level"] != Level.OK)


def worst(findings: Sequence[dict[str, Any]]) -> Level:
    """The level that asks for most."""
    levels = list(Level)
    return max((Level(finding["level"]) for finding in findings), key=levels.index, default=Level.OK)
