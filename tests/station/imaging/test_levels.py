"""Grey pictures of more than 8 bits: black and white are where the file says, or it is refused."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from station.imaging.decode import decode_master
from station.imaging.levels import Levels, scale
from station.imaging.page import Unreadable, UnreadablePage
from station.intake import take_apart
from station.intake.delivery import Refusal, RefusedFile

GREY = np.add.outer(np.arange(48), np.arange(64)).astype(np.uint8) * 2 + 31
"""31 to 253: paper that is not quite white, ink that is not quite black."""

BLACK_IS_ZERO, WHITE_IS_ZERO = 1, 0
SHORT, LONG = 3, 4


def write_tiff(path: Path, samples: NDArray[Any], tags: dict[int, tuple[int, int]] | None = None) -> Path:
    """An uncompressed TIFF; `tags` are further ones with their type, or others in the place of the usual ones."""
    height, width = samples.shape
    bits = samples.dtype.itemsize * 8
    data = samples.astype(samples.dtype.newbyteorder("<")).tobytes()
    usual = {
        256: (SHORT, width), 257: (SHORT, height), 258: (SHORT, bits), 259: (SHORT, 1), 262: (SHORT, BLACK_IS_ZERO),
        273: (LONG, 8), 277: (SHORT, 1), 278: (SHORT, height), 279: (LONG, len(data)),
        339: (SHORT, 2 if samples.dtype.kind == "i" else 1),
    }  # fmt: skip
    entries = sorted((usual | (tags or {})).items())
    directory = struct.pack("<H", len(entries))
    for tag, (kind, value) in entries:
        directory += struct.pack("<HHI", tag, kind, 1) + struct.pack("<I", value & 0xFFFFFFFF)
    path.write_bytes(struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data + directory + b"\0\0\0\0")
    return path


def decoded(path: Path) -> NDArray[Any]:
    return decode_master(path).pixels.astype(int)


@pytest.mark.parametrize(
    ("kind", "white"),
    [
        ("<u4", 0xFF), ("<u4", 0xFFFF), ("<u4", 0xFFFFFFFF), ("<i4", 0xFF), ("<i4", 0xFFFF), ("<i4", 0x7FFFFFFF),
        ("<u2", 0xFFFF), ("<i2", 0x7FFF),
    ],
)  # fmt: skip
def test_wide_numbers_come_out_as_the_grey_that_they_are(tmp_path: Path, kind: str, white: int) -> None:
    samples = (GREY / 255 * white).astype(kind)
    assert np.abs(decoded(write_tiff(tmp_path / "a.tif", samples)) - GREY).max() <= 1


@pytest.mark.parametrize("stated", [{341: (LONG, 100_000)}, {340: (LONG, 0), 341: (LONG, 100_000)}])
def test_the_range_that_the_file_states_counts(tmp_path: Path, stated: dict[int, tuple[int, int]]) -> None:
    samples = (GREY / 255 * 100_000).astype("<u4")
    assert np.abs(decoded(write_tiff(tmp_path / "a.tif", samples, stated)) - GREY).max() <= 1


def test_black_may_lie_above_zero(tmp_path: Path) -> None:
    samples = (1_000 + GREY / 255 * 3_000).astype("<u2")
    stated = {280: (SHORT, 1_000), 281: (SHORT, 4_000)}
    assert np.abs(decoded(write_tiff(tmp_path / "a.tif", samples, stated)) - GREY).max() <= 1


def test_zero_may_be_white(tmp_path: Path) -> None:
    samples = ((255 - GREY) / 255 * 0xFFFF).astype("<u2")
    path = write_tiff(tmp_path / "a.tif", samples, {262: (SHORT, WHITE_IS_ZERO)})
    assert np.abs(decoded(path) - GREY).max() <= 1


def test_twelve_bits_are_not_nearly_black(tmp_path: Path) -> None:
    values = (GREY.astype(int) * 4095 // 255).reshape(-1, 2)
    packed = np.stack(
        [values[:, 0] >> 4, (values[:, 0] & 15) << 4 | values[:, 1] >> 8, values[:, 1] & 255], axis=1
    ).astype(np.uint8)
    raw = packed.reshape(GREY.shape[0], -1)
    tags = {256: (SHORT, GREY.shape[1]), 258: (SHORT, 12)}
    assert np.abs(decoded(write_tiff(tmp_path / "a.tif", raw, tags)) - GREY).max() <= 1


def test_numbers_of_which_nobody_says_which_is_white_are_refused(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", (GREY / 255 * 100_000).astype("<u4"))
    (tmp_path / "spool").mkdir()
    with pytest.raises(RefusedFile) as refused:
        take_apart(path, tmp_path / "spool")
    assert (refused.value.reason, list((tmp_path / "spool").iterdir())) == (Refusal.NO_WHITE, [])
    assert "32-bit" in refused.value.detail
    with pytest.raises(UnreadablePage, match="which is white") as unreadable:
        decode_master(path)
    assert unreadable.value.reason is Unreadable.UNKNOWN_FORMAT


def test_frames_of_a_file_keep_their_greys(tmp_path: Path) -> None:
    """The second frame is saved anew and must not lose what the file says of its numbers."""
    frames = [Image.fromarray((GREY / 255 * 0x7FFFFFFF).astype("<i4")) for _ in range(2)]
    path, spool = tmp_path / "a.tif", tmp_path / "spool"
    spool.mkdir()
    frames[0].save(path, save_all=True, append_images=frames[1:])
    pages = take_apart(path, spool)
    assert len(pages) == 2
    for page in pages:
        assert np.abs(decoded(page.file) - GREY).max() <= 1


def test_a_stated_white_beyond_what_the_samples_can_hold_is_white_all_the_same(tmp_path: Path) -> None:
    samples = (GREY / 255 * 0xFFFF).astype("<u2")
    found = decoded(write_tiff(tmp_path / "a.tif", samples, {341: (LONG, 0x1FFFE)}))
    assert np.abs(found - GREY / 2).max() <= 1


@given(st.integers(0, 2**31), st.integers(1, 2**31 - 1), st.booleans(), st.sampled_from([8, 16]))
def test_black_and_white_come_out_as_black_and_white(black: int, span: int, inverted: bool, bits: int) -> None:
    levels = Levels(black, black + span, inverted)
    samples = np.array([[0, black, black + span, 2**32 - 1]], np.uint32)
    most = (1 << bits) - 1
    ends = [most, most, 0, 0] if inverted else [0, 0, most, most]
    assert scale(samples, levels, bits).tolist() == [ends]
