"""A checker's word that something excluded is to be scanned all the same, and taking it back.

Every word is kept. The last one on a number counts, and a book is open while anything of it is let through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from station import clock
from station.errors import UsageError
from station.model import BookState, Inclusion
from station.operators import checkers_word
from station.said import said
from station.worklist.exclusions import (
    ExclusionList,
    excluded_spans,
    is_let_through,
    lets_through,
    numbers_of,
    of_number,
    spans_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station.catalogue import Catalogue
    from station.model import Book, Exclusion, Span
    from station.naming import BookId, CaseNumber
    from station.wiring import Station


def include_book(
    station: Station, book: BookId, checker: str, why: str, numbers: Sequence[CaseNumber] = ()
) -> Inclusion:
    """Keep a checker's word that an excluded book is to be scanned, or only these numbers of it.

    A sealed book that is not excluded as a whole is opened again first: what was sealed is not judged anew. Raises
    `UsageError` where nothing of it is excluded, and as `checkers_word` does.
    """
    checker, why = checkers_word(station.catalogue, checker, why)
    listed = ExclusionList.read(station.catalogue, book)
    _refuse_not_excluded(station.catalogue, book, listed, numbers)
    if listed.of_book(book) is None:
        _refuse_sealed(station.catalogue, book)
    inclusion = Inclusion(str(book), checker, why, station.operator, clock.now(), spans_of(numbers))
    station.catalogue.include(inclusion)
    return inclusion


def withdraw_inclusion(station: Station, book: BookId, why: str = "", numbers: Sequence[CaseNumber] = ()) -> Inclusion:
    """Take back what checkers let through of a book, or of these numbers: it is excluded again.

    Raises `UsageError` where nothing is let through, for a sealed book, and for one that is in use.
    """
    with station.root.holding(book):
        words = station.catalogue.inclusions(book)
        if not (any(is_let_through(words, number) for number in numbers) if numbers else lets_through(words)):
            raise UsageError("nothing-included", book=str(book))
        _refuse_sealed(station.catalogue, book)
        inclusion = Inclusion(
            str(book), "", said(why), station.operator, clock.now(), spans_of(numbers), withdraws=True
        )
        station.catalogue.include(inclusion)
    return inclusion


def excluded_parts(catalogue: Catalogue, book: BookId) -> list[tuple[Span, Exclusion, tuple[Span, ...]]]:
    """The ranges of numbers of a book that the list names, each with its row and what of it a checker let through."""
    words = catalogue.inclusions(book)
    return [
        (span, one, spans_of(number for number in numbers_of(span) if is_let_through(words, number)))
        for one in ExclusionList.read(catalogue, book).rows(book)
        for span in excluded_spans(one, book)
    ]


def _refuse_sealed(catalogue: Catalogue, book: BookId) -> None:
    found = catalogue.book(book)
    if found and found.state is BookState.SEALED:
        raise UsageError("book-sealed", book=str(book))


def _refuse_not_excluded(
    catalogue: Catalogue, book: BookId, listed: ExclusionList, numbers: Sequence[CaseNumber]
) -> None:
    """Raise `UsageError` where the list says nothing of a book, or of these numbers of it."""
    rows = listed.rows(book)
    if numbers:
        if not any(of_number(rows, book, number) for number in numbers):
            raise UsageError("numbers-not-excluded", book=str(book), numbers=", ".join(map(str, spans_of(numbers))))
        return
    found, held = catalogue.book(book), [case.number for case in catalogue.cases(book)]
    if not any(_may_meet(one, found) or any(of_number([one], book, number) for number in held) for one in rows):
        raise UsageError("book-not-excluded", book=str(book))


def _may_meet(one: Exclusion, book: Book | None) -> bool:
    """Whether a row may mean numbers of a book, as far as the work list says which ones it has."""
    if one.first_number is None or one.last_number is None or book is None or not book.id.one_year:
        return True
    first, last = book.first_number or one.first_number, book.last_number or one.last_number
    return first <= one.last_number and one.first_number <= last
