"""`station books`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from station.cli.options import Common, command, group
from station.words import both

if TYPE_CHECKING:
    from station.model import Book

books = group("books")
_COLUMNS = ("id", "state", "pages", "cases", "first", "last", "pages_expected")


@command("add", books)
@click.argument("book")
@click.option("--first", type=click.IntRange(1, 9999), help=both("help.opt.first"))
@click.option("--last", type=click.IntRange(1, 9999), help=both("help.opt.last"))
@click.option("--pages", type=click.IntRange(1, 99999), help=both("help.opt.pages_expected"))
def add(common: Common, book: str, first: int | None, last: int | None, pages: int | None) -> None:
    from station.errors import UsageError
    from station.model import Book

    if first and last and last < first:
        raise UsageError("first-after-last", first=first, last=last)
    with common.open_station() as station:
        wanted = Book(station.book_id(book), first_number=first, last_number=last, pages_expected=pages)
        added = station.add_book(wanted)
        common.console.note("books.added" if added else "books.known", book=wanted.id)
        common.console.data(_row(station.book(book), (0, 0) if added else station.counts_of(wanted.id)))


@command("list", books)
def list_books(common: Common) -> None:
    with common.open_station() as station:
        counts = station.catalogue.counts()
        common.console.data([_row(book, counts[str(book.id)]) for book in station.catalogue.books()], _COLUMNS)


@command("show", books)
@click.argument("book")
def show(common: Common, book: str) -> None:
    with common.open_station() as station:
        found = station.book(book)
        bags = [bag["id"] for bag in station.catalogue.bags(found.id)]
        registry = station.registry(found.id.registry)
        row = _row(found, station.counts_of(found.id))
        common.console.data(row | {"registry": registry.code, "place": registry.place, "bags": bags})


def _row(book: Book, counts: tuple[int, int]) -> dict[str, Any]:
    return {
        "id": str(book.id),
        "state": book.state,
        "pages": counts[0],
        "cases": counts[1],
        "first": book.first_number,
        "last": book.last_number,
        "pages_expected": book.pages_expected,
    }
