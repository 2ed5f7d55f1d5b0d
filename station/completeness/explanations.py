"""Why numbers have no page, held against the book, the work list and the other books of the year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.model import Finding, Why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from station.catalogue.holdings import Holding
    from station.completeness.numbers import Series
    from station.model import Book, Missing
    from station.naming import CaseNumber


def check_explanations(
    book: Book, series: Series, held: Holding, is_done: Callable[[str, CaseNumber], object]
) -> Iterator[Finding]:
    """Explanations that do not hold: of a number that is there after all, that the work list does not have, or that
    another book has; and one that names a book without the number, or in no list. `is_done`: an earlier phase has done
    a number of another book. A second case with a number says nothing of the first.
    """
    there = {number for number in held.numbers if not number.suffix} if held.missing else ()
    for entry in held.missing:
        if entry.number in there:
            yield Finding.stop("explained-but-there", str(entry.number), {"why": entry.why})
        elif is_beyond_list(book, series, entry.number):
            span = {"first": book.first_number or 1, "last": book.last_number or "…"}
            yield Finding.stop("explained-beyond-list", str(entry.number), {"why": entry.why, **span})
        else:
            yield from _check_elsewhere(book, series, entry, is_done)


def is_beyond_list(book: Book, series: Series, number: CaseNumber) -> bool:
    """Whether the work list says that a book cannot have a number. What lies between the book before and this one may
    belong to it; of a book that was never opened nobody knows.
    """
    first, last = book.listed_span(number.year)
    if last and number.value > last:
        return True
    judged = series.judged(book, number.year)
    return bool(first and number.value < first and judged and number.value not in judged.between)


def _check_elsewhere(
    book: Book, series: Series, entry: Missing, is_done: Callable[[str, CaseNumber], object]
) -> Iterator[Finding]:
    if entry.why is Why.OTHER_BOOK and entry.other:
        has_it = entry.number in series.numbers.get(entry.other, ())
        if not (has_it or is_done(entry.other, entry.number)):
            yield Finding.stop("not-in-other-book", str(entry.number), {"other": entry.other})
    elif others := series.others_with(book, entry.number):
        yield Finding.stop("explained-but-elsewhere", str(entry.number), {"why": entry.why, "other": others[0]})
