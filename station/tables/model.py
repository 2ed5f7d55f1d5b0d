"""What a delivered table holds: sheets, rows of text, and where each cell stands in the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROWS_TOLD = 3


class BadCell(StrEnum):
    """Why a cell has no value that could be taken."""

    NO_VALUE = "formula-without-value"
    ERROR = "error-value"


@dataclass(frozen=True)
class Row:
    """A row with something in it. `number` is what an office program shows beside it, from 1."""

    number: int
    cells: tuple[str, ...]

    def cell(self, column: int) -> str:
        """The text in a column counted from 0; the row may be shorter than others."""
        return self.cells[column] if column < len(self.cells) else ""


@dataclass(frozen=True)
class Table:
    """A sheet, or a whole CSV file. A hidden sheet is named and not read.

    Cells are text in NFC, each line trimmed; whole numbers have no decimals, dates are ISO. `merged` holds first row,
    first column, last row and last column of merged cells, rows counted from 1 and columns from 0. `bad` says of a row
    number and column why that cell has no value. `encoding` is what the text was converted from (`tcvn3`, `vni`), None
    for Unicode.
    """

    sheet: str
    rows: tuple[Row, ...] = ()
    hidden: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = ()
    bad: dict[tuple[int, int], BadCell] = field(default_factory=dict)
    encoding: str | None = None


def rows_told(rows: Sequence[int]) -> str:
    """Row numbers for a sentence: the first of them, and how many there are."""
    first = ", ".join(map(str, rows[:_ROWS_TOLD]))
    return first if len(rows) <= _ROWS_TOLD else f"{first} … ({len(rows)})"


def column_letters(column: int) -> str:
    """The name of a column counted from 0: A, B ... Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The column, counted from 0, of its letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
