"""A picture in half-blocks: two pixels in each cell, one above the other. It works in every terminal and shows layout.

Pillow is loaded when the first picture is drawn.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    from pathlib import Path

Box = tuple[float, float, float, float]
"""A part of a picture: left, top, right and lower edge as fractions of its size."""

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
_STEPS = 16
"""Colours are rounded to steps of this size, so that cells beside each other share their style."""


def draw_blocks(path: Path, columns: int, rows: int, box: Box = WHOLE) -> list[Strip]:
    """The part of a picture, fitted into so many cells and centred. Raises `OSError` for what is no picture."""
    from PIL import Image

    with Image.open(path) as image:
        image.draft("RGB", (2 * columns, 4 * rows) if box == WHOLE else image.size)
        left, top, right, lower = (round(fraction * side) for fraction, side in zip(box, image.size * 2, strict=True))
        part = image if box == WHOLE else image.crop((left, top, right, lower))
        scale = min(columns / part.width, 2 * rows / part.height)
        width, height = max(1, round(part.width * scale)), max(2, 2 * round(part.height * scale / 2))
        small = part.convert("RGB").resize((width, height), Image.Resampling.BOX)
    data = small.tobytes()
    blank = " " * ((columns - width) // 2)
    return [_strip(data, width, row, blank, columns) for row in range(height // 2)]


def _strip(data: bytes, width: int, row: int, blank: str, columns: int) -> Strip:
    upper, lower = 2 * row * width * 3, (2 * row + 1) * width * 3
    cells = ((_colour(data, upper + 3 * column), _colour(data, lower + 3 * column)) for column in range(width))
    segments = [Segment(blank)]
    for (above, below), run in groupby(cells):
        segments.append(Segment("▀" * len(list(run)), Style(color=above, bgcolor=below)))
    return Strip(segments).adjust_cell_length(columns)


def _colour(data: bytes, at: int) -> str:
    red, green, blue = (min(255, value // _STEPS * _STEPS + _STEPS // 2) for value in data[at : at + 3])
    return f"#{red:02x}{green:02x}{blue:02x}"
