"""Books that bear no number: the station gives them the next free one and records that it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.errors import UsageError
from station.naming import VOLUME_LAST, BookId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from station.worklist.rows import BookRow

_UNNUMBERED = ".?"


def is_unnumbered(text: str) -> bool:
    """Whether a book id asks for a number: `19441/KS.2005.?`."""
    return text.strip().endswith(_UNNUMBERED)


def give_number(text: str, registry: str | None, taken: Iterable[BookId]) -> BookId:
    """The id of an unnumbered book with the next free number. Raises `BadName` and `UsageError`."""
    shape = BookId.parse(f"{text.strip().removesuffix(_UNNUMBERED)}.01", registry)
    return next_free(shape, list(taken))


def next_free(shape: BookId, taken: Collection[BookId]) -> BookId:
    """The book behind the last one of the same registry, type and years. Raises `UsageError` when all are taken."""
    same = [book.volume for book in taken if _without_volume(book) == _without_volume(shape)]
    volume = max(same, default=0) + 1
    if volume > VOLUME_LAST:
        raise UsageError("no-volume-left", book=f"{shape.registry}/{shape.type}.{shape.years}", last=VOLUME_LAST)
    return BookId.of(shape.registry, shape.type, shape.year_first, shape.year_last, volume)


def _without_volume(book: BookId) -> tuple[str, str, int, int]:
    return book.registry, book.type, book.year_first, book.year_last


def row_key(row: BookRow, occurrence: int) -> str:
    """By what the row of an unnumbered book is known again: what it says of the book, and which of equal rows it is.

    Who is to do it and until when may change without making it another book.
    """
    said = (row.registry, row.type, *row.years, row.first_number, row.last_number, row.pages, row.shelf)
    return "|".join("" if value is None else str(value) for value in said) + f"#{occurrence}"
