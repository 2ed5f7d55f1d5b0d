"""Changing pages of an open book by hand, each change with what takes it back.

Every function holds the book while it works and returns its undoing: a function of the station that does the opposite
and may be called once, as long as nothing else has changed what it puts back. All raise `UsageError` for a sealed book,
one that is in use and a page that is not there, and `Refused` where two cases would become one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from station.books.cases import assign as assign_cases
from station.books.cases import read_numbers
from station.books.numbers import taken_by
from station.capture.paper import confirm_page
from station.errors import Refused, UsageError
from station.naming import CaseNumber
from station.worklist.exclusions import refuse_excluded_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station.catalogue import Catalogue
    from station.catalogue.amending import Dated
    from station.model import Case, Page, PageKind
    from station.wiring import Station

Undo = Callable[["Station"], None]


class Same(StrEnum):
    """What a number means that another page has already."""

    PAGE = "page"
    """Another page of that case."""
    CASE = "case"
    """A second case with this number, which gets a suffix."""


def mark(station: Station, page_id: str, kind: PageKind) -> Undo:
    """Say what a page is; one that belongs in no case loses its numbers."""
    page = station.page(page_id)
    with station.changing(page.book):
        page = station.page(page.id)
        before = _cases_on(station.catalogue, page)
        station.catalogue.mark_page(page.id, kind)

    def undo(again: Station) -> None:
        with again.changing(page.book):
            again.catalogue.mark_page(page.id, page.kind)
            again.catalogue.restore_cases(page, before)

    return undo


def discard(station: Station, page_id: str, why: str) -> Undo:
    """Take a page out of its book; its master stays."""
    page = station.page(page_id)
    with station.changing(page.book):
        before = _cases_on(station.catalogue, station.page(page.id))
        station.catalogue.discard_page(page.id, why)

    def undo(again: Station) -> None:
        with again.changing(page.book):
            again.catalogue.restore_page(page, before)

    return undo


def move(station: Station, page_id: str, *, after: str | None = None, before: str | None = None) -> Undo:
    """Lay a page right behind or right before another one of its book; its cases and what it replaced go with it.

    Raises `UsageError` too where that is the page itself or a page of another book.
    """
    page, beside = station.page(page_id), station.page(after or before or "")
    if beside.book != page.book or beside.id == page.id:
        raise UsageError("no-place-beside", page=page.id, order=page.order, book=str(page.book), beside=beside.id)
    with station.changing(page.book):
        in_front = station.catalogue.page_in_front(page)
        station.catalogue.move_page(page, after=after and beside.id, before=before and beside.id)

    def undo(again: Station) -> None:
        with again.changing(page.book):
            again.catalogue.move_page(page, after=in_front)

    return undo


def confirm(station: Station, page_id: str) -> Undo:
    """Say that a page is the one that it should be, and what its feed left open settled with it."""
    page = station.page(page_id)
    with station.changing(page.book):
        before = station.catalogue.look_at(page.id)
        waiting = {feed.id for feed in station.catalogue.feeds(page.book) if feed.confirmed_at is None}
        confirm_page(station.catalogue, station.page(page.id), station.operator)
        settled = [feed.id for feed in station.catalogue.feeds(page.book) if feed.id in waiting and feed.confirmed_at]

    def undo(again: Station) -> None:
        with again.changing(page.book):
            again.catalogue.withdraw_look(page.id, before, settled)

    return undo


def assign(station: Station, page_id: str, text: str, same: Same | None = None) -> Undo:
    """Say which cases stand on a page: `12`, `12,13`, `7/2005`. `same` None refuses a number that another page has.

    Raises `BadName` too.
    """
    page = station.page(page_id)
    with station.changing(page.book):
        page = station.page(page.id)
        before = _cases_on(station.catalogue, page)
        numbers = read_numbers(text, page.book)
        assign_cases(
            station.catalogue,
            page,
            numbers,
            join=same is Same.PAGE,
            second=same is Same.CASE,
            profile=station.naming,
        )

    def undo(again: Station) -> None:
        with again.changing(page.book):
            again.catalogue.assign(page, [number for number, _ in before])
            again.catalogue.restore_cases(page, before)

    return undo


def renumber(station: Station, page_id: str, text: str) -> Undo:
    """Count the cases from a page on anew, from this number: those on the pages behind it follow one by one.

    Which pages make which case stays as it is. Raises `BadName`; `UsageError` where no case stands from there on;
    `Refused` for a number that another case has.
    """
    page = station.page(page_id)
    with station.changing(page.book):
        first = CaseNumber.parse(text, page.book)
        moved = _cases_from(station.catalogue, station.page(page.id))
        if not moved:
            raise UsageError("nothing-to-renumber", page=page.id, order=page.order)
        wanted = {
            case.id: CaseNumber.of(first.year, first.value + place, "", page.book) for place, case in enumerate(moved)
        }
        _refuse_taken(station.catalogue, moved, list(wanted.values()))
        station.catalogue.renumber_cases(wanted)
    before = {wanted[case.id]: case.number for case in moved}

    def undo(again: Station) -> None:
        with again.changing(page.book):
            # By number: what was taken back since may have entered a case anew.
            cases = {case.number: case.id for case in again.catalogue.cases(page.book)}
            again.catalogue.renumber_cases({cases[one]: old for one, old in before.items() if one in cases})

    return undo


def replaced(old: Page, new_id: str, cases: Sequence[Dated]) -> Undo:
    """What takes back that a new page came into the place of an old one, which bore these cases."""

    def undo(again: Station) -> None:
        new = again.page(new_id)
        with again.changing(new.book):
            again.catalogue.restore_page(old, cases, instead_of=new.id)

    return undo


def cases_on(station: Station, page: Page) -> list[Dated]:
    """The cases on a page with their dates, for `replaced`."""
    return _cases_on(station.catalogue, page)


def inserted(new_id: str, why: str) -> Undo:
    """What takes back that a page came in between: it is discarded."""

    def undo(again: Station) -> None:
        discard(again, new_id, why)

    return undo


def _cases_on(catalogue: Catalogue, page: Page) -> list[Dated]:
    return [(case.number, case.date) for case in catalogue.cases(page.book) if page.id in case.pages]


def _cases_from(catalogue: Catalogue, page: Page) -> list[Case]:
    """The cases whose first page is this one or one behind it, in the order of their pages."""
    orders = {one.id: one.order for one in catalogue.pages(page.book)}
    begin = {case.id: orders[case.pages[0]] for case in catalogue.cases(page.book) if case.pages}
    from_here = [case for case in catalogue.cases(page.book) if begin.get(case.id, 0) >= page.order]
    return sorted(from_here, key=lambda case: (begin[case.id], case.number))


def _refuse_taken(catalogue: Catalogue, moved: Sequence[Case], wanted: Sequence[CaseNumber]) -> None:
    book = moved[0].book
    own = {case.number for case in moved}
    others = {case.number for case in catalogue.cases(book)} - own
    for number in wanted:
        holder = str(book) if number in others else catalogue.other_holder(book, number)
        if holder:
            raise Refused("number-taken", book=str(book), **taken_by(catalogue, holder, number))
    refuse_excluded_numbers(catalogue, book, wanted)


def accept_page_count(station: Station, book: str) -> None:
    """Take over that a book has as many pages as were kept, whatever the work list says."""
    found = station.book(book)
    with station.changing(found.id):
        pages = station.catalogue.paper_page_count(found.id)
        station.catalogue.expect(replace(found, pages_expected=pages))
