"""A finished spread cut along its gutter into the two pages that it shows."""

from pathlib import Path

import cv2
import numpy as np

from station.imaging.decode import Pixels
from station.imaging.gutter import find_gutter
from station.imaging.page import Cut, Fold, Half
from station.imaging.preview import PREVIEW_SIDE, shrink
from station.imaging.recipe import MM_PER_INCH

PLACES = 10_000
"""Parts of a page's width in which a gutter's places are told: 0.04 mm of an A3 spread."""

OVERLAP_MM = 0.25
"""What a half keeps beyond the line, so that rounding takes nothing of its own; 0.5 mm would show."""

_LINE = (30, 30, 230)
"""Red, in the order of OpenCV's files."""


def find_fold(page: Pixels, dpi: float) -> Fold | None:
    """The gutter of a finished page, None where it shows none."""
    gutter = find_gutter(page, dpi)
    if gutter is None:
        return None
    top, bottom = (
        min(PLACES - 1, max(1, round(place / page.shape[1] * PLACES))) for place in (gutter.top, gutter.bottom)
    )
    return Fold(top, bottom, round(gutter.confidence, 3))


def cut_half(page: Pixels, cut: Cut, dpi: float, fill: tuple[int, ...]) -> Pixels:
    """One half of a finished spread, as wide as it is at its widest; `fill` covers the wedge beyond a leaning gutter.

    Nothing of the half is lost, and next to nothing of the other side shows: see `OVERLAP_MM`.
    """
    height, width = page.shape[:2]
    rows = (np.arange(height) + 0.5) / height
    line = (cut.top + (cut.bottom - cut.top) * rows) * width / PLACES
    beyond = OVERLAP_MM * dpi / MM_PER_INCH
    if cut.half is Half.LEFT:
        ends = np.clip(np.floor(line + beyond + 0.5), 1, width).astype(int)
        half, wedge_from = page[:, : ends.max()].copy(), int(ends.min())
        foreign = np.arange(wedge_from, ends.max())[None, :] >= ends[:, None]
        half[:, wedge_from:][foreign] = fill
        return half
    starts = np.clip(np.ceil(line - beyond - 0.5), 0, width - 1).astype(int)
    half = page[:, starts.min() :].copy()
    foreign = np.arange(starts.min(), starts.max())[None, :] < starts[:, None]
    half[:, : foreign.shape[1]][foreign] = fill
    return half


def draw_fold(copy: Path, fold: Fold) -> bytes:
    """The delivery copy of a spread as a small PNG with the line drawn on it. Raises `OSError` when it is not there."""
    pixels = cv2.imread(str(copy), cv2.IMREAD_COLOR)
    if pixels is None:
        raise FileNotFoundError(copy)
    picture = shrink(np.asarray(pixels, np.uint8), PREVIEW_SIDE)
    height, width = picture.shape[:2]
    top, bottom = (round(place * width / PLACES) for place in (fold.top, fold.bottom))
    cv2.line(picture, (top, 0), (bottom, height - 1), _LINE, 2, cv2.LINE_AA)
    done, data = cv2.imencode(".png", picture)
    if not done:
        raise RuntimeError(f"OpenCV did not encode {picture.shape}")
    return data.tobytes()
