"""One quality for a book: towards the target, never out of the range, the same in whatever order the pages come."""

import random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.imaging.average import Rate, expect_kb, settle_quality
from station.imaging.recipe import load_recipe

RECIPE = load_recipe("guideline-100k")
LIMITS = RECIPE.quality

rates = st.lists(st.builds(Rate, st.floats(0.1, 4), st.floats(5, 700), st.booleans()), min_size=1, max_size=30)


def page(kb: float, *, faint: bool = False) -> Rate:
    return Rate(1.0, kb, faint)


def test_a_book_of_usual_pages_meets_the_target() -> None:
    assert settle_quality([page(100)] * 5, RECIPE) == LIMITS.default
    assert settle_quality([page(60)] * 5, RECIPE) == LIMITS.ceiling
    assert settle_quality([page(300)] * 5, RECIPE) == LIMITS.floor
    assert settle_quality([], RECIPE) == LIMITS.default


def test_a_page_that_needs_more_is_paid_for_by_those_that_need_less() -> None:
    dense, sparse = page(180), page(60)
    assert settle_quality([dense], RECIPE) == LIMITS.floor
    together = settle_quality([dense, sparse, sparse], RECIPE)
    assert LIMITS.floor < together < LIMITS.ceiling
    assert expect_kb([dense], together, RECIPE) > RECIPE.target_kb_per_a4


def test_faint_pages_keep_their_floor_and_the_others_pay() -> None:
    faint = [page(110, faint=True)] * 3
    others = [page(90)] * 3
    assert settle_quality(faint + others, RECIPE) <= settle_quality(others, RECIPE)
    assert expect_kb(faint, LIMITS.floor, RECIPE) == expect_kb(faint, LIMITS.faint_floor, RECIPE)


@given(rates, st.randoms())
def test_the_order_of_the_pages_says_nothing(pages: list[Rate], chance: random.Random) -> None:
    shuffled = list(pages)
    chance.shuffle(shuffled)
    assert settle_quality(shuffled, RECIPE) == settle_quality(pages, RECIPE)


@given(rates)
def test_the_highest_quality_that_fits_is_taken(pages: list[Rate]) -> None:
    quality = settle_quality(pages, RECIPE)
    allowed = RECIPE.target_kb_per_a4 * sum(one.sheets for one in pages) * (1 + 1e-9)
    assert LIMITS.floor <= quality <= LIMITS.ceiling
    assert quality == LIMITS.floor or expect_kb(pages, quality, RECIPE) <= allowed
    assert quality == LIMITS.ceiling or expect_kb(pages, quality + 1, RECIPE) >= allowed * (1 - 1e-8)


@given(rates, st.floats(20, 400), st.floats(1, 300))
def test_more_room_never_lowers_the_quality(pages: list[Rate], target: float, more: float) -> None:
    lower, higher = (replace(RECIPE, target_kb_per_a4=kb) for kb in (target, target + more))
    assert settle_quality(pages, lower) <= settle_quality(pages, higher)
