"""Which sheets of a file are a list, and where their header stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from station.errors import BadInput
from station.tables import find_header, read_tables
from station.text import fold
from station.worklist.words import field_of, label_of, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from station.tables import Header, Table

_KEY_FIELDS = ("type", "year")
_COUNTS = {"first_number", "last_number", "pages"}


class SheetState(StrEnum):
    """What became of a sheet."""

    READ = "read"
    HIDDEN = "hidden"
    EMPTY = "empty"
    NO_HEADER = "no-header"


@dataclass(frozen=True)
class Sheet:
    """A sheet of the file; `header` None: it is no list. `encoding` is what its text was converted from."""

    table: Table
    state: SheetState
    header: Header | None = None

    @property
    def name(self) -> str:
        return self.table.sheet

    @property
    def extra(self) -> list[str]:
        """The columns of a list that are no field and are left aside, by the first line of their labels; one that only
        counts the rows is not worth a word.
        """
        labels = [label.partition("\n")[0] for label in self.header.extra.values()] if self.header else []
        return [label for label in labels if fold(label) not in words("row_count")]

    @property
    def counts(self) -> bool:
        """Whether some column of a list says what a book should hold: its first or last number, or its pages."""
        return self.header is not None and not _COUNTS.isdisjoint(self.header.columns)


def read_sheets(file: Path, only: str | None, needed: Iterable[str]) -> list[Sheet]:
    """The sheets of a file, or the one that is asked for. `needed` are the fields besides register type and year.

    Raises `BadInput` for a file that cannot be read, a sheet that is not there, and a file without any list
    or without a row in one.
    """
    tables = read_tables(file)
    if only is not None:
        tables = [table for table in tables if fold(table.sheet) == fold(only)]
        if not tables:
            raise BadInput("list-no-such-sheet", file=file.name, sheet=only)
    sheets = [_sheet(table) for table in tables]
    lists = [sheet for sheet in sheets if sheet.header]
    if not lists:
        raise BadInput("list-without-header", file=file.name, known=_labels((*_KEY_FIELDS, *needed)))
    for sheet in lists:
        _refuse_missing_columns(file, sheet, needed)
    if not any(sheet.table.rows[sheet.header.row + 1 :] for sheet in lists if sheet.header):
        raise BadInput("list-without-rows", file=file.name)
    return sheets


def _sheet(table: Table) -> Sheet:
    if table.hidden:
        return Sheet(table, SheetState.HIDDEN)
    if not table.rows:
        return Sheet(table, SheetState.EMPTY)
    header = find_header(table, field_of)
    if header is None or not ("id" in header.columns or set(_KEY_FIELDS) & set(header.columns)):
        return Sheet(table, SheetState.NO_HEADER)
    return Sheet(table, SheetState.READ, header)


def _refuse_missing_columns(file: Path, sheet: Sheet, needed: Iterable[str]) -> None:
    assert sheet.header is not None
    columns = sheet.header.columns
    missing = [] if "id" in columns else [field for field in (*_KEY_FIELDS, *needed) if field not in columns]
    if missing:
        raise BadInput("list-column-missing", file=file.name, sheet=sheet.name, columns=_labels(missing))
    if sheet.header.doubled:
        raise BadInput("list-column-twice", file=file.name, sheet=sheet.name, columns=_labels(sheet.header.doubled))


def _labels(fields: Sequence[str]) -> str:
    return ", ".join(f"«{label_of(field)}»" for field in fields)


def lists_of(sheets: Iterable[Sheet]) -> Iterator[tuple[Table, Header]]:
    """The sheets that are lists, with their headers."""
    for sheet in sheets:
        if sheet.header:
            yield sheet.table, sheet.header
