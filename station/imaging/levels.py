"""What the numbers of a wide grey picture mean: which of them is black, which white. 12, 16 and 32 bits, integers.

Pillow hands these on as they are stored: unsigned 32-bit numbers as if they had a sign, 12 bits in 16, black and white
not exchanged where the file says that 0 is white.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BITS, PHOTOMETRIC, SAMPLE_FORMAT = 258, 262, 339
MIN_SAMPLE, MAX_SAMPLE, SMIN_SAMPLE, SMAX_SAMPLE = 280, 281, 340, 341
"""TIFF tags. The last two are of the samples' own type and go before the older ones, which have 16 bits."""

_ZERO_IS_WHITE = 0
_SIGNED = 2
_CLAIMED_PART = 4
"""Of a 32-bit picture that uses more than 16 of them and states no range: its lightest number reaches this part of the
largest that there is (a quarter), or nobody can say which number is white."""

_STRIP_ROWS = 256


class UnclearLevels(Exception):  # noqa: N818 - the name is the message
    """A picture that does not say which number is white."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The numbers of black and white. `inverted`: stored with small numbers for light."""

    black: int
    white: int
    inverted: bool = False


def is_wide(image: Image.Image) -> bool:
    """Whether a picture holds integers of more than 8 bits."""
    return image.mode.startswith("I")


def numbers_of(image: Image.Image) -> NDArray[Any]:
    """The numbers as they are stored."""
    numbers = np.asarray(image)
    unsigned = numbers.dtype == np.int32 and _tag(image, BITS) == 32 and _tag(image, SAMPLE_FORMAT) != _SIGNED
    return numbers.view(np.uint32) if unsigned else numbers


def find_levels(image: Image.Image, numbers: NDArray[Any]) -> Levels:
    """By the range that the file states, else by its bits; of 32 bits the smallest of 8, 16 and 32 that holds them.

    Raises `UnclearLevels`.
    """
    inverted = _tag(image, PHOTOMETRIC) == _ZERO_IS_WHITE
    stated = _stated(image)
    if stated:
        return Levels(*stated, inverted)
    bits = _tag(image, BITS) or (32 if image.mode == "I" else 16)
    if bits < 32:
        return Levels(0, (1 << (bits - (_tag(image, SAMPLE_FORMAT) == _SIGNED))) - 1, inverted)
    highest, most = int(numbers.max(initial=0)), int(np.iinfo(numbers.dtype).max)
    white = next(limit for limit in (0xFF, 0xFFFF, most) if highest <= limit)
    if white == most and highest < most // _CLAIMED_PART:
        raise UnclearLevels(f"32-bit numbers up to {highest}, and nothing says which is white")
    return Levels(0, white, inverted)


def _stated(image: Image.Image) -> tuple[int, int] | None:
    """The range that the file states, where that is one."""
    white = _tag(image, SMAX_SAMPLE) or _tag(image, MAX_SAMPLE)
    black = _tag(image, SMIN_SAMPLE) or _tag(image, MIN_SAMPLE) or 0
    return (black, white) if white and white > black else None


def scale(numbers: NDArray[Any], levels: Levels, bits: int) -> NDArray[Any]:
    """The numbers with 0 for black and the largest of so many bits, 8 or 16, for white."""
    kind, most = (np.uint8, 0xFF) if bits == 8 else (np.uint16, 0xFFFF)
    scaled = np.empty(numbers.shape, kind)
    shift = levels.white.bit_length() - bits
    known = np.iinfo(numbers.dtype)
    ends = max(levels.black, int(known.min)), min(levels.white, int(known.max))
    whole = levels.black == 0 and shift >= 0 and levels.white + 1 == 1 << levels.white.bit_length()
    for row in range(0, numbers.shape[0], _STRIP_ROWS):
        strip = np.clip(numbers[row : row + _STRIP_ROWS], *ends)
        if not whole:
            strip = np.rint((strip - float(levels.black)) * (most / (levels.white - levels.black)))
        scaled[row : row + _STRIP_ROWS] = strip >> shift if whole else strip
    return most - scaled if levels.inverted else scaled


def _tag(image: Image.Image, tag: int) -> int | None:
    """The first whole number of a TIFF's tag; None for other files, and where there is none."""
    value = getattr(image, "tag_v2", {}).get(tag)
    first = value[0] if isinstance(value, tuple) and value else value
    return int(first) if isinstance(first, int | float) and math.isfinite(first) else None
