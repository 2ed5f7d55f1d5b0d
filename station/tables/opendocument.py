"""OpenDocument files of programs that write less than LibreOffice does, made such that calamine reads all their cells.

The standard lets a cell have a text and no type, and office programs show that text; calamine takes such a cell for
empty, and a zip without its manifest for no document.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

CONTENT, _MANIFEST, _MIMETYPE = "content.xml", "META-INF/manifest.xml", "mimetype"
_SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
_NO_MANIFEST = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
# The start of a cell that holds something. Names of types and values: OpenDocument 1.3, part 3, 19.385.
_CELL = re.compile(rb"<table:table-cell\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+(?<!/)>")
_TYPE = re.compile(rb"\soffice:value-type\s*=\s*[\"'](\w+)[\"']")
_VALUES = {
    b"float": b"office:value=", b"percentage": b"office:value=", b"currency": b"office:value=",
    b"date": b"office:date-value=", b"time": b"office:time-value=", b"boolean": b"office:boolean-value=",
}  # fmt: skip


def is_spreadsheet(file: Path) -> bool:
    """Whether a zip with a content is a workbook, or the template of one, and no letter; one that says nothing is."""
    with zipfile.ZipFile(file) as archive:
        return _MIMETYPE not in archive.namelist() or archive.read(_MIMETYPE).startswith(_SPREADSHEET)


def open_spreadsheet(file: Path) -> BinaryIO:
    """The file, or a copy in memory in which every cell that shows a text has it as its value."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name in {CONTENT, _MANIFEST, _MIMETYPE}}
    typed = _CELL.sub(lambda cell: _typed(cell[0]), parts[CONTENT])
    whole = {_MANIFEST: _NO_MANIFEST} | parts | {_MIMETYPE: _SPREADSHEET, CONTENT: typed}
    if whole == parts:
        return file.open("rb")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, part in whole.items():
            archive.writestr(name, part)
    made.seek(0)
    return made


def _typed(cell: bytes) -> bytes:
    """The start of a cell, typed as text where it has no value of its own; one that shows nothing stays empty."""
    found = _TYPE.search(cell)
    if found is None:
        return cell[:-1] + b' office:value-type="string">'
    value = _VALUES.get(found[1])
    if value is None or value in cell:
        return cell
    return cell[: found.start(1)] + b"string" + cell[found.end(1) :]
