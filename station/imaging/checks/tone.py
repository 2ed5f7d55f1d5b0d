"""Light and emptiness of the page."""

import numpy as np

from station.imaging.checks.paper import Paper, count_levels, find_level
from station.imaging.page import Check, Level, Verdict
from station.imaging.recipe import CheckLimits


def check_overexposed(paper: Paper, limits: CheckLimits) -> Verdict:
    """Look, where most of the paper is burnt to white: faint ink goes first."""
    share = float(np.count_nonzero(paper.small >= limits.overexposed_level) / paper.small.size)
    level = Level.OK if share < limits.overexposed_share else Level.LOOK
    return Verdict(Check.OVEREXPOSED, level, round(share, 4), limits.overexposed_share)


def check_underexposed(paper: Paper, limits: CheckLimits) -> Verdict:
    """Look, where even the lightest paper is dark."""
    lightest = find_level(count_levels(paper.small), 0.95)
    level = Level.OK if lightest >= limits.underexposed_p95 else Level.LOOK
    return Verdict(Check.UNDEREXPOSED, level, lightest, limits.underexposed_p95)


def check_blank(paper: Paper, limits: CheckLimits) -> Verdict:
    """Look, where there is almost no ink. Never more: a blank form and a page with one entry cannot be told apart."""
    level = Level.OK if paper.ink_share >= limits.blank_ink_share else Level.LOOK
    return Verdict(Check.BLANK, level, round(paper.ink_share, 6), limits.blank_ink_share)
