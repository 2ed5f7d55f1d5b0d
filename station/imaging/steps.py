"""The image steps: pure functions from pixels to pixels or to what was found in them.

Places in a picture are continuous coordinates in which the first pixel's centre is (0.5, 0.5); a place in the master
divided by 2 is the same place one halving down. Angles are degrees clockwise as seen on the screen (y grows downwards).
"""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging.decode import Pixels
from station.imaging.recipe import MM_PER_INCH, Geometry

Points = NDArray[np.float64]
Contour = cv2.typing.MatLike

FIT_ROUNDS = 4
START_MARGIN = 0.2
"""Share left off at both ends of a side for the first fit: there a skewed page shows its neighbouring sides."""


@dataclass(frozen=True, slots=True)
class Side:
    """A straight side of the paper: `across = offset + slope * along`, in proxy places."""

    offset: float
    slope: float


@dataclass(frozen=True, slots=True)
class PageFound:
    """The paper on its bed, in places of the searched picture.

    `corners` run from the top left clockwise; a side that was not seen lies on the picture's border. `outline` is the
    convex hull of everything light, so that a crop around it never cuts paper. `seen` flags left, top, right, bottom.
    """

    corners: Points
    outline: Points
    seen: tuple[bool, bool, bool, bool]
    skew_degrees: float
    disagreement_degrees: float
    bed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PageMissing:
    """No page edge that can be trusted; `disagreement_degrees` is 0 where there were not enough sides to disagree."""

    edges: int
    disagreement_degrees: float


@dataclass(frozen=True, slots=True)
class Crop:
    """Upright rectangle to cut out after turning the picture back by `skew_degrees` about its origin."""

    skew_degrees: float
    left: float
    top: float
    width: float
    height: float


# --- smaller pictures ---


def halve(pixels: Pixels) -> Pixels:
    """Average 2 x 2 pixels; an odd last row or column is left out."""
    height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
    even = pixels[: 2 * height, : 2 * width]
    return _uint8(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA))


def build_pyramid(pixels: Pixels, long_side: int) -> list[Pixels]:
    """The picture and its halvings, down to the first one no longer than `long_side`.

    Halving twice costs 5 ms on a raw A4 page, reducing to a quarter in one step 10-13.
    """
    levels = [pixels]
    while max(levels[-1].shape[:2]) > long_side:
        levels.append(halve(levels[-1]))
    return levels


def holds_grey_only(pixels: Pixels) -> bool:
    """Whether a picture has one channel, or three that are equal everywhere."""
    if pixels.ndim == 2:
        return True
    red, green, blue = cv2.split(pixels)
    return not (cv2.absdiff(red, green).any() or cv2.absdiff(green, blue).any())


def take_one_channel(pixels: Pixels) -> Pixels:
    """Grey of a colour picture that holds only grey."""
    return _uint8(cv2.extractChannel(pixels, 0))


# --- finding the page ---


def find_page(proxy: Pixels, geometry: Geometry) -> PageFound | PageMissing:
    """Look for paper on a darker bed: distance from the bed's colour, Otsu's threshold, a trimmed line along each side.

    A light bed, or paper that fills the picture, gives `PageMissing`: its edges cannot be told from its content.
    """
    lab = _measure_lab(proxy)
    bed = _measure_bed(lab, geometry)
    if bed is None:
        return PageMissing(0, 0.0)
    distance = _measure_distance(lab, bed)
    threshold = _split_distance(distance, geometry.bed_contrast)
    pieces = _find_pieces(distance, threshold, geometry.smallest_piece) if threshold else []
    if not threshold or not pieces:
        return PageMissing(0, 0.0)
    paper = _fill_pieces(pieces, distance.shape)
    sides = _find_sides(paper, distance, threshold, geometry)
    corners = _meet_sides(sides, paper.shape[1], paper.shape[0])
    return _judge_sides(sides, geometry, corners, _trace_outline(pieces), _bed_colour(proxy, paper))


def _measure_lab(proxy: Pixels) -> Pixels:
    """Lab in 8 bits, or the grey itself as lightness alone."""
    return proxy if proxy.ndim == 2 else _uint8(cv2.cvtColor(proxy, cv2.COLOR_RGB2LAB))


def _measure_bed(lab: Pixels, geometry: Geometry) -> NDArray[np.float32] | None:
    """Median colour of the dark part of the picture's border; None where the border has no dark part."""
    ring = np.concatenate([lab[:3].reshape(-1, *lab.shape[2:]), lab[-3:].reshape(-1, *lab.shape[2:])])
    ring = np.concatenate([ring, *(lab[:, edge].reshape(-1, *lab.shape[2:]) for edge in (slice(3), slice(-3, None)))])
    ring = ring.reshape(len(ring), -1)
    lightness = np.ascontiguousarray(ring[:, 0])
    split, _ = cv2.threshold(lightness, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    dark = lightness <= split
    if _differs(lightness[~dark], lightness[dark], geometry.border_contrast):
        ring = ring[dark]
    bed = np.median(ring, axis=0).astype(np.float32)
    return bed if bed[0] <= geometry.bed_lightest else None


def _differs(light: Pixels, dark: Pixels, contrast: float) -> bool:
    return bool(light.size and dark.size and np.median(light) - np.median(dark) > contrast)


def _measure_distance(lab: Pixels, bed: NDArray[np.float32]) -> Pixels:
    """Distance from the bed's colour, saturated at 255. The colour axes count double: paper differs little in them."""
    colour = [float(value) for value in np.rint(bed)]
    difference = cv2.absdiff(lab, np.array(colour + [0.0] * (4 - len(colour))))
    if lab.ndim == 2:
        return _uint8(difference)
    lightness, green_red, blue_yellow = cv2.split(difference)
    chroma = cv2.add(green_red, blue_yellow)
    return _uint8(cv2.max(lightness, cv2.add(chroma, chroma)))


def _split_distance(distance: Pixels, contrast: float) -> float | None:
    """Middle between the means of Otsu's two classes; None where they are too close for bed and paper.

    Otsu's own threshold may lie anywhere in an empty stretch between them; with a clipped bed it lies at its foot.
    """
    _, mask = cv2.threshold(distance, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    paper, bed = cv2.mean(distance, mask)[0], cv2.mean(distance, cv2.bitwise_not(mask))[0]
    return (paper + bed) / 2 if paper - bed >= contrast else None


def _find_pieces(distance: Pixels, threshold: float, smallest_share: float) -> list[Contour]:
    """Outer contours of what is light, without dust: everything larger stays, a loose slip as well."""
    _, mask = cv2.threshold(distance, threshold, 1, cv2.THRESH_BINARY)
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return [contour for contour in contours if cv2.contourArea(contour) >= smallest_share * distance.size]


def _fill_pieces(pieces: list[Contour], shape: tuple[int, ...]) -> Pixels:
    """Mask of the pieces without the holes that ink leaves."""
    return _uint8(cv2.drawContours(np.zeros(shape[:2], np.uint8), pieces, -1, (1.0,), cv2.FILLED))


def _find_sides(pieces: Pixels, distance: Pixels, threshold: float, geometry: Geometry) -> list[Side | None]:
    """Left, top, right, bottom; each is looked for as the left side of a turned or mirrored picture."""
    turned = _uint8(cv2.transpose(pieces)), _uint8(cv2.transpose(distance))
    sides: list[Side | None] = []
    for mirrored in (False, True):
        for mask, values in ((pieces, distance), turned):
            width = mask.shape[1]
            if mirrored:
                mask, values = _uint8(cv2.flip(mask, 1)), _uint8(cv2.flip(values, 1))  # noqa: PLW2901 - the same sheet
            side = _fit_side(*_trace_side(mask, values, threshold), geometry)
            sides.append(Side(width - side.offset, -side.slope) if side and mirrored else side)
    return sides


def _trace_side(mask: Pixels, values: Pixels, threshold: float) -> tuple[NDArray[Any], NDArray[Any], int]:
    """Rows that the border does not cut, where the paper begins in them to parts of a pixel, and rows with paper."""
    lit = mask.view(np.bool_)
    first = lit.argmax(axis=1)
    has_paper = lit[np.arange(len(first)), first]
    rows = np.flatnonzero((first > 0) & has_paper)
    columns = first[rows]
    inside = values[rows, columns].astype(np.float64)
    rise = np.maximum(inside - values[rows, columns - 1], 1.0)
    places = columns + 0.5 - np.clip((inside - threshold) / rise, 0.0, 1.0)
    return rows + 0.5, places, int(np.count_nonzero(has_paper))


def _fit_side(along: NDArray[Any], across: NDArray[Any], length: int, geometry: Geometry) -> Side | None:
    """Least-squares line, refitted to the points near it; None unless enough of the side lies on the line."""
    needed = max(geometry.edge_share * length, 20.0)
    if len(along) < needed:
        return None
    margin = START_MARGIN * (along[-1] - along[0])
    near = (along >= along[0] + margin) & (along <= along[-1] - margin)
    slope, offset, tolerance = 0.0, 0.0, 8 * geometry.edge_tolerance
    for _ in range(FIT_ROUNDS):
        if np.count_nonzero(near) < 20:
            return None
        slope, offset = _fit_line(along[near], across[near])
        near = np.abs(across - offset - slope * along) <= tolerance
        tolerance = max(tolerance / 2, geometry.edge_tolerance)
    return Side(offset, slope) if np.count_nonzero(near) >= needed else None


def _fit_line(along: NDArray[Any], across: NDArray[Any]) -> tuple[float, float]:
    """Slope and offset of the least-squares line; `np.polyfit` takes twenty times as long for the same."""
    middle, level = along.mean(), across.mean()
    apart = along - middle
    slope = float(apart @ (across - level) / (apart @ apart))
    return slope, float(level - slope * middle)


def _judge_sides(
    sides: list[Side | None], geometry: Geometry, corners: Points, outline: Points, bed: tuple[int, ...]
) -> PageFound | PageMissing:
    """The page, if enough sides were seen and agree about its direction."""
    angles = [_side_angle(side, upright=index % 2 == 0) for index, side in enumerate(sides) if side]
    disagreement = max(angles) - min(angles) if angles else 0.0
    too_skewed = any(abs(angle) > geometry.largest_skew_degrees for angle in angles)
    if len(angles) < geometry.smallest_edges or disagreement > geometry.edges_agree_degrees or too_skewed:
        return PageMissing(len(angles), disagreement)
    left, top, right, bottom = (side is not None for side in sides)
    return PageFound(corners, outline, (left, top, right, bottom), float(np.mean(angles)), disagreement, bed)


def _side_angle(side: Side, *, upright: bool) -> float:
    """Clockwise turn of the page that this side tells: left and right lean against x, top and bottom along it."""
    angle = math.degrees(math.atan(side.slope))
    return -angle if upright else angle


def _meet_sides(sides: list[Side | None], width: int, height: int) -> Points:
    borders = (Side(0.0, 0.0), Side(0.0, 0.0), Side(float(width), 0.0), Side(float(height), 0.0))
    left, top, right, bottom = (side or border for side, border in zip(sides, borders, strict=True))
    return np.array([_meet(left, top), _meet(right, top), _meet(right, bottom), _meet(left, bottom)])


def _meet(upright: Side, level: Side) -> tuple[float, float]:
    y = (level.offset + level.slope * upright.offset) / (1.0 - level.slope * upright.slope)
    return upright.offset + upright.slope * y, y


def _trace_outline(pieces: list[Contour]) -> Points:
    """Convex hull of the pieces, around their pixels' outer borders."""
    hull = cv2.convexHull(np.concatenate(pieces)).reshape(-1, 2).astype(np.float64)
    return np.concatenate([hull + shift for shift in ((0, 0), (1, 0), (0, 1), (1, 1))])


def _bed_colour(proxy: Pixels, pieces: Pixels) -> tuple[int, ...]:
    """Mean colour of the picture outside the paper, for the corners that turning leaves empty."""
    mean = cv2.mean(proxy, _uint8(1 - pieces))
    return tuple(round(value) for value in mean[: 1 if proxy.ndim == 2 else 3])


def scale_page(page: PageFound, factor: float) -> PageFound:
    """The same page in a picture that is `factor` times as large."""
    return PageFound(
        page.corners * factor, page.outline * factor, page.seen, page.skew_degrees, page.disagreement_degrees, page.bed
    )


# --- the writing's own direction ---


def measure_text_skew(proxy: Pixels, geometry: Geometry) -> float | None:
    """Clockwise turn of written or ruled lines; None where no direction stands out.

    Ink is summed along slanted rows: at the right slant the sums differ most between lines and the gaps between them.
    """
    grey = proxy if proxy.ndim == 2 else _uint8(cv2.cvtColor(proxy, cv2.COLOR_RGB2GRAY))
    rows, columns = np.nonzero(_mark_ink(grey))
    if len(rows) < 2000:
        return None
    coarse = np.arange(-geometry.text_skew_degrees, geometry.text_skew_degrees + 0.01, 0.25)
    scores = np.array([_score_slant(rows, columns, angle) for angle in coarse])
    best = int(scores.argmax())
    if best in {0, len(coarse) - 1} or scores[best] < geometry.text_skew_peak * np.median(scores):
        return None
    fine = coarse[best] + np.arange(-0.25, 0.26, 0.05)
    return float(fine[int(np.argmax([_score_slant(rows, columns, angle) for angle in fine]))])


def _mark_ink(grey: Pixels) -> NDArray[np.bool_]:
    paper = cv2.blur(grey, (31, 31))
    ink = cv2.subtract(paper, grey) > 15
    edge_y, edge_x = (max(1, size // 20) for size in grey.shape)
    ink[:edge_y] = ink[-edge_y:] = False
    ink[:, :edge_x] = ink[:, -edge_x:] = False
    return np.asarray(ink, dtype=np.bool_)


def _score_slant(rows: NDArray[np.intp], columns: NDArray[np.intp], angle: float) -> float:
    level = np.rint(rows - columns * math.tan(math.radians(angle))).astype(np.int64)
    sums = np.bincount(level - level.min())
    return float(np.square(np.diff(sums)).sum())


# --- resolution ---


def believe_dpi(claimed: int | None, long_side_px: float, geometry: Geometry) -> int | None:
    """The claimed resolution, unless the picture would then have an absurd size.

    Cameras write 72 or 96 without knowing; those two are believed only for a picture that fits a small scanner's bed.
    """
    if claimed is None or claimed <= 0:
        return None
    long_side_mm = long_side_px / claimed * MM_PER_INCH
    longest = geometry.placeholder_longest_mm if claimed in geometry.placeholder_dpi else geometry.longest_mm
    return claimed if geometry.shortest_mm <= long_side_mm <= longest else None


def assume_dpi(crop: Crop, paper_mm: tuple[float, float] | None, geometry: Geometry) -> float:
    """Resolution that makes the long side of the crop as long as the paper's, or as A4's where the paper is unknown."""
    long_side_mm = max(paper_mm) if paper_mm else geometry.assumed_long_side_mm
    return max(crop.width, crop.height) / long_side_mm * MM_PER_INCH


# --- cutting out ---


def plan_crop(page: PageFound, width: int, height: int, margin: float) -> Crop:
    """The rectangle `margin` pixels around the paper; sides that were not seen stay at the picture's border."""
    paper = turn_back(np.concatenate([page.corners, page.outline]), page.skew_degrees)
    frame = turn_back(frame_corners(width, height), page.skew_degrees)
    lowest, highest = frame.min(axis=0), frame.max(axis=0)
    near, far = paper.min(axis=0) - margin, paper.max(axis=0) + margin
    left = max(near[0], lowest[0]) if page.seen[0] else lowest[0]
    top = max(near[1], lowest[1]) if page.seen[1] else lowest[1]
    right = min(far[0], highest[0]) if page.seen[2] else highest[0]
    bottom = min(far[1], highest[1]) if page.seen[3] else highest[1]
    return Crop(page.skew_degrees, float(left), float(top), float(right - left), float(bottom - top))


def plan_whole(width: int, height: int, skew_degrees: float) -> Crop:
    """The whole picture, turned back by `skew_degrees`, with room for its corners."""
    frame = turn_back(frame_corners(width, height), skew_degrees)
    (left, top), (right, bottom) = frame.min(axis=0), frame.max(axis=0)
    return Crop(skew_degrees, float(left), float(top), float(right - left), float(bottom - top))


def frame_corners(width: int, height: int) -> Points:
    """Corners of a picture, from the top left clockwise."""
    return np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)


def turn_back(points: Points, skew_degrees: float) -> Points:
    """Rotate places by minus the skew, about the picture's origin."""
    return points @ _rotation(skew_degrees).T


def _rotation(skew_degrees: float) -> Points:
    cosine, sine = math.cos(math.radians(skew_degrees)), math.sin(math.radians(skew_degrees))
    return np.array([(cosine, sine), (-sine, cosine)])


def cut_out(pyramid: list[Pixels], crop: Crop, scale: float, fill: tuple[int, ...]) -> Pixels:
    """Deskew, crop and resample in one bilinear warp (20-25 ms for A4 from 300 to 200 dpi).

    `scale` is output pixels per master pixel. The warp starts from the smallest halving that is still at least as fine
    as the output, because bilinear sampling over more than two pixels would skip ink.
    """
    level = max(0, min(len(pyramid) - 1, math.floor(-math.log2(scale)))) if scale < 1 else 0
    source, step = pyramid[level], scale * 2**level
    matrix = np.empty((2, 3))
    matrix[:, :2] = step * _rotation(crop.skew_degrees)
    matrix[:, 2] = matrix[:, :2] @ (0.5, 0.5) - scale * np.array([crop.left, crop.top]) - 0.5
    size = (max(1, round(crop.width * scale)), max(1, round(crop.height * scale)))
    border = [float(value) for value in fill]
    return _uint8(
        cv2.warpAffine(source, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=border)
    )


def _uint8(array: NDArray[np.generic] | cv2.typing.MatLike) -> Pixels:
    """OpenCV's stubs promise any number type; every picture here is 8-bit."""
    return np.asarray(array, dtype=np.uint8)
