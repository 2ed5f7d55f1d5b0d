"""Numbers of the pages that come: counted on, joined to a case that goes on, never given to two cases in silence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.books.numbers import NumberGiver, next_numbering
from station.catalogue import Catalogue
from station.errors import UsageError
from station.model import PageKind
from station.naming import CaseNumber, Numbering
from station.wiring import Station
from tests.station.books.test_cases import KS, add_page


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    """A catalogue without any book."""
    with Catalogue(tmp_path_factory.mktemp("numbers") / "catalogue.db") as catalogue:
        yield catalogue


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


@given(
    came=st.lists(st.booleans(), max_size=12),
    first=st.integers(1, 50),
    layout=st.sampled_from([(1, 1), (3, 1), (1, 2), (1, 3)]),
)
def test_the_numbers_of_pages_that_come_do_not_depend_on_which_others_do(
    came: list[bool], first: int, layout: tuple[int, int], empty: Catalogue
) -> None:
    numbering = Numbering(CaseNumber(2005, first), *layout)
    numbers = NumberGiver(empty, KS, numbering)
    for place, comes in enumerate(came):
        if not comes:
            assert numbers.pass_over() == numbering.numbers_of(place)
            continue
        due, clash = numbers.offer(PageKind.PAGE)
        numbers.count(due, PageKind.PAGE)
        assert (due, clash) == (numbering.numbers_of(place), None)


def test_a_page_that_is_here_with_its_number_waits_for_none(station: Station) -> None:
    pages = [add_page(station, "pa", 1), add_page(station, "pb", 7)]
    numbers = giver(station, 1)
    assert [numbers.pass_known(page.id) for page in pages] == [[], [CaseNumber(2005, 2)]]
    assert numbers.due == [CaseNumber(2005, 3)]


def test_where_nobody_said_the_first_number_pages_that_have_theirs_are_not_counted_again(station: Station) -> None:
    page, book = add_page(station, "pa", 1), station.book(str(KS))
    numbers = NumberGiver(station.catalogue, KS, next_numbering(station.catalogue, book, (1, 1)))
    assert numbers.pass_known(page.id) == []
    assert numbers.due == [CaseNumber(2005, 2)]


def test_after_the_count_is_lost_nothing_is_due(station: Station) -> None:
    numbers = giver(station, 1)
    assert numbers.lose_count()
    assert (numbers.due, numbers.offer(PageKind.PAGE)) == ([], ([], None))
    assert not numbers.lose_count()
