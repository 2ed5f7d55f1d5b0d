"""The printed forms of the register, filled in: layout in page pixels at 300 dpi."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from station.demo.entries import PLACE, ROWS, FormText, line_entry, person, table_cell
from station.demo.handwriting import Hand, Pen

if TYPE_CHECKING:
    from cv2.typing import MatLike

PAGE_WIDTH, PAGE_HEIGHT = 2300, 3320
LEFT, RIGHT = 170, PAGE_WIDTH - 150
FONT_FOLDER = Path("/usr/share/fonts/truetype/dejavu")
FULL_INK = 255


class MissingFontError(RuntimeError):
    """The font of the printed headings is not on this machine."""


class Sheet:
    """One page while it is being filled: a mask of printer's ink, a mask of pen ink, and the pen."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.pen = Pen(rng, Hand.of(rng))
        self._print = Image.new("L", (PAGE_WIDTH, PAGE_HEIGHT))
        self._draw = ImageDraw.Draw(self._print)

    def masks(self) -> tuple[MatLike, MatLike]:
        """Printed ink and pen ink, 255 being full ink."""
        written = np.zeros((PAGE_HEIGHT, PAGE_WIDTH), np.uint8)
        self.pen.draw(written)
        return np.array(self._print), written

    def label(self, text: str, x: float, y: float, size: int, *, bold: bool = False, anchor: str = "ls") -> float:
        """Print text with its baseline at ``y``; returns its right end."""
        font = load_font("DejaVuSerif-Bold.ttf" if bold else "DejaVuSerif.ttf", size)
        self._draw.text((x, y), text, FULL_INK, font, anchor)
        return x + font.getlength(text)

    def line(self, x0: int, y0: int, x1: int, y1: int, width: int = 3) -> None:
        """Print a rule."""
        self._draw.line((x0, y0, x1, y1), FULL_INK, width)

    def dots(self, x0: float, x1: float, y: int) -> None:
        """Print the dotted rule that is written upon."""
        for x in range(int(x0), int(x1) - 4, 12):
            self._draw.rectangle((x, y, x + 3, y + 3), FULL_INK - 60)

    def blank_field(self, text: str, x: float, y: int, right: int, written: str) -> None:
        """Print a label and its dotted rule, and write into it."""
        start = self.label(text + ":", x, y, 38) + 14
        self.dots(start, right, y + 4)
        self.pen.write(written, start + 16, y - 6, self.pen.fitting(written, right - start - 20, 34))


def fill_case(sheet: Sheet, form: FormText, number: int, year: int, volume: int) -> None:
    """Fill a page with one case."""
    _heading(sheet, form, number, year, volume)
    month = int(sheet.rng.integers(1, 12))
    y = _lines(sheet, form, month, year)
    y = _table(sheet, form, y + 50)
    y = _registration(sheet, form, month + 1, year, y + 120)
    _signatures(sheet, form, y + 90)
    _remarks(sheet)


def fill_cover(sheet: Sheet, form: FormText, year: int, volume: int) -> None:
    """Fill the first page of the book."""
    center = PAGE_WIDTH // 2
    for inset, width in ((150, 12), (176, 3)):
        _frame(sheet, inset, inset, PAGE_WIDTH - inset, PAGE_HEIGHT - inset, width)
    sheet.label("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", center, 420, 62, bold=True, anchor="ms")
    sheet.label("Độc lập - Tự do - Hạnh phúc", center, 520, 54, anchor="ms")
    sheet.line(center - 320, 560, center + 320, 560, 4)
    sheet.label("SỔ ĐĂNG KÝ", center, 1180, 150, bold=True, anchor="ms")
    sheet.label(form.title.removeprefix("SỔ ĐĂNG KÝ "), center, 1400, 190, bold=True, anchor="ms")
    sheet.label("(Lưu tại nơi đăng ký)", center, 1500, 46, anchor="ms")
    for row, (text, written) in enumerate((("Năm:", str(year)), ("Quyển số:", f"{volume:02}/{year}"))):
        y = 1780 + 170 * row
        end = sheet.label(text, 720, y, 74, bold=True)
        sheet.dots(end + 20, 1840, y + 6)
        sheet.pen.write(written, end + 60, y - 10, 70)
    opened, closed = f"03 tháng 01 năm {year}", f"31 tháng 12 năm {year}"
    for row, (text, written) in enumerate((("Nơi đăng ký", PLACE), ("Mở sổ ngày", opened), ("Khóa sổ ngày", closed))):
        sheet.blank_field(text, 480, 2240 + 130 * row, 1850, written)
    sheet.label("TM. ỦY BAN NHÂN DÂN", 1600, 2730, 42, bold=True, anchor="ms")
    sheet.label("CHỦ TỊCH", 1600, 2790, 42, bold=True, anchor="ms")
    sheet.pen.flourish(1420, 2950, 70)


def load_font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """Printed type; MissingFontError says which package brings it."""
    try:
        return _load_font(name, size)
    except OSError as error:
        raise MissingFontError(
            f"{FONT_FOLDER / name} is missing: install the package fonts-dejavu-core (apt install fonts-dejavu-core)"
        ) from error


@lru_cache(maxsize=64)
def _load_font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT_FOLDER / name), size)


def _heading(sheet: Sheet, form: FormText, number: int, year: int, volume: int) -> None:
    sheet.label(form.title, LEFT, 200, 50, bold=True)
    sheet.label(f"Mẫu HT - Trang {number:03}", RIGHT, 196, 34, anchor="rs")
    sheet.line(LEFT, 232, RIGHT, 232, 7)
    sheet.line(LEFT, 245, RIGHT, 245, 2)
    end = sheet.label("Số:", LEFT + 20, 420, 92, bold=True)
    sheet.dots(end + 10, 1060, 428)
    sheet.pen.write(f"{number:02}/{year}", end + 55, 412, 82)
    end = sheet.label("Quyển số:", 1240, 420, 58)
    sheet.dots(end + 10, RIGHT, 426)
    sheet.pen.write(f"{volume:02}/{year}", end + 40, 412, 54)


def _lines(sheet: Sheet, form: FormText, month: int, year: int) -> int:
    day = int(sheet.rng.integers(1, 29))
    y = 590
    for text, entry in form.lines:
        sheet.blank_field(text, LEFT + 20, y, RIGHT, line_entry(sheet.rng, entry, day, month, year))
        y += 106
    return y - 60


def _table(sheet: Sheet, form: FormText, top: int) -> int:
    columns = (LEFT, LEFT + 440, (LEFT + 440 + RIGHT) // 2, RIGHT)
    head, row_height = 92, 118
    bottom = top + head + row_height * len(ROWS)
    _frame(sheet, LEFT, top, RIGHT, bottom, 6)
    for x in columns[1:3]:
        sheet.line(x, top, x, bottom, 3)
    for (x0, x1), text in zip(pairwise(columns[1:]), form.columns, strict=True):
        sheet.label(text, (x0 + x1) / 2, top + 62, 36, bold=True, anchor="ms")
    for row, text in enumerate(ROWS):
        y = top + head + row_height * row
        sheet.line(LEFT, y, RIGHT, y, 3)
        sheet.label(text, LEFT + 22, y + 74, 37)
        for x0, x1 in pairwise(columns[1:]):
            value = table_cell(sheet.rng, row)
            sheet.pen.write(value, x0 + 26, y + 80, sheet.pen.fitting(value, x1 - x0 - 45, 33))
    return bottom


def _registration(sheet: Sheet, form: FormText, month: int, year: int, y: int) -> int:
    day = int(sheet.rng.integers(1, 29))
    sheet.blank_field(form.declarer, LEFT + 20, y, RIGHT, person(sheet.rng))
    sheet.blank_field("Nơi đăng ký", LEFT + 20, y + 106, 1130, PLACE)
    sheet.blank_field("Đăng ký ngày", 1170, y + 106, RIGHT, f"{day:02}/{month:02}/{year}")
    return y + 106


def _signatures(sheet: Sheet, form: FormText, y: int) -> None:
    for x, text in ((470, form.signer), (1140, "Cán bộ tư pháp hộ tịch"), (1810, "TM. ỦY BAN NHÂN DÂN")):
        sheet.label(text, x, y, 38, bold=True, anchor="ms")
        sheet.label("(ký, ghi rõ họ tên)" if x < 1500 else "CHỦ TỊCH", x, y + 54, 32, anchor="ms")
        sheet.pen.flourish(x - 170 + sheet.rng.uniform(-30, 30), y + 215, sheet.rng.uniform(52, 74))
        name = person(sheet.rng)
        sheet.pen.write(name, x - 260, y + 370, sheet.pen.fitting(name, 540, 28))


def _remarks(sheet: Sheet) -> None:
    top = PAGE_HEIGHT - 520
    _frame(sheet, LEFT, top, RIGHT, PAGE_HEIGHT - 150, 4)
    sheet.label("GHI CHÚ", LEFT + 26, top + 56, 38, bold=True)
    for y in range(top + 150, PAGE_HEIGHT - 160, 96):
        sheet.dots(LEFT + 30, RIGHT - 30, y)
    if sheet.rng.random() < 0.6:
        sheet.pen.write("Đăng ký đúng hạn, đã cấp bản chính", LEFT + 90, top + 144, 33)


def _frame(sheet: Sheet, x0: int, y0: int, x1: int, y1: int, width: int) -> None:
    for line in ((x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1)):
        sheet.line(*line, width=width)
