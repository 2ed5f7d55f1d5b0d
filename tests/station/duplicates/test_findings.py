"""When two books are one, against a slow model; pairs that were looked for from both sides are told once."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from station.catalogue.fingerprints import PagePair, PageSide
from station.duplicates.findings import _each_once, _is_whole, _longest_rise, _Match
from station.duplicates.likeness import Outcome


@given(st.lists(st.integers(0, 9), max_size=8))
def test_the_longest_rise_is_that_of_all_choices(values: list[int]) -> None:
    choices = [
        count
        for count in range(len(values) + 1)
        for chosen in combinations(values, count)
        if all(one < other for one, other in pairwise(chosen))
    ]
    assert _longest_rise(values) == max(choices)


@given(st.integers(4, 60), st.booleans())
def test_a_book_scanned_again_is_whole_in_either_direction(pages: int, backwards: bool) -> None:
    matches = [_Match(page, pages + 1 - page if backwards else page) for page in range(1, pages + 1)]
    assert _is_whole(matches, pages)
    assert _is_whole(matches[: max(4, pages // 2)], pages)
    assert not _is_whole(matches[:3], pages)


def test_pages_that_are_strewn_over_another_book_are_no_book() -> None:
    strewn = [_Match(order, other) for order, other in zip(range(1, 9), (5, 2, 8, 1, 7, 3, 6, 4), strict=True)]
    assert not _is_whole(strewn, 8)
    assert not _is_whole([_Match(page, page) for page in range(1, 6)], 100)


def test_a_pair_found_from_both_sides_is_told_once_and_the_surer_one_counts() -> None:
    one, other = PageSide("a", "19441/KS.2005.01", 1, "", "a"), PageSide("b", "19441/KS.2006.01", 4, "", "b")
    unsure = PagePair(one, other, Outcome.CANNOT_TELL, 2, 0, form_known=True)
    sure = PagePair(other, one, Outcome.SAME, 20, 1, form_known=True)
    for pairs in ([unsure, sure], [sure, unsure], [sure, sure.turned()]):
        [told] = _each_once(pairs)
        assert (told.page, told.other, told.outcome) == (other, one, Outcome.SAME)
