"""A picture file, or a part of it, as pixels of the size that there is room for. Runs in threads.

Pillow is loaded when the first picture is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

Box = tuple[float, float, float, float]
"""A part of a picture: left, top, right and lower edge as fractions of its size."""

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
_NEARLY_ONE = 0.01


@dataclass(frozen=True)
class Room:
    """How large a picture may be, in pixels; its height a multiple of `step`."""

    width: int
    height: int
    step: int = 1


def read_part(path: Path, room: Room, box: Box = WHOLE, *, grey: bool = False) -> Image:
    """The part of a picture as large as there is room for. Raises `OSError` or `ValueError` for what is no picture.

    A JPEG is decoded at half, a quarter or an eighth of its size where that is enough.
    """
    from PIL import Image

    wide, high = box[2] - box[0], box[3] - box[1]
    with Image.open(path) as image:
        # `draft` never goes below the size that it is given: the part is not enlarged afterwards.
        image.draft("L" if grey else "RGB", (round(room.width / wide), round(room.height / high)))
        upright = _upright(image)
        part = upright if box == WHOLE else upright.crop(edges_of(box, upright.size))
        mode = "L" if grey else "RGB"
        return _fit(part if part.mode == mode else part.convert(mode), room)


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a picture in pixels, by its header. Raises `OSError` for what is no picture."""
    from PIL import Image

    with Image.open(path) as image:
        width, height = image.size
        return (height, width) if image.getexif().get(_ORIENTATION, 1) > 4 else (width, height)


def edges_of(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The edges of a part in pixels, of one pixel at least."""
    left, top, right, lower = (round(fraction * side) for fraction, side in zip(box, size * 2, strict=True))
    return left, top, max(left + 1, right), max(top + 1, lower)


def part_at_full_size(size: tuple[int, int], room: Room, middle: tuple[float, float]) -> Box:
    """The part that fills the room pixel for pixel, around this point and inside of the picture."""
    spans = (min(1.0, room.width / size[0]), min(1.0, room.height / size[1]))
    left, top = (min(max(centre - span / 2, 0.0), 1.0 - span) for centre, span in zip(middle, spans, strict=True))
    return left, top, left + spans[0], top + spans[1]


_ORIENTATION = 0x0112


def _upright(image: Image) -> Image:
    from PIL import ImageOps

    return ImageOps.exif_transpose(image) if image.getexif().get(_ORIENTATION, 1) > 1 else image


def _fit(part: Image, room: Room) -> Image:
    from PIL import Image

    scale = min(room.width / part.width, room.height / part.height)
    if abs(scale - 1) <= _NEARLY_ONE:  # pixel for pixel: cut, never blurred by a resampling of one pixel
        part = part.crop((0, 0, min(part.width, room.width), min(part.height, room.height)))
        return _stepped(part, room.step)
    width = max(1, round(part.width * scale))
    height = max(room.step, round(part.height * scale) // room.step * room.step)
    return part.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)


def _stepped(part: Image, step: int) -> Image:
    height = max(1, part.height // step) * step
    return part if height == part.height else part.crop((0, 0, part.width, height))
