"""Papers drawn in another way than those of `tests.corpus.registers`: typed, printed, or in a plotter's script.

They tell whether the product knows papers or one generator. The same book and number always give the same page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from PIL import Image, ImageDraw, ImageFont

from station.demo.forms import FONT_FOLDER

DPI = 200
"""Resolution of a finished page."""
A4 = (1654, 2339)
SERIF, MONO, SLANTED = "DejaVuSerif.ttf", "DejaVuSansMono.ttf", "DejaVuSerifCondensed-Italic.ttf"
SYLLABLES = tuple(
    f"{start}{end}"
    for start in ("b", "ch", "d", "đ", "g", "h", "l", "ng", "nh", "s", "t")
    for end in ("ạ", "ê", "ích", "ung", "ượng")
)
_CLAUSES = """Hôm nay tại trụ sở chúng tôi gồm các bên có tên dưới đây cùng thỏa thuận những điều khoản sau đây theo
quy định của pháp luật. Bên thứ nhất cam đoan những gì đã khai là đúng sự thật và chịu trách nhiệm. Văn bản lập thành
hai bản như nhau, mỗi bên giữ một bản làm bằng."""
BOILERPLATE = tuple(_CLAUSES.split())


@dataclass
class Sheet:
    """A page while it is drawn: black on white; `rng` is that of the page, `hand` that of the book."""

    rng: np.random.Generator
    hand: np.random.Generator
    size: tuple[int, int] = A4

    def __post_init__(self) -> None:
        self.picture = Image.new("L", self.size, 255)
        self.draw = ImageDraw.Draw(self.picture)

    def text(self, x: float, y: float, text: str, font: str, size: int, ink: int = 40) -> float:
        """Write from `x` on with the baseline at `y`; where it ends."""
        face = ImageFont.truetype(str(FONT_FOLDER / font), size)
        self.draw.text((x, y), text, ink, face, "ls")
        return x + face.getlength(text)

    def line(self, *ends: float, width: int = 2) -> None:
        self.draw.line(ends, 70, width)

    def scrawl(self, x: float, y: float, text: str, size: float = 1.1) -> None:
        """Script of a plotter's pen, each word a little out of line."""
        canvas = np.array(self.picture)
        for word in text.split():
            scale = size * self.rng.uniform(0.92, 1.08)
            at = round(x), round(y + self.rng.uniform(-4, 4))
            face = cv2.FONT_HERSHEY_SCRIPT_COMPLEX
            cv2.putText(canvas, word, at, face, scale, 60, 2, cv2.LINE_AA)
            x += cv2.getTextSize(word, face, scale, 2)[0][0] + 14
        self.picture = Image.fromarray(canvas)
        self.draw = ImageDraw.Draw(self.picture)

    def name(self, words: int = 3) -> str:
        return " ".join(str(word).capitalize() for word in self.rng.choice(SYLLABLES, words))

    def date(self) -> str:
        return f"{self.rng.integers(1, 29):02}/{self.rng.integers(1, 13):02}/{self.rng.integers(1950, 1999)}"


def plain(text: str) -> str:
    """Text in the letters that a plotter has."""
    return "".join(letter if letter.isascii() else "aeiouyd"[ord(letter) % 7] for letter in text)


def draw_typed_form(sheet: Sheet, number: int) -> None:
    """Eighteen labels in print and a typewriter's answers, several of them the same on every page."""
    sheet.text(480, 200, "GIẤY KHAI SINH (BẢN LƯU)", SERIF, 48)
    sheet.text(1250, 260, f"Số {number:03}", MONO, 34)
    for row in range(18):
        y = 360 + row * 102
        end = sheet.text(160, y, f"{row + 1}. Mục thứ {row + 1} của tờ khai:", SERIF, 30)
        answers = ("Kinh", "Việt Nam", "Làm ruộng", sheet.name(), sheet.name(4), sheet.date())
        sheet.text(max(end, 700) + 20, y, answers[row % len(answers)], MONO, 32)
        sheet.line(700, y + 10, 1500, y + 10, width=1)


def draw_typed_ledger(sheet: Sheet, number: int) -> None:
    """A ruled table of thirty typed rows; half of the columns say the same in every row of every page."""
    columns = (120, 230, 660, 880, 1030, 1250, 1540)
    sheet.text(560, 150, "SỔ THEO DÕI", SERIF, 46)
    for row in range(31):
        y = 260 + row * 64
        sheet.line(columns[0], y + 18, columns[-1], y + 18)
        if row == 0:
            continue
        values = (f"{number * 30 + row}", sheet.name(), sheet.date(), "Kinh", "Việt Nam", "Hướng Mẫu")
        for x, value in zip(columns, values, strict=False):
            sheet.text(x + 12, y, value, MONO, 26)
    for x in columns:
        sheet.line(x, 200, x, 260 + 30 * 64 + 18)


def draw_notarial(sheet: Sheet, number: int) -> None:
    """Forty-six lines of typed text, four fifths of it the same sentences in the same order."""
    words = []
    for index in range(560):
        words.append(BOILERPLATE[index % len(BOILERPLATE)])
        if index % 24 == 7:
            words += [sheet.name(), sheet.date()]
    sheet.text(500, 170, f"VĂN BẢN SỐ {number}", SERIF, 44)
    x, y = 150.0, 270
    face = ImageFont.truetype(str(FONT_FOLDER / SERIF), 28)
    for word in words:
        width = face.getlength(word + " ")
        if x + width > 1520:
            x, y = 150.0, y + 43
        if y > 2240:
            break
        sheet.draw.text((x, y), word, 45, face, "ls")
        x += width


def draw_script_form(sheet: Sheet, number: int) -> None:
    """Print and script half and half."""
    sheet.text(520, 190, "SỔ ĐĂNG KÝ NHẬN CON", SERIF, 44)
    for row in range(14):
        y = 330 + row * 134
        end = sheet.text(150, y, f"Phần khai {row + 1}, theo giấy tờ kèm theo:", SLANTED, 32)
        sheet.line(end + 10, y + 8, 1510, y + 8, width=1)
        sheet.scrawl(end + 20, y, plain(sheet.name() if row % 3 else sheet.date()), 1.15)
    sheet.scrawl(150, 2230, f"{number}", 1.4)


def draw_script_ledger(sheet: Sheet, number: int) -> None:
    """A table of sixteen rows in script, with ditto marks."""
    columns = (130, 260, 800, 1110, 1530)
    for row in range(17):
        y = 230 + row * 124
        sheet.line(columns[0], y + 30, columns[-1], y + 30)
        if row:
            sheet.scrawl(columns[0] + 14, y, str(number * 16 + row), 0.95)
            sheet.scrawl(columns[1] + 14, y, plain(sheet.name()), 0.95)
            sheet.scrawl(columns[2] + 14, y, plain(sheet.date()), 0.85)
            sheet.scrawl(columns[3] + 14, y, '"' if sheet.rng.random() < 0.7 else plain(sheet.name(2)), 0.95)
    for x in columns:
        sheet.line(x, 150, x, 230 + 16 * 124 + 30)


def draw_sparse(sheet: Sheet, number: int) -> None:
    """A form of which a name, a date and a number are filled in, and a signature."""
    sheet.text(480, 260, "PHIẾU LƯU HỒ SƠ", SERIF, 56)
    for row, text in enumerate(("Số", "Họ và tên", "Ngày", "Người lưu", "Ghi chú")):
        y = 480 + row * 200
        end = sheet.text(200, y, text + ":", SERIF, 40)
        sheet.line(end + 20, y + 8, 1450, y + 8, width=1)
    sheet.scrawl(420, 470, str(number), 1.4)
    sheet.scrawl(520, 670, plain(sheet.name()), 1.4)
    sheet.scrawl(420, 870, plain(sheet.date()), 1.3)
    sheet.scrawl(560, 1070, plain(sheet.name(2)), 1.4)


def draw_spread(sheet: Sheet, number: int) -> None:
    """Two pages of an open book with one entry a line across both."""
    for half in range(2):
        left = 120 + half * 1654
        sheet.text(left + 480, 180, ("SỔ KẾT HÔN", "PHẦN GHI CHÚ")[half], SERIF, 44)
        for row in range(13):
            y = 380 + row * 150
            sheet.line(left, y + 30, left + 1420, y + 30)
            if sheet.rng.random() < (0.95, 0.5)[half]:
                sheet.scrawl(left + 20, y, plain(f"{number * 13 + row} {sheet.name()} {sheet.date()}"), 1.05)
    sheet.line(1654, 0, 1654, 2339, width=5)


def draw_blank(sheet: Sheet, number: int) -> None:
    """The form of `draw_script_form` before anything was written; what came of the press is the same everywhere."""
    sheet.text(520, 190, "SỔ ĐĂNG KÝ NHẬN CON", SERIF, 44)
    for row in range(14):
        y = 330 + row * 134
        end = sheet.text(150, y, f"Phần khai {row + 1}, theo giấy tờ kèm theo:", SLANTED, 32)
        sheet.line(end + 10, y + 8, 1510, y + 8, width=1)


DRAWERS: dict[str, Callable[[Sheet, int], None]] = {
    "typed form": draw_typed_form,
    "typed ledger": draw_typed_ledger,
    "notarial": draw_notarial,
    "script form": draw_script_form,
    "script ledger": draw_script_ledger,
    "sparse": draw_sparse,
    "spread": draw_spread,
    "blank": draw_blank,
}


def draw(kind: str, book: int, number: int) -> MatLike:
    """The paper of page `number` of a book as pixels (BGR) of `DPI`."""
    rng = np.random.default_rng([book, number, 5])
    size = (2 * A4[0], A4[1]) if kind == "spread" else A4
    sheet = Sheet(rng, np.random.default_rng([book, 9]), size)
    DRAWERS[kind](sheet, number)
    ink = 1 - np.array(sheet.picture, np.float32) / 255
    depth = np.float32(0.55 + 0.4 * sheet.hand.random())
    light = np.asarray(cv2.resize(rng.uniform(0.94, 1.02, (9, 7)).astype(np.float32), size), np.float32)
    paper = np.array([200, 224, 232], np.float32) + np.float32(sheet.hand.uniform(-15, 15))
    page = paper * (light * (1 - depth * ink))[..., None]
    return np.asarray(np.clip(page, 0, 255), np.uint8)


def photograph(paper: MatLike, seed: int) -> MatLike:
    """A photograph of the paper by hand: bent at the spine, askew, on a table, lit from one side, a little soft."""
    rng = np.random.default_rng([seed, 6])
    height, width = paper.shape[:2]
    edge = round(0.05 * width)
    out = (width + 2 * edge, height + 2 * edge)
    x, y = np.meshgrid(np.arange(out[0], dtype=np.float32) - edge, np.arange(out[1], dtype=np.float32) - edge)
    bend = np.float32(rng.uniform(0.004, 0.012) * height)
    y_bent = y + bend * np.cos(np.pi * x / width) * np.float32(rng.choice([-1, 1]))
    x_bent = x + np.float32(rng.uniform(0.0, 0.01) * width) * np.sin(np.pi * x / width)
    flat = cv2.remap(paper, x_bent, y_bent, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(60, 80, 92))
    corners = np.array([(0, 0), (out[0], 0), out, (0, out[1])], np.float32)
    moved = corners + (rng.uniform(-0.018, 0.018, (4, 2)) * out[0]).astype(np.float32)
    seen = cv2.warpPerspective(
        flat, cv2.getPerspectiveTransform(corners, moved), out, borderMode=cv2.BORDER_CONSTANT, borderValue=(60, 80, 92)
    )
    side, down = (np.float32(rng.uniform(-0.35, 0.35)) for _ in range(2))
    across = np.linspace(-0.5, 0.5, out[0], dtype=np.float32)
    light = 0.85 + side * across + (down * np.linspace(-0.5, 0.5, out[1], dtype=np.float32))[:, None]
    lit = cv2.GaussianBlur(seen, (0, 0), float(rng.uniform(0.6, 1.2))).astype(np.float32) * light[..., None]
    lit += rng.standard_normal(lit.shape[:2], np.float32)[..., None] * np.float32(4)
    return np.asarray(np.clip(lit, 0, 255), np.uint8)
