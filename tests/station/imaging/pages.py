"""Generated register pages whose corners, skew and size are known exactly."""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

A4_MM = (210.0, 297.0)
BED_MM = (226.0, 312.0)


@dataclass(frozen=True)
class Sheet:
    """One generated picture: R, G, B pixels and where the paper lies in them (places, first pixel's centre 0.5)."""

    pixels: Pixels
    corners: NDArray[np.float64]
    skew_degrees: float
    dpi: int


def draw_sheet(
    skew_degrees: float = 0.0,
    *,
    dpi: int = 300,
    paper_mm: tuple[float, float] = A4_MM,
    bed_mm: tuple[float, float] = BED_MM,
    shift_mm: tuple[float, float] = (0.0, 0.0),
    bed: tuple[int, int, int] = (38, 36, 35),
    ink: tuple[int, int, int] = (44, 42, 78),
    written: bool = True,
    blur: float = 0.0,
    seed: int = 1,
) -> Sheet:
    """Paper with ruled lines and pen strokes on a bed, turned clockwise about the bed's middle, with sensor noise."""
    scale = dpi / 25.4
    page = _draw_page(paper_mm, scale, ink, written, np.random.default_rng(seed))
    size = (round(bed_mm[0] * scale), round(bed_mm[1] * scale))
    matrix = _place(page, size, skew_degrees, (shift_mm[0] * scale, shift_mm[1] * scale))
    on_pixels = matrix.copy()
    on_pixels[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    pixels = cv2.warpAffine(
        page, on_pixels, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=bed
    )
    if blur:
        pixels = cv2.GaussianBlur(pixels, (0, 0), blur)
    height, width = page.shape[:2]
    corners = np.array([(0, 0, 1), (width, 0, 1), (width, height, 1), (0, height, 1)]) @ matrix.T
    return Sheet(_add_noise(np.asarray(pixels, np.uint8), seed), corners, skew_degrees, dpi)


def _draw_page(
    paper_mm: tuple[float, float], scale: float, ink: tuple[int, int, int], written: bool, random: np.random.Generator
) -> Pixels:
    width, height = round(paper_mm[0] * scale), round(paper_mm[1] * scale)
    page = np.full((height, width, 3), (238, 229, 208), np.uint8)
    if not written:
        return page
    step, edge = round(8 * scale), round(14 * scale)
    for y in range(edge, height - edge, step):
        cv2.line(page, (edge, y), (width - edge, y), (150, 150, 160), max(1, round(0.15 * scale)))
        _write_line(page, y - round(1.5 * scale), edge, width - edge, scale, ink, random)
    for x in (edge, width // 4, width // 2, width - edge):
        cv2.line(page, (x, edge), (x, height - edge), (120, 110, 110), max(1, round(0.25 * scale)))
    return page


def _write_line(
    page: Pixels, y: int, start: int, end: int, scale: float, ink: tuple[int, int, int], random: np.random.Generator
) -> None:
    x = start + random.integers(2, 10) * scale
    while x < end - 12 * scale:
        steps = np.arange(int(random.integers(8, 26)))
        xs = x + np.cumsum(random.uniform(0.3, 0.8, len(steps))) * scale
        ys = y + random.uniform(-2.2, 0.4, len(steps)) * scale
        points = np.rint(np.stack([xs, ys], axis=1)).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(page, [points], False, ink, max(1, round(0.3 * scale)), cv2.LINE_AA)
        x = xs[-1] + random.uniform(2, 5) * scale


def _place(page: Pixels, size: tuple[int, int], skew: float, shift: tuple[float, float]) -> NDArray[np.float64]:
    """Matrix from places on the page to places on the bed."""
    cosine, sine = math.cos(math.radians(skew)), math.sin(math.radians(skew))
    turn = np.array([(cosine, -sine), (sine, cosine)])
    middle = np.array([page.shape[1] / 2, page.shape[0] / 2])
    offset = np.array(size) / 2 + shift - turn @ middle
    return np.column_stack([turn, offset])


def _add_noise(pixels: Pixels, seed: int) -> Pixels:
    """Sensor noise of about three grey levels, from one tile, because drawing 26 million numbers takes a second."""
    random = np.random.default_rng(seed + 1000)
    tile = np.rint(random.normal(0, 3, (512, 512, 3))).astype(np.int16)
    height, width = pixels.shape[:2]
    noise = np.tile(tile, (height // 512 + 1, width // 512 + 1, 1))[:height, :width]
    return np.asarray(np.clip(pixels + noise, 0, 255), dtype=np.uint8)


def save_tiff(sheet: Sheet, path: Path, *, grey: bool = False) -> Path:
    """Uncompressed TIFF, as the scanner worker writes masters."""
    image = Image.fromarray(sheet.pixels)
    (image.convert("L") if grey else image).save(path, dpi=(sheet.dpi, sheet.dpi), compress_level=1)
    return path


def sha256_of(path: Path) -> str:
    """Digest of a file, as the catalogue would hold it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
