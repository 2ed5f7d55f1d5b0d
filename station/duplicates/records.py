"""The numbers that the Ministry's records have already, from an extract: its own columns, or a plain list.

A row needs a number (`07/2005`, or a number and a year), and a register type: from its column, else from the name of
its sheet (`KS`, `KH_70`), else from the set of its columns, else as the person who takes the file says. A first and a
last number mean all between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from station.errors import BadInput, BadName
from station.indexing.desk import DATE
from station.link.records import BOOK, NUMBER, header_of, rows_below, type_named, type_of
from station.naming import NUMBER_LAST, UNKNOWN_YEAR, YEAR_FIRST, YEAR_LAST
from station.registers import register_types
from station.tables import Header, column_letters, find_header, read_date, read_tables
from station.text import fold
from station.worklist import cells
from station.worklist.offices import Offices
from station.worklist.words import field_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from station.registers.columns import ColumnProfile
    from station.tables import Row, Table
    from station.wiring import Station

    Numbers = list[tuple[str, str, int, int, str]]
    """Registry, type, year, number, suffix."""

_NUMBER_LABELS = {"so", "so dang ky", "so thu tu dang ky", "so ho so", "number", "case number"}
_NUMBER = re.compile(r"([0-9]{1,5})\s*([a-z]?)(?:\s*[/.-]\s*([0-9]{4}))?", re.IGNORECASE)
# What columns of a set are as those of a list.
_OF_SETS = {NUMBER: "number", BOOK: "volume", DATE: "date", "noiDangKy": "registry_name"}
_NUMBERS = ("number", "first_number", "last_number")
_USED = {"id", "registry", "registry_name", "district", "type", "year", "volume", "first_number", "last_number"}


@dataclass(frozen=True)
class BadRow:
    """A row that could not be read, and why: `code` is that of a sentence."""

    sheet: str
    row: int
    column: str
    code: str
    values: dict[str, Any]


@dataclass
class RecordsReport:
    """What came of an extract: numbers that it holds, those that were not known yet, rows that could not be read."""

    rows: int = 0
    numbers: int = 0
    added: int = 0
    bad: list[BadRow] = field(default_factory=list)


def import_records(station: Station, file: Path, registry: str | None = None, kind: str | None = None) -> RecordsReport:
    """Take an extract; the same once more changes nothing. Good rows are taken, bad ones are told.

    `registry` and `kind` are for rows that do not say them. Raises `BadInput` for a file without such rows.
    """
    offices = Offices(station.catalogue.registries(), registry or station.settings.station.registry)
    sheets = list(_sheets(read_tables(file), station.columns))
    if not sheets:
        raise BadInput("records-no-numbers", file=file.name)
    report = RecordsReport()
    found: Numbers = []
    for table, header, its_kind in sheets:
        reader = _Reader(table, header, offices, its_kind or kind, bool(registry))
        for row in rows_below(table, header):
            _take(reader, row, found, report)
    report.numbers = len(found)
    report.added = station.catalogue.enter_recorded(found, file.name)
    return report


def alike(rows: Iterable[BadRow]) -> list[list[BadRow]]:
    """The rows in which the same thing is wrong in the same column, together; in the order of the first of each."""
    groups: dict[tuple[str, str, str], list[BadRow]] = {}
    for row in rows:
        groups.setdefault((row.sheet, row.column, row.code), []).append(row)
    return list(groups.values())


def _sheets(tables: Iterable[Table], columns: ColumnProfile) -> Iterator[tuple[Table, Header, str | None]]:
    """The sheets with numbers: the columns of each as those of a list, and the register type that it says."""
    for table in tables:
        kind = type_named(table.sheet)
        if header := header_of(table, columns):
            yield table, _as_list(header), kind or type_of(header, columns)
        elif (header := find_header(table, _field_of, least=1)) and {"number", "first_number"} & set(header.columns):
            yield table, header, kind


def _as_list(header: Header) -> Header:
    """The header of a column set with the fields of a list; columns that a person added count too."""
    columns = {_OF_SETS[name]: column for name, column in header.columns.items() if name in _OF_SETS}
    added = {field: column for column, label in header.extra.items() if (field := _field_of(label))}
    return Header(header.row, added | columns, {})


def _take(reader: _Reader, row: Row, found: Numbers, report: RecordsReport) -> None:
    if not reader.says_anything(row):
        return
    report.rows += 1
    try:
        found += reader.numbers(row)
    except BadName as error:
        column = reader.header.columns.get(reader.reading)
        letters = "" if column is None else column_letters(column)
        report.bad.append(BadRow(reader.table.sheet, row.number, letters, error.code, error.values))


def _field_of(label: str) -> str | None:
    """The field of a column; those of the Ministry's template are among the words of work lists."""
    first = label.split("\n", 1)[0].strip()
    if fold(first).partition(" [")[0] in _NUMBER_LABELS:
        return "number"
    field = field_of(first)
    return field if field in _USED else None


@dataclass
class _Reader:
    """The rows of one sheet. `reading` is the field that is read at the moment, for who tells of a bad one."""

    table: Table
    header: Header
    offices: Offices
    kind: str | None
    registry_given: bool
    reading: str = ""

    def says_anything(self, row: Row) -> bool:
        columns = [column for field in _NUMBERS if (column := self.header.columns.get(field)) is not None]
        return any(row.cell(column) or (row.number, column) in self.table.bad for column in columns)

    def numbers(self, row: Row) -> Numbers:
        """The numbers of a row. Raises `BadName`."""
        kind = self._kind(row)
        values = list(self._values(row))
        years = (values[0][0], values[0][0])
        registry = self._registry(row, years)
        return [(registry, kind, *value) for value in values]

    def _kind(self, row: Row) -> str:
        self.reading = "type"
        text = self._text(row, "type")
        if text:
            return cells.read_type(text)
        if self.kind is None:
            raise BadName("records-need-type", known=", ".join(register_types()))
        return self.kind

    def _values(self, row: Row) -> Iterator[tuple[int, int, str]]:
        place = self.reading = "number" if self._text(row, "number") else "first_number"
        text = self._text(row, place)
        value, suffix, year = self._number(text)
        last = self._number(self._text(row, "last_number") or text)[0] if place == "first_number" else value
        if last < value:
            raise BadName("first-after-last", first=value, last=last)
        year = year or self._year(row)
        if year is None:
            self.reading = place
            raise BadName("records-need-year", text=text)
        yield from ((year, one, suffix) for one in range(value, last + 1))

    def _number(self, text: str) -> tuple[int, str, int | None]:
        match = _NUMBER.fullmatch(text.strip())
        if not match or not 1 <= int(match[1]) <= NUMBER_LAST:
            raise BadName("bad-number", text=text)
        year = int(match[3]) if match[3] else None
        if year is not None and not YEAR_FIRST <= year <= YEAR_LAST:
            raise BadName("bad-year", text=match[3], first=YEAR_FIRST, last=YEAR_LAST)
        return int(match[1]), match[2].lower(), year

    def _year(self, row: Row) -> int | None:
        """The year of a row whose number does not say it: that of its column, else the one that its book and its day
        say. None where they say none, or two, and for a book of several years.
        """
        if self._text(row, "year"):
            return self._year_in("year", self._text(row, "year"))
        volume = self._text(row, "volume")
        said = {self._year_in("volume", volume.rpartition("/")[2]) if "/" in volume else None}
        said |= {_year_of_day(self._text(row, "date"))}
        years = said - {None}
        return years.pop() if len(years) == 1 else None

    def _year_in(self, name: str, text: str) -> int | None:
        self.reading = name
        first, last = cells.read_years(text)
        return first if first == last != UNKNOWN_YEAR else None

    def _registry(self, row: Row, years: tuple[int, int]) -> str:
        """What the row says, if it is the name of a registry; people write anything into that column."""
        self.reading = "registry" if self._text(row, "registry") else "registry_name"
        if self.registry_given:
            return self.offices.code_of("", "", years)
        return self.offices.code_of(self._text(row, self.reading), self._text(row, "district"), years)

    def _text(self, row: Row, name: str) -> str:
        """What stands in a column. Raises `BadName` for a cell that should have a value and has none."""
        column = self.header.columns.get(name)
        if column is None:
            return ""
        if why := self.table.bad.get((row.number, column)):
            self.reading = name
            raise BadName(f"cell-{why}")
        return row.cell(column).replace("\n", " ").strip()


def _year_of_day(text: str) -> int | None:
    """The year of a date, None for what is no date of a register."""
    try:
        year = int((read_date(text) or "0")[:4])
    except ValueError:
        return None
    return year if YEAR_FIRST <= year <= YEAR_LAST else None
