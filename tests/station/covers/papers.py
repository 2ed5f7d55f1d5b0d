"""Cover sheets as paper: the real PDF, rendered, and what happens to it before and in a scanner."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image

from station.covers.sheet import CoverSheet, draw_sheets
from station.model import Book
from station.naming import BookId
from station.registers import known_registry


def cover(book: str, dpi: int = 100) -> Image.Image:
    """The cover sheet of a book as a scanner sees it on a good day."""
    return _drawn(book, dpi).copy()


@functools.cache
def _drawn(book: str, dpi: int) -> Image.Image:
    book_id = BookId.parse(book)
    registry = known_registry(book_id.registry)
    assert registry is not None
    document = pypdfium2.PdfDocument(draw_sheets([CoverSheet(Book(book_id, first_number=1), registry)]))
    try:
        image: Image.Image = document[0].render(scale=dpi / 72).to_pil().convert("RGB")
    finally:
        document.close()
    return image


def torn(sheet: Image.Image) -> Image.Image:
    """The upper right corner is gone, the black bed shows."""
    width, height = sheet.size
    pixels = np.array(sheet)
    rows, columns = np.mgrid[:height, :width]
    pixels[(columns - width * 0.45) > rows * 1.3] = 20
    return Image.fromarray(pixels)


def skewed(sheet: Image.Image, degrees: float) -> Image.Image:
    return sheet.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=(20, 20, 20))


def faint(sheet: Image.Image) -> Image.Image:
    """Printed with the last of the toner on greyish paper, and some noise."""
    pixels = 195 + np.array(sheet.convert("L"), np.float64) * (40 / 255)
    noisy = pixels + np.random.default_rng(1).normal(0, 3, pixels.shape)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).convert("RGB")


def save(image: Image.Image, path: Path, dpi: int = 100) -> Path:
    image.save(path, quality=85, dpi=(dpi, dpi))
    return path
