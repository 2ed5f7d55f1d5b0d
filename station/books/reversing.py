"""A stack that was fed from its last sheet to its first: the order of its pages turned round, numbers given out anew.

Pages keep what is theirs: their cases, so that a case of several pages and a page with several cases stay what they
are, and with them the two halves of a spread. Numbers belong to the order: the first case gets the first of them again.
So do covers that were announced before the feed: as many pages at the beginning are covers as before.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from drivers.interface import Side
from station.capture.duplex import refuse_between
from station.capture.feeds import feed_words, find_doubt
from station.errors import Refused, UsageError
from station.indexing.entries import Source
from station.model import PageKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from station.catalogue import Catalogue
    from station.indexing.entries import Entry
    from station.model import Case, Page
    from station.naming import BookId, CaseNumber
    from station.wiring import Station


@dataclass(frozen=True)
class Reversal:
    """What turning pages round does. `before` and `after` are the pages of a book in order, by their ids; two pages of
    `swapped` change kind and cases. `numbers` are those of the cases whose number changes: old, then new.
    """

    book: BookId
    before: tuple[str, ...]
    after: tuple[str, ...]
    first_order: int
    swapped: tuple[tuple[str, str], ...]
    numbers: Mapping[CaseNumber, CaseNumber]
    on_pages: Mapping[str, tuple[CaseNumber, ...]]
    """The numbers on each of the pages as they are to be."""

    @property
    def last_order(self) -> int:
        """The order of the last of the pages."""
        return self.first_order + len(self.before) - 1


def last_stack(catalogue: Catalogue, book: BookId) -> list[Page]:
    """The pages that the last feed to the end of a book left, and what was put in between; no printed cover sheet."""
    feeds = [feed.id for feed in catalogue.feeds(book) if feed.place is None and feed.kept]
    pages, came = catalogue.pages(book), _as_they_came(catalogue, book)
    orders = [page.order for page in pages if feeds and came[page.id].feed == feeds[-1] and not page.is_printed]
    return [page for page in pages if orders and orders[0] <= page.order <= orders[-1]]


def has_sheets(pages: Sequence[Page]) -> bool:
    """Whether the pages are both sides of sheets, so that these can be turned round as wholes."""
    return any(page.origin.side == Side.BACK for page in pages)


def _as_they_came(catalogue: Catalogue, book: BookId) -> dict[str, Page]:
    """By the id of every page the one that first stood in its place: a page that was scanned again is of its stack."""
    came: dict[str, Page] = {}
    ever = {page.id: page for page in catalogue.all_pages(book)}
    for page in ever.values():
        first = page
        while first.replaces in ever:
            first = ever[first.replaces]
        came[page.id] = first
    return came


def plan_reversal(
    station: Station, book: BookId, first: Page, last: Page, *, by_sheet: bool = False, with_typed: bool = False
) -> Reversal:
    """What turning the pages from one to another round would do; nothing is changed.

    `by_sheet`: the front of each sheet stays before its back. `with_typed`: what was typed, dated or marked of a case
    goes with its page to another number. Raises `UsageError` where there is nothing to turn round, for pages that wait
    for their backs and while the last page is in doubt; `Refused` where a case has pages beyond these, where something
    was typed of a case and nobody said that it goes along, and where it was taken over by its number from records.
    """
    catalogue = station.catalogue
    pages = _range(catalogue.pages(book), first, last)
    if len(pages) < 2:
        raise UsageError("nothing-to-reverse", book=str(book))
    _refuse_unsettled(catalogue, book)
    before, after = (
        tuple(page.id for page in pages),
        _turned_round(pages, _as_they_came(catalogue, book) if by_sheet else {}),
    )
    swapped = _covers_kept_in_front(pages, after)
    cases = [case for case in catalogue.cases(book) if not set(case.pages).isdisjoint(before)]
    _refuse_beyond(cases, before, pages)
    new_pages = _pages_after(cases, swapped)
    wanted = _numbers_in_order(cases, before, after, new_pages)
    _refuse_typed([case for case in cases if wanted[case.id] != case.number], catalogue, with_typed=with_typed)
    on_pages = {page: tuple(sorted(wanted[case.id] for case in cases if page in new_pages[case.id])) for page in after}
    numbers = {case.number: wanted[case.id] for case in cases if wanted[case.id] != case.number}
    return Reversal(book, before, after, pages[0].order, swapped, numbers, on_pages)


def reverse(station: Station, plan: Callable[[Station], Reversal]) -> tuple[Reversal, Callable[[Station], None]]:
    """Turn pages round, as it is planned while the book is held, and what takes it back. Raises as `plan_reversal`."""
    book = plan(station).book
    with station.changing(book):
        done = plan(station)
        _rearrange(station.catalogue, done, done.after, done.numbers)
    back = {new: old for old, new in done.numbers.items()}

    def undo(again: Station) -> None:
        with again.changing(book):
            _rearrange(again.catalogue, done, done.before, back)

    return done, undo


def _rearrange(
    catalogue: Catalogue, plan: Reversal, order: Sequence[str], numbers: Mapping[CaseNumber, CaseNumber]
) -> None:
    """By number: what was taken back since may have entered a case anew."""
    ids = {case.number: case.id for case in catalogue.cases(plan.book)}
    wanted = {ids[old]: new for old, new in numbers.items() if old in ids}
    catalogue.rearrange(plan.book, order, plan.swapped, wanted)


def _range(pages: Sequence[Page], first: Page, last: Page) -> list[Page]:
    """The pages from one to the other, whichever comes first, and the other halves of spreads at their ends."""
    low, high = sorted((first.order, last.order))
    spreads = {page.part.whole for page in pages if page.part and page.order in {low, high}}
    orders = [page.order for page in pages if page.part and page.part.whole in spreads]
    low, high = min([low, *orders]), max([high, *orders])
    return [page for page in pages if low <= page.order <= high]


def _refuse_unsettled(catalogue: Catalogue, book: BookId) -> None:
    refuse_between(catalogue, book)
    doubt = find_doubt(catalogue, book)
    if doubt:
        page = doubt.last.id if doubt.last else "-"
        raise UsageError("reversed-in-doubt", book=str(book), page=page, **feed_words(doubt.values))


def _turned_round(pages: Sequence[Page], came: Mapping[str, Page]) -> tuple[str, ...]:
    """The last page first; halves of a spread keep their order, and of those that `came` the sides of a sheet."""

    def whole(page: Page) -> object:
        sheet = came.get(page.id)
        if sheet and sheet.feed and sheet.origin.sheet is not None:
            return sheet.feed, sheet.origin.sheet
        return page.part.whole if page.part else page.id

    groups = [[page.id for page in group] for _, group in groupby(pages, whole)]
    return tuple(page for group in reversed(groups) for page in group)


def _covers_kept_in_front(pages: Sequence[Page], after: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Each cover at the beginning, with the page that comes into its place and gives it its number."""
    kinds = {page.id: page.kind for page in pages}
    covers = 0
    while covers < len(pages) and pages[covers].kind is PageKind.COVER and not pages[covers].cover_sheet:
        covers += 1
    pairs = zip((page.id for page in pages[:covers]), after, strict=False)
    return tuple((cover, page) for cover, page in pairs if kinds[page] is PageKind.PAGE)


def _pages_after(cases: Sequence[Case], swapped: Sequence[tuple[str, str]]) -> dict[int, set[str]]:
    """The pages of each case, by its id, once covers and pages have changed places."""
    other = {one: two for pair in swapped for one, two in (pair, pair[::-1])}
    return {case.id: {other.get(page, page) for page in case.pages} for case in cases}


def _numbers_in_order(
    cases: Sequence[Case], before: Sequence[str], after: Sequence[str], new_pages: Mapping[int, set[str]]
) -> dict[int, CaseNumber]:
    """The number that each case gets, by its id: the first case in the new order that of the first one so far."""
    old, new = ({page: place for place, page in enumerate(order)} for order in (before, after))
    were = sorted(cases, key=lambda case: (min(old[page] for page in case.pages), case.number))
    are = sorted(cases, key=lambda case: (min(new[page] for page in new_pages[case.id]), case.number))
    return {case.id: giving.number for case, giving in zip(are, were, strict=True)}


def _refuse_beyond(cases: Sequence[Case], ids: Sequence[str], pages: Sequence[Page]) -> None:
    beyond = next((case for case in cases if not set(case.pages) <= set(ids)), None)
    if beyond:
        span = {"first": pages[0].order, "last": pages[-1].order}
        raise Refused("case-beyond-reversed", book=str(beyond.book), number=str(beyond.number), **span)


def _refuse_typed(cases: Sequence[Case], catalogue: Catalogue, *, with_typed: bool) -> None:
    """What was typed belongs to what its page says, what came from records to its number: neither goes in silence."""
    entries: Mapping[int, list[Entry]] = catalogue.entries(cases[0].book) if cases else {}
    records = [case for case in cases if any(one.source is Source.RECORD for one in entries.get(case.id, ()))]
    typed = [case for case in cases if case.id in entries or case.date or case.marks or case.note]
    for code, found in (("records-of-reversed", records), ("typed-of-reversed", [] if with_typed else typed)):
        if found:
            numbers = ", ".join(str(case.number) for case in found)
            raise Refused(code, book=str(found[0].book), numbers=numbers)
