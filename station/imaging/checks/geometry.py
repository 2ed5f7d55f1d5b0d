"""Whether the paper was found, at which size, and whether the copy lies straight."""

import math
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging.checks.paper import Paper, count_levels, find_level
from station.imaging.decode import Pixels
from station.imaging.page import Check, Level, Verdict
from station.imaging.recipe import MM_PER_INCH, CheckLimits, Geometry
from station.imaging.steps import PageFound, PageMissing, halve

PAPERS_MM = {"A5": (148.0, 210.0), "A4": (210.0, 297.0), "A3": (297.0, 420.0)}
_MISTAKES = (0.25, 1 / 3, 0.5, 2 / 3, 0.75, 4 / 3, 1.5, 2.0, 3.0, 4.0)
"""How far off the size is where 100, 150, 200, 300 or 600 dpi are taken for one another."""
_TRIMMED = 2.0
"""Pages of a book are cut by hand, and its cover is larger: their sides differ by up to so many times the share that a
known paper may be off. Of the usual resolutions none are nearer than 300 and 350."""
_RING = 3
"""Width of the border in pixels of the proxy."""
_PAPER_LEVEL = 0.7
"""Share of the middle of a picture that is no lighter than its paper usually is: ink takes less."""
_LIGHTER_LID = 8.0
_DARKER_BED = 0.6
_STEP_DEGREES = 0.5
_REACH_DEGREES = 5.0
_ROWS_PER_COLUMN = 10
"""The page is measured in strips so many times wider than its rows are high."""
_COLUMNS = 24


def check_page_found(
    found: PageFound | PageMissing, proxy: Pixels, size_mm: tuple[float, float] | None, geometry: Geometry
) -> Verdict:
    """Look, where too few sides of the paper were seen to crop or to trust its size.

    A feeder or a program that crops to the paper gives pictures that are the paper: one of known size, without a bed
    along its border, passes. `size_mm` is what such a picture may measure and does, None where it fits no paper.
    """
    edges = sum(found.seen) if isinstance(found, PageFound) else found.edges
    is_paper = edges == 0 and size_mm is not None and not shows_bed(proxy)
    level = Level.OK if edges >= geometry.smallest_edges or is_paper else Level.LOOK
    return Verdict(Check.PAGE_NOT_FOUND, level, float(edges), float(geometry.smallest_edges))


def fit_paper(
    size_mm: tuple[float, float], paper_mm: tuple[float, float] | None, limits: CheckLimits
) -> tuple[float, float] | None:
    """The known paper that a picture's size in mm is nearest to, among the book's own, A5, A4 and A3; None for none."""
    papers = [paper_mm] if paper_mm else list(PAPERS_MM.values())
    near = min(papers, key=lambda paper: _off(_sorted(size_mm), paper))
    return near if _off(_sorted(size_mm), near) <= limits.paper_size_share / 2 else None


def shows_bed(proxy: Pixels) -> bool:
    """Whether the picture's border is something else than the paper inside: a lid that is lighter, a darker bed."""
    grey = np.asarray(proxy if proxy.ndim == 2 else cv2.cvtColor(proxy, cv2.COLOR_RGB2GRAY), np.uint8)
    ring = np.concatenate(
        [grey[:_RING].ravel(), grey[-_RING:].ravel(), grey[:, :_RING].ravel(), grey[:, -_RING:].ravel()]
    )
    height, width = grey.shape
    middle = grey[height // 4 : height - height // 4, width // 4 : width - width // 4]
    border, paper = float(np.median(ring)), find_level(count_levels(middle), _PAPER_LEVEL)
    return border > paper + _LIGHTER_LID or border < paper * _DARKER_BED


def check_edges_agree(found: PageFound | PageMissing, geometry: Geometry) -> Verdict:
    """Look, where the sides of the paper tell different directions: a photograph taken at an angle, or no page."""
    off = found.disagreement_degrees
    level = Level.OK if off <= geometry.edges_agree_degrees else Level.LOOK
    return Verdict(Check.EDGES_DISAGREE, level, round(off, 3), geometry.edges_agree_degrees)


def check_dpi_known(claimed: int | None, believed: int | None) -> Verdict:
    """Look, where the size of the paper is an assumption. The value is the resolution that was claimed, 0 for none.

    A claim that nobody can believe goes by a name of its own.
    """
    check = Check.DPI_DISBELIEVED if claimed and not believed else Check.DPI_ASSUMED
    return Verdict(check, Level.OK if believed else Level.LOOK, float(claimed or 0), 0.0)


def check_paper_size(
    found: PageFound | PageMissing, source_dpi: float, paper_mm: tuple[float, float] | None, limits: CheckLimits
) -> Verdict:
    """Look, where the resolution makes a paper of impossible size: the share by which its sides are off.

    Held against the paper where it is known. Otherwise registers have any size, and only one that becomes A3, A4 or A5
    by a usual mistake of resolution is doubted.
    """
    off = 0.0
    if isinstance(found, PageFound) and all(found.seen):
        size = measure_size(found, source_dpi)
        off = _off(size, paper_mm) if paper_mm else _find_mistake(size, limits.paper_size_share)
    return _judge_size(off, limits)


def hold_against_book(
    size: Verdict, copy_mm: tuple[float, float], reference_mm: tuple[float, float], limits: CheckLimits
) -> Verdict:
    """What `check_paper_size` said, unless the size of the finished page shows a mistake that it could not see.

    The pages of a book are of one size: one of the same shape as the book's reference page, only larger or smaller, has
    a wrong resolution. A sheet twice as large or half as large is a spread, a single page or a usual paper; one of
    another shape is another paper, or torn.
    """
    if size.level is not Level.OK:
        return size
    near = limits.paper_size_share
    grown = [own / its for own, its in zip(_sorted(copy_mm), _sorted(reference_mm), strict=True)]
    same_shape = max(grown) / min(grown) - 1 <= near
    short, long = _sorted(reference_mm)
    kin = ((2 * short, long), (short / 2, long), (short, 2 * long), (short, long / 2))
    if not same_shape or min(_off(_sorted(copy_mm), paper) for paper in kin) <= near:
        return size
    off = abs(sum(grown) / 2 - 1)
    return _judge_size(off, limits) if off > _TRIMMED * near else size


def _judge_size(off: float, limits: CheckLimits) -> Verdict:
    level = Level.OK if off <= limits.paper_size_share else Level.LOOK
    return Verdict(Check.PAPER_SIZE, level, round(off, 3), limits.paper_size_share)


def measure_size(found: PageFound, source_dpi: float) -> tuple[float, float]:
    """Short and long side of the paper in mm: the means of opposite sides."""
    sides = [math.dist(found.corners[one], found.corners[(one + 1) % 4]) for one in range(4)]
    width, height = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    mm = MM_PER_INCH / source_dpi
    return min(width, height) * mm, max(width, height) * mm


def _sorted(size: tuple[float, float]) -> tuple[float, float]:
    return min(size), max(size)


def _off(size: tuple[float, float], paper: tuple[float, float]) -> float:
    """The larger share by which a size differs from a paper's, whichever way either lies."""
    return max(abs(side / wanted - 1) for side, wanted in zip(size, sorted(paper), strict=True))


def _find_mistake(size: tuple[float, float], near: float) -> float:
    """By how much a size is off its paper's, where a mistake explains it and no paper fits it as it is; else 0."""
    if min(_off(size, paper) for paper in PAPERS_MM.values()) <= 2 * near:
        return 0.0
    for paper, mistake in product(PAPERS_MM.values(), _MISTAKES):
        if _off(size, (paper[0] * mistake, paper[1] * mistake)) <= near / 2:
            return abs(mistake - 1)
    return 0.0


def check_skew_left(paper: Paper, limits: CheckLimits) -> Verdict:
    """Look, where the lines of the finished page still lean: degrees clockwise; 0 where no direction stands out."""
    left = measure_lean(paper.ink, limits)
    level = Level.OK if abs(left) <= limits.skew_left_degrees else Level.LOOK
    return Verdict(Check.SKEW_LEFT, level, round(left, 2), limits.skew_left_degrees)


def measure_lean(ink: Pixels, limits: CheckLimits) -> float:
    """The direction in which rows of ink stand out most from the gaps between them."""
    height, width = ink.shape
    if width < 100 or height < 100:
        return 0.0
    _, marks = cv2.threshold(ink, limits.ink_step, 255, cv2.THRESH_BINARY)
    rows = max(1, round(height * _COLUMNS * _ROWS_PER_COLUMN / width))
    narrow = cv2.resize(halve(halve(np.asarray(marks, np.uint8))), (_COLUMNS, rows), interpolation=cv2.INTER_AREA)
    strips = np.ascontiguousarray(np.asarray(narrow).T, np.float32)
    steps = round(_REACH_DEGREES / _STEP_DEGREES)
    scores = {step: _score(strips, step * _STEP_DEGREES) for step in range(-steps, steps + 1)}
    best = max(scores, key=lambda step: scores[step])
    if scores[best] <= limits.skew_peak * float(np.median(list(scores.values()))):
        return 0.0
    near = (best * _STEP_DEGREES + part * _STEP_DEGREES / 4 for part in range(-3, 4))
    return max(near, key=lambda degrees: _score(strips, degrees))


def _score(strips: NDArray[np.float32], degrees: float) -> float:
    """Contrast between neighbouring rows after shearing upright strips, one after the other, back by an angle."""
    count, rows = strips.shape
    slope = math.tan(math.radians(degrees)) * _ROWS_PER_COLUMN
    margin = math.ceil(abs(slope) * count / 2)
    if rows <= 2 * margin + 1:
        return 0.0
    sums = np.zeros(rows - 2 * margin, np.float32)
    for place, strip in enumerate(strips):
        first = margin + round(slope * (place - count / 2))
        sums += strip[first : first + len(sums)]
    return float(np.square(np.diff(sums)).mean())
