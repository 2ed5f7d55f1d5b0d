"""Small pictures: their sizes, their content, any shape of page."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from station.imaging import preview
from station.imaging.page import PageJob, preview_of, thumbnail_of
from station.imaging.process import process_page
from station.imaging.recipe import load_recipe
from tests.station.imaging.pages import draw_sheet, save_tiff


@pytest.mark.parametrize("grey", [False, True])
def test_both_show_the_page_as_the_copy_does(tmp_path: Path, grey: bool) -> None:
    master = save_tiff(draw_sheet(1.5), tmp_path / "a.tif", grey=grey)
    copy = process_page(PageJob(master, "", tmp_path / "copy.jpg", load_recipe(), previews=True)).copy
    with Image.open(copy) as image:
        mode, whole = image.mode, image.convert("RGB")
    for path, side in ((preview_of(copy), preview.PREVIEW_SIDE), (thumbnail_of(copy), preview.THUMBNAIL_SIDE)):
        with Image.open(path) as small:
            assert small.mode == mode
            assert max(small.size) == side
            assert small.width / small.height == pytest.approx(whole.width / whole.height, rel=0.01)
            reduced = whole.resize(small.size, Image.Resampling.BOX)
            assert np.abs(np.asarray(small.convert("RGB"), int) - np.asarray(reduced)).mean() < 12
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.tif",
        "copy.jpg",
        "copy.preview.jpg",
        "copy.thumb.jpg",
    ]


@settings(max_examples=40)
@given(st.integers(1, 900), st.integers(1, 900), st.integers(1, 500), st.booleans())
def test_a_picture_never_gets_longer_than_asked(height: int, width: int, side: int, colour: bool) -> None:
    pixels = np.full((height, width, 3) if colour else (height, width), 77, np.uint8)
    small = preview.shrink(pixels, side)
    assert max(small.shape[:2]) == min(side, max(height, width))
    assert min(small.shape[:2]) >= 1
    assert set(np.unique(small)) == {77}


def test_no_ink_is_skipped_when_a_picture_gets_much_smaller() -> None:
    """A line of one pixel still darkens its place."""
    pixels = np.full((1600, 1200), 255, np.uint8)
    pixels[:, 601] = 0
    small = preview.shrink(pixels, 200)
    assert small.min(axis=1).max() < 255
