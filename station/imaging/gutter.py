"""Where the two pages of an open book meet: the line along which a spread can be split."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging.decode import Pixels
from station.imaging.recipe import MM_PER_INCH

_PX_PER_MM = 6.0
_LEAST_MM = 40.0
_LEAST_ROWS = 4
_BANDS = 16
_MIDDLE = (0.36, 0.64)
"""Shares of the width between which the gutter lies."""
_LEAN_DEGREES = 1.5
_LEAN_STEP = 0.1
_FOLD_MM = 0.6
_BESIDE_MM = 2.5
_FAR_MM = 14.0
"""Width of the fold, and the distances at which the paper is near it and is no longer shaded by it."""
_SHADE_WEIGHT = 3.0
_NEAR_MM = (3.0, 1.5, 1.0)
"""How far from the line the fold is looked for, round after round."""
_CREASE_MM = 0.6
_CREASE_NEAR_MM = (1.5, 1.0)
_CREASE_WEIGHT = np.float32(2.0)
_RULE_MM = 1.6
_RULE_DEPTH = 70.0
_RULE_PAPER = 0.85
_RULE_EDGE_PX = 2
"""A printed rule is narrower than this, by so many grey levels darker than both its sides, and stands on paper that is
hardly darker than most; its blurred edges belong to it. A fold as dark lies in deep shade.
"""
_SHADED = 3.0
"""Grey levels by which the paper beside a fold is darker than that farther off."""
_DARK = 5.0
"""Grey levels by which a band's fold must be darker than the paper beside it."""
_DEEPEST = 25.0
"""Deeper valleys count as much as this: a blot must not outweigh the whole fold."""

Field = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Gutter:
    """A line from the page's top to its bottom, in the page's pixels (the first one's centre is 0.5).

    `confidence` is the share of the page's height over which the fold is seen where the line says; below about 0.6 a
    person should say where it lies, or that the page is none of two.
    """

    top: float
    bottom: float
    confidence: float

    def at(self, y: float, height: float) -> float:
        """The line's place across at a height."""
        return self.top + (self.bottom - self.top) * y / height


def find_gutter(page: Pixels, dpi: float) -> Gutter | None:
    """The fold of an upright spread: a dark line from top to bottom in shaded paper. None where nothing is one.

    A page that is higher than wide has none. Ink is left aside by taking, in bands of rows, the light part of each
    column: a fold is dark all the way, a written line is not.
    """
    height, width = page.shape[:2]
    if width <= height or height / dpi * MM_PER_INCH < _LEAST_MM or height < _BANDS * _LEAST_ROWS:
        return None
    first, last = _middle_of(width, dpi)
    middle = np.ascontiguousarray(page[:, first:last])
    grey = middle if middle.ndim == 2 else cv2.cvtColor(middle, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, _PX_PER_MM * MM_PER_INCH / dpi)
    size = (max(1, round((last - first) * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    step = (last - first) / size[0]
    mm = dpi / step / MM_PER_INCH
    reach = math.ceil(_FAR_MM * mm)
    light = _without_rules(_light_part(small), mm)
    dark, shade = _measure_depths(light, mm)
    dark, shade = dark[:, reach:-reach], shade[:, reach:-reach]
    line = _search_line(np.clip(dark, 0, _DEEPEST) + _SHADE_WEIGHT * np.clip(shade, 0, _DEEPEST), size[1])
    line = _sharpen(dark, line, _NEAR_MM, mm)
    crease = _measure_crease(light, mm)[:, reach:-reach]
    line = _sharpen(crease, line, _CREASE_NEAR_MM, mm)
    confidence = _judge(np.maximum(dark, _CREASE_WEIGHT * crease), shade, line, mm)
    if confidence < 2 / _BANDS:
        return None
    ends = np.array([-0.5, _BANDS - 0.5])
    top, bottom = first + (reach + line[0] + line[1] * ends + 0.5) * step
    return Gutter(float(top), float(bottom), confidence)


def _middle_of(width: int, dpi: float) -> tuple[int, int]:
    """The columns of the page in which the gutter may lie, and the paper that it is held against."""
    reach = math.ceil((_FAR_MM + 1) * dpi / MM_PER_INCH)
    return max(0, math.floor(_MIDDLE[0] * width) - reach), min(width, math.ceil(_MIDDLE[1] * width) + reach)


def _light_part(middle: Pixels) -> Field:
    """Upper quartile of each column in each band; NumPy's stable sort of bytes takes a quarter of the time."""
    rows = len(middle) // _BANDS
    columns = np.ascontiguousarray(middle[: rows * _BANDS].T).reshape(middle.shape[1], _BANDS, rows)
    return np.sort(columns, axis=2, kind="stable")[:, :, rows * 3 // 4].T.astype(np.float32)


def _without_rules(light: Field, mm: float) -> Field:
    """Paper in place of printed rules: the frame of a table is darker than many a fold, and as straight."""
    paper = cv2.morphologyEx(light, cv2.MORPH_CLOSE, np.ones((1, 2 * round(_RULE_MM / 2 * mm) + 1), np.uint8))
    unshaded = paper > _RULE_PAPER * np.median(light, axis=1, keepdims=True)
    rules = ((paper - light > _RULE_DEPTH) & unshaded).astype(np.uint8)
    rules = np.asarray(cv2.dilate(rules, np.ones((1, 2 * _RULE_EDGE_PX + 1), np.uint8)), np.uint8)
    return np.asarray(np.where(rules > 0, paper, light), np.float32)


def _measure_depths(light: Field, mm: float) -> tuple[Field, Field]:
    """How dark each place is against the paper beside it, and how much that paper darkens towards it.

    A ruled line is as dark as a fold; but only paper that bends down into a fold is shaded, on both sides together.
    """
    fold = cv2.blur(light, (2 * round(_FOLD_MM / 2 * mm) + 1, 1))
    soft = cv2.blur(light, (2 * round(_BESIDE_MM / 2 * mm) + 1, 1))
    beside, far = (round(distance * mm) for distance in (_BESIDE_MM, _FAR_MM))
    dark = np.minimum(*_both_sides(soft, beside)) - fold
    shade = (sum(_both_sides(soft, far)) - sum(_both_sides(soft, beside))) / 2
    return np.asarray(dark, np.float32), np.asarray(shade, np.float32)


def _measure_crease(light: Field, mm: float) -> Field:
    """How much darker each place is than both sides close by: the fold's own line, apart from the shade it lies in."""
    return np.asarray(np.minimum(*_both_sides(light, math.ceil(_CREASE_MM * mm))) - light, np.float32)


def _both_sides(light: cv2.typing.MatLike, shift: int) -> tuple[Field, Field]:
    field = np.asarray(light, np.float32)
    return np.roll(field, shift, axis=1), np.roll(field, -shift, axis=1)


def _search_line(depths: Field, height: int) -> tuple[float, float]:
    """The line (place in the first band, step from band to band) along which most is dark."""
    best = (-1.0, 0.0, 0.0)
    band = height / _BANDS
    for lean in np.arange(-_LEAN_DEGREES, _LEAN_DEGREES + 1e-6, _LEAN_STEP):
        step = math.tan(math.radians(lean)) * band
        shifts = np.rint(step * (np.arange(_BANDS) - _BANDS / 2)).astype(int)
        sums = sum(np.roll(row, -shift) for row, shift in zip(depths, shifts, strict=True))
        place = int(np.argmax(sums))
        if sums[place] > best[0]:
            best = float(sums[place]), place - step * _BANDS / 2, step
    return best[1], best[2]


def _sharpen(dark: Field, line: tuple[float, float], reaches_mm: tuple[float, ...], mm: float) -> tuple[float, float]:
    """Refit the line through the darkest place near it in each band, to parts of a pixel."""
    bands = np.arange(_BANDS)
    for reach_mm in reaches_mm:
        places, weights = _nearest(dark, line, reach_mm * mm)
        if np.count_nonzero(weights) < 3:
            return line
        step, start = np.polyfit(bands, places, 1, w=np.sqrt(weights))
        line = float(start), float(step)
    return line


def _nearest(dark: Field, line: tuple[float, float], reach: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """In each band the centre of what is dark near the line, and how dark it is."""
    offsets = np.arange(-math.ceil(reach), math.ceil(reach) + 1)
    places, weights = np.zeros(_BANDS), np.zeros(_BANDS)
    for band, row in enumerate(dark):
        expected = line[0] + line[1] * band
        columns = np.clip(round(expected) + offsets, 0, len(row) - 1)
        seen = row[columns].astype(np.float64)
        weights[band] = max(0.0, seen.max() - _DARK)
        seen = np.square(np.maximum(seen - 0.6 * seen.max(), 0))
        places[band] = (columns * seen).sum() / seen.sum() if seen.sum() else expected
    return places, weights


def _judge(dark: Field, shade: Field, line: tuple[float, float], mm: float) -> float:
    """Share of the bands whose fold lies on the line, in shaded paper."""
    places, weights = _nearest(dark, line, _NEAR_MM[-1] * mm)
    on_line = np.abs(places - line[0] - line[1] * np.arange(_BANDS)) <= _NEAR_MM[-1] / 2 * mm
    columns = np.clip(np.rint(places).astype(int), 0, shade.shape[1] - 1)
    shaded = shade[np.arange(_BANDS), columns] >= _SHADED
    return float(np.count_nonzero(on_line & shaded & (weights > 0)) / _BANDS)
