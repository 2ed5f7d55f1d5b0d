"""What is said of things that stand twice: one finding for two pages, one for two whole books, both sides in each."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from station.duplicates.likeness import MOST_MISSED_PART, Likeness, Outcome
from station.model import Finding
from station.naming import BookId

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from station.catalogue import Catalogue
    from station.catalogue.fingerprints import Kept, PagePair, PageSide
    from station.catalogue.foreign import ForeignBook, ForeignPair
    from station.naming import CaseNumber

RECORDS = "records"
"""The other side of a finding about the Ministry's records, where somebody says that both may stand."""
THRESHOLD = round(1 - MOST_MISSED_PART, 3)
_BOOK_PAGES, _BOOK_PART, _BOOK_ORDER = 4, 0.3, 0.8
"""Two books are one that was scanned twice, where so many pages are the same, this part of the smaller book, and this
part of them comes in the same order, forwards or backwards."""


@dataclass(frozen=True)
class _Match:
    """A page of ours and a place on the other side."""

    order: int
    other_order: int


def duplicate_findings(catalogue: Catalogue, book: BookId) -> list[Finding]:
    """What stands twice of a book: within it, in other books, at other stations, in the Ministry's records."""
    return all_duplicate_findings(catalogue, book).get(str(book), [])


def all_duplicate_findings(catalogue: Catalogue, only: BookId | None = None) -> dict[str, list[Finding]]:
    """The same of every book, in a few queries. What somebody said may stand is left out."""
    kept = catalogue.kept_doubles()
    found: dict[str, list[Finding]] = defaultdict(list)
    told = [
        *_page_findings(catalogue, catalogue.page_pairs(only), kept),
        *((side.book, _bare(side)) for side in catalogue.bare_pages(only)),
        *_foreign_findings(catalogue, catalogue.foreign_pairs(only), kept),
        *_number_findings(catalogue.numbers_elsewhere(only), kept),
        *_record_findings(catalogue, catalogue.numbers_recorded(only), kept),
    ]
    for book, finding in told:
        found[book].append(finding)
    return found


def is_kept(kept: Mapping[tuple[str, str], Kept], one: str, other: str) -> bool:
    """Whether somebody said that these two may both stand."""
    return (min(one, other), max(one, other)) in kept


def _page_findings(
    catalogue: Catalogue, pairs: Sequence[PagePair], kept: Mapping[tuple[str, str], Kept]
) -> Iterator[tuple[str, Finding]]:
    """Pairs of pages, each told of both books; those of a book that was scanned twice as one finding."""
    between: dict[tuple[str, str], list[PagePair]] = defaultdict(list)
    for pair in _each_once(pairs):
        between[pair.page.book, pair.other.book].append(pair)
    for (book, other), group in between.items():
        same = [pair for pair in group if pair.outcome == Outcome.SAME]
        yield from _unsure([pair for pair in group if pair.outcome != Outcome.SAME])
        if book == other:
            yield from ((book, _same_page(pair)) for pair in same)
        elif not is_kept(kept, book, other):
            yield from _between(catalogue, book, other, same)


def _each_once(pairs: Sequence[PagePair]) -> Iterator[PagePair]:
    """The pairs, the later page first; of two that were looked for from both sides, the one that is surer."""
    seen: dict[tuple[str, str], PagePair] = {}
    for pair in pairs:
        turned = pair if (pair.page.book, pair.page.order) >= (pair.other.book, pair.other.order) else pair.turned()
        key = turned.page.page, turned.other.page
        if key not in seen or (seen[key].outcome, turned.outcome) == (Outcome.CANNOT_TELL, Outcome.SAME):
            seen[key] = turned
    yield from seen.values()


def _between(catalogue: Catalogue, book: str, other: str, same: Sequence[PagePair]) -> Iterator[tuple[str, Finding]]:
    """The pairs of two books, told of each of them."""
    sizes = {one: len(catalogue.pages_compared_in(one)) for one in (book, other)} if len(same) >= _BOOK_PAGES else {}
    whole = sizes and _is_whole([_Match(pair.page.order, pair.other.order) for pair in same], min(sizes.values()))
    for here, there, seen in ((book, other, same), (other, book, [pair.turned() for pair in same])):
        if whole:
            yield here, _same_book(here, there, seen, sizes)
        else:
            yield from ((here, _same_page(pair)) for pair in seen)


def _is_whole(matches: Sequence[_Match], pages: int) -> bool:
    """Whether so many pages of two books match, in order, that one is the other."""
    if len(matches) < max(_BOOK_PAGES, _BOOK_PART * pages):
        return False
    others = [match.other_order for match in sorted(matches, key=lambda match: match.order)]
    return max(_longest_rise(others), _longest_rise(others[::-1])) >= _BOOK_ORDER * len(others)


def _longest_rise(values: Iterable[int]) -> int:
    """How many of the values, left in their order, rise."""
    ends: list[int] = []
    for value in values:
        place = bisect_left(ends, value)
        ends[place : place + 1] = [value]
    return len(ends)


def _same_page(pair: PagePair) -> Finding:
    """Stops packing where other pages of the form told print from writing; else a person has to look."""
    likeness = Likeness(Outcome.SAME, pair.shared, pair.missed, pair.form_known)
    values = _sides(pair) | {
        "shared": pair.shared, "missed": pair.missed, "value": likeness.part, "threshold": THRESHOLD,
    }  # fmt: skip
    return Finding("same-page", pair.form_known, pair.page.page, values)


def _sides(pair: PagePair) -> dict[str, Any]:
    here, there = pair.page, pair.other
    return {
        "order": here.order, "numbers": here.numbers, "file": here.file, "other": there.page,
        "other_book": there.book, "other_order": there.order, "other_numbers": there.numbers, "other_file": there.file,
    }  # fmt: skip


def _same_book(book: str, other: str, pairs: Sequence[PagePair], sizes: Mapping[str, int]) -> Finding:
    ordered = sorted(pairs, key=lambda pair: pair.page.order)
    values = {
        "other": other, "found": len(pairs), "pages": sizes[book], "other_pages": sizes[other],
        "value": round(len(pairs) / min(sizes.values()), 3), "threshold": _BOOK_PART,
        "order": ordered[0].page.order, "other_order": ordered[0].other.order,
        "pairs": [{"page": pair.page.page, **_sides(pair)} for pair in ordered],
    }  # fmt: skip
    return Finding.stop("same-book", book, values)


def _bare(side: PageSide) -> Finding:
    """A page that is its form and next to nothing else was not even compared: all blank forms are alike."""
    values = {"order": side.order, "numbers": side.numbers, "file": side.file, "others": []}
    return Finding.look("cannot-tell", side.page, values)


def _unsure(pairs: Sequence[PagePair]) -> Iterator[tuple[str, Finding]]:
    """Pages that show their form and next to nothing else: one finding for each page, with those that look like it."""
    alike: dict[str, list[PagePair]] = defaultdict(list)
    for pair in pairs:
        alike[pair.page.page].append(pair)
    for page, group in alike.items():
        here, others = group[0].page, sorted({(pair.other.book, pair.other.order, pair.other.page) for pair in group})
        values = {
            "order": here.order, "numbers": here.numbers, "file": here.file,
            "others": [{"book": book, "order": order, "page": other} for book, order, other in others],
        }  # fmt: skip
        yield here.book, Finding.look("cannot-tell", page, values)


def _foreign_findings(
    catalogue: Catalogue, pairs: Sequence[ForeignPair], kept: Mapping[tuple[str, str], Kept]
) -> Iterator[tuple[str, Finding]]:
    """Pages of ours that another station has: fingerprints alone say so, but of a whole book they are sure."""
    sides = {pair.page: catalogue.page_side(pair.page) for pair in pairs}
    between: dict[tuple[str, Hashable], list[ForeignPair]] = defaultdict(list)
    for pair in pairs:
        book = sides[pair.page].book
        if not (is_kept(kept, book, pair.theirs.key) or is_kept(kept, pair.page, f"{pair.theirs.key}#{pair.position}")):
            between[book, pair.theirs.id].append(pair)
    for (book, _), group in between.items():
        first: dict[str, ForeignPair] = {}
        for pair in group:
            first.setdefault(pair.page, pair)
        matches = [_Match(sides[page].order, pair.position) for page, pair in first.items()]
        theirs, their_pages = group[0].theirs, group[0].their_pages
        pages = min(len(catalogue.pages_compared_in(book)), their_pages)
        if _is_whole(matches, pages):
            values = _elsewhere(theirs) | {
                "found": len(matches), "other_pages": their_pages, "value": round(len(matches) / pages, 3),
                "threshold": _BOOK_PART, "order": matches[0].order, "other_order": matches[0].other_order,
            }  # fmt: skip
            yield book, Finding.stop("same-book-elsewhere", book, values)
            continue
        for page, pair in first.items():
            side = sides[page]
            values = _elsewhere(theirs) | {
                "other": f"{theirs.key}#{pair.position}", "order": side.order, "numbers": side.numbers,
                "file": side.file, "other_order": pair.position, "value": pair.score, "places": pair.places,
            }  # fmt: skip
            yield book, Finding.look("same-page-elsewhere", page, values)


def _elsewhere(theirs: ForeignBook) -> dict[str, Any]:
    return {"other": theirs.key, "other_book": theirs.book, "station": theirs.name, "station_key": theirs.station}


def _number_findings(
    numbers: Sequence[tuple[str, ForeignBook, CaseNumber]], kept: Mapping[tuple[str, str], Kept]
) -> Iterator[tuple[str, Finding]]:
    """Numbers that a book of another station has too: one finding for the two books."""
    groups: dict[tuple[str, ForeignBook], list[str]] = defaultdict(list)
    for book, theirs, number in numbers:
        if not is_kept(kept, book, theirs.key):
            groups[book, theirs].append(str(number))
    for (book, theirs), found in groups.items():
        values = _elsewhere(theirs) | {"numbers": ",".join(found), "found": len(found)}
        yield book, Finding.stop("numbers-elsewhere", book, values)


def _record_findings(
    catalogue: Catalogue, numbers: Sequence[tuple[str, str, CaseNumber]], kept: Mapping[tuple[str, str], Kept]
) -> Iterator[tuple[str, Finding]]:
    """Numbers that the Ministry's records have already: they would be refused as duplicates. With the pages that bear
    no other number.
    """
    groups: dict[tuple[str, str], list[CaseNumber]] = defaultdict(list)
    for book, source, number in numbers:
        if not is_kept(kept, book, RECORDS):
            groups[book, source].append(number)
    for (book, source), found in groups.items():
        on_pages = catalogue.numbers_of_pages(BookId.parse(book))
        pages = [page for page, borne in on_pages.items() if set(borne) <= set(found)]
        told = ",".join(map(str, found))
        values = {"other": RECORDS, "source": source, "numbers": told, "found": len(found), "pages": pages}
        yield book, Finding.stop("numbers-recorded", book, values)
