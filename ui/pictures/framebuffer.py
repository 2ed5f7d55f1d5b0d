"""Pictures on the plain Linux console: pixels written into the frame buffer, beside the text that the kernel draws."""

from __future__ import annotations

import fcntl
import mmap
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

# linux/fb.h. Of fb_var_screeninfo: xres, yres, xres_virtual, yres_virtual, xoffset, yoffset, bits_per_pixel, grayscale
# and then offset, length and side for red, green and blue. Of fb_fix_screeninfo: id, start, length, ... line_length.
_VARIABLE, _FIXED = 0x4600, 0x4602
_VARIABLE_SIZE, _FIXED_SIZE = 160, 80
_FIXED_LAYOUT = "@16sLIIIIHHHI"
_BYTES = 4


@dataclass(frozen=True)
class Geometry:
    """What a frame buffer looks like, in pixels; `stride` is the bytes of a row, `left` and `top` what is shown."""

    width: int
    height: int
    stride: int
    left: int = 0
    top: int = 0


class NoFrameBufferError(OSError):
    """The device is not there, or its pixels are not 32 bits in the order blue, green, red."""


def read_geometry(device: Path) -> Geometry:
    """Ask the device. Raises `NoFrameBufferError`."""
    try:
        with device.open("rb") as file:
            variable = fcntl.ioctl(file, _VARIABLE, bytes(_VARIABLE_SIZE))
            fixed = fcntl.ioctl(file, _FIXED, bytes(_FIXED_SIZE))
    except OSError as error:
        raise NoFrameBufferError(error.errno, error.strerror, str(device)) from error
    return parse_geometry(variable, fixed)


def parse_geometry(variable: bytes, fixed: bytes) -> Geometry:
    """What the kernel's two structures say. Raises `NoFrameBufferError` for pixels of another kind."""
    width, height, _, _, left, top, bits, _ = struct.unpack_from("@8I", variable)
    red, green, blue = (struct.unpack_from("@3I", variable, 32 + 12 * colour)[0] for colour in range(3))
    if (bits, red, green, blue) != (32, 16, 8, 0):
        raise NoFrameBufferError(f"{bits} bits, red at {red}, green at {green}, blue at {blue}")
    stride = struct.unpack_from(_FIXED_LAYOUT, fixed)[-1]
    return Geometry(width, height, stride, left, top)


def encode_rows(image: Image) -> bytes:
    """The pixels row by row, each blue, green, red and one byte that nobody reads."""
    return image.convert("RGB").tobytes("raw", "BGRX")


class FrameBuffer:
    """The pixels of a device, or of a file of that size."""

    def __init__(self, device: Path, geometry: Geometry) -> None:
        """Raises `OSError` where it cannot be written."""
        self._geometry = geometry
        size = geometry.stride * (geometry.top + geometry.height)
        with device.open("r+b") as file:
            self._pixels = mmap.mmap(file.fileno(), size)

    def draw(self, rows: bytes, width: int, left: int, top: int) -> None:
        """Put a picture of this width at a place of the screen; what goes over its edge is not drawn."""
        wide = max(0, min(width, self._geometry.width - left)) * _BYTES
        for row in range(min(len(rows) // (width * _BYTES), self._geometry.height - top)):
            at = (self._geometry.top + top + row) * self._geometry.stride + (self._geometry.left + left) * _BYTES
            begin = row * width * _BYTES
            self._pixels[at : at + wide] = rows[begin : begin + wide]

    def close(self) -> None:
        """Leave the device; its pixels stay."""
        self._pixels.close()
