"""Finding the header of a table: the row whose labels are known best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from station.tables.model import Row, Table

# Titles, addresses and notes stand above a header; thirty rows of them were never seen.
_SEARCHED_ROWS = 30


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
    """
    best: Header | None = None
    for index, labels in _candidates(table):
        header = _read_labels(index, labels, recognise)
        if len(header.columns) >= least and (best is None or len(header.columns) > len(best.columns)):
            best = header
    return best


def _candidates(table: Table) -> Iterator[tuple[int, list[str]]]:
    rows = table.rows[:_SEARCHED_ROWS]
    for index, row in enumerate(rows):
        labels = list(row.cells)
        yield index, labels
        if index and rows[index - 1].number == row.number - 1:
            yield index, _joined(_spread(table, rows[index - 1]), labels)


def _spread(table: Table, row: Row) -> list[str]:
    """The labels of a row with the text of merged cells in each column that they cover."""
    last = max((span[3] for span in table.merged), default=0)
    labels = [row.cell(column) for column in range(max(len(row.cells), last + 1))]
    for first_row, first, _, last_column in table.merged:
        if first_row == row.number:
            labels[first : last_column + 1] = [labels[first]] * (last_column + 1 - first)
    return labels


def _joined(above: Sequence[str], below: Sequence[str]) -> list[str]:
    width = max(len(above), len(below))
    pairs = zip([*above, *[""] * (width - len(above))], [*below, *[""] * (width - len(below))], strict=True)
    return [f"{upper} {lower}".strip() for upper, lower in pairs]


def _read_labels(index: int, labels: Sequence[str], recognise: Callable[[str], str | None]) -> Header:
    columns: dict[str, int] = {}
    extra: dict[int, str] = {}
    doubled: list[str] = []
    for column, label in enumerate(labels):
        field = recognise(label) if label else None
        if field is None:
            extra.update({column: label} if label else {})
        elif field in columns:
            doubled.append(field)
        else:
            columns[field] = column
    return Header(index, columns, extra, tuple(doubled))
