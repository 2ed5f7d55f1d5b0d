"""Register pages set in the fonts of the machine by Pillow: another drawing program than the corpus has.

`filled` has seventeen entries written; `few` is a table of thirty rows in which a number and one short name differ.
"""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import numpy as np
from cv2.typing import MatLike
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FORMS = ("filled", "few")
DPI = 150
SIZE = 1240, 1754
FONTS = Path("/usr/share/fonts/truetype/dejavu")
HANDS = "DejaVuSans-Oblique.ttf", "DejaVuSerif-Italic.ttf", "DejaVuSansMono.ttf", "DejaVuSerif.ttf"
LABELS = (
    "Số", "Họ và tên", "Giới tính", "Ngày sinh", "Nơi sinh", "Dân tộc", "Quốc tịch", "Quê quán", "Họ tên mẹ",
    "Năm sinh", "Nơi cư trú", "Họ tên cha", "Năm sinh", "Nơi cư trú", "Người đi khai", "Ngày đăng ký", "Người ký",
)  # fmt: skip
FAMILIES = "Hồ", "Nguyễn", "Trần", "Lê", "Pả", "Đinh", "Phạm"
GIVEN = "Thị Hoa", "Văn Nam", "A Lăng", "Y Pi", "Văn Đức", "Minh Tú", "Thị Xuân", "Khánh"
PLACES = "Thôn Bụt Việt", "Bản Cheng", "Thôn Xa Ry", "Thôn Hướng Hải", "Cợp"


@cache
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / name), size)


def draw(form: str, book: int, number: int) -> MatLike:
    """A page of a book, as blue, green and red; the clerk and the paper are the book's."""
    clerk, rng = random.Random(book), random.Random(f"{form} {book} {number}")
    hand, ink = font(clerk.choice(HANDS), clerk.randint(21, 26)), (clerk.randint(15, 60), clerk.randint(20, 60), 110)
    page = Image.new("RGB", SIZE, (clerk.randint(225, 245), 230, clerk.randint(200, 220)))
    pen = ImageDraw.Draw(page)
    pen.text((400, 55), "SỔ ĐĂNG KÝ KẾT HÔN", font=font("DejaVuSans.ttf", 30), fill=(60, 30, 30))
    (_fill if form == "filled" else _fill_few)(pen, rng, hand, ink, number)
    grain = np.random.default_rng(rng.randrange(1 << 31)).integers(-6, 7, (*SIZE[::-1], 1))
    pixels = np.asarray(page.filter(ImageFilter.GaussianBlur(0.6))).astype(np.int16) + grain
    return np.asarray(pixels.clip(0, 255)[:, :, ::-1], np.uint8)


def _fill(
    pen: ImageDraw.ImageDraw, rng: random.Random, hand: ImageFont.FreeTypeFont, ink: tuple[int, int, int], number: int
) -> None:
    print_in = font("DejaVuSerif.ttf", 20)
    for row, label in enumerate(LABELS):
        top = 130 + 86 * row
        pen.text((80, top), f"{label}:", font=print_in, fill=(70, 50, 50))
        pen.line((250, top + 30, SIZE[0] - 80, top + 30), fill=(150, 120, 110))
        at = 265 + rng.randint(0, 60), top + rng.randint(-4, 3)
        pen.text(at, f"{number:02d}/1998" if not row else _entry(label, rng), font=hand, fill=ink)


def _entry(label: str, rng: random.Random) -> str:
    if "tên" in label or "Người" in label:
        return f"{rng.choice(FAMILIES)} {rng.choice(GIVEN)}"
    if "Ngày" in label or "Năm" in label:
        return f"{rng.randint(1, 28):02d}/{rng.randint(1, 12):02d}/{rng.randint(1950, 1998)}"
    short = {"Giới tính": ("Nam", "Nữ"), "Dân tộc": ("Kinh", "Vân Kiều", "Pa Cô"), "Quốc tịch": ("Việt Nam",)}
    return rng.choice(short[label]) if label in short else f"{rng.choice(PLACES)}, Hướng Phùng"


def _fill_few(
    pen: ImageDraw.ImageDraw, rng: random.Random, hand: ImageFont.FreeTypeFont, ink: tuple[int, int, int], number: int
) -> None:
    print_in = font("DejaVuSans.ttf", 20)
    for row in range(30):
        pen.line((60, 160 + 50 * row, SIZE[0] - 60, 160 + 50 * row), fill=(120, 100, 90), width=2)
        pen.text((70, 170 + 50 * row), f"Mục {row + 1}: {'.' * 28}", font=print_in, fill=(80, 60, 60))
    for across in (60, 420, 800, SIZE[0] - 60):
        pen.line((across, 160, across, 1610), fill=(120, 100, 90), width=2)
    pen.text((440, 165), f"{number:02d}", font=hand, fill=ink)
    pen.text((440, 215), f"{rng.choice(FAMILIES)} {rng.choice('ABCDE')}{number}", font=hand, fill=ink)
