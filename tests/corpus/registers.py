"""Pages of registers that never existed: several printed forms, clerks, pens and amounts of writing.

A page is drawn upright and without a scanner, as the paper itself; `tests.corpus.rescans` puts it under one. The same
seed always gives the same page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from cv2.typing import MatLike
from PIL import Image, ImageDraw

from station.demo.entries import FORMS, person
from station.demo.forms import LEFT, PAGE_HEIGHT, PAGE_WIDTH, RIGHT, Sheet, fill_case
from station.demo.handwriting import Hand, Pen

DRAWN_DPI = 280
"""Resolution in which the forms are laid out: 2300 pixels are 209 mm."""
PAPER_DPI = 200
"""Resolution of a finished page."""
INKS = ((96, 50, 34), (60, 48, 46), (120, 66, 54), (86, 40, 84))
PAPERS = ((192, 222, 234), (214, 230, 236), (176, 206, 222), (226, 236, 240))
PRINT = (58, 54, 56)
FULL = 255
CERTIFIED = "Căn cứ vào sổ đăng ký hộ tịch của xã và lời khai của đương sự nay chứng nhận"


@dataclass(frozen=True)
class Clerk:
    """Who wrote a book and with what: the hand, the ink's colour (BGR) and how much of it the paper took (0 to 1)."""

    hand: Hand
    ink: tuple[int, int, int]
    depth: float

    @classmethod
    def of(cls, seed: int) -> Clerk:
        """Another clerk: upright or slanted, narrow or wide, a fine or a broad nib, dark or faded ink."""
        rng = np.random.default_rng([seed, 77])
        hand = Hand(rng.uniform(-0.05, 0.6), rng.uniform(1.0, 1.6), rng.uniform(0.07, 0.16), rng.uniform(0.02, 0.06))
        return cls(hand, INKS[int(rng.integers(len(INKS)))], rng.uniform(0.4, 0.95))


@dataclass(frozen=True)
class Register:
    """A book: its form, its clerk and paper. Its pages differ in nothing but what is written and the paper's stains."""

    form: str
    seed: int
    filled: float = 1.0
    """Part of the places for writing that are filled; 0 is a book of blank forms."""

    def page(self, number: int) -> MatLike:
        """The paper of page `number` as pixels (BGR) of `PAPER_DPI`."""
        rng = np.random.default_rng([self.seed, number])
        clerk = Clerk.of(self.seed)
        canvas = Canvas(rng, clerk.hand, self.filled)
        FORM_DRAWERS[self.form](canvas, number)
        printed, written = canvas.masks()
        return _ink_paper(printed, written, clerk, PAPERS[self.seed % len(PAPERS)], rng)


@dataclass
class SparingPen(Pen):
    """A pen that leaves places empty."""

    filled: float = 1.0

    def write(self, text: str, x: float, baseline: float, size: float) -> float:
        return super().write(text, x, baseline, size) if self.rng.random() < self.filled else x

    def flourish(self, x: float, y: float, size: float) -> None:
        if self.rng.random() < self.filled:
            super().flourish(x, y, size)


class Canvas(Sheet):
    """A page while it is filled, by one clerk for the whole book; some places stay empty."""

    def __init__(self, rng: np.random.Generator, hand: Hand, filled: float) -> None:
        super().__init__(rng)
        self.filled = filled
        self.pen: SparingPen = SparingPen(rng, hand, filled=filled)

    def turn(self, size: tuple[int, int]) -> None:
        """Take paper of another size, before anything is drawn."""
        self._print = Image.new("L", size)
        self._draw = ImageDraw.Draw(self._print)

    def masks(self) -> tuple[MatLike, MatLike]:
        written = np.zeros((self._print.height, self._print.width), np.uint8)
        self.pen.draw(written)
        return np.array(self._print), written

    def write(self, text: str, x: float, y: float, room: float, size: float) -> None:
        """Write into a place that has so much room."""
        self.pen.write(text, x, y, self.pen.fitting(text, room, size))


def sentence(rng: np.random.Generator, words: int) -> str:
    """Words that mean nothing."""
    return " ".join(person(rng).lower() for _ in range(1 + words // 3))


def draw_single(canvas: Canvas, number: int, register: str = "KS") -> None:
    """One case on a page, as the demo draws it."""
    fill_case(canvas, FORMS[register], number, 2005, 1)


def draw_marriage(canvas: Canvas, number: int) -> None:
    draw_single(canvas, number, "KH")


def draw_ledger(canvas: Canvas, number: int) -> None:
    """A table of twelve rows; page and row numbers alone differ in print."""
    rng = canvas.rng
    canvas.label("SỔ KHAI TỬ", PAGE_WIDTH / 2, 170, 60, bold=True, anchor="ms")
    canvas.label(f"{number}", RIGHT, 130, 34, anchor="rs")
    columns = (LEFT, LEFT + 170, LEFT + 760, LEFT + 1010, LEFT + 1500, RIGHT)
    top, head, height = 230, 130, 232
    for x in columns:
        canvas.line(x, top, x, top + head + 12 * height, 4)
    for (x0, x1), text in zip(
        pairwise(columns), ("Số", "Họ và tên", "Ngày chết", "Nơi cư trú", "Ghi chú"), strict=True
    ):
        canvas.label(text, (x0 + x1) / 2, top + 82, 38, bold=True, anchor="ms")
    for row in range(13):
        canvas.line(LEFT, top + head + row * height, RIGHT, top + head + row * height, 3)
    canvas.line(LEFT, top, RIGHT, top, 6)
    rows, canvas.pen.filled = np.flatnonzero(rng.random(12) < canvas.filled).tolist(), 1.0
    for row in rows:
        y = top + head + row * height + 90
        canvas.write(f"{number * 12 + row}", columns[0] + 20, y, 130, 44)
        canvas.write(person(rng), columns[1] + 16, y, 560, 36)
        canvas.write(person(rng), columns[1] + 16, y + 92, 560, 36)
        canvas.write(f"{rng.integers(1, 29)}/{rng.integers(1, 13)}/78", columns[2] + 12, y, 230, 34)
        canvas.write(f"Thôn {person(rng)}", columns[3] + 14, y, 470, 32)
        if rng.random() < 0.4:
            canvas.write(sentence(rng, 3), columns[4] + 14, y, RIGHT - columns[4] - 30, 30)


def draw_blocks(canvas: Canvas, number: int) -> None:
    """Three cases one below the other, each with its labels and dotted rules."""
    rng = canvas.rng
    labels = ("Họ và tên", "Sinh ngày", "Con ông", "Con bà", "Người khai", "Ngày đăng ký")
    for block in range(3):
        top = 150 + block * 1040
        canvas.line(LEFT, top, RIGHT, top, 5)
        end = canvas.label("Số", LEFT + 20, top + 90, 60, bold=True)
        canvas.dots(end + 10, end + 260, top + 96)
        canvas.write(f"{number * 3 + block}", end + 40, top + 86, 200, 60)
        for row, text in enumerate(labels):
            y = top + 210 + row * 118
            start = canvas.label(text + ":", LEFT + 20, y, 42) + 12
            canvas.dots(start, RIGHT, y + 4)
            value = f"{rng.integers(1, 29)}.{rng.integers(1, 13)}.1962" if row in {1, 5} else person(rng)
            canvas.write(value, start + 20 + rng.uniform(0, 60), y - 6, 1100, 38)
        if rng.random() < 0.8:
            canvas.pen.flourish(1500 + rng.uniform(-60, 60), top + 860, 60)


def draw_notebook(canvas: Canvas, number: int) -> None:
    """Ruled paper without a printed word, written full."""
    rng = canvas.rng
    canvas.line(LEFT + 180, 0, LEFT + 180, PAGE_HEIGHT, 3)
    for y in range(280, PAGE_HEIGHT - 120, 106):
        canvas.line(0, y, PAGE_WIDTH, y, 2)
        if rng.random() < 0.85:
            canvas.write(sentence(rng, int(rng.integers(2, 10))), LEFT + 210, y - 4, RIGHT - LEFT - 260, 34)


def draw_wide(canvas: Canvas, number: int) -> None:
    """A landscape table with narrow columns and short entries."""
    canvas.turn((PAGE_HEIGHT, PAGE_WIDTH))
    rng, left, right = canvas.rng, 140, PAGE_HEIGHT - 140
    columns = np.linspace(left, right, 12).round().astype(int)
    canvas.label("SỔ ĐĂNG KÝ KẾT HÔN", PAGE_HEIGHT / 2, 140, 56, bold=True, anchor="ms")
    for index, (x0, x1) in enumerate(pairwise(columns)):
        canvas.label(f"({index + 1})", (x0 + x1) / 2, 300, 34, anchor="ms")
    for x in columns:
        canvas.line(int(x), 200, int(x), PAGE_WIDTH - 120, 3)
    for y in (200, 330, *range(560, PAGE_WIDTH - 100, 258)):
        canvas.line(left, y, right, y, 3)
    for row in range(7):
        y = 430 + 258 * row
        for x0, x1 in pairwise(columns):
            word = person(rng).split()
            canvas.write(word[0], x0 + 12, y, x1 - x0 - 24, 34)
            canvas.write(word[1] if rng.random() < 0.6 else str(number), x0 + 12, y + 88, x1 - x0 - 24, 34)


def draw_certificate(canvas: Canvas, number: int) -> None:
    """Printed sentences with a few short gaps to be filled: much print, little writing."""
    rng, words = canvas.rng, CERTIFIED.split()
    canvas.label("TRÍCH LỤC", PAGE_WIDTH / 2, 240, 70, bold=True, anchor="ms")
    canvas.label("Số", LEFT, 400, 44)
    canvas.write(f"{number}", LEFT + 110, 396, 200, 48)
    x, y, gaps = float(LEFT), 560, 0
    for index in range(230):
        word = words[index * 7 % len(words)]
        if x > RIGHT - 260:
            x, y = float(LEFT), y + 92
        if index % 23 == 11:
            canvas.dots(x, x + 420, y + 4)
            canvas.write(
                person(rng) if gaps % 3 else f"{rng.integers(1, 29)}/{rng.integers(1, 13)}", x + 20, y, 380, 34
            )
            x, gaps = x + 450, gaps + 1
        else:
            x = canvas.label(word, x, y, 46) + 22
    canvas.pen.flourish(1500 + rng.uniform(-80, 80), PAGE_HEIGHT - 420, 60)


def draw_typed(canvas: Canvas, number: int) -> None:
    """A table filled in on a typewriter: the same letters everywhere, other words on every page."""
    rng, columns = canvas.rng, (LEFT, LEFT + 260, LEFT + 1000, LEFT + 1420, RIGHT)
    canvas.label("DANH SÁCH", PAGE_WIDTH / 2, 170, 60, bold=True, anchor="ms")
    for x in columns:
        canvas.line(x, 230, x, PAGE_HEIGHT - 150, 3)
    canvas.line(LEFT, 230, RIGHT, 230, 3)
    for row in range(24):
        y = 340 + row * 118
        canvas.line(LEFT, y + 30, RIGHT, y + 30, 2)
        if rng.random() < canvas.filled:
            canvas.label(f"{number * 24 + row}", columns[0] + 30, y, 40)
            canvas.label(person(rng), columns[1] + 20, y, 40)
            canvas.label(f"{rng.integers(1, 29):02}.{rng.integers(1, 13):02}.59", columns[2] + 20, y, 40)
            canvas.label(person(rng).split()[0], columns[3] + 20, y, 40)


FORM_DRAWERS: dict[str, Callable[[Canvas, int], None]] = {
    "single": draw_single,
    "marriage": draw_marriage,
    "ledger": draw_ledger,
    "blocks": draw_blocks,
    "notebook": draw_notebook,
    "wide": draw_wide,
    "certificate": draw_certificate,
    "typed": draw_typed,
}


def _ink_paper(
    printed: MatLike, written: MatLike, clerk: Clerk, paper: tuple[int, int, int], rng: np.random.Generator
) -> MatLike:
    """Paper with its tone, print and writing."""
    scale = PAPER_DPI / DRAWN_DPI
    size = (round(printed.shape[1] * scale), round(printed.shape[0] * scale))
    printed, written = (cv2.resize(mask, size, interpolation=cv2.INTER_AREA) for mask in (printed, written))
    patches = rng.uniform(0.93, 1.03, (12, 9)).astype(np.float32)
    tone = np.asarray(cv2.resize(patches, size, interpolation=cv2.INTER_CUBIC), np.float32)
    stains = np.zeros((size[1], size[0]), np.float32)
    for _ in range(int(rng.integers(3, 12))):
        x, y, radius = (int(v) for v in rng.integers((0, 0, 3), (size[0], size[1], 26)))
        cv2.circle(stains, (x, y), radius, float(rng.uniform(0.03, 0.12)), -1)
    tone = tone * (1 - np.asarray(cv2.GaussianBlur(stains, (0, 0), 4), np.float32))
    print_share = printed.astype(np.float32) * np.float32(0.85 / FULL)
    pen_share = written.astype(np.float32) * np.float32(clerk.depth / FULL)
    planes = []
    for channel in range(3):
        plane = np.float32(paper[channel]) * tone * (1 - print_share * np.float32(1 - PRINT[channel] / 255))
        plane = plane * (1 - pen_share * np.float32(1 - clerk.ink[channel] / 255))
        planes.append(np.clip(plane, 0, 255).astype(np.uint8))
    return np.asarray(cv2.merge(planes), np.uint8)
