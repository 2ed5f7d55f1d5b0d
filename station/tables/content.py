"""What kind of table a file is, judged by its content; a name says nothing."""

from __future__ import annotations

import zipfile
from enum import StrEnum
from typing import TYPE_CHECKING

from station.errors import BadInput
from station.tables.opendocument import CONTENT, is_spreadsheet

if TYPE_CHECKING:
    from pathlib import Path

    from station.tables.reading import ReadLimits

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD_BYTES = 4096
# Excel saves a protected workbook as an OLE file that holds the encrypted one; the names of its parts are UTF-16.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_XLS_PARTS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))
_UNPACKED_ALLOWED = 20 << 20
# What programs call table and is none that could be read: web pages and XML that a browser or Excel shows.
_MARKUP = (b"<html", b"<!doctype html", b"<table", b"<?mso-application", b"<?xml")


class Kind(StrEnum):
    EXCEL_XML = "xlsx"
    EXCEL_BINARY = "xlsb"
    OPEN_DOCUMENT = "ods"
    EXCEL_97 = "xls"
    TEXT = "csv"


def kind_of(file: Path, limits: ReadLimits) -> Kind:
    """The kind of a file. Raises `BadInput` for one that is empty, protected, no table, or a zip bomb."""
    with file.open("rb") as opened:
        head = opened.read(_HEAD_BYTES)
    if not head.strip():
        raise BadInput("table-empty")
    if head.startswith(_ZIP):
        return _kind_of_zip(file, limits)
    if head.startswith(_OLE):
        return _kind_of_ole(file, limits)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        raise BadInput("table-is-markup")
    if file.stat().st_size > limits.unpacked_mb << 20:
        raise BadInput("table-too-large", detail=f"{file.stat().st_size >> 20} MB")
    return Kind.TEXT


def _kind_of_zip(file: Path, limits: ReadLimits) -> Kind:
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise BadInput("table-damaged") from error
    _refuse_bomb(sum(part.file_size for part in parts), file.stat().st_size, limits)
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise BadInput("table-password")
    if "xl/workbook.bin" in names:
        return Kind.EXCEL_BINARY
    if CONTENT in names and is_spreadsheet(file):
        return Kind.OPEN_DOCUMENT
    if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
        return Kind.EXCEL_XML
    raise BadInput("table-is-no-table")


def _refuse_bomb(unpacked: int, packed: int, limits: ReadLimits) -> None:
    """The sizes are what the zip says of itself; one that lies meets the limit of memory instead."""
    too_often = unpacked > _UNPACKED_ALLOWED and unpacked > packed * limits.times_packed
    if too_often or unpacked > limits.unpacked_mb << 20:
        raise BadInput("table-bomb", packed=packed >> 10, unpacked=unpacked >> 20)


def _kind_of_ole(file: Path, limits: ReadLimits) -> Kind:
    if file.stat().st_size > limits.unpacked_mb << 20:
        raise BadInput("table-too-large", detail=f"{file.stat().st_size >> 20} MB")
    content = file.read_bytes()
    if _ENCRYPTED in content:
        raise BadInput("table-password")
    if not any(part in content for part in _XLS_PARTS):
        raise BadInput("table-old-office")
    return Kind.EXCEL_97
