"""Changes of pages by hand, and taking them back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from station import amending
from station.errors import Refused, UsageError
from station.model import PageKind
from station.naming import CaseNumber
from station.wiring import Station
from tests.station.desks import add_cases, numbers
from tests.support import BOOK


def fill(station: Station, count: int = 5, first: int = 1) -> list[str]:
    """A book with so many pages, a case on each; the pages' ids in order."""
    book = station.book_id(BOOK)
    add_cases(station, book, numbers(first, first + count - 1))
    return [page.id for page in station.catalogue.pages(book)]


def state(station: Station) -> list[tuple[str, str, list[str]]]:
    """Pages in order with kind and numbers, then the dates of cases."""
    book = station.book_id(BOOK)
    on_pages = station.catalogue.numbers_of_pages(book)
    rows = [(page.id, page.kind, [str(one) for one in on_pages.get(page.id, [])])
            for page in station.catalogue.pages(book)]  # fmt: skip
    return [*rows, *[(str(case.number), "date", [str(case.date)]) for case in station.catalogue.cases(book)]]


def date_cases(station: Station) -> None:
    book = station.book_id(BOOK)
    for case in station.catalogue.cases(book):
        station.catalogue._db.execute("update cases set date = ? where id = ?", (f"2005-03-{case.id:02}", case.id))


CHANGES: dict[str, Callable[[Station, str], amending.Undo]] = {
    "mark": lambda station, page: amending.mark(station, page, PageKind.COVER),
    "discard": lambda station, page: amending.discard(station, page, "scanned twice"),
    "assign": lambda station, page: amending.assign(station, page, "40"),
    "join": lambda station, page: amending.assign(station, page, "1", amending.Same.PAGE),
    "second": lambda station, page: amending.assign(station, page, "1", amending.Same.CASE),
    "renumber": lambda station, page: amending.renumber(station, page, "30"),
    "move": lambda station, page: amending.move(station, page, before=pages_of(station)[0]),
    "move-behind": lambda station, page: amending.move(station, page, after=pages_of(station)[-1]),
}


def pages_of(station: Station) -> list[str]:
    return [page.id for page in station.catalogue.pages(station.book_id(BOOK))]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), min_size=1, max_size=5))
def test_pages_move_as_a_list_would(station: Station, moves: list[tuple[int, int, bool]]) -> None:
    model = pages_of(station) or fill(station)
    on_pages = station.catalogue.numbers_of_pages(station.book_id(BOOK))
    for one, other, before in moves:
        page, beside = model[one], model[other]
        if page == beside:
            with pytest.raises(UsageError, match="no-place-beside"):
                amending.move(station, page, before=beside)
            continue
        amending.move(station, page, **{"before" if before else "after": beside})
        model.remove(page)
        model.insert(model.index(beside) + (not before), page)
    assert pages_of(station) == model
    assert [page.order for page in station.catalogue.pages(station.book_id(BOOK))] == [1, 2, 3, 4, 5]
    assert station.catalogue.numbers_of_pages(station.book_id(BOOK)) == on_pages


def test_a_page_takes_the_one_that_it_replaced_along(station: Station) -> None:
    pages = fill(station, 3)
    old = station.page(pages[0])
    new = replace(old, id="p0123456789ab", file=old.file.replace(old.id, "p0123456789ab"), replaces=old.id)
    cases = amending.cases_on(station, old)
    station.catalogue.add_page(new, [])
    amending.move(station, new.id, after=pages[2])
    amending.replaced(old, new.id, cases)(station)
    assert pages_of(station) == [pages[1], pages[2], old.id]


def test_a_page_does_not_move_beside_one_of_another_book_or_in_a_sealed_book(station: Station) -> None:
    pages = fill(station, 2)
    other = station.book_id("KS.2005.02")
    add_cases(station, other, [CaseNumber(2005, 9)])
    (there,) = station.catalogue.pages(other)
    with pytest.raises(UsageError, match="no-place-beside"):
        amending.move(station, pages[0], after=there.id)
    station.catalogue._db.execute("update book set state = 'sealed' where id = ?", (BOOK,))
    with pytest.raises(UsageError, match="book-sealed"):
        amending.move(station, pages[0], after=pages[1])
    assert pages_of(station) == pages


def test_a_number_that_the_page_beside_has_is_joined_only_when_somebody_says_so(station: Station) -> None:
    pages = fill(station)
    before = state(station)
    with pytest.raises(Refused, match="number-on-other-page"):
        amending.assign(station, pages[2], "2")
    assert state(station) == before
    for same, expected in ((amending.Same.PAGE, "02/2005"), (amending.Same.CASE, "02a/2005")):
        undo = amending.assign(station, pages[2], "2", same)
        assert state(station)[2] == (pages[2], PageKind.PAGE, [expected])
        undo(station)
        assert state(station) == before


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_can_be_taken_back(station: Station, change: str) -> None:
    pages = fill(station)
    date_cases(station)
    before = state(station)
    undo = CHANGES[change](station, pages[2])
    assert state(station) != before
    undo(station)
    assert state(station) == before


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(sorted(CHANGES)), st.integers(0, 4)), max_size=4))
def test_changes_taken_back_in_reverse_leave_nothing(station: Station, changes: list[tuple[str, int]]) -> None:
    book = station.book_id(BOOK)
    pages = [page.id for page in station.catalogue.pages(book)] or fill(station)
    before, undos = state(station), []
    for change, place in changes:
        try:
            undos.append(CHANGES[change](station, pages[place]))
        except (UsageError, Refused):
            continue
    for undo in reversed(undos):
        undo(station)
    assert state(station) == before


def test_renumbering_counts_on_and_keeps_pages_and_dates(station: Station) -> None:
    pages = fill(station)
    date_cases(station)
    amending.renumber(station, pages[2], "4")
    book = station.book_id(BOOK)
    on_pages = station.catalogue.numbers_of_pages(book)
    assert [on_pages[page][0].value for page in pages] == [1, 2, 4, 5, 6]
    dates = {case.number.value: case.date for case in station.catalogue.cases(book)}
    assert dates == {1: "2005-03-01", 2: "2005-03-02", 4: "2005-03-03", 5: "2005-03-04", 6: "2005-03-05"}


def test_renumbering_never_merges_two_cases(station: Station) -> None:
    pages = fill(station)
    before = state(station)
    with pytest.raises(Refused, match="number-taken"):
        amending.renumber(station, pages[3], "2")
    add_cases(station, station.book_id("KS.2005.02"), [CaseNumber(2005, 9)])
    with pytest.raises(Refused, match="number-taken"):
        amending.renumber(station, pages[2], "7")
    assert state(station) == before


def test_a_sealed_book_and_a_page_without_a_case_are_refused(station: Station) -> None:
    pages = fill(station, 2)
    amending.mark(station, pages[1], PageKind.BLANK)
    with pytest.raises(UsageError, match="nothing-to-renumber"):
        amending.renumber(station, pages[1], "7")


def test_the_page_count_of_the_list_gives_way(station: Station) -> None:
    fill(station, 3)
    amending.accept_page_count(station, BOOK)
    assert station.book(BOOK).pages_expected == 3


def test_a_cover_sheet_of_the_station_is_not_counted_for_the_list(station: Station) -> None:
    fill(station, 3)
    book = station.book_id(BOOK)
    last = station.catalogue.pages(book)[2]
    file = last.file.replace(last.id, "p0123456789ab")
    printed = replace(last, id="p0123456789ab", file=file, order=4, kind=PageKind.COVER, cover_sheet=True)
    station.catalogue.add_page(printed, [])
    amending.accept_page_count(station, BOOK)
    assert station.book(BOOK).pages_expected == 3
    assert station.counts_of(book) == station.catalogue.counts()[str(book)] == (3, 3)
