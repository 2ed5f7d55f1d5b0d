"""What goes wrong under a scanner, each in a strength that is told in physical units. Pixels in, other pixels out.

Those of the paper (`tear_corner`, `fold_corner`) come before `tests.corpus.pages.take`, the others after it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from tests.corpus.registers import DRAWN_DPI

if TYPE_CHECKING:
    from tests.corpus.pages import Pixels, Points

_MM = DRAWN_DPI / 25.4


# --- of the paper ---


def tear_corner(
    paper: Pixels, corner: int, legs_mm: tuple[float, float], bed: tuple[int, int, int], rng: np.random.Generator
) -> Pixels:
    """A corner (from the top left clockwise) is gone along a ragged line between two places on its sides."""
    start, heart, end = _corner(paper, corner, legs_mm)
    share = np.linspace(0, 1, 24)[:, None]
    ragged = start + (end - start) * share
    across = np.array([-(end - start)[1], (end - start)[0]]) / (math.dist(start, end) + 1e-6)
    ragged[1:-1] += across * rng.normal(0, 0.035 * math.dist(start, end), (22, 1))
    torn = paper.copy()
    cv2.fillPoly(torn, [np.rint(np.vstack([ragged, heart])).astype(np.int32)], bed, cv2.LINE_AA)
    return torn


def fold_corner(paper: Pixels, corner: int, legs_mm: tuple[float, float], bed: tuple[int, int, int]) -> Pixels:
    """A corner lies folded over: the bed shows in its place, and its back covers what it fell on."""
    start, heart, end = _corner(paper, corner, legs_mm)
    along = (end - start) / (math.dist(start, end) + 1e-6)
    foot = start + along * float((heart - start) @ along)
    flap = 2 * foot - heart
    folded = paper.copy()
    tone = tuple(float(level) for level in np.median(paper.reshape(-1, 3)[:: paper.size // 3000 + 1], axis=0))
    cv2.fillPoly(folded, [np.rint(np.array([start, flap, end])).astype(np.int32)], tone, cv2.LINE_AA)
    edges = np.rint(np.array([start, flap, end])).astype(np.int32)
    cv2.polylines(folded, [edges], isClosed=False, color=(120, 112, 104), thickness=4, lineType=cv2.LINE_AA)
    cv2.fillPoly(folded, [np.rint(np.array([start, heart, end])).astype(np.int32)], bed, cv2.LINE_AA)
    return folded


def _corner(paper: Pixels, corner: int, legs_mm: tuple[float, float]) -> tuple[Points, Points, Points]:
    """The corner and the places so far from it on its level and its upright side."""
    height, width = paper.shape[:2]
    right, low = corner in {1, 2}, corner in {2, 3}
    heart = np.array([width if right else 0.0, height if low else 0.0])
    level = heart + np.array([legs_mm[0] * _MM * (-1 if right else 1), 0.0])
    upright = heart + np.array([0.0, legs_mm[1] * _MM * (-1 if low else 1)])
    return level, heart, upright


# --- of the picture ---


def blur(pixels: Pixels, radius_mm: float, dpi: int) -> Pixels:
    """Out of focus: a bell of this standard deviation."""
    return _uint8(cv2.GaussianBlur(pixels, (0, 0), radius_mm * dpi / 25.4))


def shake(pixels: Pixels, length_mm: float, degrees: float, dpi: int) -> Pixels:
    """The paper, or the camera, moved in one direction while the picture was taken."""
    length = max(1.0, length_mm * dpi / 25.4)
    side = 2 * math.ceil(length / 2) + 1
    line = np.zeros((side, side), np.float32)
    reach = np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))]) * length / 2
    ends = [tuple(int(v) for v in np.rint((side / 2 - 0.5 + sign * reach) * 16)) for sign in (-1, 1)]
    cv2.line(line, ends[0], ends[1], (1.0,), 1, cv2.LINE_8, 4)
    return _uint8(cv2.filter2D(pixels, -1, line / line.sum()))


def expose(pixels: Pixels, stops: float) -> Pixels:
    """More (positive) or less light, in stops; what is brighter than white is lost."""
    table = np.arange(256, dtype=np.float64) / 255
    # Levels follow light by a power of 1 / 2.2.
    return _uint8(cv2.LUT(pixels, np.clip(table * 2 ** (stops / 2.2) * 255, 0, 255).astype(np.uint8)))


def add_noise(pixels: Pixels, levels: float, seed: int) -> Pixels:
    """A sensor that sees too little light."""
    noise = np.random.default_rng(seed).standard_normal((512, 512, 1), np.float32) * levels
    tall, wide = pixels.shape[0] // 512 + 1, pixels.shape[1] // 512 + 1
    laid = np.tile(noise, (tall, wide, 1))[: pixels.shape[0], : pixels.shape[1]]
    return np.clip(pixels + laid, 0, 255).astype(np.uint8)


def add_streak(pixels: Pixels, place: float, width_px: float, levels: float, seed: int = 0) -> Pixels:
    """Dirt on the glass of a feeder: one column, from the first row to the last, is darker (or lighter) than it was.

    `place` is a share of the width. The dirt lets a little more or less light through from row to row.
    """
    rng = np.random.default_rng([seed, 5])
    height, width = pixels.shape[:2]
    columns = np.arange(width, dtype=np.float32) + 0.5 - np.float32(place * width)
    reach = math.ceil(width_px) + 2
    first = max(0, round(place * width) - reach)
    shape = np.clip((width_px + 1) / 2 - np.abs(columns[first : first + 2 * reach]), 0, 1)
    rows = cv2.resize(rng.uniform(0.75, 1.25, (24, 1)).astype(np.float32), (1, height), interpolation=cv2.INTER_CUBIC)
    streaked = pixels.copy()
    part = streaked[:, first : first + 2 * reach]
    lost = levels * np.asarray(rows) * shape
    part[:] = np.clip(part - (lost[..., None] if pixels.ndim == 3 else lost), 0, 255)
    return streaked


def deliver_part(pixels: Pixels, share: float, padding: int) -> Pixels:
    """The device gave so much of the picture and the driver padded the rest."""
    cut = pixels.copy()
    cut[round(len(cut) * share) :] = padding
    return cut


def turn(pixels: Pixels, quarters: int) -> Pixels:
    """Laid down turned by so many quarters clockwise."""
    return np.ascontiguousarray(np.rot90(pixels, -quarters))


def _uint8(pixels: cv2.typing.MatLike) -> Pixels:
    return np.asarray(pixels, np.uint8)
