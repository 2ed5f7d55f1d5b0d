"""Files as offices deliver them, and some that nobody should open."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def workbook(path: Path, *sheets: tuple[str, list[list[Any]]]) -> Path:
    """An xlsx with these sheets."""
    made = xlsxwriter.Workbook(str(path))
    for name, rows in sheets:
        sheet = made.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    made.close()
    return path


def spreadsheet(path: Path, rows: list[list[str]]) -> Path:
    """An ods with one sheet, as LibreOffice shapes it."""
    cells = "".join(
        "<table:table-row>"
        + "".join(f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>' for c in row)
        + "</table:table-row>"
        for row in rows
    )
    names = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0"?><office:document-content {names}><office:body><office:spreadsheet>'
        f'<table:table table:name="Trang 1">{cells}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


def rewritten(path: Path, part: str, content: bytes) -> Path:
    """The zip with one part replaced or added."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()} | {part: content}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def sheet_of(body: str) -> bytes:
    """The XML of a sheet with this content of `sheetData`."""
    names = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{names}"><sheetData>{body}</sheetData></worksheet>'.encode()


def with_formula_without_value(path: Path) -> Path:
    """As programs write it that compute nothing."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["so", "nam"])
    sheet.append([1, 2005])
    sheet["A3"], sheet["B3"] = "=A2+1", 2005
    book.save(path)
    return path


def zip_bomb(path: Path, megabytes: int) -> Path:
    """A workbook whose sheet is blanks, a thousand times as large as the file."""
    workbook(path, ("S", [["so", "nam"]]))
    return rewritten(path, "xl/worksheets/sheet1.xml", sheet_of(" " * (megabytes << 20)))


def compound(path: Path, stream: str, content: bytes) -> Path:
    """An OLE compound file with one stream ([MS-CFB]): header, content, directory, one sector of allocations."""
    content = content.ljust(4096, b"\0")  # smaller streams would lie in the mini stream
    content += bytes(-len(content) % _SECTOR)
    count = len(content) // _SECTOR
    fat = [*range(1, count), _END, _END, _FAT]
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(_SECTOR, b"\xff")
    directory = _entry("Root Entry", 5, _END, 0, child=1) + _entry(stream, 2, 0, len(content))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, 1, count, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<I", count + 1).ljust(436, b"\xff")
    path.write_bytes(header + content + directory.ljust(_SECTOR, b"\0") + table)
    return path


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    links = struct.pack("<III", _FREE, _FREE, child)
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBB", len(text), kind, 1)
        + links
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def excel_97(path: Path, rows: list[list[str | float]]) -> Path:
    """An xls (BIFF8) of text and numbers."""
    bounds = _record(0x85, struct.pack("<IBB", 0, 0, 0) + _short_text("Trang 1"))
    top = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 6)) + _record(0x42, struct.pack("<H", 1200))
    start = len(top) + len(bounds) + 4
    bounds = _record(0x85, struct.pack("<IBB", start, 0, 0) + _short_text("Trang 1"))
    sheet = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 6))
    sheet += _record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0))
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            place = struct.pack("<HHH", number, column, 0)
            if isinstance(value, str):
                text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                sheet += _record(0x204, place + text)
            else:
                sheet += _record(0x203, place + struct.pack("<d", value))
    return compound(path, "Workbook", top + bounds + _record(0x0A, b"") + sheet + _record(0x0A, b""))


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _short_text(text: str) -> bytes:
    return struct.pack("<BB", len(text), 1) + text.encode("utf-16-le")


def encrypted(path: Path) -> Path:
    """A workbook with a password: Excel hides the encrypted zip in a compound file."""
    return compound(path, "EncryptedPackage", bytes(range(256)) * 20)


def truncated(path: Path) -> Path:
    content = io.BytesIO()
    made = xlsxwriter.Workbook(content)
    made.add_worksheet().write(0, 0, "so")
    made.close()
    path.write_bytes(content.getvalue()[:-100])
    return path
