"""Writing what a scanner delivered: one uncompressed TIFF, durable before anybody hears of it.

Uncompressed because it costs 10 ms instead of 300-600 ms a page (LZW, PNG) at A4 300 dpi colour, and because the
image steps can then map it instead of decoding it.
"""

from __future__ import annotations

import hashlib
import os
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SHORT, _LONG, _RATIONAL = 3, 4, 5
# Pixel data starts on a page boundary, so that a memory map of it is aligned.
_DATA_OFFSET = 4096


def tiff_header(width: int, height: int, samples: int, dpi: int) -> bytes:
    """Header and directory of a little-endian TIFF 6.0 with one uncompressed strip of 8-bit samples.

    `samples` is 1 (grey) or 3 (RGB). The same image gives the same bytes: no time, no software name.
    """
    bits_at, dpi_at = 512, 520
    bits = (_SHORT, samples, bits_at if samples == 3 else 8)
    entries = [
        (256, _LONG, 1, width),
        (257, _LONG, 1, height),
        (258, *bits),
        (259, _SHORT, 1, 1),  # no compression
        (262, _SHORT, 1, 2 if samples == 3 else 1),  # RGB, or black is zero
        (273, _LONG, 1, _DATA_OFFSET),
        (277, _SHORT, 1, samples),
        (278, _LONG, 1, height),  # one strip
        (279, _LONG, 1, width * height * samples),
        (282, _RATIONAL, 1, dpi_at),
        (283, _RATIONAL, 1, dpi_at),
        (296, _SHORT, 1, 2),  # inch
    ]
    header = bytearray(_DATA_OFFSET)
    struct.pack_into("<2sHI", header, 0, b"II", 42, 8)
    struct.pack_into("<H", header, 8, len(entries))
    for number, entry in enumerate(entries):
        struct.pack_into("<HHII", header, 10 + 12 * number, *entry)
    struct.pack_into("<3H", header, bits_at, 8, 8, 8)
    struct.pack_into("<2I", header, dpi_at, dpi, 1)
    return bytes(header)


def write_tiff(
    target: Path, pixels: bytes | bytearray | memoryview, size: tuple[int, int], samples: int, dpi: int
) -> str:
    """Write the image beside `target` as `.part`, fsync it, then give it its name; returns the file's SHA-256.

    After a crash there is either a `.part` file, which nobody takes, or the whole image. A failed write leaves nothing:
    on a full disk half a page must not keep the room that the next one needs.
    """
    part = target.with_name(target.name + ".part")
    try:
        header = tiff_header(size[0], size[1], samples, dpi)
        with part.open("wb") as file:
            file.write(header)
            file.write(pixels)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    digest = hashlib.sha256(header)
    digest.update(pixels)
    return digest.hexdigest()
