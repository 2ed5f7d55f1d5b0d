"""Whether the device delivered the whole picture."""

import numpy as np
from numpy.typing import NDArray

from station.imaging.decode import Pixels
from station.imaging.page import Check, Level, Verdict
from station.imaging.recipe import CheckLimits

_TAIL = 50
"""Where this part of the picture at its end is not flat, the rest need not be looked at."""


def check_delivered(master: Pixels, limits: CheckLimits) -> Verdict:
    """Stop, where the picture ends in rows of one single value: the device delivered half a page and padded the rest.

    A clipped black bed or clipped white paper is flat as well, but then the same value also borders the rows above.
    """
    tail = master[-max(1, len(master) // _TAIL) :: 8, ::8]
    if not _is_flat(tail, limits.flat_tolerance):
        return Verdict(Check.HALF_DELIVERED, Level.OK, 0.0, limits.flat_bottom_share)
    sample = master[::8, ::8]
    rows = sample.reshape(sample.shape[0], -1) if sample.ndim == 2 else sample.reshape(sample.shape[0], -1, 3)
    flat = _count_flat_rows(rows, limits.flat_tolerance)
    share = flat / len(rows)
    cut = share >= limits.flat_bottom_share and not _is_natural(sample, flat, limits.flat_tolerance)
    return Verdict(Check.HALF_DELIVERED, Level.STOP if cut else Level.OK, round(share, 4), limits.flat_bottom_share)


def _is_flat(rows: Pixels, tolerance: int) -> bool:
    return bool((np.abs(rows.astype(np.int16) - rows[-1, 0].astype(np.int16)) <= tolerance).all())


def _count_flat_rows(rows: NDArray[np.uint8], tolerance: int) -> int:
    """Rows at the bottom that hold the last row's value throughout."""
    value = rows[-1, 0].astype(np.int16)
    spread = np.abs(rows.astype(np.int16) - value).reshape(len(rows), -1).max(axis=1)
    other = np.flatnonzero(spread > tolerance)
    return len(rows) if not other.size else len(rows) - 1 - int(other[-1])


def _is_natural(sample: Pixels, flat: int, tolerance: int) -> bool:
    """Whether the border above the flat rows has their value too: first row, left or right column."""
    value = sample[-1, 0].astype(np.int16)
    above = sample[: len(sample) - flat]
    if not len(above):
        return True
    borders = (above[0], above[:, 0], above[:, -1])
    return any(bool((np.abs(border.astype(np.int16) - value) <= tolerance).all()) for border in borders)
