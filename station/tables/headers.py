"""Finding the header of a table: the row whose labels are known best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from station.tables.model import Row, Table

# Titles, addresses and notes stand above a header; thirty rows of them were never seen.
_SEARCHED_ROWS = 30

# The text over a column, and what of it stands in the lower row of a header of two: empty in one of a single row.
_Label = tuple[str, str]


@dataclass(frozen=True)
class Header:
    """A header that was found. `row` is the index in `Table.rows` of its last row; the data begins behind it.

    `columns` has the column (from 0) of each field, `extra` the labels of columns that are no field, `doubled` the
    fields that several columns claim: the first of them counts.
    """

    row: int
    columns: dict[str, int]
    extra: dict[int, str]
    doubled: tuple[str, ...] = ()


def find_header(table: Table, recognise: Callable[[str], str | None], *, least: int = 2) -> Header | None:
    """The row, or pair of rows, in which `recognise` gives most labels a field; None if it never knows `least` of them.

    A header of two rows has merged cells above: their text goes before each label below ("Số" over "đầu" and "cuối").
    Where the two together say nothing, the label below is taken alone ("Số trường hợp" over "Từ số"). A CSV file knows
    no merged cells: there a text stands over the empty cells at its right.
    """
    best: Header | None = None
    for index, labels in _candidates(table):
        header = _read_labels(index, labels, recognise)
        if len(header.columns) >= least and (best is None or len(header.columns) > len(best.columns)):
            best = header
    return best


def _candidates(table: Table) -> Iterator[tuple[int, list[_Label]]]:
    rows = table.rows[:_SEARCHED_ROWS]
    for index, row in enumerate(rows):
        yield index, [(cell, "") for cell in row.cells]
        if index and rows[index - 1].number == row.number - 1:
            above = rows[index - 1]
            yield index, _joined(_spread(table, above) if table.merged else _filled(above, row), row.cells)


def _spread(table: Table, row: Row) -> list[str]:
    """The labels of a row with the text of merged cells in each column that they cover."""
    last = max((span[3] for span in table.merged), default=0)
    labels = [row.cell(column) for column in range(max(len(row.cells), last + 1))]
    for first_row, first, _, last_column in table.merged:
        if first_row == row.number:
            labels[first : last_column + 1] = [labels[first]] * (last_column + 1 - first)
    return labels


def _filled(above: Row, below: Row) -> list[str]:
    """The labels of a row, each also over the empty cells at its right that have a label below."""
    labels: list[str] = []
    for column in range(max(len(above.cells), len(below.cells))):
        carried = labels[-1] if labels and below.cell(column) and below.cell(column - 1) else ""
        labels.append(above.cell(column) or carried)
    return labels


def _joined(above: Sequence[str], below: Sequence[str]) -> list[_Label]:
    width = max(len(above), len(below))
    pairs = zip([*above, *[""] * (width - len(above))], [*below, *[""] * (width - len(below))], strict=True)
    return [(f"{_first_line(upper)} {lower}".strip(), lower) for upper, lower in pairs]


def _first_line(label: str) -> str:
    return label.partition("\n")[0]


def _read_labels(index: int, labels: Sequence[_Label], recognise: Callable[[str], str | None]) -> Header:
    columns: dict[str, int] = {}
    extra: dict[int, str] = {}
    doubled: list[str] = []
    for column, (label, below) in enumerate(labels):
        field = next((found for text in (label, below) if text and (found := recognise(text))), None)
        if field is None:
            extra.update({column: label} if label else {})
        elif field in columns:
            doubled.append(field)
        else:
            columns[field] = column
    return Header(index, columns, extra, tuple(doubled))
