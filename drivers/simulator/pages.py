"""The page images of the simulated scanner, turned into what a job asks for."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from natsort import natsorted, ns
from PIL import Image

from drivers.simulator.messages import UNITS_PER_INCH, ColorMode, Region, ScanSettings

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff"})
REENCODED_QUALITY = 92
ROUNDING = 2
"""Clients come from millimetres to 1/300 inch: a region this close to the whole page means the whole page."""

_MODES = {ColorMode.COLOR: "RGB", ColorMode.GRAY: "L"}


def list_pages(folder: Path) -> list[Path]:
    """Page images of a folder in natural order of their names; ValueError when there is none."""
    found = natsorted((p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES), key=str, alg=ns.IGNORECASE)
    if not found:
        raise ValueError(f"no page images in {folder}")
    return found


class PageImages:
    """Page image files as JPEG, the bytes of the file unchanged wherever they are what the job asks for.

    Nothing is kept in memory: the kernel's page cache serves a file in about a millisecond.
    """

    def __init__(self, files: list[Path], dpi: int) -> None:
        self.files = files
        self.dpi = dpi

    def __len__(self) -> int:
        return len(self.files)

    def largest(self) -> tuple[int, int]:
        """Width and height, in 1/300 inch, of the area that holds every page."""
        sizes = [_size(file) for file in self.files]
        width, height = (max(side) for side in zip(*sizes, strict=True))
        return self._units(width), self._units(height)

    def jpeg(self, image: int, settings: ScanSettings) -> bytes:
        """JPEG of one page as this job wants it."""
        file = self.files[image]
        with Image.open(file) as page:
            box = self._crop(page.size, settings.region)
            as_asked = settings.resolution == self.dpi and page.mode == _MODES[settings.color] and box is None
            if as_asked and page.format == "JPEG":
                return file.read_bytes()
            return self._encode(page, box, settings)

    def _encode(self, page: Image.Image, box: tuple[int, int, int, int] | None, settings: ScanSettings) -> bytes:
        part = page.convert(_MODES[settings.color]).crop(box or (0, 0, *page.size))
        if settings.resolution != self.dpi:
            scale = settings.resolution / self.dpi
            size = (max(1, round(part.width * scale)), max(1, round(part.height * scale)))
            part = part.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        target = io.BytesIO()
        part.save(target, "JPEG", quality=REENCODED_QUALITY, dpi=(settings.resolution, settings.resolution))
        return target.getvalue()

    def _crop(self, size: tuple[int, int], region: Region | None) -> tuple[int, int, int, int] | None:
        """Pixels of the asked region, or None when that is the whole page."""
        if region is None:
            return None
        whole = region.x <= ROUNDING and region.y <= ROUNDING
        whole = whole and region.width >= self._units(size[0]) - ROUNDING
        whole = whole and region.height >= self._units(size[1]) - ROUNDING
        if whole:
            return None
        left, top = min(self._pixels(region.x), size[0] - 1), min(self._pixels(region.y), size[1] - 1)
        right = min(size[0], max(left + 1, self._pixels(region.x + region.width)))
        bottom = min(size[1], max(top + 1, self._pixels(region.y + region.height)))
        return left, top, right, bottom

    def _units(self, pixels: int) -> int:
        return round(pixels * UNITS_PER_INCH / self.dpi)

    def _pixels(self, units: int) -> int:
        return round(units * self.dpi / UNITS_PER_INCH)


def _size(file: Path) -> tuple[int, int]:
    with Image.open(file) as page:
        return page.size
