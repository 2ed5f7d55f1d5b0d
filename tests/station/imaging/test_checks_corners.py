"""Torn and folded corners are seen where two sides of the paper meet."""

import numpy as np
import pytest

from station.imaging import checks, steps
from station.imaging.page import Level, Verdict
from station.imaging.recipe import load_recipe
from station.imaging.steps import PageFound, PageMissing
from tests.corpus.defects import fold_corner, tear_corner
from tests.corpus.pages import DARK_BED, Book, Pixels, Taking, take

RECIPE = load_recipe()
LIMITS, GEOMETRY = RECIPE.checks, RECIPE.geometry
DPI = 150
PAPER = Book(3, "blocks").paper(1)
HOW = Taking(dpi=DPI, skew=1.2)


def judge(paper: Pixels, how: Taking = HOW) -> Verdict:
    pyramid = steps.build_pyramid(take(paper, how).pixels, GEOMETRY.proxy_long_side)
    found = steps.find_page(pyramid[-1], GEOMETRY)
    assert isinstance(found, PageFound)
    return checks.check_corners(steps.scale_page(found, 2 ** (len(pyramid) - 1)), DPI, LIMITS)


def test_whole_corners_pass() -> None:
    verdict = judge(PAPER)
    assert verdict.level is Level.OK
    assert verdict.value < LIMITS.corner_missing_mm2 / 4


@pytest.mark.parametrize("corner", range(4))
@pytest.mark.parametrize("legs_mm", [(9.0, 9.0), (18.0, 7.0), (25.0, 30.0)])
def test_a_torn_corner_is_looked_at_with_its_area(corner: int, legs_mm: tuple[float, float]) -> None:
    verdict = judge(tear_corner(PAPER, corner, legs_mm, DARK_BED, np.random.default_rng(corner)))
    assert verdict.level is Level.LOOK
    assert verdict.value == pytest.approx(min(legs_mm[0], 25) * min(legs_mm[1], 25) / 2, rel=0.45)


@pytest.mark.parametrize("corner", range(4))
def test_a_folded_corner_is_looked_at(corner: int) -> None:
    assert judge(fold_corner(PAPER, corner, (12.0, 12.0), DARK_BED)).level is Level.LOOK


@pytest.mark.parametrize("legs_mm", [(2.0, 2.0), (4.0, 4.0)])
def test_a_worn_corner_passes(legs_mm: tuple[float, float]) -> None:
    assert judge(tear_corner(PAPER, 2, legs_mm, DARK_BED, np.random.default_rng(1))).level is Level.OK


def test_a_corner_beside_the_picture_s_border_cannot_be_judged() -> None:
    torn = tear_corner(PAPER, 0, (15.0, 15.0), DARK_BED, np.random.default_rng(2))
    verdict = judge(torn, Taking(dpi=DPI, skew=0.0, bed_mm=(-3.0, 8.0, 8.0, 8.0)))
    assert verdict.level is Level.OK
    assert checks.check_corners(PageMissing(0, 0.0), DPI, LIMITS).value == 0
