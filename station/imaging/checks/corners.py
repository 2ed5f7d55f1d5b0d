"""Whether paper is missing at a corner of the page."""

import math

import cv2
import numpy as np

from station.imaging.page import Check, Level, Verdict
from station.imaging.recipe import MM_PER_INCH, CheckLimits
from station.imaging.steps import PageFound, PageMissing, Points

_SQUARE_MM = 25.0
"""Side of the square at each corner in which paper is expected."""
_ADJACENT = ((0, 1), (2, 1), (2, 3), (0, 3))
"""The sides that meet at each corner, as `PageFound.seen` counts them."""


def check_corners(found: PageFound | PageMissing, source_dpi: float, limits: CheckLimits) -> Verdict:
    """Look, where a corner is torn off or folded over: the largest area in mm2 that is missing there.

    Only corners between two sides that were seen can be judged. Worn and rounded corners miss a few mm2.
    """
    missing = measure_missing(found, source_dpi) if isinstance(found, PageFound) else 0.0
    level = Level.OK if missing <= limits.corner_missing_mm2 else Level.LOOK
    return Verdict(Check.TORN_CORNER, level, round(missing, 1), limits.corner_missing_mm2)


def measure_missing(found: PageFound, source_dpi: float) -> float:
    """The largest area in mm2 that the paper lacks at one of its corners."""
    mm = source_dpi / MM_PER_INCH
    hull = cv2.convexHull(found.outline.astype(np.float32))
    lacking = [
        _lack(found.corners, corner, hull, mm)
        for corner, sides in enumerate(_ADJACENT)
        if all(found.seen[side] for side in sides)
    ]
    return max(lacking, default=0.0)


def _lack(corners: Points, corner: int, hull: cv2.typing.MatLike, mm: float) -> float:
    heart, before, after = corners[corner], corners[corner - 1], corners[(corner + 1) % 4]
    one, two = (_step(heart, end, mm) for end in (before, after))
    square = np.array([heart, heart + one, heart + one + two, heart + two], np.float32)
    expected = abs(float(one[0] * two[1] - one[1] * two[0]))
    covered, _ = cv2.intersectConvexConvex(square, hull)
    return max(0.0, expected - covered) / mm**2


def _step(start: Points, end: Points, mm: float) -> Points:
    """From a corner along a side, a third of a short one at most."""
    length = math.dist(start, end)
    return (end - start) * min(_SQUARE_MM * mm / max(length, 1.0), 1 / 3)
