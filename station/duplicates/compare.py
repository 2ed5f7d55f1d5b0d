"""Whether two pages are the same, by their delivery copies: laid over each other and compared piece by piece.

The pages of a register are one printed form filled in by one hand: as a whole, two of them look more alike than one
does to itself in another light. What counts are pieces of ink that the other pages of the form do not have. On a
second scan every one of them is there again; on another page none is, and pieces of its own stand in their place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

import cv2
import numpy as np

from station.duplicates.likeness import (
    BETTER,
    FOUND,
    LEAST_OTHER,
    LEAST_OWN,
    MISSED,
    MOST_MISSED_OF_ALL,
    MOST_MISSED_PART,
    MOST_MISSED_UNTOLD,
    Likeness,
    Outcome,
)
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
_FARTHER = np.float32(0.01)
"""By so much better for each pixel must a piece be found farther from its place: dotted lines repeat themselves."""
_MOST_PIECES = 300
_PLAIN, _PLAIN_PART = 4.0, 0.33
"""A piece has ink where its grey levels vary by more than this, and than this part of what the inkiest ones do."""
_FEATURES = 700
_LEAST_ALIGNED = 15
_ROUGH_MM, _NEAR_MM, _TRIALS = 2.5, 1.2, 3000
_ALIKE_DEGREES = 12.0
"""Corners of one ink differ in direction by as much as the pages are turned, and by a little more."""
_TILTED_MM = 8.0
"""A camera held by hand sees a corner of a page so far from where the page would lie flat, at most."""
_LARGEST_SCALE, _MOST_SQUEEZED = 1.7, 1.15
_SAMPLE, _SURE, _LEAST_SURE = 80, 0.8, 12
"""Pieces that are looked for far around, and the correlation from which one of them is surely found."""
_LAID_RIGHT = 0.9
"""Where fewer of them are found, the pages are laid over each other once more, by those that are."""
_NEIGHBOURS, _STEP = 5, 2
"""Each piece is expected where so many around it lie, and looked for so many pixels beside that."""
_LEAST_FOREIGN = 2
"""So many pages of its book that a page has no ink in common with show that it is no form at all."""
_DISTANCES = _FARTHER * np.hypot(*np.mgrid[-_AROUND : _AROUND + 1, -_AROUND : _AROUND + 1]).astype(np.float32)
_FEW_ASKED = 3
"""Fewer pages of the form than this must agree on what is print by one of them."""
_EDGE, _BLANK = round(5 * _MM), 0.04
"""The least edge of a picture where nothing is compared, and the part of its side where `measure_paper` sees no ink."""


class PageView:
    """A page as it is compared: what is written and printed on it without the ruled lines, and its pieces."""

    def __init__(self, ink: Pixels, dpi: float) -> None:
        """`ink` is grey levels below the paper around, at `dpi`."""
        height, width = ink.shape
        size = max(1, round(width * DPI / dpi)), max(1, round(height * DPI / dpi))
        way = cv2.INTER_AREA if dpi > DPI else cv2.INTER_LINEAR
        small = np.asarray(cv2.resize(ink, size, interpolation=way), np.uint8)
        written = np.minimum(remove_rules(small, _LONGEST_RULE_MM * _MM, slack=1), _DARKEST)
        self.written = np.asarray(cv2.GaussianBlur(written * 2, (0, 0), _SOFT_MM * _MM), np.uint8)
        self.corners, self.described = _find_corners(small)

    @property
    def edges(self) -> tuple[int, int]:
        """How near to the edge nothing is compared, down and across: shadows, fingers, the bed, ink that is cut off."""
        down, across = (max(_EDGE, round(_BLANK * size) + 1) for size in self.written.shape)
        return down, across

    @cached_property
    def pieces(self) -> Ints:
        """Top and left of the pieces with ink, or of so many of them, spread over the page."""
        plane = self.written.astype(np.float32)
        mean, square = cv2.blur(plane, (_PIECE, _PIECE)), cv2.blur(plane**2, (_PIECE, _PIECE))
        varied = np.sqrt(np.maximum(square - mean**2, 0))
        half = _PIECE // 2
        rows, columns = (
            np.arange(edge, size - _PIECE - edge, _PIECE)
            for edge, size in zip(self.edges, self.written.shape, strict=True)
        )
        inked = varied[np.ix_(rows + half, columns + half)]
        least = max(_PLAIN, _PLAIN_PART * float(np.quantile(inked, 0.98))) if inked.size else _PLAIN
        down, across = np.nonzero(inked > least)
        places = np.stack([rows[down], columns[across]], axis=1)
        return places[_spread(len(places), _MOST_PIECES)]


def _find_corners(ink: Pixels) -> tuple[Floats, MatLike | None]:
    """Corners of the ink, print above all, by which pages are laid over each other: place and direction."""
    detector = cv2.ORB.create(_FEATURES, 1.3, 5, fastThreshold=12)
    found, described = detector.detectAndCompute(cv2.convertScaleAbs(ink, alpha=2.5), None)
    return np.array([(*corner.pt, corner.angle) for corner in found], np.float32).reshape(-1, 3), described


def lay_over(below: PageView, above: PageView) -> Floats | None:
    """The matrix that takes places of `above` to those of `below`; None where the pages have nothing in common.

    Print repeats itself, so most corners are taken for others. Those that are not are turned alike, and lie on one
    sheet: first as it can be moved, then as it can be squeezed, then as it can be seen.
    """
    start, end = _match_corners(below, above)
    if len(start) < _LEAST_ALIGNED:
        return None
    rough, _ = cv2.estimateAffinePartial2D(start, end, ransacReprojThreshold=_ROUGH_MM * _MM, maxIters=_TRIALS)
    moved = cv2.transform(start[None], rough)[0] if rough is not None else np.full_like(start, np.inf)
    near = np.abs(moved - end).max(axis=1) < 3 * _ROUGH_MM * _MM
    start, end = start[near], end[near]
    if len(start) < _LEAST_ALIGNED:
        return None
    plain, inliers = cv2.estimateAffine2D(start, end, ransacReprojThreshold=_NEAR_MM * _MM, maxIters=_TRIALS)
    kept = np.flatnonzero(inliers) if plain is not None else np.empty(0, np.int64)
    if len(kept) < _LEAST_ALIGNED or not _is_paper(plain[:, :2]):
        return None
    flat = np.asarray(np.vstack([plain, [0, 0, 1]]), np.float32)
    tilted = cv2.findHomography(start[kept], end[kept])[0] if len(kept) >= 3 * _LEAST_ALIGNED else None
    return flat if tilted is None or not _is_near(tilted, flat, above) else np.asarray(tilted, np.float32)


def _match_corners(below: PageView, above: PageView) -> tuple[Floats, Floats]:
    """Corners of `above` and those of `below` that look like them, of pairs that are turned alike."""
    nothing = np.zeros((0, 2), np.float32)
    if above.described is None or below.described is None:
        return nothing, nothing
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(above.described, below.described)
    start = above.corners[[pair.queryIdx for pair in pairs]]
    end = below.corners[[pair.trainIdx for pair in pairs]]
    if not len(pairs):
        return nothing, nothing
    turned = (end[:, 2] - start[:, 2]) % 360
    counts = np.bincount((turned / _ALIKE_DEGREES).astype(np.int64), minlength=round(360 / _ALIKE_DEGREES))
    most = int(np.argmax(counts + np.roll(counts, 1) + np.roll(counts, -1)))
    aside = (turned / _ALIKE_DEGREES - most - 0.5 + 180 / _ALIKE_DEGREES) % (360 / _ALIKE_DEGREES)
    alike = np.abs(aside - 180 / _ALIKE_DEGREES) < 1.5
    return start[alike, :2], end[alike, :2]


def _is_paper(matrix: MatLike) -> bool:
    """Whether paper can be moved so: neither shrunk to a part of itself nor squeezed."""
    longest, shortest = np.linalg.svd(matrix)[1]
    scale = float(np.sqrt(longest * shortest))
    return 1 / _LARGEST_SCALE < scale < _LARGEST_SCALE and longest < _MOST_SQUEEZED * shortest


def _is_near(matrix: MatLike, other: MatLike, page: PageView) -> bool:
    """Whether both take the corners of the page to about the same place: a tilt told from one column bends the rest."""
    height, width = page.written.shape
    corners = np.array([[(0, 0), (width, 0), (0, height), (width, height)]], np.float32)
    apart = cv2.perspectiveTransform(corners, matrix) - cv2.perspectiveTransform(corners, other)
    return bool(np.abs(apart).max() < _TILTED_MM * _MM)


@dataclass(frozen=True, slots=True)
class Found:
    """How well each piece of a page is found on another, 1 at best, and how far from its place, in pixels.

    Not a number beyond the other's edge.
    """

    likeness: Floats
    moved: Floats


class Laid:
    """Another page laid over a page: `matrix` takes its places to those of the page."""

    def __init__(self, view: PageView, other: PageView, matrix: Floats) -> None:
        self.view, self.matrix = view, matrix
        self._there = cv2.warpPerspective(other.written, matrix, view.written.shape[::-1])
        self._inked = cv2.dilate(self._there, np.ones((_PIECE + 2 * _AROUND,) * 2, np.uint8))
        self._within = _lie_within(view.pieces, other, matrix)

    def find(self, which: Ints, reach: int, moved: Ints) -> Found:
        """Look for these pieces of the page: how far around the place of each, and how far that place is moved."""
        found = np.full((len(which), 3), np.nan, np.float32)
        for row in np.flatnonzero(self._within[which]):
            top, left = self.view.pieces[which[row]]
            if self._inked[top + _PIECE // 2, left + _PIECE // 2] < _PLAIN:
                found[row] = 0.0  # nothing is found in blank paper
                continue
            across, down = moved[row]
            y, x = max(0, top + down - reach), max(0, left + across - reach)
            around = self._there[y : top + down + _PIECE + reach, x : left + across + _PIECE + reach]
            piece = self.view.written[top : top + _PIECE, left : left + _PIECE]
            likeness = cv2.matchTemplate(around, piece, cv2.TM_CCOEFF_NORMED)
            far = _DISTANCES[: likeness.shape[0], : likeness.shape[1]] if reach == _AROUND else 0
            right, below = cv2.minMaxLoc(likeness - far)[3]
            found[row] = likeness[below, right], x + right - left, y + below - top
        return Found(found[:, 0], found[:, 1:])


def _lie_within(pieces: Ints, other: PageView, matrix: Floats) -> NDArray[np.bool_]:
    """Which pieces lie on the other page with all four corners, away from its edge."""
    if not len(pieces):
        return np.zeros(0, np.bool_)
    corners = (pieces[:, None, ::-1] + np.array([(0, 0), (_PIECE, 0), (0, _PIECE), (_PIECE, _PIECE)])).astype(
        np.float32
    )
    back = np.linalg.inv(matrix)
    places = cv2.perspectiveTransform(corners.reshape(1, -1, 2), back).reshape(-1, 4, 2)
    (height, width), (down, across) = other.written.shape, other.edges
    inside = (places >= (across, down)) & (places < (width - across, height - down))
    return np.asarray(inside.all(axis=(1, 2)), np.bool_)


@dataclass(frozen=True, slots=True)
class Overlay:
    """Two pages laid over each other: how well the pieces of each are found on the other.

    1 is what this pair reaches where the ink is the same: less in noise, out of focus, or in another light.
    """

    here: Floats
    there: Floats

    @property
    def missed(self) -> int:
        """Pieces of either page in whose place something else stands."""
        return int((self.here < MISSED).sum() + (self.there < MISSED).sum())

    @property
    def differs(self) -> bool:
        """Whether so much is missed that no other page need be asked what is print."""
        compared = int(np.isfinite(self.here).sum() + np.isfinite(self.there).sum())
        return self.missed >= LEAST_OTHER and self.missed > MOST_MISSED_OF_ALL * compared


def overlay(view: PageView, other: PageView, *, whole: bool = True) -> Overlay | None:
    """None where the pages cannot be laid over each other: they are not even of one form.

    Not `whole`: where half of some pieces are missed, the rest is not looked for.
    """
    matrix = lay_over(view, other)
    if matrix is None:
        return None
    laid, sample, found = _look(Laid(view, other, matrix), other)
    if not whole and int((found.likeness < MISSED).sum()) > max(LEAST_OTHER, len(sample) // 2):
        return Overlay(found.likeness, np.zeros(0, np.float32))
    back = Laid(other, view, np.asarray(np.linalg.inv(laid.matrix), np.float32))
    here, there = _find_all(laid, sample, found), _find_all(back, *_sample(back))
    sharp = _sharpness(np.concatenate([here, there]))
    return Overlay(here / sharp, there / sharp)


def _sample(laid: Laid) -> tuple[Ints, Found]:
    """Some pieces of the page, looked for far around their place."""
    sample = _spread(len(laid.view.pieces), _SAMPLE)
    return sample, laid.find(sample, _AROUND, np.zeros((len(sample), 2), np.int64))


def _look(laid: Laid, other: PageView) -> tuple[Laid, Ints, Found]:
    """The same; where many are missed, the pages are laid over each other once more, by those that are found."""
    sample, found = _sample(laid)
    sure = np.flatnonzero(found.likeness >= _SURE)
    if not _LEAST_SURE <= len(sure) <= _LAID_RIGHT * len(sample):
        return laid, sample, found
    middles = (laid.view.pieces[sample[sure]][:, ::-1] + _PIECE / 2).astype(np.float32)
    step, _ = cv2.findHomography(middles + found.moved[sure], middles, cv2.RANSAC, _NEAR_MM * _MM)
    if step is None or not _is_paper(step[:2, :2]):
        return laid, sample, found
    again = Laid(laid.view, other, np.asarray(step @ laid.matrix, np.float32))
    _, better = _sample(again)
    return (again, sample, better) if (better.likeness >= _SURE).sum() > len(sure) else (laid, sample, found)


def _find_all(laid: Laid, sample: Ints, found: Found) -> Floats:
    """Every piece, near the place at which those around it were found: elsewhere stands another letter."""
    pieces = laid.view.pieces
    sure = np.flatnonzero(found.likeness >= _SURE)
    moved = np.zeros((len(pieces), 2), np.int64)
    if len(sure) >= _NEIGHBOURS:
        away = np.square(pieces[:, None] - pieces[sample[sure]]).sum(2)
        nearest = np.argpartition(away, _NEIGHBOURS - 1, axis=1)[:, :_NEIGHBOURS]
        moved = np.median(found.moved[sure][nearest], axis=1).round().astype(np.int64)
    return laid.find(np.arange(len(pieces)), _STEP, moved).likeness


def _spread(count: int, most: int) -> Ints:
    """At most so many of `count` indexes, evenly."""
    return np.linspace(0, count - 1, min(count, most)).round().astype(np.int64)


def _sharpness(likeness: Floats) -> float:
    """How well ink is found again that is the same."""
    found = likeness[likeness >= _SURE]
    return float(np.median(found)) if len(found) >= _LEAST_SURE else 1.0


@dataclass(frozen=True, slots=True)
class Form:
    """How well each piece of a page is usually found on other pages of its form, and what those pages are good for.

    `others` show something else as well. `alike` do not: blank forms as this one, or further scans of the same page.
    `foreign` are of another form. A piece that lies beyond the edge of all others says nothing and counts as found.
    """

    usual: Floats
    others: int = 0
    alike: int = 0
    foreign: int = 0

    @property
    def known(self) -> bool:
        """Whether other pages tell print from writing, or that nothing here is of a form.

        Where more are alike than show something else, that something is a shadow on a blank form.
        """
        return self.others > self.alike or (not self.alike and self.foreign >= _LEAST_FOREIGN)

    def hides(self, view: PageView) -> bool:
        """Whether a page has too little of its own to be told from others of the form."""
        return self.others <= self.alike > 0 or int((self.usual < FOUND).sum()) < min(LEAST_OWN, len(view.pieces))

    @classmethod
    def unknown(cls, view: PageView) -> Self:
        """Before any other page was looked at."""
        return cls(np.zeros(len(view.pieces), np.float32))


def form_of(view: PageView, overlays: Iterable[Overlay | None]) -> Form:
    """What other pages say about which ink of a page is print. Pages of another form say nothing.

    Print is what is found on two of them, or on one where they are few: one may be a further scan of the page, and
    where rows of print are alike some are laid a row aside and show nothing.
    """
    asked = list(overlays)
    laid = [one for one in asked if one is not None]
    others = sum(one.missed >= LEAST_OTHER for one in laid)
    alike, foreign = len(laid) - others, len(asked) - len(laid)
    if others <= alike or not others:
        return replace(Form.unknown(view), alike=alike, foreign=foreign)
    seen = np.stack([one.here for one in laid])
    best = np.sort(np.where(np.isnan(seen), -np.inf, seen), axis=0)[::-1]
    usual = best[1] if len(laid) >= _FEW_ASKED else best[0]
    usual = np.where(np.isinf(usual), best[0], usual)
    return Form(np.where(np.isinf(usual), 1.0, usual).astype(np.float32), others, alike, foreign)


def judge(pair: Overlay | None, form: Form) -> Likeness:
    """What two overlaid pages are to each other, given the form of the first.

    Where no other page tells print from writing, and more than these two are alike, they are blank forms as likely as
    scans of one page.
    """
    if pair is None or pair.differs:
        return Likeness(Outcome.OTHER, missed=pair.missed if pair else 0)
    own = (form.usual < FOUND) & (pair.here >= form.usual + BETTER)
    shared, missed = int((own & (pair.here >= FOUND)).sum()), pair.missed
    blank = form.alike > 0 and not form.known
    most = MOST_MISSED_PART if form.others else MOST_MISSED_UNTOLD
    if shared >= LEAST_OWN and missed <= most * (shared + missed) and not blank:
        return Likeness(Outcome.SAME, shared, missed, form.known)
    outcome = Outcome.OTHER if missed >= LEAST_OTHER else Outcome.CANNOT_TELL
    return Likeness(outcome, shared, missed, form.known)
