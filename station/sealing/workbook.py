"""The book's workbook: one row per case in the column set of its register type, every cell text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from station.books.exceptions import notes_of
from station.indexing.dates import written_date
from station.registers.columns import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from station.model import Case, Registry
    from station.naming import BookId
    from station.registers.columns import ColumnProfile, Field

# The workbook's own time would make each packing differ; a fixed one says nothing about the book.
_FIXED_TIME = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_HEADER = {
    "bold": True, "font_color": "#FFFFFF", "bg_color": "#0070C0", "num_format": "@", "text_wrap": True, "valign": "top",
}  # fmt: skip
_COLUMN_WIDTH = 16
_TWO_LINES = 30

# What Excel takes: the codes of a list inside its rule, and the words beside the cell.
_LONGEST_LIST = 255
_LONGEST_MESSAGE = 255
_LONGEST_TITLE = 32
CODES_SHEET = "codes"


def write_workbook(target: Path, kind: str, columns: ColumnProfile, rows: Sequence[Mapping[str, str]]) -> None:
    """Write the workbook of a register type; `rows` have the text of each column by its name.

    The same rows and profile give the same bytes.
    """
    import xlsxwriter

    used, fields = columns.set_of(kind), columns.fields(kind)
    workbook = xlsxwriter.Workbook(str(target), {"strings_to_numbers": False, "strings_to_formulas": False})
    workbook.set_properties({"created": _FIXED_TIME})
    text, header = workbook.add_format({"num_format": "@"}), workbook.add_format(_HEADER)
    sheet = workbook.add_worksheet(kind)
    sheet.set_column(0, len(fields) - 1, _COLUMN_WIDTH, text)
    sheet.freeze_panes(1, 0)
    if any("\n" in name for name in used.headers):
        sheet.set_row(0, _TWO_LINES)
    for column, name in enumerate(used.headers):
        sheet.write_string(0, column, name, header)
    for number, row in enumerate(rows, 1):
        for column, field in enumerate(fields):
            sheet.write_string(number, column, row.get(field.name, ""), text)
    _offer_codes(workbook, sheet, fields, max(len(rows), 1))
    workbook.close()


@dataclass(frozen=True)
class CaseEntry:
    """What a row is made of: the case, its page in the book, what was typed of it, its exception codes."""

    case: Case
    page: str
    typed: Mapping[str, str]
    codes: Sequence[str]


def case_rows(
    book: BookId, registry: Registry, columns: ColumnProfile, entries: Iterable[CaseEntry]
) -> list[dict[str, str]]:
    """The rows of a book. What was typed goes before what the station offers, except for what it alone knows."""
    fields = columns.fields(book.type)
    rows = []
    for number, entry in enumerate(entries, 1):
        offered = known_fields(entry.case, book, registry, fields, entry.page)
        note = notes_of(entry.codes, columns.meanings.notes, entry.typed.get("ghiChu", ""), entry.case.note)
        own = station_fields(entry.case, book) | {"STT": str(number), "ghiChu": note}
        rows.append({**offered, **entry.typed, **own})
    return rows


def known_fields(case: Case, book: BookId, registry: Registry, fields: Iterable[Field], page: str) -> dict[str, str]:
    """What the station itself knows of a case, as the Ministry's columns want it, by column."""
    places = {field.name: registry.place for field in fields if field.kind is Kind.PLACE}
    return station_fields(case, book) | {"trangSo": page} | places


def station_fields(case: Case, book: BookId) -> dict[str, str]:
    """What nobody types: the number, the book, and the date that the catalogue holds."""
    return {
        "so": str(case.number),
        "quyenSo": f"{book.volume:02}/{case.number.year:04}",
        "ngayDangKy": written_date(case.date),
    }


def _offer_codes(workbook: Any, sheet: Any, fields: Sequence[Field], rows: int) -> None:
    """Let the columns that have a code list take its codes alone, with the words beside the cell."""
    long_lists = _LongLists(workbook)
    for column, field in enumerate(fields):
        if not field.codes:
            continue
        words = "; ".join(f"{code} = {word}" for code, word in field.codes.items())
        rule = {
            "validate": "list",
            "source": long_lists.source(field.codes),
            "input_title": field.name[:_LONGEST_TITLE],
            "input_message": words if len(words) <= _LONGEST_MESSAGE else words[: _LONGEST_MESSAGE - 1] + "…",
        }
        sheet.data_validation(1, column, rows, column, rule)


class _LongLists:
    """Lists that do not fit into a rule stand on a hidden sheet, each in a column of codes and one of words."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._sheet: Any = None
        self._columns: dict[tuple[str, ...], int] = {}

    def source(self, codes: Mapping[str, str]) -> list[str] | str:
        """What a validation rule names as its list."""
        from xlsxwriter.utility import xl_range_abs

        if len(",".join(codes)) <= _LONGEST_LIST and not any("," in code for code in codes):
            return list(codes)
        key = tuple(codes)
        if key not in self._columns:
            self._columns[key] = 2 * len(self._columns)
            self._write(codes, self._columns[key])
        place = xl_range_abs(0, self._columns[key], len(codes) - 1, self._columns[key])
        return f"={CODES_SHEET}!{place}"

    def _write(self, codes: Mapping[str, str], column: int) -> None:
        if self._sheet is None:
            self._sheet = self._workbook.add_worksheet(CODES_SHEET)
            self._sheet.hide()
        for row, (code, word) in enumerate(codes.items()):
            self._sheet.write_string(row, column, code)
            self._sheet.write_string(row, column + 1, word)
