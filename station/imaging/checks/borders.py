"""Whether writing runs into the border of the picture, where no bed shows that the paper ends there."""

import math

import cv2
import numpy as np

from station.imaging.decode import Pixels
from station.imaging.page import Check, Level, Verdict
from station.imaging.recipe import MM_PER_INCH, CheckLimits
from station.imaging.steps import PageFound, PageMissing

_PX_PER_MM = 5.0
_STRIP_MM = 14.0
_TOUCH_MM = 0.6
"""Distance from the border at which a stroke that runs into it is met; nearer lies the shadow of the paper's edge."""
_LEAST_ROWS = 8
"""A strip of fewer rows of the picture shows no strokes."""
_AROUND_MM = 4.0
_SHORTEST_MM = 0.8
"""Ink that reaches less far inwards is dust or a ragged edge."""
_RULE_MM = (0.8, 1.6)
"""Ink narrower than the first and longer than the second runs straight inwards: a ruled line, which forms print up to
the paper's edge."""
_WIDEST_MM = 60.0
"""Ink that is wider along the border is the edge of something, or a table's frame."""


def check_cut_off(
    pyramid: list[Pixels], found: PageFound | PageMissing, source_dpi: float, limits: CheckLimits
) -> Verdict:
    """Look, where writing is cut off: strokes that run into the picture's border on the worst side without a bed."""
    seen = found.seen if isinstance(found, PageFound) else (False,) * 4
    level_dpi = _PX_PER_MM * MM_PER_INCH
    halvings = min(len(pyramid) - 1, max(0, math.floor(math.log2(source_dpi / level_dpi))))
    picture, dpi = pyramid[halvings], source_dpi / 2**halvings
    counts = [count_touching(picture, side, dpi, limits) for side, known in enumerate(seen) if not known]
    worst = max(counts, default=0)
    level = Level.OK if worst < limits.cut_strokes else Level.LOOK
    return Verdict(Check.CUT_OFF, level, float(worst), float(limits.cut_strokes))


def count_touching(picture: Pixels, side: int, dpi: float, limits: CheckLimits) -> int:
    """Strokes that run into a side (left, top, right, bottom) of the picture."""
    strip = _take_strip(picture, side, dpi)
    if strip is None:
        return 0
    around = cv2.dilate(strip, np.ones((1, round(_AROUND_MM * _PX_PER_MM)), np.uint8))
    around = cv2.blur(around, (round(_AROUND_MM * _PX_PER_MM), 3))
    ink = np.asarray(cv2.subtract(around, strip) > limits.ink_step, np.uint8)
    touch = round(_TOUCH_MM * _PX_PER_MM)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink[touch:])
    met = np.unique(labels[0])
    wide, deep = (stats[met[met > 0], field] / _PX_PER_MM for field in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT))
    ruled = (wide <= _RULE_MM[0]) & (deep >= _RULE_MM[1])
    return int(np.count_nonzero((deep >= _SHORTEST_MM) & (wide <= _WIDEST_MM) & ~ruled))


def _take_strip(picture: Pixels, side: int, dpi: float) -> Pixels | None:
    """The strip along a side at a fixed scale, turned so that the border is its first row; None for a tiny picture."""
    depth = round(_STRIP_MM * dpi / MM_PER_INCH)
    upright = side % 2 == 0
    along, across = picture.shape[:2] if upright else picture.shape[1::-1]
    if depth < _LEAST_ROWS or across < depth or along < depth:
        return None
    part = slice(None, depth) if side < 2 else slice(-depth, None)
    strip = np.ascontiguousarray(picture[:, part] if upright else picture[part])
    grey = strip if strip.ndim == 2 else cv2.cvtColor(strip, cv2.COLOR_RGB2GRAY)
    scale = _PX_PER_MM * MM_PER_INCH / dpi
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    turned = small.T if upright else small
    return np.ascontiguousarray(turned if side < 2 else turned[::-1], np.uint8)
