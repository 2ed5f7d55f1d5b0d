"""The numbers of books, held against the work list and against the other books of the year."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from station.completeness.explanations import check_explanations
from station.completeness.places import Places, typed
from station.completeness.series import Volume, judge_series
from station.indexing.desk import DATE
from station.model import Finding
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
        holders = (volume.book for volume in self._volumes(number.year) if number.value in volume.values)
        return [owner for owner in holders if owner != own and number in self.numbers[owner]]

    def _volumes(self, year: int) -> list[Volume]:
        """The volumes of a year in the order of their numbers: what runs on from an earlier year comes first."""
        if year not in self._in_year:
            books = [one for one in self.books if one.id.year_first <= year <= one.id.year_last]
            books.sort(key=lambda one: (one.id.year_first, one.id.year_last, one.id.volume))
            self._in_year[year] = [self._volume(book, year) for book in books]
        return self._in_year[year]

    def _volume(self, book: Book, year: int) -> Volume:
        first, last = book.listed_span(year)
        numbers = [number for number in self.numbers.get(str(book.id), ()) if number.year == year]
        return Volume(
            str(book.id),
            frozenset(number.value for number in numbers if not number.suffix),
            first,
            last,
            self.opened(book),
            continues=year == book.id.year_first and book.id.volume > 1,
            seconds=frozenset(number.value for number in numbers if number.suffix),
        )


def _shared(volumes: Iterable[Volume]) -> frozenset[int]:
    seen: set[int] = set()
    found: set[int] = set()
    for volume in volumes:
        found |= seen & volume.values
        seen |= volume.values
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
    yield from _check_excluded(held, why_excluded)
    explained = {(entry.number.year, entry.number.value) for entry in held.missing}
    for year in _years(book.id):
        judged = series.judged(book, year)
        if judged is None:
            continue
        lacking = _lacking(year, judged, lambda n: n in explained or why_excluded(CaseNumber(*n)))
        if lacking:
            yield from _check_gaps(book, series, lacking, held)
        if judged.beyond:
            yield from _check_beyond(book, year, judged, held)
    yield from _check_twice(book, series, held)
    yield from check_explanations(book, series, held, is_done)


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
    places = Places.read(held) if twice else None
    for number, other in twice:
        where = (places and places.values_of(number)) or {"order": 0, "numbers": ""}
        yield Finding.stop("number-in-other-book", str(number), {"other": other, **where})


def _years(book: BookId) -> range:
    return range(book.year_first, book.year_last + 1)


def _check_excluded(held: Holding, why_excluded: Callable[[CaseNumber], Exclusion | None]) -> Iterator[Finding]:
    """Numbers that an earlier phase has done, with their pages; the other numbers of the first page on which some are
    not excluded, and its order.
    """
    excluded = {number: found for number in held.numbers if (found := why_excluded(number))}
    places = Places.read(held) if excluded else None
    for number, exclusion in excluded.items():
        pages = places.of.get(number, []) if places else []
        others = [(one.order, rest) for one in pages if (rest := [n for n in one.numbers if n not in excluded])]
        order, rest = others[0] if others else (0, [])
        values = {"reason": reason_of(exclusion), "source": exclusion.source, "pages": [one.page for one in pages]}
        yield Finding.stop("number-excluded", str(number), values | {"order": order, "others": typed(rest)})


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
    book: Book, series: Series, lacking: Iterable[tuple[str, CaseNumber]], held: Holding
) -> Iterator[Finding]:
    """Each missing number with the page beside which it belongs, the book that has it where another one has, and the
    second case with it that is there alone.
    """
    places = Places.read(held)
    seconds = {(number.year, number.value): number for number in reversed(held.numbers) if number.suffix}
    for code, number in lacking:
        others, second = series.others_with(book, number), seconds.get((number.year, number.value))
        values: dict[str, Any] = {"other": others[0]} if others else {}
        if second:
            values |= _only(places, second, number)
        yield Finding.stop(code, str(number), values | places.beside(number))


def _only(places: Places, there: CaseNumber, lacking: CaseNumber) -> dict[str, Any]:
    """The case that is there without the one before it, and what its pages would bear if it were that one."""
    return {"only": str(there), "instead": [one.with_other(there, lacking) for one in places.of.get(there, ())]}


def check_seconds(book: Book, series: Series, held: Holding, suffixes: str) -> Iterator[Finding]:
    """Second cases that are missing: the suffix behind theirs is there, and theirs is in no book of the year.

    `suffixes` are those of the naming profile, in the order in which they are given.
    """
    seconds = [number for number in held.numbers if number.suffix]
    own, places = set(held.numbers if seconds else ()), None
    for number in seconds:
        rank = suffixes.find(number.suffix)
        lacking = CaseNumber(number.year, number.value, suffixes[rank - 1]) if rank > 0 else None
        if lacking is None or lacking in own or series.others_with(book, lacking):
            continue
        places = places or Places.read(held)
        pages = places.of.get(number)
        before = {"before": pages[0].page} if pages else {}
        yield Finding.stop("second-missing", str(lacking), _only(places, number, lacking) | before)


def _check_beyond(book: Book, year: int, judged: Judged, held: Holding) -> Iterator[Finding]:
    """The numbers outside of the work list, each with its first page and all numbers on it."""
    span = {"first": book.first_number or judged.first, "last": book.last_number or judged.last}
    places, beyond = Places.read(held), set(judged.beyond)
    for number in held.numbers:
        if number.year == year and number.value in beyond:
            yield Finding.stop("beyond-list", str(number), span | {"value": number.value} | places.values_of(number))
