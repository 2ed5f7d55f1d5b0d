"""What a finished page shows: measured once, looked at by several checks."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging.decode import Pixels
from station.imaging.recipe import CheckLimits
from station.imaging.steps import halve

USUAL_DPI = 200.0
"""Resolution of a finished page unless something else is said."""

_BORDER_SHARE = 0.04
"""Part of the page's side that is not looked at: bed, shadow and torn paper lie there."""

_PARTS = (8, 6)
"""Rows and columns into which the page is divided to tell how dark its writing is."""

_FAIR_SHARE = 0.25
"""A part with less than this of the ink of an average part says nothing: a crease, a fibre."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What the finished page shows.

    `small` is `grey` halved; `ink` tells for each of its pixels the grey levels below the paper around it. `ink_depth`
    is how dark the writing is, 0 without ink: in half of the page's parts the darkest tenth of the inked pixels exceeds
    it, so that a dark stamp does not speak for faded writing. `dpi` is the resolution of `grey`.
    """

    grey: Pixels
    small: Pixels
    ink: Pixels
    ink_share: float
    ink_depth: float
    dpi: float = USUAL_DPI


def measure_paper(page: Pixels, limits: CheckLimits, dpi: float = USUAL_DPI) -> Paper:
    """Find the ink of a finished page: what is darker than the lightest paper near it."""
    grey = page if page.ndim == 2 else np.asarray(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    small = halve(grey) if min(grey.shape) > 1 else grey
    coarse = halve(small) if min(small.shape) > 1 else small
    paper = cv2.blur(cv2.dilate(coarse, np.ones((9, 9), np.uint8)), (9, 9))
    around = cv2.resize(paper, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_LINEAR)
    ink = np.asarray(cv2.subtract(around, small), dtype=np.uint8)
    ink = _blank_border(ink)
    parts = [_count_inked(part, limits) for part in _parts(ink)]
    inked = sum(int(part.sum()) for part in parts)
    return Paper(grey, small, ink, inked / ink.size, _measure_depth(parts), dpi)


def count_levels(grey: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How many pixels have each of the 256 levels; percentiles from it cost a tenth of sorting."""
    counts = cv2.calcHist([np.ascontiguousarray(grey)], [0], None, [256], [0, 256])
    return np.asarray(counts, np.float64).ravel().astype(np.int64)


def find_level(counts: NDArray[np.int64], share: float) -> float:
    """The lowest level that at least this share of the counted pixels does not exceed; 0 where none are counted."""
    sums = counts.cumsum()
    return float(np.searchsorted(sums, share * sums[-1])) if sums[-1] else 0.0


def _parts(ink: Pixels) -> Iterator[Pixels]:
    for strip in np.array_split(ink, _PARTS[0], axis=0):
        yield from np.array_split(strip, _PARTS[1], axis=1)


def _count_inked(part: Pixels, limits: CheckLimits) -> NDArray[np.int64]:
    counts = count_levels(part)
    counts[: math.floor(limits.ink_step) + 1] = 0
    return counts


def _measure_depth(parts: list[NDArray[np.int64]]) -> float:
    """The middle one of what the parts say that hold their share of ink."""
    fair = sum(int(part.sum()) for part in parts) / len(parts) * _FAIR_SHARE
    depths = sorted(find_level(part, 0.9) for part in parts if part.any() and part.sum() >= fair)
    return depths[len(depths) // 2] if depths else 0.0


def _blank_border(ink: Pixels) -> Pixels:
    inner = np.zeros_like(ink)
    y, x = (int(size * _BORDER_SHARE) for size in ink.shape)
    inner[y : ink.shape[0] - y, x : ink.shape[1] - x] = ink[y : ink.shape[0] - y, x : ink.shape[1] - x]
    return inner
