"""Pixels to the delivery JPEG: plain libjpeg-turbo, which beat every newer coder on faint ink at equal bytes."""

import math
import struct
from dataclasses import dataclass

import cv2
import numpy as np

from station.imaging.decode import Pixels
from station.imaging.recipe import Recipe

STRIPS = 22
STRIP_SHARE = 0.15
"""Share of the page that the strips hold together: the size to within 9 % on real pages, where 9 strips of a quarter of
the page came within 12 % at twice the cost."""

HEADER_BYTES = 500
"""What the tables of a JPEG take, about, however small its picture."""

FIRST_STEP = 1.5
"""Factor between the first two qualities tried."""

STEEPEST_POWER = 0.8
"""Size falls with at most this power of the quality between 20 and 40 (0.55-0.65 on registers): far above the target
the floor is certain after one try."""

_CHROMA = {
    "4:2:0": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    "4:2:2": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    "4:4:4": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
}


@dataclass(frozen=True, slots=True)
class Encoded:
    """A finished JPEG and the quality it was made with."""

    data: bytes
    quality: int


def encode_page(stored: Pixels, recipe: Recipe, dpi: int, area_mm2: float, *, faint: bool) -> Encoded:
    """Encode towards the recipe's size for this area of paper, in the quality range that its ink allows."""
    quality = choose_quality(stored, recipe, recipe.target_bytes(area_mm2), faint=faint)
    return encode_at(stored, quality, recipe, dpi)


def encode_at(stored: Pixels, quality: int, recipe: Recipe, dpi: int) -> Encoded:
    """Encode with a quality that is settled already."""
    return Encoded(set_density(compress(stored, quality, recipe), dpi), quality)


def order_for_storing(pixels: Pixels) -> Pixels:
    """Grey, or B, G, R as OpenCV encodes it."""
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), dtype=np.uint8)


def estimate_bytes(stored: Pixels, quality: int, recipe: Recipe) -> float:
    """Bytes that a page takes at a quality, by its strips."""
    strips, share = take_strips(stored)
    return (len(compress(strips, quality, recipe)) - HEADER_BYTES) / share + HEADER_BYTES


def choose_quality(stored: Pixels, recipe: Recipe, target_bytes: float, *, faint: bool = False) -> int:
    """Quality expected to reach the target, never below the floor and never above the ceiling.

    The size of a JPEG is close to a power of its quality, so a secant through two tries in log-log is enough.
    """
    limits = recipe.quality
    floor = limits.floor_of(faint=faint)
    if floor == limits.ceiling:
        return floor
    strips, share = take_strips(stored)
    wanted = target_bytes * share
    first = max(limits.default, floor)
    size = len(compress(strips, first, recipe))
    if size * (floor / first) ** STEEPEST_POWER >= wanted:
        return floor
    second = _clamp(round(first * FIRST_STEP if size < wanted else first / FIRST_STEP), floor, limits.ceiling)
    if second == first:
        return first
    return _clamp(_aim(first, size, second, len(compress(strips, second, recipe)), wanted), floor, limits.ceiling)


_BEST = 100
"""The largest quality there is."""


def _aim(first: int, first_size: int, second: int, second_size: int, wanted: float) -> int:
    """The largest quality whose size on the line through both tries is within the wanted one."""
    slope: float = math.log(second_size / first_size) / math.log(second / first)
    if slope <= 0:
        return max(first, second)
    ratio = wanted / first_size
    if math.log(ratio) > slope * math.log(_BEST / first):  # nearly flat: no quality is too large
        return _BEST
    return math.floor(first * math.pow(ratio, 1 / slope))


def _clamp(value: int, lowest: int, highest: int) -> int:
    return max(lowest, min(highest, value))


def take_strips(pixels: Pixels) -> tuple[Pixels, float]:
    """Evenly spaced strips of the page, stacked, and the share of the page that they are.

    Strips are whole rows of 16 pixels, the block height of a JPEG with halved chroma.
    """
    height = pixels.shape[0]
    rows = max(16, round(height * STRIP_SHARE / STRIPS / 16) * 16)
    if rows * STRIPS >= height:
        return pixels, 1.0
    starts = [round((index + 0.5) * height / STRIPS - rows / 2) for index in range(STRIPS)]
    strips = np.concatenate([pixels[start : start + rows] for start in starts])
    return strips, strips.shape[0] / height


def compress(stored: Pixels, quality: int, recipe: Recipe) -> bytes:
    """Baseline JPEG with optimised Huffman tables of grey or B, G, R pixels. Deterministic."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1, cv2.IMWRITE_JPEG_PROGRESSIVE, 0]
    if stored.ndim == 3:
        options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, _CHROMA[recipe.chroma]]
    done, data = cv2.imencode(".jpg", stored, options)
    if not done:
        raise RuntimeError(f"OpenCV did not encode {stored.shape} at quality {quality}")
    return data.tobytes()


def set_density(jpeg: bytes, dpi: int) -> bytes:
    """The same JPEG with its resolution in the JFIF header, where viewers and the PDF read it; OpenCV leaves it at 1:1.

    Raises `ValueError` for bytes that do not begin with a JFIF header.
    """
    if jpeg[:4] != b"\xff\xd8\xff\xe0" or jpeg[6:11] != b"JFIF\0":
        raise ValueError("no JFIF header at the start")
    if not 0 < dpi <= 0xFFFF:
        raise ValueError(f"{dpi} dpi does not fit a JFIF header")
    return jpeg[:13] + struct.pack(">BHH", 1, dpi, dpi) + jpeg[18:]
