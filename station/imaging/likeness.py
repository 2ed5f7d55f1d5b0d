"""Whether two page images show the same side of the same paper, however it lay in the scanner.

Register pages are filled-in forms: as a whole, two of them look more alike than one does to itself after a second
scan. So the pages are laid over each other first, and then compared patch by patch: on a second scan of the same page
every patch agrees, on another page of the same form the printed ones alone. Measured on pages of the demo and of three
real registers, each scanned again with up to 3 degrees of skew, 4 mm of shift, 1 % of stretch, noise and another
brightness: a quarter of the patches agree less than 0.96 on the same page, less than 0.76 on another one.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging.decode import Pixels, as_pixels, decode_master

_WIDTH = 500
"""Pixels across a page when it is compared; handwriting is still told from other handwriting."""
_COARSE_WIDTH = 160
_TALLEST = 4
"""Height of a page in widths; a strip that is longer is squeezed, so that nothing grows without bound."""
_MARGIN = 0.07
"""Part of the page at each edge that is left out: shadows, fingers, what lies beyond the paper."""
_SKEW_DEGREES = range(-3, 4)
_LAID_OVER = 0.5
"""Correlation below which two pages cannot be laid over each other; 0.88 is the least of the same page."""
_PATCH, _REACH = 39, 10
"""Size of a patch and how far it may lie from its place, in pixels: 16 and 4 mm of an A4 page."""
_INKY = 1.2
"""Mean darkness of a patch, of 255, that has anything to compare."""
_LEAST_PATCHES = 8
"""Fewer inky patches are a blank page with some dirt: nothing can be said of it."""
_SAME = 0.88
_DARK = 80
_SIZE_MM = 5.0
"""Two sides of one sheet differ by less: the scanner finds the paper's end a little earlier or later."""
_SIZE_PART = 0.025
"""The same where nobody knows the resolution."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """A page reduced to what a comparison needs: its ink, darkness against the paper around it, at two sizes.

    Kept as bytes, a quarter of a megabyte a page. `size` is in mm where the resolution is known, else in pixels.
    """

    coarse: Pixels
    fine: Pixels
    size: tuple[float, float]
    in_mm: bool

    def has_size_of(self, other: "Likeness") -> bool:
        """Whether the two can be sides of one sheet. Of two that are measured differently nothing can be said."""
        if self.in_mm != other.in_mm:
            return True
        return all(
            abs(own - its) <= (_SIZE_MM if self.in_mm else _SIZE_PART * its)
            for own, its in zip(self.size, other.size, strict=True)
        )

    def shows_same_as(self, other: "Likeness") -> bool:
        """Whether the other page is this one again, upright or upside down. Blank pages are never the same."""
        coarse, fine = as_pixels(self.coarse[::-1, ::-1]), as_pixels(self.fine[::-1, ::-1])
        upside_down = replace(self, coarse=coarse, fine=fine)
        return _agree(self, other) or _agree(upside_down, other)


def look_at(master: Path, dpi: int | None) -> Likeness:
    """Reduce a master; `dpi` is what its device said. Raises `UnreadablePage`."""
    decoded = decode_master(master)
    resolution = dpi or decoded.dpi
    height, width = decoded.pixels.shape[:2]
    per_mm = resolution / 25.4 if resolution else 1.0
    return Likeness(
        _find_ink(decoded.pixels, _COARSE_WIDTH),
        _find_ink(decoded.pixels, _WIDTH),
        (width / per_mm, height / per_mm),
        resolution is not None,
    )


def _find_ink(pixels: Pixels, width: int) -> Pixels:
    """How much darker each place is than the paper around it, slightly blurred; nothing where the bed shows."""
    height = min(_TALLEST * width, max(1, round(pixels.shape[0] * width / pixels.shape[1])))
    small = as_pixels(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA))
    grey = small if small.ndim == 2 else as_pixels(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    paper = cv2.GaussianBlur(grey, (0, 0), width / 30)
    ink = cv2.GaussianBlur(cv2.subtract(paper, grey), (0, 0), 1.2)
    return as_pixels(np.where(_find_bed(grey), 0, ink))


def _find_bed(grey: Pixels) -> NDArray[np.bool_]:
    """The dark that reaches the edge of the image, with the shadow beside it."""
    _, labels = cv2.connectedComponents((grey < _DARK).astype(np.uint8))
    edge = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    bed = np.isin(labels, edge[edge > 0]).astype(np.uint8)
    reach = 2 * (grey.shape[1] // 60) + 1
    return cv2.dilate(bed, np.ones((reach, reach), np.uint8)).astype(bool)


def _agree(one: Likeness, other: Likeness) -> bool:
    laid = _lay_over(one, other)
    if laid is None:
        return False
    found = _compare_patches(laid, other.fine)
    return len(found) >= _LEAST_PATCHES and float(np.percentile(found, 25)) >= _SAME


def _lay_over(one: Likeness, other: Likeness) -> Pixels | None:
    """The fine picture of `one` turned and moved so that it lies over `other`; None where no way fits."""
    rows = min(one.coarse.shape[0], other.coarse.shape[0])
    below, above = other.coarse[:rows], one.coarse[:rows]
    top, left = round(rows * _MARGIN), round(_COARSE_WIDTH * _MARGIN)
    best, degrees, moved = _LAID_OVER, 0.0, (0.0, 0.0)
    for angle in _SKEW_DEGREES:
        turned = _turn(above, angle)[top : rows - top, left : _COARSE_WIDTH - left]
        _, fit, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(below, turned, cv2.TM_CCOEFF_NORMED))
        if fit > best:
            best, degrees, moved = fit, angle, ((x - left) / _COARSE_WIDTH, (y - top) / _COARSE_WIDTH)
    return None if best == _LAID_OVER else _turn(one.fine, degrees, moved)


def _turn(ink: Pixels, degrees: float, moved: tuple[float, float] = (0.0, 0.0)) -> Pixels:
    """Turned about the middle and moved by parts of its width."""
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += (moved[0] * width, moved[1] * width)
    return as_pixels(cv2.warpAffine(ink, matrix, (width, height)))


def _compare_patches(one: Pixels, other: Pixels) -> list[float]:
    """How well each inky patch of one picture is found near its place in the other: correlations, 1 is the same."""
    rows, found = min(one.shape[0], other.shape[0]), []
    top, left = round(rows * _MARGIN) + _REACH, round(_WIDTH * _MARGIN) + _REACH
    for y in range(top, rows - top - _PATCH, _PATCH):
        for x in range(left, _WIDTH - left - _PATCH, _PATCH):
            patch = one[y : y + _PATCH, x : x + _PATCH]
            around = other[y - _REACH : y + _PATCH + _REACH, x - _REACH : x + _PATCH + _REACH]
            there = around[_REACH:-_REACH, _REACH:-_REACH]
            if max(patch.mean(), there.mean()) >= _INKY:
                found.append(_find_patch(patch, around))
    return found


def _find_patch(patch: Pixels, around: Pixels) -> float:
    """A patch without anything in it is found nowhere: there is something at its place in the other picture."""
    if patch.std() < 0.5 or around.std() < 0.5:
        return 0.0
    return float(cv2.matchTemplate(around, patch, cv2.TM_CCOEFF_NORMED).max())
