"""The TIFF that the worker writes, read back by Pillow; and what a failed write leaves."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from drivers.rawfile import tiff_header, write_tiff

if TYPE_CHECKING:
    from pathlib import Path


@given(
    width=st.integers(1, 90),
    height=st.integers(1, 90),
    samples=st.sampled_from([1, 3]),
    dpi=st.integers(1, 9600),
    seed=st.integers(0, 2**32 - 1),
)
def test_pillow_reads_every_pixel_and_the_resolution(
    width: int, height: int, samples: int, dpi: int, seed: int
) -> None:
    shape = (height, width, 3) if samples == 3 else (height, width)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    with Image.open(io.BytesIO(tiff_header(width, height, samples, dpi) + pixels.tobytes())) as image:
        assert image.size == (width, height)
        assert image.mode == ("RGB" if samples == 3 else "L")
        assert image.info["dpi"] == (dpi, dpi)
        assert image.info["compression"] == "raw"
        np.testing.assert_array_equal(np.asarray(image), pixels)


def test_same_image_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.tif", "b.tif"):
        write_tiff(tmp_path / name, bytes(range(12)), (2, 2), 3, 300)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tif", "b.tif"]


def test_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Here the last step fails: the name is taken by a folder."""
    (tmp_path / "a.tif" / "x").mkdir(parents=True)
    with pytest.raises(OSError, match=r"a\.tif"):
        write_tiff(tmp_path / "a.tif", b"\0", (1, 1), 1, 300)
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]
