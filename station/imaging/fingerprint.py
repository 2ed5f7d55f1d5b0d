"""The fingerprint of a page: some two hundred bytes by which another scan of the same page is found among a million.

Register pages are forms filled in by one hand, so a small picture of the whole page tells too little, and it moves
with every crop. A fingerprint holds the places where most ink lies together, each with the shape of the ink around it
in 20 bits. A second scan shows four of five of these places again, whatever is cut off; turned by 3 degrees or a tenth
larger, a third of them still have their shape (measured on drawn registers, at most one bit of a shape changed).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Self

import cv2
import numpy as np

from station.imaging.page import FINGERPRINT_VERSION as VERSION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from station.imaging.decode import Pixels

DPI = 50
PX_PER_MM = DPI / 25.4
MOST_PLACES = 48
PLACE_BITS = 6
SHAPE_BITS = 20
PLACES = 1 << PLACE_BITS

_HEADER = struct.Struct("<BHH")
HEADER_BYTES = _HEADER.size
_LONGEST_RULE_MM = 12.0
"""Straight ink that is longer is a ruled line: it tells the form, not the page."""
_DARKEST = 100
"""Ink is clipped here: a blot or the bed beside torn paper must not outweigh writing."""
_APART_MM = 8.0
"""Of two places nearer than this the one with less ink is left out."""
_SPOT_MM = 1.0
_LEAST_INK = 0.6
"""Grey levels by which a spot is darker than its surroundings."""
_REACH_MM = 11.0
"""Half the side of the patch whose shape is kept."""
_EDGE_MM = 5.0
"""Nearer to the edge of the picture lie shadows and fingers."""

_WAVES = tuple((down, total - down) for total in range(1, 6) for down in range(total + 1))
"""The cosine waves (down, across) whose strengths give the bits of a shape, from coarse to fine."""

TURNED_BITS = sum(1 << bit for bit, wave in enumerate(_WAVES) if sum(wave) % 2)
"""The bits that change when a page lies upside down."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A page's size in mm and, for each place, its 20 bits of shape and where it lies in 64ths of the longer side."""

    size_mm: tuple[int, int]
    shapes: NDArray[np.uint32]
    across: NDArray[np.int64]
    down: NDArray[np.int64]

    def pack(self) -> bytes:
        """Version, size, then four bytes a place."""
        words = (self.shapes << (2 * PLACE_BITS)) | (self.across << PLACE_BITS).astype(np.uint32)
        words |= self.down.astype(np.uint32)
        return _HEADER.pack(VERSION, *self.size_mm) + words.astype("<u4").tobytes()

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """The reverse of `pack`; `ValueError` for another version or bytes that are no fingerprint."""
        if len(data) < HEADER_BYTES or (len(data) - HEADER_BYTES) % 4:
            raise ValueError(f"{len(data)} bytes are no fingerprint")
        version, width, height = _HEADER.unpack_from(data)
        if version != VERSION:
            raise ValueError(f"a fingerprint of version {version}, not {VERSION}")
        words = np.frombuffer(data, "<u4", offset=HEADER_BYTES).astype(np.uint32)
        return cls((width, height), words >> np.uint32(2 * PLACE_BITS), *read_places(words))

    @property
    def unit_mm(self) -> float:
        """The length of one step of `across` and `down`."""
        return max(1, *self.size_mm) / PLACES


def read_places(words: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Across and down of packed places."""
    return ((words >> PLACE_BITS) % PLACES).astype(np.int64), (words % PLACES).astype(np.int64)


def take_fingerprint(ink: Pixels, dpi: float) -> Fingerprint:
    """The fingerprint of a page by its ink: grey levels below the paper around, at `dpi`."""
    size = _size_at(ink, dpi)
    small = np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.uint8)
    written = np.minimum(remove_rules(small, _LONGEST_RULE_MM * PX_PER_MM), _DARKEST).astype(np.float32)
    soft = _soften(written, _SPOT_MM)
    rows, columns = _find_places(soft)
    across, down = (columns + 0.5) / max(size) * PLACES, (rows + 0.5) / max(size) * PLACES
    width, height = (min(65535, round(side / PX_PER_MM)) for side in size)
    return Fingerprint(
        (width, height), _read_shapes(soft, rows, columns), across.astype(np.int64), down.astype(np.int64)
    )


def _size_at(ink: Pixels, dpi: float) -> tuple[int, int]:
    height, width = ink.shape
    return max(1, round(width * DPI / dpi)), max(1, round(height * DPI / dpi))


def remove_rules(ink: Pixels, longest: float, slack: int = 0) -> Pixels:
    """Ink without its level and upright straight lines of more than `longest` pixels.

    With `slack` a line may wander by so many pixels to either side.
    """
    length, width = max(3, round(longest)), 2 * slack + 1
    level, upright = np.ones((1, length), np.uint8), np.ones((length, 1), np.uint8)
    rules = []
    for line, across in ((level, (width, 1)), (upright, (1, width))):
        wide = cv2.dilate(ink, np.ones(across, np.uint8)) if slack else ink
        rules.append(cv2.morphologyEx(wide, cv2.MORPH_OPEN, line))
    return np.asarray(cv2.subtract(ink, cv2.max(*rules)), np.uint8)


def _soften(ink: NDArray[np.float32], radius_mm: float) -> NDArray[np.float32]:
    """Blurred by a bell of this radius, cut off where it is a twentieth of its height."""
    radius = radius_mm * PX_PER_MM
    side = 2 * round(2.5 * radius) + 1
    return np.asarray(cv2.GaussianBlur(ink, (side, side), radius), np.float32)


def _find_places(soft: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns where a spot of ink is darker than every other one near it, the strongest first."""
    spots = cv2.subtract(soft, _soften(soft, 3**0.5 * _SPOT_MM))
    side = 2 * round(_APART_MM * PX_PER_MM) + 1
    highest = cv2.dilate(spots, np.ones((side, side), np.uint8))
    found = cv2.compare(spots, np.maximum(highest, np.float32(_LEAST_INK)), cv2.CMP_GE)
    edge = min(round(_EDGE_MM * PX_PER_MM), *(length // 2 for length in soft.shape))
    places = cv2.findNonZero(found)
    columns, rows = np.zeros((2, 0), np.intp) if places is None else places.reshape(-1, 2).T.astype(np.intp)
    inner = (np.minimum(rows, soft.shape[0] - 1 - rows) >= edge) & (
        np.minimum(columns, soft.shape[1] - 1 - columns) >= edge
    )
    rows, columns = rows[inner], columns[inner]
    strongest = np.argsort(-np.asarray(spots)[rows, columns], kind="stable")[:MOST_PLACES]
    return rows[strongest], columns[strongest]


def _read_shapes(soft: NDArray[np.float32], rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.uint32]:
    """For each place a bit for each wave: whether it is stronger in the ink around than it is on the whole."""
    if not len(rows):
        return np.zeros(0, np.uint32)
    waves, window, usual, axes = _shape_tables()
    reach = len(window) // 2
    padded = cv2.copyMakeBorder(soft, reach, reach, reach, reach, cv2.BORDER_CONSTANT)
    side = len(window)
    patches = np.stack(
        [padded[row : row + side, column : column + side] for row, column in zip(rows, columns, strict=True)]
    )
    mean = (patches * window).sum((1, 2), keepdims=True) / window.sum()
    patches = (patches - mean) * window
    patches /= np.sqrt(np.square(patches).sum((1, 2), keepdims=True)) + np.float32(1e-6)
    strengths = waves @ patches @ waves.T
    told = np.stack([strengths[:, down, across] for down, across in _WAVES], axis=1) - usual
    bits = (told @ axes > 0).astype(np.uint32)
    return np.asarray((bits << np.arange(SHAPE_BITS, dtype=np.uint32)).sum(1), np.uint32)


@cache
def _shape_tables() -> tuple[NDArray[np.float32], ...]:
    """The waves over a patch, the window that fades its edge, each wave's usual strength, and the axes of the bits."""
    side = 2 * round(_REACH_MM * PX_PER_MM) + 1
    place = (np.arange(side) + 0.5) / side
    waves = np.stack([np.cos(np.pi * count * place) for count in range(6)])
    bell = np.exp(-0.5 * ((place - 0.5) / 0.4) ** 2)
    usual = np.array([_USUAL.get(wave, 0.0) for wave in _WAVES])
    axes = np.zeros((SHAPE_BITS, SHAPE_BITS))
    for alike, rows in _AXES.items():
        which = [_WAVES.index(wave) for wave in alike]
        axes[np.ix_(which, which)] = rows
    tables = waves, np.outer(bell, bell), usual, axes
    return tuple(table.astype(np.float32) for table in tables)


_USUAL = {(0, 2): -2.9, (2, 0): -7.3, (0, 4): 3.0, (2, 2): 3.3, (4, 0): 9.9}
"""Writing lies in lines, so these are seldom near zero: between the medians over drawn and over real registers."""

_AXES = {
    ((0, 2), (2, 0), (0, 4), (2, 2), (4, 0)): (
        (0.94, 0.18, 0.12, 0.2, -0.08),
        (0.1, 0.89, -0.04, 0.15, 0.06),
        (0.12, -0.08, 0.99, -0.02, 0.19),
        (0.31, 0.42, -0.02, 0.97, 0.19),
        (-0.04, 0.06, 0.09, 0.07, 0.96),
    ),
    ((0, 1), (0, 3), (2, 1), (0, 5), (2, 3), (4, 1)): (
        (0.84, 0.25, 0.21, 0.09, 0.05, -0.11),
        (0.33, 0.88, 0.07, 0.15, 0.25, -0.01),
        (0.37, 0.09, 0.91, 0.0, 0.23, 0.26),
        (0.13, 0.18, 0.0, 0.98, -0.06, 0.0),
        (0.09, 0.36, 0.24, -0.08, 0.94, -0.04),
        (-0.18, -0.02, 0.25, 0.0, -0.04, 0.96),
    ),
    ((1, 0), (1, 2), (3, 0), (1, 4), (3, 2), (5, 0)): (
        (0.82, 0.17, 0.07, 0.04, 0.04, 0.08),
        (0.52, 0.96, 0.07, 0.16, 0.16, 0.0),
        (0.09, 0.03, 0.9, 0.0, 0.16, 0.11),
        (0.14, 0.18, -0.01, 0.99, 0.02, 0.02),
        (0.13, 0.15, 0.41, 0.01, 0.97, 0.03),
        (0.1, 0.0, 0.12, 0.01, 0.01, 0.99),
    ),
    ((1, 1), (1, 3), (3, 1)): ((0.95, 0.24, 0.14), (0.29, 0.97, -0.01), (0.14, -0.01, 0.99)),
}
"""What the waves have in common is taken apart, or the bits would say the same twice and ten times as many places of
other pages would be alike: the whitening of the strengths, measured with the usual ones. Even and odd waves stay apart,
so that a page that lies upside down has the odd bits turned and no other."""
