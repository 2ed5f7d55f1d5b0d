"""Reading records: which sheets hold rows of a register type, and what stands in which column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from station.errors import BadInput
from station.registers import register_types
from station.tables import BadCell, column_letters, find_header, read_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from station.registers.columns import ColumnProfile, ColumnSet
    from station.tables import Header, Row, Table

NUMBER, BOOK, ROW_NUMBER = "so", "quyenSo", "STT"

_LEAST_COLUMNS = 3
# What may follow a name in its cell: a hint of codes or of the form, on a second line or in brackets.
_HINT = re.compile(r"[\[(*:]|i\s*=")


@dataclass(frozen=True)
class Place:
    """Where something stands in the file: row and column as office programs show them, "" for a whole row."""

    sheet: str
    row: int
    column: str = ""


@dataclass(frozen=True)
class Record:
    """A row of a sheet: the text of each known column that is not empty."""

    sheet: RecordSheet
    row: int
    cells: dict[str, str]

    def place(self, column: str = "") -> Place:
        return Place(self.sheet.name, self.row, self.sheet.letters.get(column, ""))


@dataclass(frozen=True, eq=False)
class RecordSheet:
    """A sheet of records: the column set that its header fits best, where its columns are, what it has besides."""

    name: str
    columns: ColumnSet
    header_row: int
    letters: dict[str, str]
    extra: tuple[str, ...]
    doubled: tuple[str, ...]


@dataclass(frozen=True)
class Records:
    """What a file holds for one register type. `bad` are cells without a value that could be taken."""

    sheets: tuple[RecordSheet, ...]
    records: tuple[Record, ...]
    bad: tuple[tuple[Place, BadCell], ...]
    hidden: tuple[str, ...]
    other_types: tuple[str, ...]


def read_records(path: Path, columns: ColumnProfile, kind: str) -> Records:
    """The rows of all visible sheets of the type.

    Raises `BadInput` for a file that cannot be read or has no such sheet.
    """
    tables = read_tables(path)
    found = [(table, header) for table in tables if (header := header_of(table, columns))]
    if not found:
        raise BadInput("link-no-header", file=path.name)
    sheets: list[RecordSheet] = []
    records: list[Record] = []
    bad: list[tuple[Place, BadCell]] = []
    other: list[str] = []
    for table, header in found:
        used, its_kind = _set_of(table, header, columns, kind)
        if its_kind != kind:
            other.append(table.sheet)
            continue
        sheet = _sheet(table, header, used)
        sheets.append(sheet)
        records += _records(table, header, sheet)
        bad += _bad_cells(table, header, sheet)
    if not sheets:
        raise BadInput("link-other-type", file=path.name, type=kind, sheets=", ".join(other))
    hidden = tuple(table.sheet for table in tables if table.hidden)
    return Records(tuple(sheets), tuple(records), tuple(bad), hidden, tuple(other))


def column_of(label: str, columns: ColumnProfile) -> str | None:
    """The column that a header cell names: its first line, or the first word of that with a hint behind it.

    Some readers and writers put the lines of a cell into one. A name like `nksHoTen` is no word of a language, so
    anything may follow it.
    """
    line = label.partition("\n")[0].strip()
    whole = columns.names.get(line.casefold())
    if whole:
        return whole
    first, _, rest = line.partition(" ")
    found = columns.names.get(first.casefold())
    if found and (_HINT.match(rest) or not found.islower()):
        return found
    return None


def header_of(table: Table, columns: ColumnProfile) -> Header | None:
    """The header of a sheet whose columns are those of a set, None for any other sheet."""
    header = find_header(table, lambda label: column_of(label, columns), least=_LEAST_COLUMNS)
    return header if header and NUMBER in header.columns else None


def type_of(header: Header, columns: ColumnProfile) -> str | None:
    """The register type that a header belongs to, None where it could be of several."""
    types = {type_named(one.name) for one in _fitting(header, columns)}
    return types.pop() if len(types) == 1 else None


def type_named(name: str) -> str | None:
    """The register type that sets and sheets are called after, `TYPE` or `TYPE_WIDTH`; another name says nothing."""
    prefix = name.strip().upper().partition("_")[0]
    return prefix if prefix in register_types() else None


def rows_below(table: Table, header: Header) -> tuple[Row, ...]:
    """The rows behind a header; one that only numbers the columns is part of it."""
    rows = table.rows[header.row + 1 :]
    return rows[1:] if rows and _counts_columns(rows[0]) else rows


def _fitting(header: Header, columns: ColumnProfile) -> list[ColumnSet]:
    """The sets that share most columns with a header."""
    shared = {name: len(header.columns.keys() & set(one.columns)) for name, one in columns.sets.items()}
    most = max(shared.values(), default=0)
    return [one for name, one in columns.sets.items() if shared[name] == most]


def _set_of(table: Table, header: Header, columns: ColumnProfile, kind: str) -> tuple[ColumnSet, str]:
    """The set that fits the header best, and its register type: where nothing says one, that which was asked for."""
    fitting = _fitting(header, columns)
    best = max(fitting, key=lambda one: ((type_named(one.name) or kind) == kind, -len(one.columns)))
    named = table.sheet.strip().upper()
    return best, named if named in register_types() else type_named(best.name) or kind


def _sheet(table: Table, header: Header, used: ColumnSet) -> RecordSheet:
    letters = {name: column_letters(column) for name, column in header.columns.items()}
    return RecordSheet(
        table.sheet,
        used,
        table.rows[header.row].number,
        letters,
        tuple(header.extra.values()),
        header.doubled,
    )


def _records(table: Table, header: Header, sheet: RecordSheet) -> Iterator[Record]:
    """Rows with more in them than their own count."""
    columns = tuple(header.columns.items())
    for row in rows_below(table, header):
        there = row.cells
        cells = {name: there[column] for name, column in columns if column < len(there) and there[column]}
        if cells.keys() - {ROW_NUMBER}:
            yield Record(sheet, row.number, cells)


def _counts_columns(row: Row) -> bool:
    """`1`, `2`, `3` ... or `(1)`, `(2)`, `(3)` ... below a header."""
    cells: Sequence[str] = [cell.strip("()") for cell in row.cells if cell]
    return len(cells) >= _LEAST_COLUMNS and cells == [str(number) for number in range(1, len(cells) + 1)]


def _bad_cells(table: Table, header: Header, sheet: RecordSheet) -> Iterator[tuple[Place, BadCell]]:
    known = set(header.columns.values())
    for (row, column), why in sorted(table.bad.items()):
        if row > sheet.header_row and column in known:
            yield Place(sheet.name, row, column_letters(column)), why
