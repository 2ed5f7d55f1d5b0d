"""Master file to pixels.

Pixels are `uint8` arrays, either (height, width) grey or (height, width, 3) in the order R, G, B, upright. Only
encoding turns the order for OpenCV, on the smaller picture, because turning a raw 300-dpi page costs 8 ms.
"""

import io
import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging.page import Unreadable, UnreadablePage
from station.imaging.rawtiff import read_layout

Pixels = NDArray[np.uint8]

_UPRIGHT: dict[int, tuple[bool, int | None]] = {
    1: (False, None),
    2: (True, None),
    3: (False, cv2.ROTATE_180),
    4: (True, cv2.ROTATE_180),
    5: (True, cv2.ROTATE_90_COUNTERCLOCKWISE),
    6: (False, cv2.ROTATE_90_CLOCKWISE),
    7: (True, cv2.ROTATE_90_CLOCKWISE),
    8: (False, cv2.ROTATE_90_COUNTERCLOCKWISE),
}
"""EXIF orientation -> (mirror left to right first, then this rotation)."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A master's upright pixels and the resolution that its file claims."""

    pixels: Pixels
    dpi: int | None


def decode_master(path: Path) -> Decoded:
    """Read a master. Raises `UnreadablePage`; never returns part of a picture."""
    try:
        with path.open("rb") as file:
            return _map_raw_tiff(file) or _decode_foreign(file)
    except FileNotFoundError as error:
        raise UnreadablePage(path, Unreadable.MISSING) from error
    except CutShortError as error:
        raise UnreadablePage(path, Unreadable.TRUNCATED, str(error)) from error
    except UnknownFormatError as error:
        raise UnreadablePage(path, Unreadable.UNKNOWN_FORMAT, str(error)) from error
    except Exception as error:  # decoders raise anything on damaged bytes: OSError, ValueError, struct.error, ...
        reason = Unreadable.TRUNCATED if "truncated" in str(error) else Unreadable.DAMAGED
        raise UnreadablePage(path, reason, str(error)) from error


class CutShortError(Exception):
    """The file ends before its picture does."""


class UnknownFormatError(Exception):
    """No decoder knows these bytes."""


def _decode_foreign(file: BinaryIO) -> Decoded:
    """Everything that our own worker did not write; the libraries for it are loaded when the first such file comes."""
    from station.imaging.foreign import decode_foreign

    return decode_foreign(file)


def _map_raw_tiff(file: BinaryIO) -> Decoded | None:
    """Map an 8-bit grey or RGB TIFF whose strips lie in one run; None for every other file.

    Mapping costs 3-8 ms where reading the same 26 MB through a library costs 80, in page faults.
    """
    layout = read_layout(file)
    if layout is None:
        return None
    size = layout.width * layout.height * layout.channels
    if size == 0 or file.seek(0, io.SEEK_END) < layout.offset + size:
        raise CutShortError(f"{size} bytes of pixels are announced")
    mapped = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE | mmap.MAP_POPULATE, prot=mmap.PROT_READ)
    flat = np.frombuffer(mapped, np.uint8, size, layout.offset)
    shape = (layout.height, layout.width) if layout.channels == 1 else (layout.height, layout.width, 3)
    return Decoded(turn_upright(flat.reshape(shape), layout.orientation), layout.dpi)


def as_pixels(array: NDArray[Any]) -> Pixels:
    return np.ascontiguousarray(array, dtype=np.uint8)


def turn_upright(pixels: Pixels, orientation: int) -> Pixels:
    """Apply an EXIF orientation; values that do not exist leave the picture as it is."""
    mirror, rotation = _UPRIGHT.get(orientation, (False, None))
    if mirror:
        pixels = as_pixels(cv2.flip(pixels, 1))
    return pixels if rotation is None else as_pixels(cv2.rotate(pixels, rotation))
