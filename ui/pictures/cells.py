"""How many pixels a cell of the terminal has, by what the terminal told the kernel: nothing is asked and answered."""

from __future__ import annotations

import fcntl
import struct
import sys
import termios
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """The size of a character's cell in pixels."""

    width: int
    height: int


def cell_size(otherwise: Cell, descriptor: int | None = None) -> Cell:
    """By TIOCGWINSZ of the terminal that is drawn on; `otherwise` where it does not know its pixels."""
    try:
        # Textual draws on stderr.
        terminal = sys.__stderr__.fileno() if descriptor is None and sys.__stderr__ else descriptor
        answer = fcntl.ioctl(-1 if terminal is None else terminal, termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError):
        return otherwise
    rows, columns, width, height = struct.unpack("HHHH", answer)
    if not (rows and columns and width >= columns and height >= rows):
        return otherwise
    return Cell(width // columns, height // rows)
