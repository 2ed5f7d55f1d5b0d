"""Books of which nobody gave a count: pages that are missing at their end leave no gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from station.catalogue import Catalogue
    from station.model import Book
    from station.naming import BookId
    from station.registers.columns import ColumnProfile, Uncounted


def is_counted(book: Book) -> bool:
    """Whether the work list says anything that the end of a book could be told by."""
    return any(value is not None for value in (book.first_number, book.last_number, book.pages_expected))


def check_counted(book: Book, level: Uncounted) -> Iterator[Finding]:
    """A book with pages that nobody counted, where the profile makes a finding of that."""
    if level != "remark" and not is_counted(book):
        yield Finding("no-count", level == "stop", str(book.id))


def remarked(catalogue: Catalogue, books: Iterable[Book], columns: ColumnProfile) -> list[BookId]:
    """Those of these books that hold pages and nobody counted, where the profile makes but a remark of that."""
    uncounted = [book.id for book in books if columns.uncounted == "remark" and not is_counted(book)]
    counts = catalogue.counts() if uncounted else {}
    return [book for book in uncounted if counts.get(str(book), (0, 0))[0]]
