"""Books with cases for tests of what is typed: rows of the catalogue, without pictures behind them."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from station.indexing.desk import Desk
from station.model import Book, Origin, Page, PageKind, PageState
from station.naming import BookId, CaseNumber
from station.wiring import Station

TAKEN_AT = "2025-03-01T08:00:00+07:00"


def add_cases(station: Station, book: BookId, numbers: Iterable[CaseNumber], *, kind: PageKind = PageKind.PAGE) -> None:
    """A page for each number, behind what the book has."""
    station.add_book(Book(book))
    begin = station.catalogue.page_count(book) + 1
    for order, number in enumerate(numbers, begin):
        name = sha256(f"{book} {order}".encode()).hexdigest()
        page_id = f"p{name[:12]}"
        page = Page(
            id=page_id, book=book, order=order, kind=kind, state=PageState.KEPT, sha256=f"{order:064x}",
            file=f"masters/{book}/{page_id}.tif", bytes=1, width=2480, height=3507, dpi=300,
            origin=Origin("tester", "test", TAKEN_AT),
        )  # fmt: skip
        station.catalogue.add_page(page, [number])


def numbers(first: int, last: int, year: int = 2005) -> list[CaseNumber]:
    return [CaseNumber(year, value) for value in range(first, last + 1)]


def desk_of(station: Station, operator: str, book: str = "KS.2005.01") -> Desk:
    """The desk of this operator."""
    station.operator = operator
    return station.desk(station.book_id(book))
