"""Whether two pages are the same, by their delivery copies: laid over each other and compared piece by piece.

The pages of a register are one printed form filled in by one hand: as a whole, two of them look more alike than one
does to itself in another light. What counts are pieces of ink that the other pages of the form do not have. On a
second scan every one of them is there again; on another page none is, and pieces of its own stand in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import cv2
import numpy as np

from station.duplicates.likeness import BETTER, FOUND, LEAST_OWN, MISSED, MOST_MISSED_PART, Likeness, Outcome
from station.imaging.fingerprint import remove_rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cv2.typing import MatLike
    from numpy.typing import NDArray

    from station.imaging.decode import Pixels

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

DPI = 75
"""At which pages are compared; the stroke of a pen is a pixel wide."""
_MM = DPI / 25.4
_LONGEST_RULE_MM = 12.0
_DARKEST = 100
_SOFT_MM = 0.3
_PIECE, _AROUND = round(8 * _MM), round(2.4 * _MM)
"""Side of a piece, and how far it may lie from its place, in pixels: paper bends, lenses too."""
_MOST_PIECES = 220
_PLAIN, _PLAIN_PART = 2.0, 0.2
"""A piece has ink where its grey levels vary by more than this, and than this part of what the inkiest ones do."""
_FEATURES = 700
_LEAST_ALIGNED = 20
_NEAR_MM = 1.2
_LARGEST_SCALE, _MOST_SQUEEZED = 1.7, 1.15
_EDGE = round(5 * _MM)
"""So near to the edge of the other picture nothing is compared: shadows, fingers, the bed."""


class PageView:
    """A page as it is compared: what is written and printed on it without the ruled lines, and its pieces."""

    def __init__(self, ink: Pixels, dpi: float) -> None:
        """`ink` is grey levels below the paper around, at `dpi`."""
        height, width = ink.shape
        size = max(1, round(width * DPI / dpi)), max(1, round(height * DPI / dpi))
        way = cv2.INTER_AREA if dpi > DPI else cv2.INTER_LINEAR
        self._ink = np.asarray(cv2.resize(ink, size, interpolation=way), np.uint8)
        written = np.minimum(remove_rules(self._ink, _LONGEST_RULE_MM * _MM, slack=1), _DARKEST).astype(np.float32)
        self.written = np.asarray(cv2.GaussianBlur(written, (0, 0), _SOFT_MM * _MM), np.float32)

    @cached_property
    def features(self) -> tuple[Floats, MatLike | None]:
        """Corners of the ink, print above all, by which pages are laid over each other."""
        detector = cv2.ORB.create(_FEATURES, 1.3, 5, fastThreshold=12)
        found, described = detector.detectAndCompute(cv2.convertScaleAbs(self._ink, alpha=2.5), None)
        return np.array([corner.pt for corner in found], np.float32).reshape(-1, 2), described

    @cached_property
    def pieces(self) -> Ints:
        """Top and left of the pieces with ink, or of so many of them, spread over the page."""
        mean, square = (cv2.blur(plane, (_PIECE, _PIECE)) for plane in (self.written, self.written**2))
        varied = np.sqrt(np.maximum(square - mean**2, 0))
        half = _PIECE // 2
        rows = np.arange(_AROUND, self.written.shape[0] - _PIECE - _AROUND, _PIECE)
        columns = np.arange(_AROUND, self.written.shape[1] - _PIECE - _AROUND, _PIECE)
        inked = varied[np.ix_(rows + half, columns + half)]
        least = max(_PLAIN, _PLAIN_PART * float(np.quantile(inked, 0.98))) if inked.size else _PLAIN
        down, across = np.nonzero(inked > least)
        places = np.stack([rows[down], columns[across]], axis=1)
        return places[np.arange(len(places))[:: -(-len(places) // _MOST_PIECES)]] if len(places) else places


def lay_over(below: PageView, above: PageView) -> Floats | None:
    """The matrix that takes places of `above` to those of `below`; None where the pages have nothing in common."""
    places, described = above.features
    targets, known = below.features
    if described is None or known is None:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(described, known)
    if len(pairs) < _LEAST_ALIGNED:
        return None
    start = places[[pair.queryIdx for pair in pairs]]
    end = targets[[pair.trainIdx for pair in pairs]]
    plain, inliers = cv2.estimateAffine2D(start, end, ransacReprojThreshold=_NEAR_MM * _MM, maxIters=3000)
    kept = np.flatnonzero(inliers) if plain is not None else np.empty(0, np.int64)
    if len(kept) < _LEAST_ALIGNED or not _is_paper(plain[:, :2]):
        return None
    tilted = cv2.findHomography(start[kept], end[kept])[0] if len(kept) >= 3 * _LEAST_ALIGNED else None
    return np.asarray(np.vstack([plain, [0, 0, 1]]) if tilted is None else tilted, np.float32)


def _is_paper(matrix: MatLike) -> bool:
    """Whether paper can be moved so: neither shrunk to a part of itself nor squeezed."""
    longest, shortest = np.linalg.svd(matrix)[1]
    scale = float(np.sqrt(longest * shortest))
    return 1 / _LARGEST_SCALE < scale < _LARGEST_SCALE and longest < _MOST_SQUEEZED * shortest


def find_pieces(view: PageView, other: PageView, matrix: Floats) -> Floats:
    """How well each piece of `view` is found in `other`, 1 at best; not a number beyond the other's edge."""
    height, width = view.written.shape
    there = cv2.warpPerspective(other.written, matrix, (width, height))
    inner = np.zeros(other.written.shape, np.uint8)
    inner[_EDGE:-_EDGE, _EDGE:-_EDGE] = 1
    seen = cv2.warpPerspective(inner, matrix, (width, height), flags=cv2.INTER_NEAREST)
    found = np.full(len(view.pieces), np.nan, np.float32)
    for index, (top, left) in enumerate(view.pieces):
        bottom, right = top + _PIECE, left + _PIECE
        if seen[top:bottom, left:right].all():
            around = there[top - _AROUND : bottom + _AROUND, left - _AROUND : right + _AROUND]
            found[index] = _find_piece(view.written[top:bottom, left:right], around)
    return found


def _find_piece(piece: Floats, around: MatLike) -> float:
    """Something is found nowhere in blank paper."""
    if float(np.ptp(around)) < 1:
        return 0.0
    return float(cv2.matchTemplate(around, piece, cv2.TM_CCOEFF_NORMED).max())


@dataclass(frozen=True, slots=True)
class Overlay:
    """Two pages laid over each other: how well the pieces of each are found on the other."""

    here: Floats
    there: Floats

    @property
    def missed(self) -> int:
        """Pieces of either page in whose place something else stands."""
        return int((self.here < MISSED).sum() + (self.there < MISSED).sum())


def overlay(view: PageView, other: PageView) -> Overlay | None:
    """None where the pages cannot be laid over each other: they are not even of one form."""
    matrix = lay_over(view, other)
    if matrix is None:
        return None
    back = np.asarray(np.linalg.inv(matrix), np.float32)
    return Overlay(find_pieces(view, other, matrix), find_pieces(other, view, back))


@dataclass(frozen=True, slots=True)
class Form:
    """How well each piece of a page is found on other pages of its form, and what those pages are good for.

    `others` show something else as well. `alike` do not: blank forms as this one, or further scans of the same page.
    """

    best: Floats
    others: int = 0
    alike: int = 0

    @classmethod
    def unknown(cls, view: PageView) -> Self:
        """Before any other page was looked at."""
        return cls(np.zeros(len(view.pieces), np.float32))


def form_of(view: PageView, overlays: Iterable[Overlay | None]) -> Form:
    """What other pages say about which ink of a page is print. Pages of another form say nothing."""
    best = np.zeros(len(view.pieces), np.float32)
    others = alike = 0
    for laid in overlays:
        if laid is None:
            continue
        if laid.missed >= LEAST_OWN:
            others += 1
            best = np.fmax(best, laid.here)
        else:
            alike += 1
    return Form(best, others, alike)


def judge(pair: Overlay | None, form: Form) -> Likeness:
    """What two overlaid pages are to each other, given the form of the first.

    Where no other page tells print from writing, and more than these two are alike, they are blank forms as likely as
    scans of one page.
    """
    if pair is None:
        return Likeness(Outcome.OTHER)
    again = (pair.here >= FOUND) & (pair.here >= form.best + BETTER) & (form.best < FOUND)
    shared, missed = int(again.sum()), pair.missed
    blank = not form.others and form.alike > 0
    if shared >= LEAST_OWN and missed <= MOST_MISSED_PART * (shared + missed) and not blank:
        return Likeness(Outcome.SAME, shared, missed, form.others > 0)
    outcome = Outcome.OTHER if missed >= LEAST_OWN else Outcome.CANNOT_TELL
    return Likeness(outcome, shared, missed, form.others > 0)
