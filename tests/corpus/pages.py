"""Register pages under a scanner whose corners, skew, resolution and gutter are known exactly. Seeded.

A paper is drawn by `tests.corpus.registers` (forms, tables, school hands) or set in a handwriting font, gets tone,
stains, show-through and a stamp, and is laid on a bed. Places are those of `station.imaging.steps`: the first pixel's
centre is (0.5, 0.5). Pixels are R, G, B.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFont

from station.demo.paper import lay_on_paper
from tests.corpus.registers import DRAWN_DPI, FORM_DRAWERS, FULL, Canvas, Clerk

if TYPE_CHECKING:
    from station.demo.handwriting import Hand

Pixels = NDArray[np.uint8]
Points = NDArray[np.float64]

FONTS = Path(__file__).parent / "fonts"
FORMS = tuple(form for form in FORM_DRAWERS if form != "wide")
"""The forms on upright paper."""
DARK_BED = (22, 21, 20)
WHITE_BED = (250, 250, 248)
_SHARPNESS_MM = (0.05, 0.09)
"""Radius of the blur that lens and sensor of a good scanner have."""


@dataclass(frozen=True)
class Book:
    """A book to draw pages of: its form, its clerk, whether its ink has faded, whether a font wrote it."""

    seed: int
    form: str
    faded: bool = False
    font: bool = False
    filled: float = 1.0

    @classmethod
    def of(cls, seed: int) -> Book:
        """Another book: every form in turn, every fifth faded, every fourth in the letters of a font."""
        return cls(seed, FORMS[seed % len(FORMS)], faded=seed % 5 == 4, font=seed % 4 == 3)

    def paper(self, number: int) -> Pixels:
        """Page `number`, upright, without a scanner, at `DRAWN_DPI`."""
        rng, printed, written = self._draw(number)
        share = rng.uniform(0.3, 0.42) if self.faded else 1.0
        written = np.asarray(np.rint(written * share), np.uint8)
        stamp_at = (1700 + int(rng.integers(-60, 60)), 2460 + int(rng.integers(-60, 60)))
        paper = lay_on_paper(printed, written, stamp_at, rng, cover=False)
        return np.asarray(paper[..., ::-1], np.uint8)

    def written(self, number: int) -> Pixels:
        """Where the pen went on page `number`: 255 is full ink."""
        return np.asarray(self._draw(number)[2], np.uint8)

    def _draw(self, number: int) -> tuple[np.random.Generator, cv2.typing.MatLike, cv2.typing.MatLike]:
        rng = np.random.default_rng([self.seed, number, 11])
        canvas = FontCanvas if self.font else Canvas
        sheet = canvas(rng, Clerk.of(self.seed).hand, self.filled)
        FORM_DRAWERS[self.form](sheet, number)
        return rng, *sheet.masks()

    def spread(self, number: int) -> Spread:
        """Pages `number` and `number + 1` side by side as the book lies open."""
        rng = np.random.default_rng([self.seed, number, 13])
        left, right = self.paper(number), self.paper(number + 1)
        return bind(np.hstack([left, right]), float(left.shape[1]), rng)


@dataclass(frozen=True)
class Spread:
    """An open book from above, and the ends of its gutter in it."""

    pixels: Pixels
    gutter: Points


def bind(pages: Pixels, middle: float, rng: np.random.Generator) -> Spread:
    """Shade two pages towards the gutter, each side in its own way, and draw the fold."""
    height, width = pages.shape[:2]
    lean = math.tan(math.radians(rng.uniform(-0.25, 0.25)))
    line = middle + lean * (np.arange(height, dtype=np.float32)[:, None] - height / 2)
    off = (np.arange(width, dtype=np.float32)[None, :] + 0.5 - line) * np.float32(25.4 / DRAWN_DPI)
    reach, depth = rng.uniform(3, 12, 2), rng.uniform(0.15, 0.5, 2)
    shade = np.where(off < 0, depth[0] * np.exp(off / reach[0]), depth[1] * np.exp(-off / reach[1]))
    shade = 1 - np.maximum(shade, rng.uniform(0.5, 0.8) * np.exp(-((off / rng.uniform(0.15, 0.4)) ** 2)))
    bound = np.asarray(np.clip(pages * shade[..., None], 0, FULL), np.uint8)
    ends = np.array([(line[0, 0], 0.0), (line[-1, 0], float(height))], np.float64)
    return Spread(bound, ends)


class FontCanvas(Canvas):
    """A page whose entries are set in a handwriting font; signatures stay the pen's."""

    def __init__(self, rng: np.random.Generator, hand: Hand, filled: float) -> None:
        super().__init__(rng, hand, filled)
        self._entries: list[tuple[str, float, float, float]] = []
        self.pen.write = self._set  # type: ignore[method-assign]

    def _set(self, text: str, x: float, baseline: float, size: float) -> float:
        if self.rng.random() >= self.pen.filled:
            return x
        self._entries.append((text, x, baseline, size))
        return x + sum(_advance(letter, size) for letter in text)

    def masks(self) -> tuple[cv2.typing.MatLike, cv2.typing.MatLike]:
        printed, written = super().masks()
        for text, x, baseline, size in self._entries:
            set_text(written, text, x, baseline, size)
        return printed, written


def set_text(mask: cv2.typing.MatLike, text: str, x: float, baseline: float, size: float) -> None:
    """Set text in Patrick Hand into a mask of ink; `size` is the x-height in pixels."""
    for letter in text:
        glyph, left, top = _glyph(letter, round(size, 1))
        place_x, place_y = round(x) + left, round(baseline) + top
        rows, columns = _inside(place_y, glyph.shape[0], mask.shape[0]), _inside(place_x, glyph.shape[1], mask.shape[1])
        part = mask[place_y + rows.start : place_y + rows.stop, place_x + columns.start : place_x + columns.stop]
        np.maximum(part, glyph[rows, columns], out=part)
        x += _advance(letter, size)


def _inside(start: int, length: int, room: int) -> slice:
    first = min(max(0, -start), length)
    return slice(first, max(first, min(length, room - start)))


@cache
def _glyph(letter: str, size: float) -> tuple[Pixels, int, int]:
    font = _font(letter, size)
    left, top, right, bottom = (round(side) for side in font.getbbox(letter, anchor="ls"))
    if right <= left or bottom <= top:
        return np.zeros((1, 1), np.uint8), 0, 0
    image = Image.new("L", (right - left + 2, bottom - top + 2))
    mask = font.getmask(letter, anchor="ls")
    drawn = np.array(mask, np.uint8).reshape(mask.size[::-1])
    glyph = np.array(image)
    glyph[: drawn.shape[0], : drawn.shape[1]] = drawn[: glyph.shape[0], : glyph.shape[1]]
    return glyph, left, top


def _advance(letter: str, size: float) -> float:
    return _font(letter, round(size, 1)).getlength(letter)


def _font(letter: str, size: float) -> ImageFont.FreeTypeFont:
    """The half of the font that has this letter: the basic ones are in one file, the Vietnamese in another."""
    basic = ord(letter) < 0x100
    return _load_font("latin" if basic else "vietnamese", size)


@cache
def _load_font(subset: str, size: float) -> ImageFont.FreeTypeFont:
    # The x-height of Patrick Hand is 0.47 of its size.
    return ImageFont.truetype(str(FONTS / f"patrick-hand-{subset}.woff"), size / 0.47)


# --- under the scanner ---


@dataclass(frozen=True)
class Taking:
    """How a paper lies under the scanner. Millimetres, degrees clockwise.

    `bed_mm` is the bed that shows at the left, top, right and bottom of the upright paper; negative values cut it.
    """

    dpi: int = 300
    skew: float = 0.0
    bed_mm: tuple[float, float, float, float] = (8.0, 8.0, 8.0, 8.0)
    bed: tuple[int, int, int] = DARK_BED
    brightness: float = 1.0
    gradient: float = 0.0
    noise: float = 2.5
    sharpness_mm: float = 0.06
    seed: int = 0

    @classmethod
    def of(cls, seed: int) -> Taking:
        """A careful operator's: skew up to 3 degrees, dark bed around, lamp and lens as they vary."""
        rng = np.random.default_rng([seed, 21])
        bed = tuple(float(side) for side in rng.uniform(9, 16, 4))
        return cls(
            skew=rng.uniform(-3, 3),
            bed_mm=(bed[0], bed[1], bed[2], bed[3]),
            bed=(int(rng.integers(12, 55)),) * 3,
            brightness=rng.uniform(0.92, 1.06),
            gradient=rng.uniform(0, 0.06),
            noise=rng.uniform(1.5, 3.5),
            sharpness_mm=rng.uniform(*_SHARPNESS_MM),
            seed=seed,
        )

    @classmethod
    def filling(cls, seed: int) -> Taking:
        """A feeder that crops to the paper: nothing but paper in the picture."""
        return replace(cls.of(seed), skew=0.0, bed_mm=(-0.4, -0.4, -0.4, -0.4))


@dataclass(frozen=True)
class Picture:
    """What the scanner gave, and the truth about it: corners from the top left clockwise, and the gutter's ends."""

    pixels: Pixels
    corners: Points
    skew: float
    dpi: int
    gutter: Points | None = None


def take(paper: Pixels | Spread, how: Taking) -> Picture:
    """Lay a paper on the bed and scan it."""
    pixels = paper.pixels if isinstance(paper, Spread) else paper
    matrix, size = _place(pixels, how)
    sigma = how.sharpness_mm * DRAWN_DPI / 25.4
    soft = cv2.GaussianBlur(pixels, (0, 0), sigma)
    on_pixels = matrix.copy()
    on_pixels[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    picture = cv2.warpAffine(
        soft, on_pixels, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=how.bed
    )
    picture = _light(np.asarray(picture, np.uint8), how)
    height, width = pixels.shape[:2]
    corners = _map(np.array([(0.0, 0), (width, 0), (width, height), (0, height)]), matrix)
    gutter = _map(paper.gutter, matrix) if isinstance(paper, Spread) else None
    return Picture(_add_noise(picture, how), corners, how.skew, how.dpi, gutter)


def _place(paper: Pixels, how: Taking) -> tuple[Points, tuple[int, int]]:
    """Matrix from places on the paper to places in the picture, and the picture's size."""
    scale, mm = how.dpi / DRAWN_DPI, how.dpi / 25.4
    left, top, right, bottom = (side * mm for side in how.bed_mm)
    width, height = paper.shape[1] * scale, paper.shape[0] * scale
    cosine, sine = math.cos(math.radians(how.skew)), math.sin(math.radians(how.skew))
    turn = np.array([(cosine, -sine), (sine, cosine)]) * scale
    # The bed is counted around the turned paper, so that none of it is cut unless asked.
    wide, high = width * cosine + height * abs(sine), height * cosine + width * abs(sine)
    size = (round(wide + left + right), round(high + top + bottom))
    middle = np.array([left + wide / 2, top + high / 2])
    offset = middle - turn @ (paper.shape[1] / 2, paper.shape[0] / 2)
    return np.column_stack([turn, offset]), size


def _map(points: Points, matrix: Points) -> Points:
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], np.float64)


def _light(picture: Pixels, how: Taking) -> Pixels:
    """The lamp: as bright as it is, falling off towards one side."""
    x = np.linspace(-0.5, 0.5, picture.shape[1], dtype=np.float32)
    row = np.clip(how.brightness * (1 + how.gradient * x) * 128, 0, 255).astype(np.uint8)
    plane = np.broadcast_to(row[None, :, None], picture.shape)
    return np.asarray(cv2.multiply(picture, np.ascontiguousarray(plane), scale=1 / 128), np.uint8)


@cache
def _noise_tile() -> NDArray[np.float32]:
    return np.random.default_rng(77).standard_normal((640, 640, 3), np.float32)


def _add_noise(picture: Pixels, how: Taking) -> Pixels:
    """Sensor noise from one tile, laid from another place for every seed."""
    rng = np.random.default_rng([how.seed, 31])
    tile = np.roll(np.rint(_noise_tile() * how.noise).astype(np.int16), tuple(rng.integers(0, 640, 2)), (0, 1))
    height, width = picture.shape[:2]
    for top in range(0, height, 640):
        for left in range(0, width, 640):
            part = picture[top : top + 640, left : left + 640]
            np.clip(part + tile[: part.shape[0], : part.shape[1]], 0, FULL, out=part, casting="unsafe")
    return picture
