"""The book's workbook: one row per case in the column set of its register type, every cell text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import xlsxwriter

from station.registers import column_set, register_types

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from station.model import Case, Registry
    from station.naming import BookId

# The workbook's own time would make each packing differ; a fixed one says nothing about the book.
_FIXED_TIME = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_HEADER = {"bold": True, "font_color": "#FFFFFF", "bg_color": "#0070C0", "num_format": "@"}
_COLUMN_WIDTH = 16


def write_workbook(
    target: Path, book: BookId, registry: Registry, cases: Sequence[Case], page_numbers: dict[str, int]
) -> None:
    """Write the workbook. `page_numbers` gives the page number in the book by page id.

    The same cases give the same bytes.
    """
    columns = column_set(register_types()[book.type].columns)
    workbook = xlsxwriter.Workbook(str(target), {"strings_to_numbers": False, "strings_to_formulas": False})
    workbook.set_properties({"created": _FIXED_TIME})
    text, header = workbook.add_format({"num_format": "@"}), workbook.add_format(_HEADER)
    sheet = workbook.add_worksheet(book.type)
    sheet.set_column(0, len(columns) - 1, _COLUMN_WIDTH, text)
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(columns):
        sheet.write_string(0, column, name, header)
    for row, case in enumerate(cases, 1):
        known = known_fields(case, book, registry, page_numbers) | {"STT": str(row)}
        for column, name in enumerate(columns):
            sheet.write_string(row, column, known.get(name, ""), text)
    workbook.close()


def known_fields(case: Case, book: BookId, registry: Registry, page_numbers: dict[str, int]) -> dict[str, str]:
    """What the station itself knows of a case, as the Ministry's columns want it."""
    fields = {
        "so": str(case.number),
        "quyenSo": f"{book.volume:02}/{case.number.year}",
        "trangSo": str(page_numbers[case.pages[0]]) if case.pages else "",
        "ngayDangKy": written_date(case.date),
    }
    # A marital-status register names the office that issued the paper.
    place = "noiCap" if book.type == "HN" else "noiDangKy"
    return fields | {place: registry.place}


def written_date(date: str | None) -> str:
    """An ISO date, whole or partial, in the order of the registers: `dd.mm.yyyy`, `mm.yyyy` or `yyyy`."""
    return ".".join(reversed(date.split("-"))) if date else ""
