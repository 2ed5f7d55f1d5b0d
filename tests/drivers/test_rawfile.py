"""The TIFF that the worker writes, read back by Pillow and OpenCV; and what a failed write leaves."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from drivers.backend import Frame
from drivers.rawfile import bytes_per_line, tiff_header, write_tiff

if TYPE_CHECKING:
    from pathlib import Path


def frame_of(pixels: bytes, width: int = 2, height: int = 2, samples: int = 3, *, dpi: int = 300) -> Frame:
    return Frame(pixels, width, height, samples, dpi, sheet=1)


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


@given(width=st.integers(1, 40), height=st.integers(1, 40), seed=st.integers(0, 2**32 - 1))
def test_pillow_reads_sixteen_bits(width: int, height: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 1 << 16, (height, width), dtype="<u2")
    with Image.open(io.BytesIO(tiff_header(width, height, 1, 300, 16) + pixels.tobytes())) as image:
        assert image.mode == "I;16"
        np.testing.assert_array_equal(np.asarray(image), pixels)


@given(width=st.integers(1, 40), height=st.integers(1, 40), seed=st.integers(0, 2**32 - 1))
def test_set_bit_of_a_lineart_image_is_black(width: int, height: int, seed: int) -> None:
    black = np.random.default_rng(seed).integers(0, 2, (height, width), dtype=np.uint8).astype(bool)
    data = np.packbits(black, axis=1).tobytes()
    with Image.open(io.BytesIO(tiff_header(width, height, 1, 300, 1) + data)) as image:
        assert image.mode == "1"
        np.testing.assert_array_equal(np.asarray(image), ~black)


@pytest.mark.parametrize(("samples", "depth"), [(1, 1), (1, 8), (1, 16), (3, 8), (3, 16)])
def test_opencv_reads_every_layout(tmp_path: Path, samples: int, depth: int) -> None:
    width, height = 37, 11
    data = bytes(height * bytes_per_line(width, samples, depth))
    write_tiff(tmp_path / "a.tif", Frame(data, width, height, samples, 300, 1, depth=depth))
    image = cv2.imread(str(tmp_path / "a.tif"), cv2.IMREAD_UNCHANGED)
    assert image is not None
    assert image.shape[:2] == (height, width)
    assert image.itemsize == max(1, depth // 8)
    assert image.min() == image.max() == (255 if depth == 1 else 0)


def test_same_image_gives_the_same_bytes_whose_digest_is_told(tmp_path: Path) -> None:
    for name in ("a.tif", "b.tif"):
        digest = write_tiff(tmp_path / name, frame_of(bytes(range(12))))
        assert digest == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tif", "b.tif"]


def test_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Here the last step fails: the name is taken by a folder."""
    (tmp_path / "a.tif" / "x").mkdir(parents=True)
    with pytest.raises(OSError, match=r"a\.tif"):
        write_tiff(tmp_path / "a.tif", frame_of(b"\0", 1, 1, 1))
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]
