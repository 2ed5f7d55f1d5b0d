"""Cover sheets on paper: a PDF, A4, a sheet for each book. The same books and registries give the same bytes."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zxingcpp
from fpdf import FPDF

from station.covers.code import code_of
from station.errors import UsageError
from station.registers import register_types
from station.words import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from station.model import Book, Registry

FONTS = Path("/usr/share/fonts/truetype/dejavu")
"""Debian's `fonts-dejavu-core`: it has every letter of Vietnamese and is free to embed."""
_FONT_FILES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
_FAMILY = "DejaVu"

_WIDTH, _HEIGHT, _MARGIN = 210.0, 297.0, 15.0
_CODE = 70.0
"""Size of a code in mm: its modules are about 2 mm wide, 6 pixels of the 75-dpi look."""
_GAP = 8.0
_BESIDE_CODE = _WIDTH - 2 * _MARGIN - _CODE - _GAP
_ROW = 16.0
_MADE = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands in every file as its time: the same sheets are the same bytes."""


@dataclass(frozen=True)
class CoverSheet:
    """A book and the office that kept it."""

    book: Book
    registry: Registry


def draw_sheets(sheets: Iterable[CoverSheet], fonts: Path = FONTS) -> bytes:
    """The PDF of these sheets, in their order. Raises `UsageError` where the font is not installed."""
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of every table that it leaves out
    pdf = FPDF(unit="mm", format="A4")
    pdf.set_creation_date(_MADE)
    pdf.set_title(sentence("cover.title", separator=" · "))
    pdf.set_auto_page_break(auto=False)
    for style, name in _FONT_FILES.items():
        if not (fonts / name).is_file():
            raise UsageError("cover-font-missing", file=str(fonts / name), package="fonts-dejavu-core")
        pdf.add_font(_FAMILY, style, fonts / name)
    for sheet in sheets:
        _draw_sheet(pdf, sheet)
    return bytes(pdf.output())


def _draw_sheet(pdf: FPDF, sheet: CoverSheet) -> None:
    """A code in two corners that no single tear takes: at the top right and at the bottom left."""
    pdf.add_page()
    code, foot = code_of(sheet.book.id), _HEIGHT - _MARGIN - _CODE
    _draw_code(pdf, code, _WIDTH - _MARGIN - _CODE, _MARGIN)
    _draw_code(pdf, code, _MARGIN, foot)
    _write(pdf, sentence("cover.title", separator=" · "), (_MARGIN, _MARGIN + 2), 12, _BESIDE_CODE)
    _write(pdf, sheet.book.id.key, (_MARGIN, _MARGIN + 14), 34, _BESIDE_CODE, bold=True)
    _write(pdf, sheet.registry.name, (_MARGIN, _MARGIN + 34), 26, _BESIDE_CODE, bold=True)
    _write(pdf, f"{sheet.registry.place} ({sheet.registry.code})", (_MARGIN, _MARGIN + 50), 12, _BESIDE_CODE)
    for place, (label, value) in enumerate(_rows(sheet)):
        y = _MARGIN + _CODE + _GAP + place * _ROW
        _write(pdf, sentence(label, separator=" · "), (_MARGIN, y), 9, 60)
        _write(pdf, value, (_MARGIN + 62, y - 3), 24, _WIDTH - 2 * _MARGIN - 62, bold=True)
    beside = _MARGIN + _CODE + _GAP
    pdf.set_font(_FAMILY, "", 12)
    pdf.set_xy(beside, foot + 2)
    pdf.multi_cell(_BESIDE_CODE, 6, sentence("cover.use", separator="\n\n"), align="L")
    _write(pdf, code, (beside, _HEIGHT - _MARGIN - 8), 11, _BESIDE_CODE)


def _rows(sheet: CoverSheet) -> Iterator[tuple[str, str]]:
    """What stands on the sheet beside the name of the office: the key of each label, and what is said there."""
    book, known = sheet.book, register_types().get(sheet.book.id.type)
    yield "cover.type", f"{known.vi} · {known.en}" if known else book.id.type
    yield "cover.year", book.id.years if book.id.year_known else "?"
    yield "cover.volume", f"{book.id.volume:02}"
    if book.first_number or book.last_number:
        yield "cover.numbers", f"{book.first_number or '?'} - {book.last_number or '?'}"
    if book.pages_expected:
        yield "cover.pages", str(book.pages_expected)
    if book.shelf:
        yield "cover.shelf", book.shelf


def _write(pdf: FPDF, text: str, at: tuple[float, float], points: float, width: float, *, bold: bool = False) -> None:
    """One line, as large as its room allows and never larger than `points`."""
    pdf.set_font(_FAMILY, "B" if bold else "", points)
    wanted = pdf.get_string_width(text) + 2 * pdf.c_margin
    if wanted > width:
        pdf.set_font_size(points * width / wanted)
    pdf.set_xy(*at)
    pdf.cell(width, points * 0.45, text)


def _draw_code(pdf: FPDF, text: str, x: float, y: float) -> None:
    """A code as filled rectangles, a run of dark modules each; up to 30 % of it may be lost."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="H")
    image: Any = barcode.to_image(scale=1, add_quiet_zones=False)
    modules: Any = memoryview(image).tolist()
    size = _CODE / len(modules)
    pdf.set_fill_color(0)
    for row, line in enumerate(modules):
        for first, length in _dark_runs(line):
            pdf.rect(x + first * size, y + row * size, length * size, size, style="F")


def _dark_runs(line: list[int]) -> Iterator[tuple[int, int]]:
    """Where dark modules begin in a row, and how many there are in a row."""
    start = None
    for place, value in enumerate([*line, 255]):
        if value == 0 and start is None:
            start = place
        elif value and start is not None:
            yield start, place - start
            start = None
