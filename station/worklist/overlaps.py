"""Books of one year whose numbers in the list run into each other: one of the two was typed wrong."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from station.model import Book
    from station.naming import BookId


@dataclass(frozen=True)
class Overlap:
    """Two books of one registry, type and year, and the numbers that the list gives to both."""

    one: BookId
    other: BookId
    first: int
    last: int


def find_overlaps(books: Iterable[Book], concerning: Container[BookId]) -> list[Overlap]:
    """Each book with the one whose numbers begin before its own and run furthest into them, where the list concerns one
    of the two. Books of several years, whose numbers begin again, tell nothing.
    """
    found = []
    known = [book for book in books if book.id.one_year and book.id.year_known]
    for _, group in groupby(sorted(known, key=_series), key=_series):
        found += [one for one in _within(group) if one.one in concerning or one.other in concerning]
    return found


def _series(book: Book) -> tuple[str, str, int]:
    return book.id.registry, book.id.type, book.id.year_first


def _within(books: Iterable[Book]) -> Iterator[Overlap]:
    reach: tuple[int, BookId] | None = None
    ranges = [(book.first_number, book.last_number, book.id) for book in books]
    for first, last, book in sorted(
        (first, last, book) for first, last, book in ranges if first is not None and last is not None
    ):
        if reach and first <= reach[0]:
            yield Overlap(reach[1], book, first, min(last, reach[0]))
        if reach is None or last > reach[0]:
            reach = last, book
