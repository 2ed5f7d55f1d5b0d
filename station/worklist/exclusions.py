"""Books and numbers that an earlier phase has done: the gate before work on a book.

27,000 records of the first phase were refused because they were there already. What stands on the exclusion list is not
scanned, unless a checker says why it must be: see `station.worklist.including`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from station.errors import UsageError
from station.model import Span
from station.naming import CaseNumber
from station.words import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from station.catalogue import Catalogue
    from station.model import Book, Exclusion, Inclusion
    from station.naming import BookId


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
    """Why the whole book is excluded; None for one that is not, or of which a checker let anything through."""
    return ExclusionList.read(catalogue, book).of_book(book)


def excluded_books(catalogue: Catalogue, books: Iterable[BookId]) -> set[BookId]:
    """Those of these books that are excluded as a whole."""
    listed = ExclusionList.read(catalogue)
    return {book for book in books if listed.of_book(book)}


def not_excluded(catalogue: Catalogue) -> list[Book]:
    """The books of the work list that may be worked on."""
    books = catalogue.books()
    excluded = excluded_books(catalogue, (book.id for book in books))
    return [book for book in books if book.id not in excluded]


def excluded_numbers(catalogue: Catalogue, book: BookId, numbers: Iterable[CaseNumber]) -> dict[CaseNumber, Exclusion]:
    """Those of these numbers of a book that an earlier phase has done, but for what a checker let through."""
    why_excluded = number_gate(catalogue, book)
    found = {number: why_excluded(number) for number in numbers}
    return {number: exclusion for number, exclusion in found.items() if exclusion}


def number_gate(catalogue: Catalogue, book: BookId) -> Callable[[CaseNumber], Exclusion | None]:
    """What says of a number of this book why it is excluded, None for one that is not."""
    return ExclusionList.read(catalogue, book).number_gate(book)


@dataclass(frozen=True)
class ExclusionList:
    """The list read once, for questions about many books. `words` is what checkers said, by book, in that order."""

    by_kind: Mapping[tuple[str, str], list[Exclusion]]
    words: Mapping[str, list[Inclusion]]

    @classmethod
    def read(cls, catalogue: Catalogue, book: BookId | None = None) -> Self:
        """What the list says of the registry and type of a book, or of all."""
        rows = catalogue.exclusions(book.registry, book.type) if book else catalogue.exclusions()
        by_kind: dict[tuple[str, str], list[Exclusion]] = {}
        for one in rows:
            by_kind.setdefault((one.registry, one.type), []).append(one)
        words: dict[str, list[Inclusion]] = {}
        for word in catalogue.inclusions(book) if rows else ():
            words.setdefault(word.book, []).append(word)
        return cls(by_kind, words)

    def of_book(self, book: BookId) -> Exclusion | None:
        """Why the whole book is excluded; None for one that is not, or of which a checker let anything through."""
        whole = _whole(self.by_kind.get((book.registry, book.type), ()), book)
        return None if whole and lets_through(self.words.get(str(book), ())) else whole

    def number_gate(self, book: BookId) -> Callable[[CaseNumber], Exclusion | None]:
        """What says of a number of this book why it is excluded, None for one that is not."""
        rows, words = self.rows(book), self.words.get(str(book), ())
        if not rows:
            return lambda _: None
        return lambda number: None if is_let_through(words, number) else of_number(rows, book, number)

    def rows(self, book: BookId) -> list[Exclusion]:
        """What the list says of a book or of some of its numbers, whatever checkers said."""
        return [one for one in self.by_kind.get((book.registry, book.type), ()) if _concerns(one, book)]


def is_let_through(words: Sequence[Inclusion], number: CaseNumber) -> bool:
    """Whether the last word on a number lets it through."""
    last = next((word for word in reversed(words) if word.covers(number)), None)
    return last is not None and not last.withdraws


def lets_through(words: Sequence[Inclusion]) -> bool:
    """Whether something of a book is let through, by a word that was not taken back."""
    whole = next((not word.withdraws for word in reversed(words) if not word.spans), False)
    spans = [span for word in words if not word.withdraws for span in word.spans]
    return whole or any(is_let_through(words, number) for span in spans for number in numbers_of(span))


def numbers_of(span: Span) -> list[CaseNumber]:
    return [CaseNumber(span.year, value) for value in range(span.first, span.last + 1)]


def spans_of(numbers: Iterable[CaseNumber]) -> tuple[Span, ...]:
    """Numbers as runs, whatever their order; a suffix makes no difference."""
    spans: list[Span] = []
    for year, value in sorted({(number.year, number.value) for number in numbers}):
        if spans and (spans[-1].year, spans[-1].last + 1) == (year, value):
            spans[-1] = Span(year, spans[-1].first, value)
        else:
            spans.append(Span(year, value, value))
    return tuple(spans)


def excluded_spans(one: Exclusion, book: BookId) -> list[Span]:
    """The numbers of a book that a row of the list names, year by year; none for a row that means all."""
    if one.first_number is None or one.last_number is None:
        return []
    years = range(max(one.year_first, book.year_first), min(one.year_last, book.year_last) + 1)
    return [Span(year, one.first_number, one.last_number) for year in years]


def reason_of(exclusion: Exclusion) -> str | Phrase:
    """What the list gives as the reason; without one the earlier phase is."""
    return exclusion.reason or Phrase("exclusion.phase-one")


def of_number(exclusions: Iterable[Exclusion], book: BookId, number: CaseNumber) -> Exclusion | None:
    """The first row of the list that means a number of a book, whatever checkers said."""
    for one in exclusions:
        in_year = one.year_first <= number.year <= one.year_last
        first, last = one.first_number or 0, one.last_number or number.value
        if in_year and _concerns(one, book) and first <= number.value <= last:
            return one
    return None


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
