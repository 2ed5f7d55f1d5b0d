"""The checks of a page: short pure functions that end in a `Verdict`. Thresholds come from the recipe.

`measure_paper` looks at the finished page once, halved to about 100 dpi; most checks look at what it found.
"""

from station.imaging.checks.borders import check_cut_off
from station.imaging.checks.corners import check_corners
from station.imaging.checks.delivery import check_delivered
from station.imaging.checks.geometry import (
    check_dpi_known,
    check_edges_agree,
    check_page_found,
    check_paper_size,
    check_skew_left,
    fit_paper,
    hold_against_book,
    shows_bed,
)
from station.imaging.checks.orientation import check_orientation, load_reference
from station.imaging.checks.paper import Paper, measure_paper
from station.imaging.checks.sharpness import check_blur
from station.imaging.checks.streaks import check_streaks
from station.imaging.checks.tone import check_blank, check_overexposed, check_underexposed

__all__ = [
    "Paper",
    "check_blank",
    "check_blur",
    "check_corners",
    "check_cut_off",
    "check_delivered",
    "check_dpi_known",
    "check_edges_agree",
    "check_orientation",
    "check_overexposed",
    "check_page_found",
    "check_paper_size",
    "check_skew_left",
    "check_streaks",
    "check_underexposed",
    "fit_paper",
    "hold_against_book",
    "load_reference",
    "measure_paper",
    "shows_bed",
]
