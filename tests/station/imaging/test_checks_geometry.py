"""Size, resolution and straightness of the paper, and pictures that are the paper."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.imaging import checks
from station.imaging.decode import Pixels
from station.imaging.page import Level
from station.imaging.recipe import load_recipe
from station.imaging.steps import PageFound, PageMissing
from tests.station.imaging.pages import A4_MM, draw_sheet

RECIPE = load_recipe()
LIMITS, GEOMETRY = RECIPE.checks, RECIPE.geometry
MISSING = PageMissing(0, 0.0)
FULL = draw_sheet(dpi=75, bed_mm=A4_MM).pixels


def paper_of(width_mm: float, height_mm: float, dpi: float = 300.0) -> PageFound:
    mm = dpi / 25.4
    corners = np.array([(0.0, 0.0), (width_mm, 0), (width_mm, height_mm), (0, height_mm)]) * mm + 50
    return PageFound(corners, corners, (True, True, True, True), 0.0, 0.0, (0, 0, 0))


@pytest.mark.parametrize("size", [(210, 297), (297, 420), (420, 297), (148, 210), (241, 349), (189, 305)])
def test_papers_of_any_usual_size_pass(size: tuple[float, float]) -> None:
    assert checks.check_paper_size(paper_of(*size), 300.0, None, LIMITS).level is Level.OK


@pytest.mark.parametrize("claimed", [100, 150, 200, 600])
def test_a_resolution_that_was_taken_for_another_is_looked_at(claimed: int) -> None:
    verdict = checks.check_paper_size(paper_of(210, 297), float(claimed), (210.0, 297.0), LIMITS)
    assert verdict.level is Level.LOOK
    assert verdict.value == pytest.approx(abs(300 / claimed - 1), abs=0.01)


@pytest.mark.parametrize("claimed", [600, 100])
def test_without_a_known_paper_a_usual_mistake_still_shows(claimed: int) -> None:
    assert checks.check_paper_size(paper_of(210, 297), float(claimed), None, LIMITS).level is Level.LOOK


FINE = checks.check_paper_size(paper_of(230, 330), 300.0, None, LIMITS)
"""A page of any size passes by itself."""


def held(copy_mm: tuple[float, float], reference_mm: tuple[float, float] = (212.0, 299.0)) -> Level:
    return checks.hold_against_book(FINE, copy_mm, reference_mm, LIMITS).level


@given(st.sampled_from([150, 200, 250, 350, 400, 600]), st.floats(180, 260), st.floats(1.2, 1.6), st.booleans())
def test_a_page_that_is_the_book_s_paper_at_another_resolution_is_looked_at(
    tag: int, width: float, shape: float, turned: bool
) -> None:
    copy = width * 300 / tag, width * shape * 300 / tag
    assert held(copy[::-1] if turned else copy, (width, width * shape)) is Level.LOOK


@pytest.mark.parametrize(
    "copy_mm",
    [
        (212, 299), (299, 212), (205, 290), (222, 313),  # the same paper, turned, cut by hand, a cover
        (422, 299), (299, 422), (106, 299), (212, 150),  # a spread, halves
        (297, 420), (148, 210),  # usual papers
        (212, 240), (80, 120), (212, 520),  # torn, a slip, folded out
    ],
)  # fmt: skip
def test_other_paper_is_not_taken_for_another_resolution(copy_mm: tuple[float, float]) -> None:
    assert held(copy_mm) is Level.OK


def test_a_size_that_is_doubted_already_stays_doubted() -> None:
    doubted = checks.check_paper_size(paper_of(210, 297), 600.0, None, LIMITS)
    assert checks.hold_against_book(doubted, (105.0, 148.5), (105.0, 148.5), LIMITS) == doubted


def test_a_side_that_was_not_seen_says_nothing_of_the_size() -> None:
    found = paper_of(100, 297)
    partly = PageFound(found.corners, found.outline, (False, True, True, True), 0.0, 0.0, (0, 0, 0))
    assert checks.check_paper_size(partly, 300.0, (210.0, 297.0), LIMITS).level is Level.OK


@pytest.mark.parametrize("lean", [-3.0, 1.6, 2.5])
def test_lines_that_still_lean_are_looked_at(lean: float) -> None:
    page = draw_sheet(lean, dpi=200, bed_mm=(195.0, 275.0)).pixels
    verdict = checks.check_skew_left(checks.measure_paper(page, LIMITS), LIMITS)
    assert verdict.level is Level.LOOK
    assert verdict.value == pytest.approx(lean, abs=0.3)


@pytest.mark.parametrize("written", [True, False])
def test_a_straight_page_and_an_empty_one_do_not_lean(written: bool) -> None:
    page = draw_sheet(0.0, dpi=200, bed_mm=A4_MM, written=written).pixels
    verdict = checks.check_skew_left(checks.measure_paper(page, LIMITS), LIMITS)
    assert verdict.level is Level.OK
    assert abs(verdict.value) <= (0.3 if written else 0)


def found_level(proxy: Pixels, size_mm: tuple[float, float]) -> Level:
    return checks.check_page_found(MISSING, proxy, checks.fit_paper(size_mm, None, LIMITS), GEOMETRY).level


@pytest.mark.parametrize("size_mm", [(210.0, 297.0), (297.0, 210.0), (211.5, 296.0), (297.0, 420.0)])
def test_a_picture_that_is_the_paper_passes(size_mm: tuple[float, float]) -> None:
    assert found_level(FULL, size_mm) is Level.OK


@pytest.mark.parametrize("size_mm", [(216.0, 356.0), (230.0, 312.0), (1.0, 1.0)])
def test_a_picture_of_no_known_paper_is_looked_at(size_mm: tuple[float, float]) -> None:
    assert found_level(FULL, size_mm) is Level.LOOK


@pytest.mark.parametrize("bed", [(252, 252, 252), (20, 20, 20)])
def test_a_bed_along_the_border_is_looked_at(bed: tuple[int, int, int]) -> None:
    small = cv2.resize(FULL, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    picture = cv2.copyMakeBorder(np.asarray(small, np.uint8), 80, 80, 60, 60, cv2.BORDER_CONSTANT, value=bed)
    assert found_level(np.asarray(picture, np.uint8), (210.0, 297.0)) is Level.LOOK


def test_the_book_s_own_paper_counts_before_the_usual_ones() -> None:
    assert checks.fit_paper((230.0, 330.0), (231.0, 328.0), LIMITS) == (231.0, 328.0)
    assert checks.fit_paper((210.0, 297.0), (231.0, 328.0), LIMITS) is None
