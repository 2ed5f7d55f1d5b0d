"""Dirt on a feeder's glass is told from ruled lines, with its place."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.imaging import checks, steps
from station.imaging.checks import streaks
from station.imaging.decode import Pixels
from station.imaging.page import Level, Verdict
from station.imaging.recipe import load_recipe
from tests.corpus.defects import add_streak
from tests.station.imaging.pages import draw_sheet

LIMITS = load_recipe().checks
DPI = 300
SKEW = 1.1
PAGE = draw_sheet(SKEW, dpi=DPI, bed_mm=(230.0, 312.0)).pixels
WIDTH_MM = PAGE.shape[1] / DPI * 25.4


def judge(picture: Pixels, skew: float = SKEW) -> Verdict:
    proxy = steps.halve(steps.halve(picture))
    return checks.check_streaks(proxy, skew, DPI / 4, LIMITS)


def test_a_clean_page_passes() -> None:
    verdict = judge(PAGE)
    assert (verdict.level, verdict.place) == (Level.OK, None)


@pytest.mark.parametrize("place", [0.21, 0.37, 0.63, 0.82])
@pytest.mark.parametrize("dirt", [(80.0, 3.0), (120.0, 2.0), (-40.0, 3.0)])
def test_a_streak_is_found_at_its_place(place: float, dirt: tuple[float, float]) -> None:
    verdict = judge(add_streak(PAGE, place, dirt[1], dirt[0]))
    assert verdict.level is Level.LOOK
    assert verdict.place == pytest.approx(place * WIDTH_MM, abs=0.6)


def test_a_leaning_ruled_line_is_no_dirt() -> None:
    picture = np.full((3500, 2480, 3), 224, np.uint8)
    cv2.line(picture, (400, 0), (430, 3500), (70, 70, 80), 4)
    assert judge(picture, 0.5).place is None


def test_a_table_s_line_ends_before_the_paper_does() -> None:
    picture = np.full((3500, 2480, 3), 224, np.uint8)
    cv2.line(picture, (900, 400), (900, 3100), (70, 70, 80), 4)
    assert judge(picture, 0.0).place is None


def test_a_line_over_the_whole_of_straight_paper_is_left_to_the_count() -> None:
    picture = np.full((3500, 2480, 3), 224, np.uint8)
    cv2.line(picture, (900, 0), (900, 3500), (70, 70, 80), 4)
    verdict = judge(picture, 0.0)
    assert verdict.level is Level.OK
    assert verdict.place == pytest.approx(900 / DPI * 25.4, abs=0.6)


def test_the_fold_of_an_open_book_is_no_dirt() -> None:
    picture = np.full((2400, 3500, 3), 224, np.uint8)
    cv2.line(picture, (1750, 0), (1750, 2400), (70, 70, 80), 4)
    assert judge(picture, 0.0).place is None


@pytest.mark.parametrize("shape", [(1, 1, 3), (8, 900), (900, 8, 3), (100, 100)])
def test_tiny_pictures_say_nothing(shape: tuple[int, ...]) -> None:
    assert checks.check_streaks(np.full(shape, 90, np.uint8), 0.0, 75.0, LIMITS).level is Level.OK


@given(st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_the_middle_of_a_band_is_its_median(rows: int, seed: int) -> None:
    bands, width = 5, 7
    signed = np.random.default_rng(seed).integers(-128, 128, (bands * rows, width)).astype(np.int8)
    slow = np.sort(signed.reshape(bands, rows, width), axis=1)[:, rows // 2]
    assert np.array_equal(streaks._middle(signed, rows), slow)
