"""The gutter of an open book, to half a millimetre; what is none has no sure one."""

import numpy as np
import pytest

from station.imaging.gutter import find_gutter
from tests.corpus.pages import Book, Pixels
from tests.corpus.registers import DRAWN_DPI

SURE = 0.6


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
