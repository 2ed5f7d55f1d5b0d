"""Whether the writing is sharp: how much blur lens, focus or a moving sheet added to its strokes."""

import math
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging.checks.paper import USUAL_DPI, Paper, count_levels, find_level
from station.imaging.decode import Pixels
from station.imaging.page import Check, Level, Verdict
from station.imaging.recipe import MM_PER_INCH, CheckLimits

_TILE = 64
"""Side of a tile in pixels of the finished page: about 8 mm at 200 dpi, one or two words."""
_EDGE_TILES = 2
"""Tiles along each side of the page that are left out: paper's edge and bed are no writing."""
_FULLEST = 0.5
"""Tiles with a larger share of ink show a shadow, the gutter or a blot, which are soft on sharp pages."""
_MOST_IN_COLUMN = 2
_OCTAVES = (((0.25, 0.5), (0.6, 1.1), 6.0), ((0.5, 1.1), (1.3, 2.1), 4.0))
"""Coarse and fine detail in cycles per mm, and how many times weaker the fine is on sharp writing of usual pens.

The first pair tells strong blur, where nothing finer is left above the noise.
"""
_FINEST = 0.4
"""Cycles per pixel up to which a picture shows detail as it is."""
_USUAL_OF_NOISE = 1.5
"""The median of the larger of two steps between pixels with normal noise of standard deviation 1."""
_STEEPEST_OF_NOISE = 2.45
"""How many times that is what one step in fifty exceeds."""
_COARSEST_DPI = 120.0
"""Coarser pictures show strokes too roughly to tell whether they are blurred."""
_PIXEL_BLUR = 1.2
"""Blur in pixels that a coarse picture has by itself, beside one of `USUAL_DPI`."""
_ABOVE_NOISE = 2.0
HOPELESS_MM = 1.0
"""The blur that is told where inked tiles show no more detail than bare paper does."""


def check_blur(paper: Paper, limits: CheckLimits) -> Verdict:
    """Look, where the strokes are blurred: radius in mm of the bell that would make sharp writing as soft as this.

    Two signs must agree on the tiles with the most ink. Fine detail is weaker than coarse, less what bare paper shows:
    a blur of radius s takes the frequency f down by exp(-2 (pi f s)^2), but thick strokes have little of it anyway.
    The steepest step is a small part of the contrast; but strokes thinner than a pixel have no steep ones.
    Pages without ink say nothing about sharpness and pass. Variance of the Laplacian calls every pale page blurred.
    """
    radius = 0.0 if paper.ink_share < limits.blank_ink_share else measure_blur(paper, limits)
    level = Level.OK if radius <= limits.blur_mm else Level.LOOK
    return Verdict(Check.BLUR, level, round(radius, 4), limits.blur_mm)


def measure_blur(paper: Paper, limits: CheckLimits) -> float:
    """Radius of the blur in mm, 0 where too little is written to tell it."""
    inky, bare = _choose_tiles(paper, limits)
    if not inky or paper.dpi < _COARSEST_DPI:
        return 0.0
    radius = min(_radius_of_detail(inky, bare, paper.dpi), _radius_of_edges(inky, bare, paper.dpi))
    pixel, usual = MM_PER_INCH / paper.dpi, MM_PER_INCH / USUAL_DPI
    return math.sqrt(max(0.0, radius**2 - _PIXEL_BLUR**2 * max(0.0, pixel**2 - usual**2)))


def _radius_of_detail(inky: list[Pixels], bare: list[Pixels], dpi: float) -> float:
    ink = _measure_power(inky)
    noise = np.minimum(_measure_power(bare), _white_power(bare)) if bare else np.zeros_like(ink)
    frequency = _frequencies() * dpi / MM_PER_INCH
    _, middle, _ = _OCTAVES[0]
    if _mean(ink, frequency, middle) < _ABOVE_NOISE * _mean(noise, frequency, middle):
        return HOPELESS_MM
    finest = _FINEST * dpi / MM_PER_INCH
    return max(_compare(ink - noise, frequency, *octave) for octave in _OCTAVES if octave[1][1] <= finest)


def _radius_of_edges(inky: list[Pixels], bare: list[Pixels], dpi: float) -> float:
    """By the steepest step of an edge between two levels, less what noise adds: contrast / (radius * sqrt(2 pi))."""
    noise = _STEEPEST_OF_NOISE * _measure_noise(bare) if bare else 0.0
    slope = float(np.median([_measure_slope(tile, noise) for tile in inky]))
    return MM_PER_INCH / dpi / (math.sqrt(2 * math.pi) * max(slope, 0.01))


def _measure_slope(tile: Pixels, noise: float) -> float:
    """Steepest step between neighbouring pixels as a share of the tile's contrast; extremes are cut off as noise."""
    levels = count_levels(tile)
    contrast = find_level(levels, 0.99) - find_level(levels, 0.01)
    return math.sqrt(max(0.0, _measure_step(tile) ** 2 - noise**2)) / max(1.0, contrast)


def _white_power(bare: list[Pixels]) -> float:
    """Twice the power that noise alone has at each frequency: bare tiles may show a ruled line or pale ink."""
    return 2 * (_measure_noise(bare) / _USUAL_OF_NOISE) ** 2 * float(np.square(_window()).sum())


def _measure_noise(bare: list[Pixels]) -> float:
    """The usual step between neighbouring pixels."""
    return float(np.median([_measure_step(tile, 0.5) for tile in bare]))


def _measure_step(tile: Pixels, share: float = 0.98) -> float:
    down, across = cv2.absdiff(tile[1:], tile[:-1]), cv2.absdiff(tile[:, 1:], tile[:, :-1])
    steps = np.asarray(cv2.max(down[:, :-1], across[:-1]), dtype=np.uint8)
    return find_level(count_levels(steps), share)


def _choose_tiles(paper: Paper, limits: CheckLimits) -> tuple[list[Pixels], list[Pixels]]:
    """The tiles with the most ink and those with the least."""
    side = _TILE // 2
    rows, columns = paper.ink.shape[0] // side, paper.ink.shape[1] // side
    if not rows or not columns:
        return [], []
    _, inked = cv2.threshold(paper.ink[: rows * side, : columns * side], limits.ink_step, 255, cv2.THRESH_BINARY)
    shares = np.asarray(cv2.resize(inked, (columns, rows), interpolation=cv2.INTER_AREA), np.int16)
    shares[shares > 255 * _FULLEST] = 0
    edge = min(_EDGE_TILES, (rows - 1) // 2, (columns - 1) // 2)
    inner = np.zeros(shares.shape, bool)
    inner[edge : rows - edge, edge : columns - edge] = True
    order = np.flatnonzero(inner)[np.argsort(shares[inner], kind="stable")]
    inky = _spread_out([index for index in order[::-1] if shares.flat[index] > 0], columns, limits.blur_tiles)
    bare = [index for index in order[: limits.blur_tiles // 2] if index not in set(inky)]
    return [_tile(paper.grey, index, columns) for index in inky], [
        _tile(paper.grey, int(index), columns) for index in bare
    ]


def _spread_out(indexes: list[np.intp], columns: int, most: int) -> list[int]:
    """The first of these tiles, few of them one above the other: there the gutter or a soft shadow may run."""
    taken: list[int] = []
    counts: dict[int, int] = {}
    for index in indexes:
        column = int(index) % columns
        if counts.get(column, 0) < _MOST_IN_COLUMN and len(taken) < most:
            counts[column] = counts.get(column, 0) + 1
            taken.append(int(index))
    return taken


def _tile(grey: Pixels, index: int, columns: int) -> Pixels:
    y, x = divmod(index, columns)
    return grey[y * _TILE : (y + 1) * _TILE, x * _TILE : (x + 1) * _TILE]


def _measure_power(tiles: list[Pixels]) -> NDArray[np.float64]:
    """Median power spectrum of tiles."""
    stacked = np.stack(tiles).astype(np.float64)
    stacked -= stacked.mean((1, 2), keepdims=True)
    # np.median takes three times as long as sorting and looking at the middle.
    powers = np.sort(np.square(np.abs(np.fft.rfft2(stacked * _window()))), axis=0)
    return np.asarray((powers[(len(tiles) - 1) // 2] + powers[len(tiles) // 2]) / 2, np.float64)


def _compare(
    power: NDArray[np.float64],
    frequency: NDArray[np.float64],
    coarse: tuple[float, float],
    fine: tuple[float, float],
    usual: float,
) -> float:
    """The blur that makes fine detail so much weaker than coarse."""
    strong, weak = _mean(power, frequency, coarse), _mean(power, frequency, fine)
    if strong <= 0:
        return 0.0
    low, high = (_mean(np.square(frequency), frequency, band) for band in (coarse, fine))
    lost = math.log(strong / (usual * max(weak, 1e-6 * strong)))
    return math.sqrt(max(0.0, lost) / (4 * math.pi**2 * (high - low)))


def _mean(values: NDArray[np.float64], frequency: NDArray[np.float64], band: tuple[float, float]) -> float:
    return float(values[(frequency >= band[0]) & (frequency < band[1])].mean())


@cache
def _window() -> NDArray[np.float64]:
    return np.asarray(np.outer(np.hanning(_TILE), np.hanning(_TILE)), np.float64)


@cache
def _frequencies() -> NDArray[np.float64]:
    """Of the places of a tile's spectrum, in cycles per pixel."""
    return np.asarray(np.hypot(np.fft.fftfreq(_TILE)[:, None], np.fft.rfftfreq(_TILE)[None, :]), np.float64)
