"""What the overview shows, read from the station as plain frozen rows: no connection leaves the thread that reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from outbox.states import State
from station.model import BookState

if TYPE_CHECKING:
    from outbox.items import Item
    from station.model import Book
    from station.wiring import Station

MOST_ROWS = 500
"""A table of the screen holds no more: with 10,000 rows each changed cell costs 42 ms."""

_AT_REST = {State.RECEIVED, State.PURGED}


@dataclass(frozen=True, slots=True)
class BookRow:
    """A book of the work list; `expected` is the page count that the list states, None where it does not."""

    id: str
    state: BookState
    pages: int
    expected: int | None
    cases: int


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A bag in the outbox; the error is a code and its detail, for the words to explain."""

    bag_id: str
    state: State
    percent: int
    error: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the screen at one moment; `more_*` count the rows that did not fit."""

    place: str
    books: tuple[BookRow, ...]
    items: tuple[ItemRow, ...]
    more_books: int = 0
    more_items: int = 0


def read_overview(station: Station) -> Overview:
    """Read the station: books at work before sealed ones, bags under way before confirmed ones, the newest first."""
    counts = station.catalogue.counts()
    books = sorted(station.catalogue.books(), key=lambda book: book.state is BookState.SEALED)
    newest = sorted(station.outbox.items(), key=lambda item: item.id, reverse=True)
    items = sorted(newest, key=lambda item: item.state in _AT_REST)
    return Overview(
        place=_place(station),
        books=tuple(_book_row(book, counts.get(str(book.id), (0, 0))) for book in books[:MOST_ROWS]),
        items=tuple(_item_row(item) for item in items[:MOST_ROWS]),
        more_books=max(0, len(books) - MOST_ROWS),
        more_items=max(0, len(items) - MOST_ROWS),
    )


def _place(station: Station) -> str:
    code = station.settings.station.registry
    registry = station.catalogue.registry(code)
    return f"{registry.name} ({code})" if registry else code


def _book_row(book: Book, counts: tuple[int, int]) -> BookRow:
    pages, cases = counts
    return BookRow(str(book.id), book.state, pages, book.pages_expected, cases)


def _item_row(item: Item) -> ItemRow:
    percent = 100 * item.bytes_done // item.size if item.size else 0
    error = (item.last_error.code, item.last_error.text) if item.last_error else None
    return ItemRow(item.bag_id, item.state, percent, error)
