"""Books and numbers that an earlier phase has done: the gate before work on a book.

27,000 records of the first phase were refused because they were there already. What stands on the exclusion list is not
scanned, unless a checker says why it must be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from station import clock
from station.errors import UsageError
from station.model import Inclusion
from station.said import said_by, said_why
from station.words import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

    from station.catalogue import Catalogue
    from station.model import Book, Exclusion
    from station.naming import BookId, CaseNumber
    from station.wiring import Station


def include_book(station: Station, book: BookId, checker: str, why: str) -> Inclusion:
    """Keep a checker's word that an excluded book is to be scanned.

    Raises `UsageError` if it is not excluded, or nobody or no reason is named.
    """
    checker, why = said_by(checker), said_why(why)
    if not _exclusions_of(station.catalogue, book):
        raise UsageError("book-not-excluded", book=str(book))
    inclusion = Inclusion(str(book), checker, why, station.operator, clock.now())
    station.catalogue.include(inclusion)
    return inclusion


def refuse_excluded(catalogue: Catalogue, book: BookId) -> None:
    """The gate before any work on a book. Raises `UsageError` with the reason when the whole book is excluded."""
    exclusion = exclusion_of(catalogue, book)
    if exclusion:
        raise UsageError("book-excluded", book=str(book), reason=reason_of(exclusion), source=exclusion.source)


def refuse_excluded_numbers(catalogue: Catalogue, book: BookId, numbers: Iterable[CaseNumber]) -> None:
    """The gate before a page gets its numbers. Raises `UsageError` for the first that an earlier phase has done."""
    for number, exclusion in excluded_numbers(catalogue, book, numbers).items():
        raise UsageError(
            "number-excluded", number=str(number), book=str(book), reason=reason_of(exclusion), source=exclusion.source
        )


def exclusion_of(catalogue: Catalogue, book: BookId) -> Exclusion | None:
    """Why the whole book is excluded; None for one that is not, or that a checker let through."""
    if catalogue.inclusions(book):
        return None
    return _whole(_exclusions_of(catalogue, book), book)


def excluded_books(catalogue: Catalogue, books: Iterable[BookId]) -> set[BookId]:
    """Those of these books that are excluded as a whole."""
    every = catalogue.exclusions()
    by_kind: dict[tuple[str, str], list[Exclusion]] = {}
    for one in every:
        by_kind.setdefault((one.registry, one.type), []).append(one)
    included = catalogue.inclusions() if every else {}
    return {
        book
        for book in books
        if str(book) not in included and _whole(by_kind.get((book.registry, book.type), ()), book)
    }


def not_excluded(catalogue: Catalogue) -> list[Book]:
    """The books of the work list that may be worked on."""
    books = catalogue.books()
    excluded = excluded_books(catalogue, (book.id for book in books))
    return [book for book in books if book.id not in excluded]


def excluded_numbers(catalogue: Catalogue, book: BookId, numbers: Iterable[CaseNumber]) -> dict[CaseNumber, Exclusion]:
    """Those of these numbers of a book that an earlier phase has done; none when a checker let the book through."""
    why_excluded = number_gate(catalogue, book)
    found = {number: why_excluded(number) for number in numbers}
    return {number: exclusion for number, exclusion in found.items() if exclusion}


def number_gate(catalogue: Catalogue, book: BookId) -> Callable[[CaseNumber], Exclusion | None]:
    """What says of a number of this book why it is excluded, None for one that is not."""
    return ExclusionList.read(catalogue, book).number_gate(book)


@dataclass(frozen=True)
class ExclusionList:
    """The list read once, for questions about many books. `included` are those that a checker let through."""

    by_kind: dict[tuple[str, str], list[Exclusion]]
    included: Container[str]

    @classmethod
    def read(cls, catalogue: Catalogue, book: BookId | None = None) -> Self:
        """What the list says of the registry and type of a book, or of all."""
        rows = catalogue.exclusions(book.registry, book.type) if book else catalogue.exclusions()
        by_kind: dict[tuple[str, str], list[Exclusion]] = {}
        for one in rows:
            by_kind.setdefault((one.registry, one.type), []).append(one)
        return cls(by_kind, catalogue.inclusions(book) if rows else ())

    def of_book(self, book: BookId) -> Exclusion | None:
        """Why the whole book is excluded; None for one that is not, or that a checker let through."""
        return _whole(self._rows(book), book)

    def number_gate(self, book: BookId) -> Callable[[CaseNumber], Exclusion | None]:
        """What says of a number of this book why it is excluded, None for one that is not."""
        rows = self._rows(book)
        return (lambda number: _of_number(rows, book, number)) if rows else (lambda _: None)

    def _rows(self, book: BookId) -> list[Exclusion]:
        rows = [] if str(book) in self.included else self.by_kind.get((book.registry, book.type), [])
        return [one for one in rows if _concerns(one, book)]


def reason_of(exclusion: Exclusion) -> str | Phrase:
    """What the list gives as the reason; without one the earlier phase is."""
    return exclusion.reason or Phrase("exclusion.phase-one")


def _exclusions_of(catalogue: Catalogue, book: BookId) -> list[Exclusion]:
    """What the list says of a book or of some of its numbers."""
    return [one for one in catalogue.exclusions(book.registry, book.type) if _concerns(one, book)]


def _concerns(one: Exclusion, book: BookId) -> bool:
    """Rows with a book number mean the book of just these years."""
    if one.volume is not None:
        return (one.volume, one.year_first, one.year_last) == (book.volume, book.year_first, book.year_last)
    return one.year_first <= book.year_last and book.year_first <= one.year_last


def _whole(exclusions: Sequence[Exclusion], book: BookId) -> Exclusion | None:
    """What excludes the book as a whole: a row that names it, or rows without numbers for each of its years."""
    rows = [one for one in exclusions if one.first_number is None and _concerns(one, book)]
    named = next((one for one in rows if one.volume is not None), None)
    if named:
        return named
    years = range(book.year_first, book.year_last + 1)
    covered = all(any(one.year_first <= year <= one.year_last for one in rows) for year in years)
    return rows[0] if rows and covered else None


def _of_number(exclusions: Iterable[Exclusion], book: BookId, number: CaseNumber) -> Exclusion | None:
    for one in exclusions:
        in_year = one.year_first <= number.year <= one.year_last
        first, last = one.first_number or 0, one.last_number or number.value
        if in_year and _concerns(one, book) and first <= number.value <= last:
            return one
    return None
