"""Whether a page lies as the other pages of its book do."""

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging.checks.paper import Paper, measure_paper
from station.imaging.decode import Pixels
from station.imaging.page import Check, Level, Verdict
from station.imaging.recipe import CheckLimits
from station.imaging.steps import halve

_LONG_SIDE = 72
"""Cells along the longer side of a page's map: about 4 mm of an A4 page."""
_SHIFT = 2
"""Cells by which a page may lie elsewhere."""
_SHAPE_SHARE = 0.12
"""Pages whose sides differ by more are not of one form."""
_DARKEST = 60
_LEAST_FIT = 0.3
"""Pages that fit the reference less, however they are turned, are of another form: nothing can be said."""

Map = NDArray[np.float32]


def check_orientation(paper: Paper, reference: Map | None, limits: CheckLimits) -> Verdict:
    """Look, where the page fits the book's reference page better when it is turned.

    The value is by how much the correlation of the two grows, at its best quarter turn; 0 without a reference. Where
    the ink lies on the page is compared, headings and tables above all: handwriting differs from page to page.
    """
    gain = 0.0 if reference is None else measure_gain(map_ink(paper), reference)
    level = Level.OK if gain <= limits.turned_gain else Level.LOOK
    return Verdict(Check.TURNED, level, round(gain, 3), limits.turned_gain)


def map_ink(paper: Paper) -> Map:
    """How much ink lies in each cell of the page, the longer side `_LONG_SIDE` cells long."""
    height, width = paper.ink.shape
    scale = _LONG_SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    clipped = cv2.threshold(halve(paper.ink), _DARKEST, _DARKEST, cv2.THRESH_TRUNC)[1]
    return np.asarray(cv2.resize(clipped, size, interpolation=cv2.INTER_AREA), np.float32)


def measure_gain(page: Map, reference: Map) -> float:
    """How much better a page fits the reference after its best turn than as it lies; negative where it lies right."""
    fits = [_fit(np.ascontiguousarray(np.rot90(page, quarters)), reference) for quarters in range(4)]
    best = max(fits[1:])
    return best - max(fits[0], 0.0) if best >= _LEAST_FIT else min(0.0, best - fits[0])


def _fit(page: Map, reference: Map) -> float:
    """Correlation of two maps where they fit best; 0 for pages of different shape."""
    if any(abs(one / two - 1) > _SHAPE_SHARE for one, two in zip(page.shape, reference.shape, strict=True)):
        return 0.0
    same = np.asarray(cv2.resize(page, reference.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
    if min(same.shape) <= 4 * _SHIFT:
        return 0.0
    inner = same[_SHIFT:-_SHIFT, _SHIFT:-_SHIFT]
    fits = cv2.matchTemplate(reference, np.ascontiguousarray(inner), cv2.TM_CCOEFF_NORMED)
    return float(np.nan_to_num(fits).max())


@lru_cache(maxsize=8)
def load_reference(copy: Path, limits: CheckLimits) -> Map | None:
    """The map of a book's reference page from its delivery copy; None where the copy is gone or cannot be read."""
    pixels = cv2.imread(str(copy), cv2.IMREAD_GRAYSCALE)
    return None if pixels is None else map_ink(measure_paper(_as_pixels(pixels), limits))


def _as_pixels(pixels: cv2.typing.MatLike) -> Pixels:
    return np.asarray(pixels, np.uint8)
