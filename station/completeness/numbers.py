"""The numbers of books, held against the work list and against the other books of the year."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from station.completeness.series import Volume, judge_series
from station.indexing.desk import DATE
from station.model import Finding, Why
from station.naming import CaseNumber
from station.worklist.exclusions import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from station.catalogue.holdings import Holding
    from station.completeness.series import Judged
    from station.model import Book, Exclusion
    from station.naming import BookId


@dataclass
class Series:
    """The books of one registry and type, with the numbers that each of them holds."""

    books: Sequence[Book]
    numbers: Mapping[str, Sequence[CaseNumber]]
    opened: Callable[[Book], bool]
    _years: dict[int, dict[str, Judged | None]] = field(default_factory=dict)
    _shared: dict[int, frozenset[int]] = field(default_factory=dict)
    _in_year: dict[int, list[Volume]] = field(default_factory=dict)

    def judged(self, book: Book, year: int) -> Judged | None:
        """What is said of a book's numbers of a year, in the light of all volumes of the year."""
        if not book.id.year_known:
            return judge_series([self._volume(book, year)])[0]
        if year not in self._years:
            volumes = self._volumes(year)
            judged = zip(volumes, judge_series(volumes), strict=True)
            self._years[year] = {volume.book: one for volume, one in judged}
            self._shared[year] = _shared(volumes)
        return self._years[year][str(book.id)]

    def shared(self, year: int) -> frozenset[int]:
        """The numbers of a year that was judged which stand in several of its books, suffixes aside."""
        return self._shared.get(year, frozenset())

    def others_with(self, book: Book, number: CaseNumber) -> list[str]:
        """The other books that hold a number. Books whose year nobody knows may be of different years."""
        if not book.id.year_known:
            return []
        own = str(book.id)
        holders = (volume.book for volume in self._volumes(number.year) if number.value in volume.numbers)
        return [owner for owner in holders if owner != own and number in self.numbers[owner]]

    def _volumes(self, year: int) -> list[Volume]:
        """The volumes of a year in the order of their numbers: what runs on from an earlier year comes first."""
        if year not in self._in_year:
            books = [one for one in self.books if one.id.year_first <= year <= one.id.year_last]
            books.sort(key=lambda one: (one.id.year_first, one.id.year_last, one.id.volume))
            self._in_year[year] = [self._volume(book, year) for book in books]
        return self._in_year[year]

    def _volume(self, book: Book, year: int) -> Volume:
        begins, ends = year == book.id.year_first, year == book.id.year_last
        return Volume(
            str(book.id),
            frozenset(number.value for number in self.numbers.get(str(book.id), ()) if number.year == year),
            book.first_number if begins else None,
            book.last_number if ends else None,
            self.opened(book),
            continues=begins and book.id.volume > 1,
        )


def _shared(volumes: Iterable[Volume]) -> frozenset[int]:
    seen: set[int] = set()
    found: set[int] = set()
    for volume in volumes:
        found |= seen & volume.numbers
        seen |= volume.numbers
    return frozenset(found)


def group_series(books: Iterable[Book]) -> dict[tuple[str, str], list[Book]]:
    """Books by registry and type."""
    found: dict[tuple[str, str], list[Book]] = defaultdict(list)
    for book in books:
        found[book.id.registry, book.id.type].append(book)
    return found


def check_numbers(
    book: Book,
    series: Series,
    held: Holding,
    why_excluded: Callable[[CaseNumber], Exclusion | None] = lambda _: None,
    is_done: Callable[[str, CaseNumber], object] = lambda *_: None,
) -> Iterator[Finding]:
    """Gaps, numbers beyond the work list, numbers that stand twice or were done before, explanations that do not hold.

    What an earlier phase has done must not be there and leaves no gap. An explained number is no gap. `is_done` says
    of a number of another book whether an earlier phase has done it.
    """
    yield from _check_excluded(held.numbers, why_excluded)
    explained = {(entry.number.year, entry.number.value) for entry in held.missing}
    for year in _years(book.id):
        judged = series.judged(book, year)
        if judged is None:
            continue
        lacking = _lacking(year, judged, lambda n: n in explained or why_excluded(CaseNumber(*n)))
        if lacking:
            yield from _check_gaps(book, series, lacking, _Before.of(held))
        for value in judged.beyond:
            values = {"first": book.first_number or judged.first, "last": book.last_number or judged.last}
            yield Finding.stop("beyond-list", f"{value:02}/{year:04}", values | {"value": value})
    yield from _check_twice(book, series, held)
    yield from _check_explanations(series, held, is_done)


def check_dates(held: Holding) -> Iterator[Finding]:
    """Cases that were registered in another year than that of their number, as far as the date says so."""
    for number in held.misdated:
        yield Finding.stop("year-differs", str(number), {"field": DATE, "number": str(number)})


def _check_twice(book: Book, series: Series, held: Holding) -> Iterator[Finding]:
    """Numbers that another book of the year has too, with the page they stand on here and all numbers on it."""
    if not any(series.shared(year) for year in _years(book.id)):
        return
    shared = [number for number in held.numbers if number.value in series.shared(number.year)]
    twice = [(number, other) for number in shared for other in series.others_with(book, number)]
    places = _places(held) if twice else {}
    for number, other in twice:
        order, numbers = places.get(number, (0, ""))
        yield Finding.stop("number-in-other-book", str(number), {"other": other, "order": order, "numbers": numbers})


def _places(held: Holding) -> dict[CaseNumber, tuple[int, str]]:
    """The first page of each number: its order, and the numbers on it as they are typed."""
    found: dict[CaseNumber, tuple[int, str]] = {}
    for page in held.pages:
        numbers = held.on_pages.get(page.id, ())
        for number in numbers:
            found.setdefault(number, (page.order, ",".join(map(str, numbers))))
    return found


def _years(book: BookId) -> range:
    return range(book.year_first, book.year_last + 1)


def _check_excluded(
    numbers: Sequence[CaseNumber], why_excluded: Callable[[CaseNumber], Exclusion | None]
) -> Iterator[Finding]:
    for number in numbers:
        if exclusion := why_excluded(number):
            values = {"reason": reason_of(exclusion), "source": exclusion.source}
            yield Finding.stop("number-excluded", str(number), values)


@dataclass(frozen=True)
class _Before:
    """The numbers on the pages of a book in order, each with its last page."""

    numbers: list[tuple[int, int]]
    pages: list[str]

    @classmethod
    def of(cls, held: Holding) -> Self:
        last = {
            (number.year, number.value): page.id for page in held.pages for number in held.on_pages.get(page.id, ())
        }
        numbers = sorted(last)
        return cls(numbers, [last[number] for number in numbers])

    def page_before(self, number: CaseNumber) -> str | None:
        """The page behind which a missing number belongs."""
        place = bisect_left(self.numbers, (number.year, number.value))
        return self.pages[place - 1] if place else None


def _lacking(
    year: int, judged: Judged, is_settled: Callable[[tuple[int, int]], object]
) -> list[tuple[str, CaseNumber]]:
    """The numbers of a year that nobody explained, each with the code of its finding."""
    return [
        (code, CaseNumber(year, value))
        for code, values in (("gap", judged.lacking), ("gap-between", judged.between))
        for value in values
        if not is_settled((year, value))
    ]


def _check_gaps(
    book: Book, series: Series, lacking: Iterable[tuple[str, CaseNumber]], before: _Before
) -> Iterator[Finding]:
    """Each missing number with the page behind which it belongs, and the book that has it where another one has."""
    for code, number in lacking:
        others, after = series.others_with(book, number), before.page_before(number)
        more = {"other": others[0]} if others else {}
        yield Finding.stop(code, str(number), more | ({"after": after} if after else {}))


def _check_explanations(
    series: Series, held: Holding, is_done: Callable[[str, CaseNumber], object]
) -> Iterator[Finding]:
    """A number that is there after all, and one that is not in the book that is said to have it: in no list, or without
    the number. `is_done`: an earlier phase has done it.
    """
    there = {(number.year, number.value) for number in held.numbers}
    for entry in held.missing:
        if (entry.number.year, entry.number.value) in there:
            yield Finding.stop("explained-but-there", str(entry.number), {"why": entry.why})
            continue
        has_it = entry.number in series.numbers.get(entry.other or "", ())
        if entry.why is Why.OTHER_BOOK and entry.other and not (has_it or is_done(entry.other, entry.number)):
            yield Finding.stop("not-in-other-book", str(entry.number), {"other": entry.other})
