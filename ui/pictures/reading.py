"""A picture file, or a part of it, as pixels of the size that there is room for. Runs in threads.

Pillow is loaded when the first picture is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
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


def get_ready() -> None:
    """Load what reads pictures, for a thread that has time: the first page is then as quick as the others.

    Pillow finds JPEG and PNG by itself; looking for TIFF, as masters are, it would load everything that it has.
    """
    from PIL import Image

    Image.preinit()
    import_module("PIL.TiffImagePlugin")


def read_part(path: Path, room: Room, box: Box = WHOLE, *, grey: bool = False) -> Image:
    """The part of a picture as large as there is room for. Raises `OSError` or `ValueError` for what is no picture.

    A JPEG is decoded at half, a quarter or an eighth of its size where that is enough; a picture without compression,
    as masters are, is made smaller while it is read.
    """
    from PIL import Image

    get_ready()
    wide, high = box[2] - box[0], box[3] - box[1]
    with Image.open(path) as image:
        # `draft` never goes below the size that it is given: the part is not enlarged afterwards.
        wanted = round(room.width / wide), round(room.height / high)
        image.draft("L" if grey else "RGB", wanted)
        upright = _upright(image) if _is_turned(image) else _read_small(image, path, wanted)
        part = upright if box == WHOLE else upright.crop(edges_of(box, upright.size))
        mode = "L" if grey else "RGB"
        return _fit(part if part.mode == mode else part.convert(mode), room)


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a picture in pixels, by its header. Raises `OSError` for what is no picture."""
    from PIL import Image

    get_ready()
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
_BYTES_EACH = {"L": 1, "RGB": 3}
_BAND = 64
"""Rows of the small picture that are made at a time."""


def _is_turned(image: Image) -> bool:
    """Whether the picture says of itself that it lies on a side or is seen in a mirror."""
    return bool(image.getexif().get(_ORIENTATION, 1) > 1)


def _upright(image: Image) -> Image:
    from PIL import ImageOps

    return ImageOps.exif_transpose(image)


def _read_small(image: Image, path: Path, wanted: tuple[int, int]) -> Image:
    """The picture at a half, a third ... of its size, not below the wanted one; itself where that cannot be read so.

    A page of 300 dpi has 26 MB, of which no more than a band is held at a time.
    """
    factor = min(image.width // max(1, wanted[0]), image.height // max(1, wanted[1]))
    tiles = getattr(image, "tile", [])
    if factor < 2 or image.mode not in _BYTES_EACH or [tile[0] for tile in tiles] != ["raw"]:
        return image
    _, _, begin, form = tiles[0]
    if form != (image.mode, 0, 1):
        return image
    from PIL import Image as Images

    row = image.width * _BYTES_EACH[image.mode]
    small = Images.new(image.mode, (-(-image.width // factor), -(-image.height // factor)))
    with path.open("rb") as file:
        file.seek(begin)
        for top in range(0, image.height, _BAND * factor):
            size = image.width, min(_BAND * factor, image.height - top)
            band = Images.frombytes(image.mode, size, file.read(row * size[1]))
            small.paste(band.reduce(factor), (0, top // factor))
    return small


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
