"""Geometry against generated pages whose corners and skew are known."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.imaging import steps
from station.imaging.page import PageJob
from station.imaging.process import read_picture
from station.imaging.recipe import load_recipe
from station.imaging.steps import Crop, PageFound, PageMissing
from tests.station.imaging.pages import Sheet, draw_sheet, save_tiff

RECIPE = load_recipe()
GEOMETRY = RECIPE.geometry


def find(sheet: Sheet) -> PageFound | PageMissing:
    pyramid = steps.build_pyramid(sheet.pixels, GEOMETRY.proxy_long_side)
    found = steps.find_page(pyramid[-1], GEOMETRY)
    return steps.scale_page(found, 2 ** (len(pyramid) - 1)) if isinstance(found, PageFound) else found


@pytest.mark.parametrize("skew", [0.0, 0.4, -1.7, 3.0, -8.0])
def test_skew_and_corners_are_found(skew: float) -> None:
    sheet = draw_sheet(skew, bed_mm=(270.0, 340.0) if abs(skew) > 3 else (230.0, 320.0))
    found = find(sheet)
    assert isinstance(found, PageFound)
    assert found.seen == (True, True, True, True)
    assert found.skew_degrees == pytest.approx(skew, abs=0.05)
    assert np.abs(found.corners - sheet.corners).max() <= 6


@pytest.mark.parametrize("skew", [0.0, 1.3, -2.7])
def test_a_crop_never_cuts_the_page(skew: float) -> None:
    sheet = draw_sheet(skew, dpi=150, shift_mm=(3.0, -2.0))
    found = find(sheet)
    assert isinstance(found, PageFound)
    crop = steps.plan_crop(found, sheet.pixels.shape[1], sheet.pixels.shape[0], margin=0.0)
    turned = steps.turn_back(sheet.corners, crop.skew_degrees)
    assert turned[:, 0].min() >= crop.left - 0.5
    assert turned[:, 1].min() >= crop.top - 0.5
    assert turned[:, 0].max() <= crop.left + crop.width + 0.5
    assert turned[:, 1].max() <= crop.top + crop.height + 0.5


def test_a_slip_that_hangs_out_of_the_page_is_kept() -> None:
    sheet = draw_sheet(1.0, dpi=150, bed_mm=(260.0, 330.0))
    pixels = sheet.pixels.copy()
    pixels[600:760, 20:200] = (240, 235, 220)
    found = find(Sheet(pixels, sheet.corners, 1.0, 150))
    assert isinstance(found, PageFound)
    crop = steps.plan_crop(found, pixels.shape[1], pixels.shape[0], margin=0.0)
    slip = steps.turn_back(np.array([(20.0, 600.0), (20.0, 760.0)]), crop.skew_degrees)
    assert slip[:, 0].min() >= crop.left - 0.5


def test_a_page_in_the_corner_of_the_bed_is_cut_at_its_two_seen_sides() -> None:
    sheet = draw_sheet(0.0, dpi=150, shift_mm=(-8.0, -7.5))
    found = find(sheet)
    assert isinstance(found, PageFound)
    assert found.seen == (False, False, True, True)
    crop = steps.plan_crop(found, sheet.pixels.shape[1], sheet.pixels.shape[0], margin=0.0)
    assert (crop.left, crop.top) == pytest.approx((0.0, 0.0), abs=0.1)
    assert crop.width == pytest.approx(sheet.corners[2, 0], abs=2)


def test_a_light_bed_gives_no_page() -> None:
    assert isinstance(find(draw_sheet(1.0, dpi=150, bed=(250, 250, 250))), PageMissing)


def test_paper_that_fills_the_picture_gives_no_page() -> None:
    assert isinstance(find(draw_sheet(0.0, dpi=150, bed_mm=(200.0, 280.0))), PageMissing)


def test_an_empty_dark_bed_gives_no_page() -> None:
    random = np.random.default_rng(3)
    bed = random.normal(40, 4, (1300, 900, 3)).clip(0, 255).astype(np.uint8)
    assert isinstance(steps.find_page(bed, GEOMETRY), PageMissing)


def test_sides_that_disagree_are_not_trusted() -> None:
    pixels = np.full((1200, 900, 3), 40, np.uint8)
    for row in range(100, 1100):
        pixels[row, 100 + round((row - 100) * 0.05) : 800] = 230
    found = steps.find_page(pixels, GEOMETRY)
    assert isinstance(found, PageMissing)
    assert found.disagreement_degrees > GEOMETRY.edges_agree_degrees


@pytest.mark.parametrize("skew", [-2.5, 0.6, 1.9])
def test_the_writing_tells_the_skew_where_no_edge_is_seen(skew: float) -> None:
    sheet = draw_sheet(skew, dpi=150, bed_mm=(195.0, 275.0))
    measured = steps.measure_text_skew(steps.halve(sheet.pixels), GEOMETRY)
    assert measured == pytest.approx(skew, abs=0.15)


def test_noise_has_no_direction() -> None:
    random = np.random.default_rng(5)
    noise = random.integers(0, 255, (900, 700), dtype=np.uint8)
    assert steps.measure_text_skew(noise, GEOMETRY) is None


@pytest.mark.parametrize(
    ("claimed", "long_side", "believed"),
    [
        (300, 3507, 300),
        (300, 7089, 300),
        (72, 4608, None),
        (96, 4000, None),
        (72, 842, 72),
        (None, 3507, None),
        (0, 3507, None),
        (1, 3507, None),
        (9600, 3507, None),
    ],
)
def test_only_plausible_resolutions_are_believed(claimed: int | None, long_side: int, believed: int | None) -> None:
    assert steps.believe_dpi(claimed, long_side, GEOMETRY) == believed


def test_an_unknown_resolution_is_taken_from_the_paper() -> None:
    crop = Crop(0.0, 0.0, 0.0, 2100.0, 2970.0)
    assert steps.assume_dpi(crop, None, GEOMETRY) == pytest.approx(254)
    assert steps.assume_dpi(crop, (297.0, 420.0), GEOMETRY) == pytest.approx(179.6, abs=0.1)


@given(st.floats(-20, 20), st.integers(50, 4000), st.integers(50, 4000))
def test_the_whole_picture_fits_its_turned_frame(skew: float, width: int, height: int) -> None:
    crop = steps.plan_whole(width, height, skew)
    corners = steps.turn_back(steps.frame_corners(width, height), skew) - (crop.left, crop.top)
    assert corners.min() >= -1e-6
    assert (corners <= np.array([crop.width, crop.height]) + 1e-6).all()


def test_an_unturned_copy_at_its_own_resolution_keeps_every_pixel() -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (60, 40, 3), dtype=np.uint8)
    copy = steps.cut_out([pixels], steps.plan_whole(40, 60, 0.0), 1.0, (0, 0, 0))
    assert np.array_equal(copy, pixels)


def test_a_fine_master_is_reduced_from_its_halving() -> None:
    stripes = np.zeros((800, 800), np.uint8)
    stripes[::4] = 255
    pyramid = [stripes, steps.halve(stripes), steps.halve(steps.halve(stripes))]
    copy = steps.cut_out(pyramid, steps.plan_whole(800, 800, 0.0), 0.25, (0,))
    assert copy.shape == (200, 200)
    assert abs(int(copy[100, 100]) - 64) <= 2


def test_a_colour_file_that_holds_grey_goes_on_as_grey(tmp_path: Path) -> None:
    sheet = draw_sheet(0.5, dpi=100)
    grey = np.repeat(sheet.pixels[:, :, :1], 3, axis=2)
    master = save_tiff(Sheet(grey, sheet.corners, 0.5, 100), tmp_path / "a.tif")
    picture = read_picture(PageJob(master, "", tmp_path / "a.jpg", RECIPE))
    assert picture.pyramid[0].ndim == 2
    assert isinstance(picture.found, PageFound)
