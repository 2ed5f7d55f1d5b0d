"""Excel and OpenDocument workbooks by calamine: values as text, merged cells, formulas without a value."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from station.errors import BadInput
from station.tables.content import Kind
from station.tables.model import BadCell, Row, Table, column_number
from station.tables.opendocument import open_spreadsheet
from station.text import clean, clean_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from python_calamine import CalamineSheet

    from station.tables.reading import ReadLimits

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# A cell with a formula and no cached value, and a cell with an error: some writers put a prefix before the names.
_NO_VALUE = re.compile(
    rb"<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_VALUE = re.compile(rb"<(?:\w+:)?v\b")
_ERROR = re.compile(rb'<(?:\w+:)?c\s([^>]*\bt="e"[^>]*)>')
# With what stands in every sheet that has such a cell: looking for it costs a tenth of the pattern.
_BAD = (((b"<f", b":f"), _NO_VALUE, BadCell.NO_VALUE), ((b't="e"',), _ERROR, BadCell.ERROR))
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')


def read_workbook(file: Path, kind: Kind, limits: ReadLimits) -> list[Table]:
    """All sheets in their order, the hidden ones without their rows. Raises `BadInput`."""
    bad = _bad_cells(file) if kind is Kind.EXCEL_XML else {}
    room = limits.rows
    tables = []
    try:
        with _opened(file, kind) as opened, CalamineWorkbook.from_filelike(opened) as workbook:
            for about in workbook.sheets_metadata:
                if about.typ is not SheetTypeEnum.WorkSheet:
                    continue
                if about.visible is not SheetVisibleEnum.Visible:
                    tables.append(Table(clean(about.name), hidden=True))
                    continue
                table = _read_sheet(workbook.get_sheet_by_name(about.name), bad.get(about.name, {}), room)
                room -= len(table.rows)
                tables.append(table)
    except PasswordError as error:
        raise BadInput("table-password") from error
    except CalamineError as error:
        raise BadInput("table-damaged") from error
    return tables


def _opened(file: Path, kind: Kind) -> BinaryIO:
    return open_spreadsheet(file) if kind is Kind.OPEN_DOCUMENT else file.open("rb")


def _read_sheet(sheet: CalamineSheet, bad: dict[tuple[int, int], BadCell], room: int) -> Table:
    first_row, first_column = sheet.start or (0, 0)
    rows: list[Row] = []
    to_tell = {row for row, _ in bad}  # the reader of sheets passes over rows that hold nothing but bad cells
    for number, values in enumerate(sheet.to_python(), first_row + 1):
        cells = [""] * first_column + [_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            rows.append(Row(number, tuple(cells)))
            to_tell.discard(number)
        if len(rows) > room:
            raise BadInput("table-too-large", detail=f"> {room}")
    rows = sorted([*rows, *(Row(number, ()) for number in to_tell)], key=lambda row: row.number)
    return Table(clean(sheet.name), tuple(rows), merged=tuple(_merged(sheet)), bad=bad)


def _merged(sheet: CalamineSheet) -> Iterator[tuple[int, int, int, int]]:
    for (first_row, first), (last_row, last) in sheet.merged_cell_ranges or ():
        yield first_row + 1, first, last_row + 1, last


def _text(value: Any) -> str:
    """A value as text: whole numbers without decimals, dates ISO, midnight left out."""
    if isinstance(value, str):
        return _clean(value) if value else value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


# Most cells of a register say what others say too.
_clean = lru_cache(maxsize=20_000)(clean_lines)


def _bad_cells(file: Path) -> dict[str, dict[tuple[int, int], BadCell]]:
    """Cells of each sheet that calamine shows as empty although they are not: it knows cached values only."""
    found: dict[str, dict[tuple[int, int], BadCell]] = {}
    with zipfile.ZipFile(file) as archive:
        for sheet, part in _sheet_parts(archive):
            content = archive.read(part)
            bad = {}
            for marks, pattern, why in _BAD:
                if not any(mark in content for mark in marks):
                    continue
                matches = (match for match in pattern.finditer(content) if not _is_empty_text(match))
                bad.update({place: why for match in matches if (place := _place(match[1]))})
            found[sheet] = bad
    return found


def _is_empty_text(match: re.Match[bytes]) -> bool:
    """Whether a formula gave an empty text, as Excel keeps it of those that were filled down beyond the list."""
    return b't="str"' in match[1] and _VALUE.search(match[0]) is not None


def _place(attributes: bytes) -> tuple[int, int] | None:
    match = _PLACE.search(attributes)
    return (int(match[2]), column_number(match[1].decode())) if match else None


def _sheet_parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """The name of each sheet and the part of the zip that holds it."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return
    # Entities that grow are refused by expat itself, and this process has its limits.
    relations = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for sheet in ET.fromstring(archive.read("xl/workbook.xml")).findall(".//{*}sheet"):  # noqa: S314
        target = targets.get(sheet.get(_RELATION), "")
        part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        if part in names:
            yield sheet.get("name", ""), part
