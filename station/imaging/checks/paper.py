"""What a finished page shows: measured once, looked at by several checks."""

import math
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


@dataclass(frozen=True, slots=True)
class Paper:
    """What the finished page shows.

    `small` is `grey` halved; `ink` tells for each of its pixels the grey levels below the paper around it. `ink_depth`
    is exceeded by the darkest tenth of the inked pixels, 0 without ink. `dpi` is the resolution of `grey`.
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
    inked = count_levels(ink)
    inked[: math.floor(limits.ink_step) + 1] = 0
    return Paper(grey, small, ink, float(inked.sum()) / ink.size, find_level(inked, 0.9), dpi)


def count_levels(grey: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How many pixels have each of the 256 levels; percentiles from it cost a tenth of sorting."""
    counts = cv2.calcHist([np.ascontiguousarray(grey)], [0], None, [256], [0, 256])
    return np.asarray(counts, np.float64).ravel().astype(np.int64)


def find_level(counts: NDArray[np.int64], share: float) -> float:
    """The lowest level that at least this share of the counted pixels does not exceed; 0 where none are counted."""
    sums = counts.cumsum()
    return float(np.searchsorted(sums, share * sums[-1])) if sums[-1] else 0.0


def _blank_border(ink: Pixels) -> Pixels:
    inner = np.zeros_like(ink)
    y, x = (int(size * _BORDER_SHARE) for size in ink.shape)
    inner[y : ink.shape[0] - y, x : ink.shape[1] - x] = ink[y : ink.shape[0] - y, x : ink.shape[1] - x]
    return inner
