"""Completeness against a slow and obvious model, and each finding once."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from station.completeness import _check_numbers, _check_order, find_gaps
from station.model import Book, Missing, PageKind, Why
from station.naming import BookId, CaseNumber
from station.wiring import Station
from tests.station.test_cases import KS, add_page

NUMBERS = st.sets(st.integers(1, 40), max_size=25)


@given(NUMBERS, st.integers(1, 20), st.integers(1, 60))
def test_gaps_are_exactly_the_numbers_that_are_not_there(numbers: set[int], first: int, last: int) -> None:
    slow = []
    number = first
    while number <= last:
        if number not in numbers:
            slow.append(number)
        number += 1
    assert find_gaps(numbers, first, last) == slow


def blocking(book: Book, numbers: set[CaseNumber], explained: set[CaseNumber]) -> set[str]:
    missing = [Missing(number, Why.VOID, "t", "now") for number in explained]
    return {finding.subject for finding in _check_numbers(book, sorted(numbers), missing)}


def slow_model(book: Book, numbers: set[CaseNumber], explained: set[CaseNumber]) -> set[str]:
    """Every number that a patient person would complain about, year by year."""
    found = set()
    for year in range(book.id.year_first, book.id.year_last + 1):
        values = {number.value for number in numbers if number.year == year}
        first = min(values, default=1)
        if book.id.volume == 1 or year != book.id.year_first:
            first = 1
        if year == book.id.year_first and book.first_number:
            first = book.first_number
        last = max(values) if values else first
        if year == book.id.year_last and book.last_number:
            last = book.last_number
        for value in range(1, 200):
            expected, there = first <= value <= last, value in values
            is_explained = CaseNumber(year, value) in explained
            if there != expected and not (expected and is_explained):
                found.add(f"{value:02}/{year}")
    return found


@given(st.data())
def test_numbers_of_a_book_against_the_slow_model(data: st.DataObject) -> None:
    first_year = data.draw(st.integers(2000, 2004))
    last_year = data.draw(st.integers(first_year, first_year + 2))
    book = Book(
        BookId.of("1", "KS", first_year, last_year, data.draw(st.integers(1, 3))),
        first_number=data.draw(st.none() | st.integers(1, 15)),
        last_number=data.draw(st.none() | st.integers(15, 45)),
    )
    years = st.integers(first_year, last_year)
    numbers = data.draw(st.sets(st.builds(CaseNumber, years, st.integers(1, 40)), max_size=40))
    explained = data.draw(st.sets(st.builds(CaseNumber, years, st.integers(1, 45)), max_size=10))
    assert blocking(book, numbers, explained) == slow_model(book, numbers, explained)


@given(st.lists(st.integers(1, 30), max_size=20))
def test_order_is_complained_of_exactly_where_it_falls(values: list[int]) -> None:
    pages = []
    on_pages = {}
    for order, value in enumerate(values, 1):
        page = _page(order)
        pages.append(page)
        on_pages[page.id] = [CaseNumber(2005, value)]
    falls = sum(later < earlier for earlier, later in pairwise(values))
    assert len(list(_check_order(pages, on_pages))) == falls


def _page(order: int):  # type: ignore[no-untyped-def]  # a page of the model, only its id and order matter
    from station.model import Origin, Page, PageKind, PageState

    return Page(f"p{order}", KS, order, PageKind.PAGE, PageState.KEPT, "", "", 1, 1, 1, None, Origin("", "", ""))


def codes(station: Station) -> dict[str, int]:
    from station.completeness import check_book, count_by_code

    book = station.catalogue.book(KS)
    assert book is not None
    return count_by_code(check_book(station.catalogue, book, "recipe"))


def test_an_empty_book_is_not_complete(station: Station) -> None:
    assert codes(station) == {"no-pages": 1, "gap": 1}


def test_a_year_of_the_book_without_any_case_is_a_gap(station: Station) -> None:
    book = Book(BookId.parse("19441/KH.2007-2009.01"))
    found = {finding.subject for finding in _check_numbers(book, [CaseNumber(2007, 1), CaseNumber(2009, 1)], [])}
    assert found == {"01/2008"}


def test_covers_alone_are_no_complete_book(station: Station) -> None:
    add_page(station, "pa", kind=PageKind.COVER)
    assert codes(station)["gap"] == 1


def test_each_kind_of_trouble_is_found(station: Station) -> None:
    add_page(station, "pa", 1)
    add_page(station, "pb", 3)
    add_page(station, "pc")
    station.catalogue.expect(Book(KS, pages_expected=4, last_number=3))
    assert codes(station) == {"page-count": 1, "page-without-case": 1, "gap": 1, "no-copy": 3}


def test_a_number_of_another_book_of_the_same_year_is_found(station: Station) -> None:
    other = BookId.parse("19441/KS.2005.02")
    station.add_book(Book(other))
    add_page(station, "pa", 1)
    page = add_page(station, "pb")
    station.catalogue._db.execute("update page set book = ? where id = 'pb'", (str(other),))
    station.catalogue.assign(station.catalogue.pages(other)[0], [CaseNumber(2005, 1)])
    assert page.id == "pb"
    assert codes(station)["number-in-other-book"] == 1
