"""Looking for the codes of cover sheets on a page image, before anything else is known of the page.

The look costs 2-4 ms of CPU at A4, colour, 300 dpi: the scanner's own uncompressed file is mapped and every fourth
pixel of every fourth row is looked at, which touches a quarter of its 26 MB; a JPEG is decoded at a fraction of its
size.
"""

from __future__ import annotations

import logging
import mmap
from typing import TYPE_CHECKING, Any, BinaryIO

import zxingcpp

from station.covers.code import is_ours
from station.covers.reader import SMALLEST
from station.imaging.rawtiff import Layout, read_layout

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

PROXY_DPI = 75
"""Resolution of the look: a module of the code is three millimetres wide, nine pixels."""
_KIND: Any = zxingcpp.BarcodeFormat.QRCode
_PROXY_LONGEST = 1000
"""Pixels along the longer side where the resolution is not known: A4 at 85 dpi."""


def read_codes(path: Path) -> tuple[str, ...]:
    """The codes on a page image that mean to be ours, each once, in order. Codes of others are passed over.

    A picture that cannot be read has none; the image checks say what is wrong with it. Runs in the worker of
    `CodeReader`: the decoder has been seen to crash on a picture of 60 x 84 pixels.
    """
    try:
        with path.open("rb") as file:
            layout = read_layout(file)
            found = _look_at_raw(file, layout) if layout else _look_at_any(file)
    except Exception as error:  # noqa: BLE001 - decoders raise anything on damaged bytes
        log.info("no look at %s: %s", path.name, error)
        return ()
    return tuple(sorted({one.text for one in found if is_ours(one.text)}))


def _look(picture: Any, size: tuple[int, int]) -> list[zxingcpp.Barcode]:
    if min(size) < SMALLEST:
        return []
    return zxingcpp.read_barcodes(picture, formats=_KIND, try_downscale=False, try_invert=False)


def _look_at_raw(file: BinaryIO, layout: Layout) -> list[zxingcpp.Barcode]:
    """Look at the raw file through a view that passes over the pixels between.

    The view points into the mapping without holding it, and would read beyond the end of a file that is cut short.
    """
    row = layout.width * layout.channels
    size = row * layout.height
    step = _step(layout.width, layout.height, layout.dpi)
    kind = zxingcpp.ImageFormat.Lum if layout.channels == 1 else zxingcpp.ImageFormat.RGB
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        pixels: Any = memoryview(mapped)[layout.offset : layout.offset + size]
        with pixels:
            if len(pixels) < size:
                return []
            width, height = layout.width // step, layout.height // step
            view = zxingcpp.ImageView(pixels, width, height, kind, row * step, layout.channels * step)
            found = _look(view, (width, height))
            del view
        return found


def _look_at_any(file: BinaryIO) -> list[zxingcpp.Barcode]:
    picture = _shrink(file)
    return _look(picture, picture.size)


def _shrink(file: BinaryIO) -> Any:
    """Any still picture, in grey and small."""
    from station.imaging.still import claimed_dpi, open_still

    file.seek(0)
    with open_still(file) as image:
        step = _step(image.width, image.height, claimed_dpi(image))
        image.draft("L", (image.width // step, image.height // step))
        step = max(1, _step(image.width, image.height, None))
        return image.convert("L").reduce(step)


def _step(width: int, height: int, dpi: int | None) -> int:
    """Every how many pixels one is looked at. A resolution that would leave next to nothing is not believed."""
    longest = max(width, height)
    step = dpi // PROXY_DPI if dpi else longest // _PROXY_LONGEST
    return max(1, min(step, 2 * longest // _PROXY_LONGEST))
