"""Writing that runs into the picture's border is told from ruled lines and from paper that ends there."""

import cv2
import numpy as np
import pytest

from station.imaging import checks
from station.imaging.decode import Pixels
from station.imaging.page import Level
from station.imaging.recipe import load_recipe
from station.imaging.steps import PageFound, PageMissing
from tests.station.imaging.pages import A4_MM, draw_sheet

LIMITS = load_recipe().checks
DPI = 200
MISSING = PageMissing(0, 0.0)
PAGE = draw_sheet(dpi=DPI, bed_mm=A4_MM).pixels
MM = DPI / 25.4


def strokes(picture: Pixels) -> float:
    return checks.check_cut_off(build(picture), MISSING, DPI, LIMITS).value


def build(picture: Pixels) -> list[Pixels]:
    return [picture, np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)]


def test_a_page_with_its_margins_passes() -> None:
    assert strokes(PAGE) == 0


CUT = round(33 * MM)
LOW = round(29.5 * MM)


@pytest.mark.parametrize(
    "picture", [PAGE[:, CUT:], PAGE[CUT:], PAGE[:, :-CUT], PAGE[:-LOW]], ids=["left", "top", "right", "bottom"]
)
def test_cut_writing_is_looked_at_on_every_side(picture: Pixels) -> None:
    verdict = checks.check_cut_off(build(np.ascontiguousarray(picture)), MISSING, DPI, LIMITS)
    assert verdict.level is Level.LOOK, verdict


def test_a_side_where_the_bed_is_seen_is_not_judged() -> None:
    picture = np.ascontiguousarray(PAGE[:, CUT:])
    corners = np.array([(0.0, 0), (10, 0), (10, 10), (0, 10)])
    found = PageFound(corners, corners, (True, True, True, True), 0.0, 0.0, (0, 0, 0))
    assert checks.check_cut_off(build(picture), found, DPI, LIMITS).value == 0


def test_ruled_lines_that_run_out_of_the_picture_are_no_writing() -> None:
    picture = np.full((1600, 1100, 3), 225, np.uint8)
    for y in range(100, 1600, 60):
        cv2.line(picture, (0, y), (1100, y), (90, 90, 100), 2)
    for x in range(80, 1100, 150):
        cv2.line(picture, (x, 0), (x, 1600), (90, 90, 100), 3)
    assert strokes(picture) == 0


def test_a_shadow_along_the_border_is_no_writing() -> None:
    picture = np.full((1600, 1100, 3), 225, np.uint8)
    picture[:, :12] = 120
    picture[-9:] = 60
    assert checks.check_cut_off(build(picture), MISSING, DPI, LIMITS).level is Level.OK


@pytest.mark.parametrize("shape", [(1, 1, 3), (30, 900, 3), (900, 30), (64, 64)])
def test_tiny_pictures_say_nothing(shape: tuple[int, ...]) -> None:
    assert checks.check_cut_off([np.full(shape, 90, np.uint8)], MISSING, 300.0, LIMITS).value == 0
