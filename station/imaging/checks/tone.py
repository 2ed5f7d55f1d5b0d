"""Light and emptiness of the page."""

import numpy as np

from station.imaging.checks.paper import Paper, count_levels, find_level
from station.imaging.decode import Pixels
from station.imaging.page import Check, Level, Verdict
from station.imaging.recipe import CheckLimits

_STEP = 5
_BLACK, _WHITE = 0, 255
_TWO_LEVELS = 0.6
"""Share of what is not white that is black: scans of one bit have 1. Real pages burnt out by force reach 0.45; a fax
that was stretched and print that a program drew have 0.05 to 0.6, so that they cannot be told from those."""


def check_overexposed(paper: Paper, limits: CheckLimits, master: Pixels | None = None) -> Verdict:
    """Look, where most of the paper is burnt to white: faint ink goes first.

    A `master` that is black on white and nothing between knows no light: of its exposure nothing is said.
    """
    share = float(np.count_nonzero(paper.small >= limits.overexposed_level) / paper.small.size)
    good = share < limits.overexposed_share or (master is not None and _has_two_levels(master))
    return Verdict(Check.OVEREXPOSED, Level.OK if good else Level.LOOK, round(share, 4), limits.overexposed_share)


def _has_two_levels(master: Pixels) -> bool:
    """The border is not looked at: a dark bed is black there on any scan."""
    height, width = master.shape[:2]
    middle = master[height // 8 : height - height // 8 : _STEP, width // 8 : width - width // 8 : _STEP]
    marks = middle.size - np.count_nonzero(middle == _WHITE)
    return bool(marks and np.count_nonzero(middle == _BLACK) >= _TWO_LEVELS * marks)


def check_underexposed(paper: Paper, limits: CheckLimits) -> Verdict:
    """Look, where even the lightest paper is dark."""
    lightest = find_level(count_levels(paper.small), 0.95)
    level = Level.OK if lightest >= limits.underexposed_p95 else Level.LOOK
    return Verdict(Check.UNDEREXPOSED, level, lightest, limits.underexposed_p95)


def check_blank(paper: Paper, limits: CheckLimits) -> Verdict:
    """Look, where there is almost no ink. Never more: a blank form and a page with one entry cannot be told apart."""
    level = Level.OK if paper.ink_share >= limits.blank_ink_share else Level.LOOK
    return Verdict(Check.BLANK, level, round(paper.ink_share, 6), limits.blank_ink_share)
