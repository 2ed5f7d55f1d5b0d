"""The same side of the same paper is known again however it lies; pages of one form are told apart."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import cv2
import numpy as np
import pytest

from station.demo.pages import draw_pages
from station.imaging.decode import Pixels, as_pixels, decode_master
from station.imaging.likeness import Likeness, look_at
from station.imaging.page import UnreadablePage

DPI = 300


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Pixels]:
    """Three cases on the same printed form, grey."""
    files = draw_pages(tmp_path_factory.mktemp("form"), pages=4, seed=11)[1:]
    return [as_pixels(cv2.cvtColor(decode_master(file).pixels, cv2.COLOR_RGB2GRAY)) for file in files]


def seen(folder: Path, pixels: Pixels, *, dpi: int | None = DPI) -> Likeness:
    file = folder / "seen.png"
    assert cv2.imwrite(str(file), pixels)
    return look_at(file, dpi)


def lay_again(pixels: Pixels, degrees: float, moved_mm: tuple[float, float], *, upside_down: bool = False) -> Pixels:
    """The page as it lies in the scanner a second time: turned, moved, a little darker, with noise."""
    height, width = pixels.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees + 180 * upside_down, 1.004)
    matrix[0, 2] += moved_mm[0] / 25.4 * DPI
    matrix[1, 2] += moved_mm[1] / 25.4 * DPI
    turned = cv2.warpAffine(pixels, matrix, (width, height), borderValue=24).astype(np.float32)
    noise = np.random.default_rng(7).normal(0, 4, turned.shape)
    return as_pixels(np.clip(turned * 0.93 + noise, 0, 255))


@pytest.mark.parametrize("degrees", [-2.5, 0.4, 1.7])
@pytest.mark.parametrize("upside_down", [False, True])
def test_a_page_that_lies_otherwise_is_known_again(
    pages: list[Pixels], tmp_path: Path, degrees: float, upside_down: bool
) -> None:
    first = seen(tmp_path, pages[0])
    again = seen(tmp_path, lay_again(pages[0], degrees, (3, -4), upside_down=upside_down))
    assert again.shows_same_as(first)
    assert first.shows_same_as(again)


def test_pages_of_one_form_are_not_the_same(pages: list[Pixels], tmp_path: Path) -> None:
    likenesses = [seen(tmp_path, page) for page in pages]
    assert not any(one.shows_same_as(other) for one, other in permutations(likenesses, 2))


@pytest.mark.parametrize("margin", [0, 300])
def test_blank_pages_are_never_the_same(tmp_path: Path, margin: int) -> None:
    """Not even small ones, whose dark surroundings look alike."""
    blank = np.full((3508, 2480), 24, np.uint8)
    blank[margin : 3508 - margin, margin : 2480 - margin] = 235
    again = seen(tmp_path, lay_again(blank, 0.5, (2, 3)))
    assert not seen(tmp_path, blank).shows_same_as(again)


def test_a_colour_page_is_compared_like_a_grey_one(pages: list[Pixels], tmp_path: Path) -> None:
    colour = as_pixels(cv2.cvtColor(pages[1], cv2.COLOR_GRAY2BGR))
    assert seen(tmp_path, colour).shows_same_as(seen(tmp_path, pages[1]))


@pytest.mark.parametrize(("size", "fits"), [((2480, 3508), True), ((2440, 3480), True), ((2480, 3300), False)])
def test_the_size_of_a_sheet_is_held_against_its_other_side(tmp_path: Path, size: tuple[int, int], fits: bool) -> None:
    front = seen(tmp_path, np.full((3508, 2480), 200, np.uint8))
    back = np.full((size[1], size[0]), 200, np.uint8)
    assert seen(tmp_path, back).has_size_of(front) is fits


def test_the_same_paper_at_two_resolutions_has_one_size(tmp_path: Path) -> None:
    fine = seen(tmp_path, np.full((3508, 2480), 200, np.uint8))
    rough = np.full((1169, 827), 200, np.uint8)
    assert seen(tmp_path, rough, dpi=100).has_size_of(fine)
    assert seen(tmp_path, rough, dpi=None).has_size_of(fine), "without a resolution nothing can be said"


def test_a_tiny_or_narrow_image_is_compared_without_trouble(tmp_path: Path) -> None:
    for shape in ((1, 1), (3, 900), (900, 3)):
        one = seen(tmp_path, np.full(shape, 90, np.uint8))
        assert not one.shows_same_as(one)


def test_a_master_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    file = tmp_path / "half.tif"
    file.write_bytes(b"II*\0")
    with pytest.raises(UnreadablePage):
        look_at(file, DPI)
