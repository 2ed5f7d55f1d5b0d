"""The checks of a page: short pure functions that end in a `Verdict`. Thresholds come from the recipe.

`measure_paper` looks at the finished page once, halved to about 100 dpi; blur is measured on the page itself.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging.decode import Pixels
from station.imaging.page import Check, Level, Verdict
from station.imaging.recipe import CheckLimits, Geometry
from station.imaging.steps import PageFound, PageMissing, halve

TILE = 64
"""Side of a tile in page pixels: about 8 mm at 200 dpi, one or two words."""

BORDER_SHARE = 0.04
"""Part of the page's side that is not looked at: bed, shadow and torn paper lie there."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What the finished page shows.

    `small` is `grey` halved; `ink` tells for each of its pixels the grey levels below the paper around it. `ink_depth`
    is exceeded by the darkest tenth of the inked pixels, 0 without ink.
    """

    grey: Pixels
    small: Pixels
    ink: Pixels
    ink_share: float
    ink_depth: float


def measure_paper(page: Pixels, limits: CheckLimits) -> Paper:
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
    return Paper(grey, small, ink, float(inked.sum()) / ink.size, find_level(inked, 0.9))


def count_levels(grey: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How many pixels have each of the 256 levels; percentiles from it cost a tenth of sorting."""
    return np.bincount(grey.ravel(), minlength=256)


def find_level(counts: NDArray[np.int64], share: float) -> float:
    """The lowest level that at least this share of the counted pixels does not exceed; 0 where none are counted."""
    sums = counts.cumsum()
    return float(np.searchsorted(sums, share * sums[-1])) if sums[-1] else 0.0


def _blank_border(ink: Pixels) -> Pixels:
    inner = np.zeros_like(ink)
    y, x = (int(size * BORDER_SHARE) for size in ink.shape)
    inner[y : ink.shape[0] - y, x : ink.shape[1] - x] = ink[y : ink.shape[0] - y, x : ink.shape[1] - x]
    return inner


def check_page_found(found: PageFound | PageMissing, geometry: Geometry) -> Verdict:
    """Look, where too few sides of the paper were seen to crop or to trust its size."""
    edges = sum(found.seen) if isinstance(found, PageFound) else found.edges
    level = Level.OK if edges >= geometry.smallest_edges else Level.LOOK
    return Verdict(Check.PAGE_NOT_FOUND, level, float(edges), float(geometry.smallest_edges))


def check_edges_agree(found: PageFound | PageMissing, geometry: Geometry) -> Verdict:
    """Look, where the sides of the paper tell different directions: a photograph taken at an angle, or no page."""
    off = found.disagreement_degrees
    level = Level.OK if off <= geometry.edges_agree_degrees else Level.LOOK
    return Verdict(Check.EDGES_DISAGREE, level, round(off, 3), geometry.edges_agree_degrees)


def check_dpi_known(claimed: int | None, believed: int | None) -> Verdict:
    """Look, where the size of the paper is an assumption. The value is the resolution that was claimed, 0 for none."""
    return Verdict(Check.DPI_ASSUMED, Level.OK if believed else Level.LOOK, float(claimed or 0), 0.0)


def check_blur(paper: Paper, limits: CheckLimits) -> Verdict:
    """Look, where the edges of the ink are soft: steepest slope over contrast, on the tiles with the most ink.

    Pages without ink say nothing about sharpness and pass. Variance of the Laplacian, the usual measure, calls every
    pale page blurred.
    """
    tiles = _inkiest_tiles(paper, limits)
    slope = float(np.median([_measure_slope(tile) for tile in tiles])) if tiles else 1.0
    level = Level.OK if slope >= limits.blur_slope else Level.LOOK
    return Verdict(Check.BLUR, level, round(slope, 4), limits.blur_slope)


def _inkiest_tiles(paper: Paper, limits: CheckLimits) -> list[Pixels]:
    side = TILE // 2
    rows, columns = paper.ink.shape[0] // side, paper.ink.shape[1] // side
    if not rows or not columns:
        return []
    inked = (paper.ink > limits.ink_step).astype(np.uint8)[: rows * side, : columns * side]
    shares = cv2.resize(inked * 255, (columns, rows), interpolation=cv2.INTER_AREA)
    best = np.argsort(shares, axis=None, kind="stable")[::-1][: limits.blur_tiles]
    spots = [divmod(int(index), columns) for index in best if shares.flat[index] > 0]
    return [paper.grey[y * TILE : (y + 1) * TILE, x * TILE : (x + 1) * TILE] for y, x in spots]


def _measure_slope(tile: Pixels) -> float:
    """Steepest step between neighbouring pixels as a share of the tile's contrast; extremes are cut off as noise."""
    down, across = cv2.absdiff(tile[1:], tile[:-1]), cv2.absdiff(tile[:, 1:], tile[:, :-1])
    steps = np.asarray(cv2.max(down[:, :-1], across[:-1]), dtype=np.uint8)
    levels = count_levels(tile)
    contrast = find_level(levels, 0.99) - find_level(levels, 0.01)
    return find_level(count_levels(steps), 0.98) / max(1.0, contrast)


def check_overexposed(paper: Paper, limits: CheckLimits) -> Verdict:
    """Look, where most of the page is burnt to white: faint ink goes first."""
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


def check_delivered(master: Pixels, limits: CheckLimits) -> Verdict:
    """Stop, where the picture ends in rows of one single value: the device delivered half a page and padded the rest.

    A clipped black bed or clipped white paper is flat as well, but then the same value also borders the rows above.
    """
    sample = master[::8, ::8]
    rows = sample.reshape(sample.shape[0], -1) if sample.ndim == 2 else sample.reshape(sample.shape[0], -1, 3)
    flat = _count_flat_rows(rows, limits.flat_tolerance)
    share = flat / len(rows)
    cut = share >= limits.flat_bottom_share and not _is_natural(sample, flat, limits.flat_tolerance)
    return Verdict(Check.HALF_DELIVERED, Level.STOP if cut else Level.OK, round(share, 4), limits.flat_bottom_share)


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
