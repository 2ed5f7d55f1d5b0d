"""Pictures as sixels: what foot and `xterm -ti vt340` draw.

A band of six rows is written once for each colour that it has. Each of these lines begins by selecting its colour
register, also right after the registers are defined: terminals differ in whether defining one selects it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    Bytes = NDArray[np.uint8]
    Counts = NDArray[np.int64]

BAND = 6
"""Rows of a band. A picture whose height is no multiple of it hangs over its last row of cells."""

_BLANK = 63
_LEAST_REPEAT = 4
"""`!4?` is shorter than `????` and no run under four is worth its sign and digit."""


class Colours(StrEnum):
    """How many colours a picture has. A page is read well with 16; 256 take more than twice the time."""

    GREY = "grey"
    FEW = "16"
    MANY = "256"

    @property
    def registers(self) -> int:
        return 256 if self is Colours.MANY else 16


def encode_sixel(image: Image, colours: Colours = Colours.FEW) -> bytes:
    """The picture with its control sequence around; drawn from the cursor's cell to the right and down.

    The last band has no line end: it would scroll the screen where the picture stands on the lowest row.
    """
    import numpy as np

    indexed = _with_palette(image, colours)
    registers = np.asarray(indexed.getpalette("RGB") or [], np.uint8).reshape(-1, 3)
    pixels = np.asarray(indexed, np.uint8)
    used = int(pixels.max()) + 1
    percent = np.rint(registers[:used].astype(np.float32) * (100 / 255)).astype(int)
    define = "".join(f"#{number};2;{red};{green};{blue}" for number, (red, green, blue) in enumerate(percent))
    head = f'\x1bP0;1;0q"1;1;{image.width};{image.height}{define}'
    return b"".join([head.encode("ascii"), *_lines(pixels, used), b"\x1b\\"])


def _with_palette(image: Image, colours: Colours) -> Image:
    """Palette from a picture of a sixteenth of the pixels, which is as good and takes a tenth of the time."""
    from PIL import Image as Images

    if colours is Colours.GREY:
        steps = [value * 17 for value in range(16)]
        nearest = [min(15, (value + 8) // 17) for value in range(256)]
        indexed = image.convert("L").point(nearest).copy()
        grey = Images.frombytes("P", indexed.size, indexed.tobytes())
        grey.putpalette([value for value in steps for _ in range(3)])
        return grey
    full = image.convert("RGB")
    small = full.reduce(4) if min(full.size) >= 64 else full
    palette = small.quantize(colours.registers, Images.Quantize.MEDIANCUT)
    return full.quantize(palette=palette, dither=Images.Dither.NONE)


def _lines(pixels: Bytes, used: int) -> list[bytes]:
    """One line for each colour of each band, with what ends it."""
    import numpy as np

    bands = -(-len(pixels) // BAND)
    present, values = _sixels(pixels, bands, used)
    codes, lengths, starts = _runs(values)
    body, ends = _write_runs(codes, lengths)
    line_ends = ends[np.append(starts[1:], len(codes)) - 1].tolist()
    heads = [b"#%d" % number for number in range(used)]
    of_band, of_colour = (axis.tolist() for axis in np.nonzero(present))
    data, begin = body.tobytes(), 0
    parts: list[bytes] = []
    for line, (band, colour, end) in enumerate(zip(of_band, of_colour, line_ends, strict=True)):
        parts += (heads[colour], data[begin:end])
        begin = end
        last_of_band = line + 1 == len(of_band) or of_band[line + 1] != band
        parts.append(b"-" if last_of_band else b"$")
    return parts[:-1]


def _sixels(pixels: Bytes, bands: int, used: int) -> tuple[NDArray[np.bool_], Bytes]:
    """Which colours each band has, and for each of those a row of sixels, six bits from the top pixel down."""
    import numpy as np

    height, width = pixels.shape
    present = np.zeros((bands, used), np.bool_)
    for first in range(0, height, BAND):
        present[first // BAND, np.flatnonzero(np.bincount(pixels[first : first + BAND].ravel(), minlength=used))] = True
    row_of = (np.cumsum(present.ravel()) - 1).reshape(present.shape).astype(np.int32) * width
    values = np.zeros(int(present.sum()) * width, np.uint8)
    across = np.arange(width, dtype=np.int32)
    for bit in range(BAND):
        rows = pixels[bit::BAND]
        band = np.arange(len(rows))[:, None]
        values[row_of[band, rows] + across] |= np.uint8(1 << bit)
    values += np.uint8(_BLANK)
    return present, values.reshape(-1, width)


def _runs(values: Bytes) -> tuple[Bytes, Counts, Counts]:
    """Runs of equal sixels: their sign, their length, and which one begins each line. Blank ones at line ends go."""
    import numpy as np

    width = values.shape[1]
    begins = np.empty(values.shape, np.bool_)
    begins[:, 0] = True
    np.not_equal(values[:, 1:], values[:, :-1], out=begins[:, 1:])
    at = np.flatnonzero(begins)
    codes = values.ravel()[at]
    lengths = np.diff(np.append(at, values.size))
    starts = np.flatnonzero(at % width == 0)
    last = np.append(starts[1:], len(at)) - 1
    # A line of one colour register has a sixel that is not blank: never is its only run cut to nothing.
    lengths[last[codes[last] == _BLANK]] = 0
    return codes, lengths, starts


def _write_runs(codes: Bytes, lengths: Counts) -> tuple[Bytes, Counts]:
    """The signs of all runs, `!`, count and sign for long ones; and where each run ends."""
    import numpy as np

    short = lengths < _LEAST_REPEAT
    digits = 1 + (lengths >= 10) + (lengths >= 100) + (lengths >= 1000)
    sizes = np.where(short, lengths, digits + 2)
    ends = np.cumsum(sizes)
    body = np.repeat(codes, sizes)
    long = np.flatnonzero(~short)
    begins, left = ends[long] - sizes[long], lengths[long].copy()
    body[begins] = ord("!")
    for place in range(int(digits.max(initial=1))):
        there = digits[long] > place
        body[(ends[long] - 2 - place)[there]] = (left % 10 + ord("0"))[there]
        left //= 10
    return body, ends
