"""The gutter of an open book, to half a millimetre; what is none has no sure one."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from station.imaging.gutter import find_gutter
from tests.corpus.pages import Book, Pixels
from tests.corpus.registers import DRAWN_DPI

SURE = 0.6
REAL = Path("/work/shared/samples/spread-marriages-49914.jpg")


@pytest.mark.parametrize("seed", [1, 4, 6])
def test_the_gutter_is_found_to_half_a_millimetre(seed: int) -> None:
    spread = Book.of(seed).spread(2)
    gutter = find_gutter(spread.pixels, DRAWN_DPI)
    assert gutter is not None
    assert gutter.confidence >= SURE
    height = spread.pixels.shape[0]
    for x, y in spread.gutter:
        assert abs(gutter.at(y, height) - x) * 25.4 / DRAWN_DPI <= 0.5


def test_a_wide_page_has_no_sure_gutter() -> None:
    wide = np.ascontiguousarray(np.rot90(Book(2, "ledger").paper(1)))
    gutter = find_gutter(wide, DRAWN_DPI)
    assert gutter is None or gutter.confidence < SURE


@pytest.mark.parametrize(
    "page", [np.full((800, 500), 200, np.uint8), np.full((20, 40, 3), 9, np.uint8), np.full((900, 1400), 220, np.uint8)]
)
def test_upright_tiny_and_empty_pages_have_none(page: Pixels) -> None:
    assert find_gutter(page, 200) is None


@pytest.mark.parametrize("lean", [-40, 0, 40])
def test_the_frame_of_a_table_is_not_taken_for_the_fold(lean: int) -> None:
    """A flat book with a faint fold, printed to the fold on both pages."""
    height, width, dpi = 2300, 3200, 200
    page = np.full((height, width), 226, np.uint8)
    top, bottom = 1600, 1600 + lean // 4
    line = np.linspace(top, bottom, height)
    page -= np.clip(16 - np.abs(np.arange(width)[None, :] - line[:, None]) / 6, 0, 16).astype(np.uint8)
    cv2.line(page, (top, 0), (bottom, height), 190, 2, cv2.LINE_AA)
    for side in (-1, 1):
        x = 1600 + side * 38
        cv2.line(page, (x, height // 8), (x + side * lean, height * 15 // 16), 40, 7, cv2.LINE_AA)
    gutter = find_gutter(page, dpi)
    assert gutter is not None
    assert gutter.confidence >= SURE
    for x, y in ((top, 0), (bottom, height)):
        assert abs(gutter.at(y, height) - x) * 25.4 / dpi <= 0.5


@pytest.mark.skipif(not REAL.is_file(), reason="the real pages are not on this machine")
def test_a_real_spread_is_not_cut_through_its_writing() -> None:
    """Its fold is faint and lies between two printed frames, 4 mm from each; measured by hand."""
    file = cv2.imread(str(REAL), cv2.IMREAD_COLOR)
    assert file is not None
    height, width = file.shape[:2]
    gutter = find_gutter(np.ascontiguousarray(file[..., ::-1], np.uint8), 300)
    assert gutter is not None
    for share, y in ((0.5169, 0), (0.5187, height)):
        assert abs(gutter.at(y, height) - share * width) * 25.4 / 300 <= 1
