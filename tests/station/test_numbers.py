"""Numbers of the pages that come: counted on, joined to a case that goes on, never given to two cases in silence."""

from __future__ import annotations

import pytest

from station.errors import UsageError
from station.model import PageKind
from station.naming import CaseNumber, Numbering
from station.numbers import NumberGiver
from station.wiring import Station
from tests.station.test_cases import KS, add_page


def giver(station: Station, first: int, *, pages_per_case: int = 1, join: bool = False) -> NumberGiver:
    made = NumberGiver(station.catalogue, KS, Numbering(CaseNumber(2005, first), pages_per_case=pages_per_case))
    if join:
        made.join_first()
    return made


def take(numbers: NumberGiver, pages: int) -> list[list[int]]:
    """The numbers of so many pages, each entered as it comes."""
    found = []
    for _ in range(pages):
        given, _ = numbers.offer(PageKind.PAGE)
        numbers.count(given, PageKind.PAGE)
        found.append([number.value for number in given])
    return found


def test_a_case_over_two_pages_that_has_one_gets_one_more(station: Station) -> None:
    add_page(station, "pa", 4)
    assert take(giver(station, 4, pages_per_case=2, join=True), 3) == [[4], [5], [5]]


def test_a_case_that_has_all_its_pages_gets_the_one_that_was_asked_for(station: Station) -> None:
    for name in ("pa", "pb"):
        add_page(station, name, 4)
    assert take(giver(station, 4, pages_per_case=2, join=True), 3) == [[4], [5], [5]]


def test_a_taken_number_is_refused_unless_it_is_joined(station: Station) -> None:
    add_page(station, "pa", 4)
    with pytest.raises(UsageError, match="number-taken"):
        giver(station, 4).refuse_taken()
    giver(station, 4, join=True).refuse_taken()


def test_it_says_when_the_next_page_goes_on_with_a_case(station: Station) -> None:
    numbers = giver(station, 1, pages_per_case=2)
    said = []
    for _ in range(4):
        said.append(numbers.next_joins)
        take(numbers, 1)
    assert said == [False, True, False, True]


def test_covers_get_no_number_and_use_none_up(station: Station) -> None:
    numbers = giver(station, 1)
    given, clash = numbers.offer(PageKind.COVER)
    numbers.count(given, PageKind.COVER)
    assert (given, clash) == ([], None)
    assert take(numbers, 2) == [[1], [2]]
