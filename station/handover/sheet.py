"""The hand-over sheet: what lies on a stick, for two signatures. A4, Vietnamese first; no name of any person in it.

The same index and books give the same bytes.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import zxingcpp
from fpdf import FPDF

from outbox.stick import index as stick_index
from station.covers.sheet import FONTS
from station.errors import UsageError
from station.handover.words import digest_words
from station.words import both

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from outbox.stick.index import Index

_FONT_FILES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
_FAMILY = "DejaVu"
_WIDTH, _HEIGHT, _MARGIN = 210.0, 297.0, 15.0
_CODE = 32.0
_ROW = 6.5
_COLUMNS = (14.0, 38.0, 22.0, 28.0, 46.0, 32.0)
"""Widths in mm: number, book, pages, cases, bag id, words."""
_FOOT = 62.0
"""What the signatures need at the end."""


@dataclass(frozen=True)
class Line:
    """A bag as it stands on the sheet; pages and cases are None for one that this station did not seal."""

    book: str
    pages: int | None
    cases: int | None
    bag_id: str
    digest: str


def code_text(index: Index) -> str:
    """What the QR code says: number, key of the station, digest of the index."""
    return f"scan-station handover {index.number:04} {index.station} sha256:{stick_index.digest(index)}"


def draw_sheet(index: Index, lines: Sequence[Line], place: str, fonts: Path = FONTS) -> bytes:
    """The PDF of a hand-over; `place` names the office. Raises `UsageError` where the font is not installed."""
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    pdf = FPDF(unit="mm", format="A4")
    pdf.set_creation_date(index.made_at)
    pdf.set_title(both("handover.title"))
    pdf.set_auto_page_break(auto=False)
    for style, name in _FONT_FILES.items():
        if not (fonts / name).is_file():
            raise UsageError("cover-font-missing", file=str(fonts / name), package="fonts-dejavu-core")
        pdf.add_font(_FAMILY, style, fonts / name)
    pdf.add_page()
    _draw_head(pdf, index, place)
    _draw_rows(pdf, lines)
    _draw_foot(pdf, index, lines)
    return bytes(pdf.output())


def _draw_head(pdf: FPDF, index: Index, place: str) -> None:
    _draw_code(pdf, code_text(index), _WIDTH - _MARGIN - _CODE, _MARGIN)
    room = _WIDTH - 2 * _MARGIN - _CODE - 5
    _text(pdf, both("handover.title"), 11, room)
    _text(pdf, both("handover.number", number=f"{index.number:04}"), 20, room, bold=True)
    _text(pdf, place, 11, room)
    made = index.made_at.astimezone().strftime("%d/%m/%Y %H:%M")
    _text(pdf, f"{both('handover.made')}: {made}", 9, room)
    _text(pdf, f"{both('handover.key')}: {index.station}", 9, room)
    _text(pdf, f"{both('handover.words')}: {digest_words(stick_index.digest(index))}", 11, room, bold=True)
    sealed = "handover.encrypted" if index.recipients else "handover.plain"
    _text(pdf, both(sealed), 9, room)
    pdf.set_y(max(pdf.get_y(), _MARGIN + _CODE) + 4)


def _draw_rows(pdf: FPDF, lines: Sequence[Line]) -> None:
    _draw_row(pdf, [both(f"handover.column.{name}") for name in _COLUMN_NAMES], bold=True)
    for place, line in enumerate(lines, 1):
        if pdf.get_y() > _HEIGHT - _MARGIN - _ROW:
            pdf.add_page()
            pdf.set_y(_MARGIN)
            _draw_row(pdf, [both(f"handover.column.{name}") for name in _COLUMN_NAMES], bold=True)
        _draw_row(
            pdf, [str(place), line.book, _count(line.pages), _count(line.cases), line.bag_id, digest_words(line.digest)]
        )


_COLUMN_NAMES = ("place", "book", "pages", "cases", "bag", "words")


def _draw_row(pdf: FPDF, cells: Iterable[str], *, bold: bool = False) -> None:
    y, x = pdf.get_y(), _MARGIN
    for width, text in zip(_COLUMNS, cells, strict=True):
        _fit(pdf, text, 8, width, bold=bold)
        pdf.set_xy(x, y)
        pdf.cell(width, _ROW, text, border=1)
        x += width
    pdf.set_xy(_MARGIN, y + _ROW)


def _draw_foot(pdf: FPDF, index: Index, lines: Sequence[Line]) -> None:
    """Sums and the places for two signatures, on one page together."""
    if pdf.get_y() > _HEIGHT - _MARGIN - _FOOT:
        pdf.add_page()
        pdf.set_y(_MARGIN)
    sums = {
        "books": len(lines),
        "pages": sum(line.pages or 0 for line in lines),
        "cases": sum(line.cases or 0 for line in lines),
        "megabytes": f"{sum(entry.file_size for entry in index.entries) / 1e6:.1f}",
    }
    pdf.set_y(pdf.get_y() + 3)
    _text(pdf, both("handover.sums", **sums), 10, _WIDTH - 2 * _MARGIN, bold=True)
    _text(pdf, both("handover.compare"), 8, _WIDTH - 2 * _MARGIN)
    half = (_WIDTH - 2 * _MARGIN) / 2
    top = pdf.get_y() + 4
    for place, who in enumerate(("handover.giver", "handover.taker")):
        for row, label in enumerate((who, "handover.date", "handover.signature")):
            pdf.set_xy(_MARGIN + place * half, top + row * 9)
            _fit(pdf, both(label), 9, half - 5, bold=row == 0)
            pdf.cell(half - 5, 6, both(label) + ("" if row == 0 else ":"))
        pdf.line(_MARGIN + place * half, top + 40, _MARGIN + place * half + half - 8, top + 40)


def _count(number: int | None) -> str:
    return "-" if number is None else str(number)


def _text(pdf: FPDF, text: str, points: float, width: float, *, bold: bool = False) -> None:
    _fit(pdf, text, points, width, bold=bold)
    pdf.set_x(_MARGIN)
    pdf.cell(width, points * 0.55, text, new_x="LMARGIN", new_y="NEXT")


def _fit(pdf: FPDF, text: str, points: float, width: float, *, bold: bool) -> None:
    """The font as large as the room allows, and never larger than `points`."""
    pdf.set_font(_FAMILY, "B" if bold else "", points)
    wanted = pdf.get_string_width(text) + 2 * pdf.c_margin
    if wanted > width:
        pdf.set_font_size(points * width / wanted)


def _draw_code(pdf: FPDF, text: str, x: float, y: float) -> None:
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = barcode.to_image(scale=1, add_quiet_zones=False)
    modules: Any = memoryview(image).tolist()
    size = _CODE / len(modules)
    pdf.set_fill_color(0)
    for row, line in enumerate(modules):
        for column, value in enumerate(line):
            if value == 0:
                pdf.rect(x + column * size, y + row * size, size, size, style="F")
