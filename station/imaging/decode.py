"""Master file to pixels.

Pixels are `uint8` arrays, either (height, width) grey or (height, width, 3) in the order R, G, B, upright. Only
encoding turns the order for OpenCV, on the smaller picture, because turning a raw 300-dpi page costs 8 ms.
"""

import io
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging.page import Unreadable, UnreadablePage

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
        raise UnreadablePage(path, Unreadable.UNKNOWN_FORMAT) from error
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


# --- uncompressed TIFF, as our scanner worker writes it ---


class _Layout(NamedTuple):
    """Where the pixels of an uncompressed TIFF lie."""

    width: int
    height: int
    channels: int
    offset: int
    orientation: int
    dpi: int | None


_TIFF_TYPES = {3: "H", 4: "I", 5: "II"}


def _map_raw_tiff(file: BinaryIO) -> Decoded | None:
    """Map an 8-bit grey or RGB TIFF whose strips lie in one run; None for every other file.

    Mapping costs 3-8 ms where reading the same 26 MB through a library costs 80, in page faults.
    """
    layout = _read_layout(file)
    if layout is None:
        return None
    size = layout.width * layout.height * layout.channels
    if size == 0 or file.seek(0, io.SEEK_END) < layout.offset + size:
        raise CutShortError(f"{size} bytes of pixels are announced")
    mapped = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE | mmap.MAP_POPULATE, prot=mmap.PROT_READ)
    flat = np.frombuffer(mapped, np.uint8, size, layout.offset)
    shape = (layout.height, layout.width) if layout.channels == 1 else (layout.height, layout.width, 3)
    return Decoded(turn_upright(flat.reshape(shape), layout.orientation), layout.dpi)


def _read_layout(file: BinaryIO) -> _Layout | None:
    tags = _read_tags(file)
    if tags is None:
        return None
    channels = tags.get(277, (1,))[0]
    plain = (
        tags.get(259, (1,))[0] == 1
        and tags.get(284, (1,))[0] == 1
        and tags.get(262, (0,))[0] == {1: 1, 3: 2}.get(channels)
        and set(tags.get(258, (1,))) == {8}
        and 338 not in tags
    )
    if not plain or not _in_one_run(tags.get(273, ()), tags.get(279, ())):
        return None
    return _Layout(tags[256][0], tags[257][0], channels, tags[273][0], tags.get(274, (1,))[0], _tiff_dpi(tags))


def _read_tags(file: BinaryIO) -> dict[int, tuple[int, ...]] | None:
    """Integer and rational tags of the first image directory; None for a file that is no classic one-image TIFF."""
    head = file.read(8)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(head[:4])
    if order is None or len(head) < 8:
        return None
    file.seek(struct.unpack(f"{order}I", head[4:])[0])
    count = struct.unpack(f"{order}H", file.read(2))[0]
    entries, following = file.read(12 * count), file.read(4)
    if len(entries) < 12 * count or following != b"\0\0\0\0":
        return None
    return dict(_read_values(file, order, entries[at : at + 12]) for at in range(0, 12 * count, 12))


def _read_values(file: BinaryIO, order: str, entry: bytes) -> tuple[int, tuple[int, ...]]:
    tag, kind, count = struct.unpack(f"{order}HHI", entry[:8])
    letters = _TIFF_TYPES.get(kind)
    if letters is None:
        return tag, ()
    layout = struct.Struct(order + letters * count)
    data = entry[8:]
    if layout.size > 4:
        file.seek(struct.unpack(f"{order}I", data)[0])
        data = file.read(layout.size)
    return tag, layout.unpack(data[: layout.size])


def _in_one_run(offsets: tuple[int, ...], counts: tuple[int, ...]) -> bool:
    if not offsets or len(offsets) != len(counts):
        return False
    return all(start + size == following for start, size, following in zip(offsets, counts, offsets[1:], strict=False))


def _tiff_dpi(tags: dict[int, tuple[int, ...]]) -> int | None:
    """Resolution in dots per inch; TIFF unit 2 is the inch, 3 the centimetre, 1 no unit at all."""
    per_unit = tags.get(282, ())
    inches = {2: 1.0, 3: 2.54}.get(tags.get(296, (2,))[0])
    if len(per_unit) != 2 or per_unit[1] == 0 or inches is None:
        return None
    dpi = round(per_unit[0] / per_unit[1] * inches)
    return dpi if dpi > 1 else None


def as_pixels(array: NDArray[Any]) -> Pixels:
    return np.ascontiguousarray(array, dtype=np.uint8)


def turn_upright(pixels: Pixels, orientation: int) -> Pixels:
    """Apply an EXIF orientation; values that do not exist leave the picture as it is."""
    mirror, rotation = _UPRIGHT.get(orientation, (False, None))
    if mirror:
        pixels = as_pixels(cv2.flip(pixels, 1))
    return pixels if rotation is None else as_pixels(cv2.rotate(pixels, rotation))
