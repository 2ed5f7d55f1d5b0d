"""SANE's images as the raw file holds them: rows without filling, two bytes of a sample in little-endian order."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.faults import DeviceFault, FaultKind
from drivers.rawfile import bytes_per_line
from drivers.sane_api import FrameFormat

if TYPE_CHECKING:
    from drivers.sane_api import Parameters

Pixels = bytes | memoryview


@dataclass(frozen=True)
class Image:
    """A whole image; see `Frame` for its fields."""

    pixels: Pixels
    width: int
    height: int
    samples: int
    depth: int


def check_parameters(parameters: Parameters) -> None:
    """Refuse images that nobody here can put together. Raises `DeviceFault(UNSUPPORTED_SETTING)`."""
    name = FrameFormat(parameters.format).name if parameters.format in set(FrameFormat) else str(parameters.format)
    if parameters.format not in {FrameFormat.GRAY, FrameFormat.RGB}:
        raise DeviceFault(FaultKind.UNSUPPORTED_SETTING, f"a frame of {name} alone")
    depths = {1, 8, 16} if parameters.format == FrameFormat.GRAY else {8, 16}
    if parameters.depth not in depths:
        raise DeviceFault(FaultKind.UNSUPPORTED_SETTING, f"{name} with {parameters.depth} bits a sample")
    if parameters.bytes_per_line < _used(parameters):
        raise DeviceFault(FaultKind.IO_ERROR, f"{parameters.bytes_per_line} bytes for {parameters.pixels_per_line} px")


def image_of(data: Pixels, parameters: Parameters) -> Image:
    """The image in the bytes that came. Raises `DeviceFault` where none or not all of its lines did."""
    height = len(data) // parameters.bytes_per_line
    if height == 0:
        raise DeviceFault(FaultKind.EMPTY_PAGE, f"{len(data)} bytes came")
    if height < parameters.lines:
        raise DeviceFault(FaultKind.SHORT_PAGE, f"{height} of {parameters.lines} lines came")
    rows = _without_filling(data, height, parameters)
    if parameters.depth == 16 and sys.byteorder == "big":
        rows = _swapped(rows)
    return Image(rows, parameters.pixels_per_line, height, parameters.samples, parameters.depth)


def _used(parameters: Parameters) -> int:
    return bytes_per_line(parameters.pixels_per_line, parameters.samples, parameters.depth)


def _without_filling(data: Pixels, height: int, parameters: Parameters) -> Pixels:
    """Bytes of half a line at the end, which hand scanners leave, go as well."""
    used = _used(parameters)
    if used == parameters.bytes_per_line:
        return memoryview(data)[: height * used]
    import numpy as np

    lines = np.frombuffer(data, np.uint8, height * parameters.bytes_per_line)
    return lines.reshape(height, parameters.bytes_per_line)[:, :used].tobytes()


def _swapped(data: Pixels) -> Pixels:
    import numpy as np

    return np.frombuffer(data, np.uint16).byteswap().tobytes()
