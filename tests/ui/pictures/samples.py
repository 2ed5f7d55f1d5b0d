"""Pictures to show, and sixels read back by the rules of DEC's manual, pixel by pixel."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

COLOURS = ((214, 94, 0), (0, 158, 115), (86, 180, 233), (240, 228, 66))
"""Left above, right above, left below, right below."""

_TOKENS = re.compile(rb'"([0-9;]*)|#([0-9;]+)|!([0-9]+)(.)|([?-~])|([$-])', re.DOTALL)


def quarters(path: Path, size: tuple[int, int] = (400, 600)) -> Path:
    """Four fields of different colours."""
    Image.fromarray(quarter_pixels(size)).save(path)
    return path


def quarter_pixels(size: tuple[int, int]) -> NDArray[np.uint8]:
    width, height = size
    pixels = np.zeros((height, width, 3), np.uint8)
    for index, colour in enumerate(COLOURS):
        row, column = divmod(index, 2)
        pixels[row * height // 2 : (row + 1) * height // 2, column * width // 2 : (column + 1) * width // 2] = colour
    return pixels


def read_sixel(data: bytes) -> NDArray[np.int16]:
    """What a terminal draws that does not select a register when it is defined; -1 where it draws nothing."""
    assert data.startswith(b"\x1bP")
    assert data.endswith(b"\x1b\\")
    body = data[data.index(b"q") + 1 : -2]
    registers: dict[int, tuple[int, ...]] = {}
    screen = np.full((1000, 1000, 3), -1, np.int16)
    x = y = widest = 0
    colour: tuple[int, ...] = (-2, -2, -2)
    at = 0
    for found in _TOKENS.finditer(body):
        assert found.start() == at, body[at : found.start() + 10]
        at = found.end()
        _, register, repeat, repeated, single, control = found.groups()
        if register:
            number, *rest = map(int, register.split(b";"))
            if rest:
                assert rest[0] == 2
                registers[number] = tuple(round(percent * 2.55) for percent in rest[1:])
            else:
                colour = registers[number]
        elif sign := repeated or single:
            times = int(repeat or 1)
            for bit in range(6):
                if (sign[0] - 63) >> bit & 1:
                    screen[y + bit, x : x + times] = colour
            x += times
            widest = max(widest, x)
        elif control:
            x, y = 0, y + (6 if control == b"-" else 0)
    assert at == len(body)
    return screen[: y + 6, :widest]
