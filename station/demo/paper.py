"""Old paper under a scanner's lamp: tone, fibres, stains, ink, stamp, show-through, the dark bed and the sensor.

Masks and layers are 8-bit single planes and meet by multiplication: that keeps a page of 26 MB within its time.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw

from station.demo.forms import FULL_INK, PAGE_HEIGHT, PAGE_WIDTH, load_font

if TYPE_CHECKING:
    from cv2.typing import MatLike
    from numpy.typing import NDArray

    Colour = tuple[int, int, int]
    Field = NDArray[np.float32]

BED_WIDTH, BED_HEIGHT = 2480, 3508
SMALL = (PAGE_WIDTH // 4, PAGE_HEIGHT // 4)
BED_LEVEL = 17
MAX_SKEW_DEGREES = 2.0
GRAIN_ROWS, GRAIN_SLACK = 701, 512
FIBRES = 900
PLAIN = 226
"""Level of the texture where it neither darkens nor lightens the paper."""

COVER_PAPER: Colour = (158, 188, 203)
PAGE_PAPER: Colour = (192, 222, 234)
PRINTERS_INK: Colour = (58, 54, 56)
STAMP_RED: Colour = (72, 62, 196)
PEN_INKS: tuple[Colour, ...] = ((112, 58, 40), (104, 58, 42), (86, 60, 54), (122, 66, 54))
BROWN: Colour = (102, 148, 182)


def lay_on_paper(
    printed: MatLike, written: MatLike, stamp_at: tuple[int, int], rng: np.random.Generator, *, cover: bool
) -> MatLike:
    """Colour picture (BGR) of the page itself, upright, without the scanner. A cover is too thick to show through."""
    texture = _texture(rng)
    tone = _tone(COVER_PAPER if cover else PAGE_PAPER, rng)
    print_ink = cv2.multiply(printed, _uneven(rng, 0.74, 0.92), scale=1 / 255)
    if not cover:
        print_ink = cv2.max(print_ink, _show_through(printed, written))
    pen = cv2.multiply(written, _uneven(rng, 0.72, 0.98), scale=1 / 255)
    pen_colour = PEN_INKS[int(rng.integers(len(PEN_INKS)))]
    stamp, place = _stamp(stamp_at, rng)
    planes = []
    for channel in range(3):
        plane = cv2.resize(tone[channel], (PAGE_WIDTH, PAGE_HEIGHT), interpolation=cv2.INTER_LINEAR)
        cv2.multiply(plane, texture, plane, scale=1 / PLAIN)
        _stain(plane, print_ink, PRINTERS_INK[channel])
        _stain(plane, pen, pen_colour[channel])
        _stain(plane[place], stamp, STAMP_RED[channel])
        planes.append(plane)
    return cv2.merge(planes)


def scan(page: MatLike, rng: np.random.Generator) -> MatLike:
    """What the scanner makes of the page: a slightly turned sheet on the dark bed, and sensor noise."""
    skew = math.radians(rng.uniform(-MAX_SKEW_DEGREES, MAX_SKEW_DEGREES))
    turn = np.array([[math.cos(skew), -math.sin(skew)], [math.sin(skew), math.cos(skew)]])
    middle = np.array([BED_WIDTH / 2, BED_HEIGHT / 2]) + rng.uniform(-10, 10, 2)
    shift = middle - turn @ np.array([PAGE_WIDTH / 2, PAGE_HEIGHT / 2])
    _wear(page, rng)
    flat = cv2.warpAffine(
        page,
        np.column_stack([turn, shift]),
        (BED_WIDTH, BED_HEIGHT),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(BED_LEVEL + 2, BED_LEVEL, BED_LEVEL),
    )
    _add_grain(flat, rng)
    return flat


def _stain(plane: MatLike, mask: MatLike, colour: int) -> None:
    """Darken a plane in place towards ``colour`` as far as the mask says: plane * (1 - mask * (1 - colour))."""
    table = np.rint(255 - np.arange(256) * (1 - colour / 255)).astype(np.uint8)
    cv2.multiply(plane, cv2.LUT(mask, table), plane, scale=1 / 255)


def _clouds(rng: np.random.Generator, cells: int, low: float, high: float, size: tuple[int, int]) -> Field:
    """Smooth random field between two levels, width and height of the picture given."""
    small = rng.uniform(low, high, (cells * 3 // 2, cells)).astype(np.float32)
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC), np.float32)


def _uneven(rng: np.random.Generator, low: float, high: float) -> MatLike:
    """How much ink the paper took, from place to place."""
    field = _clouds(rng, 26, low * 255, high * 255, (PAGE_WIDTH // 8, PAGE_HEIGHT // 8))
    return cv2.resize(_to_bytes(field), (PAGE_WIDTH, PAGE_HEIGHT), interpolation=cv2.INTER_LINEAR)


def _tone(paper: Colour, rng: np.random.Generator) -> list[MatLike]:
    """Colour planes of the bare paper at a quarter of the size: clouds, and brown where age and damp made it so."""
    light = _clouds(rng, 7, 0.95, 1.03, SMALL) * _clouds(rng, 60, 0.98, 1.02, SMALL)
    brown = _stains(rng)
    return [
        _to_bytes(paper[channel] * light * (1 - brown * (1 - BROWN[channel] / 255))) for channel in range(len(paper))
    ]


def _texture(rng: np.random.Generator) -> MatLike:
    """Light plane of the paper's surface: coarse grain and fibres."""
    coarse = rng.standard_normal((PAGE_HEIGHT // 4, PAGE_WIDTH // 4), np.float32) * 6 + PLAIN
    coarse = np.asarray(cv2.GaussianBlur(coarse, (0, 0), 0.8), np.float32)
    texture = cv2.resize(_to_bytes(coarse), (PAGE_WIDTH, PAGE_HEIGHT), interpolation=cv2.INTER_LINEAR)
    _draw_fibres(texture, rng)
    return texture


def _to_bytes(field: Field) -> MatLike:
    return np.clip(field, 0, 255).astype(np.uint8)


def _draw_fibres(texture: MatLike, rng: np.random.Generator) -> None:
    """Short bent fibres of straw, lighter and darker than the paper."""
    start = rng.uniform((0, 0), (PAGE_WIDTH, PAGE_HEIGHT), (FIBRES, 1, 2))
    angle = rng.uniform(0, math.tau, (FIBRES, 1)) + rng.uniform(-0.5, 0.5, (FIBRES, 6)).cumsum(axis=1)
    steps = np.stack([np.cos(angle), np.sin(angle)], axis=2) * rng.uniform(3, 11, (FIBRES, 1, 1))
    lines = np.rint(start + steps.cumsum(axis=1)).astype(np.int32)
    for share, level in ((slice(0, FIBRES, 2), 198), (slice(1, FIBRES, 2), 236)):
        cv2.polylines(texture, list(lines[share]), isClosed=False, color=(level,), thickness=1, lineType=cv2.LINE_AA)


def _stains(rng: np.random.Generator) -> Field:
    """How brown (0 to 1) age turned the paper: the edges of the page, foxing, the rim that damp left."""
    width, height = SMALL
    x, y = np.arange(width), np.arange(height)[:, None]
    edge = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y)).astype(np.float32)
    rough = _clouds(rng, 12, 0.1, 1.0, SMALL)
    stain = 0.55 * rough * np.exp(-edge / 16) + _foxing(rng, width, height) + _tide_line(rng, x, y, rough)
    return np.asarray(np.clip(stain, 0, 0.9), np.float32)


def _foxing(rng: np.random.Generator, width: int, height: int) -> Field:
    """Brown specks, most of them in a few swarms."""
    spots = np.zeros((height, width), np.float32)
    for _ in range(int(rng.integers(4, 9))):
        heart = rng.uniform((0, 0), (width, height))
        for offset in rng.normal(0, 45, (int(rng.integers(5, 22)), 2)):
            centre = np.rint(heart + offset).astype(int)
            cv2.circle(
                spots, (int(centre[0]), int(centre[1])), int(rng.integers(1, 5)), float(rng.uniform(0.1, 0.5)), -1
            )
    soft, halo = cv2.GaussianBlur(spots, (0, 0), 1.6), cv2.GaussianBlur(spots, (0, 0), 6)
    return np.asarray(cv2.addWeighted(soft, 1, halo, 1.2, 0), np.float32)


def _tide_line(rng: np.random.Generator, x: NDArray[np.int_], y: NDArray[np.int_], rough: Field) -> Field:
    """Where damp came in from a corner and dried: a faint shade with a darker rim."""
    corner_x, corner_y = rng.choice((0, len(x))), rng.choice((0, len(y)))
    reach = rng.uniform(110, 290)
    far = np.hypot(x - corner_x, (y - corner_y) * rng.uniform(0.6, 1.3)).astype(np.float32) + 90 * rough
    outside = far - np.float32(reach)
    shade = 0.1 * (outside < 0)
    rim = 0.24 * np.exp(-((outside / 3.5) ** 2))
    return np.asarray(shade + rim, np.float32)


def _show_through(printed: MatLike, written: MatLike) -> MatLike:
    """The ink of the other side: mirrored, blurred, weak. The same form is printed there, a little out of register."""
    small = cv2.resize(cv2.max(printed, written), SMALL, interpolation=cv2.INTER_AREA)
    mirrored = np.roll(cv2.flip(small, 1), (9, 5), axis=(0, 1))
    soft = cv2.convertScaleAbs(cv2.GaussianBlur(mirrored, (0, 0), 1.1), alpha=0.13)
    return cv2.resize(soft, (PAGE_WIDTH, PAGE_HEIGHT), interpolation=cv2.INTER_LINEAR)


def _stamp(at: tuple[int, int], rng: np.random.Generator) -> tuple[MatLike, tuple[slice, slice]]:
    """Mask of the office's round stamp, turned a little and unevenly inked, and its place on the page."""
    die = np.asarray(_stamp_die())
    side = die.shape[0]
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.uniform(-14, 14)), 1)
    turned = cv2.warpAffine(die, turn, (side, side))
    worn = _clouds(rng, 12, 90, 300, (side, side)) + rng.normal(0, 26, (side, side)).astype(np.float32)
    inked = cv2.multiply(turned, np.clip(worn, 0, 215).astype(np.uint8), scale=1 / 255)
    left, top = (int(v) for v in np.array(at) + rng.integers(-40, 40, 2) - side // 2)
    return inked, (slice(top, top + side), slice(left, left + side))


@lru_cache(maxsize=1)
def _stamp_die() -> Image.Image:
    """The stamp as it was cut: rings, words around, star."""
    side, middle = 470, 235
    die = Image.new("L", (side, side))
    draw = ImageDraw.Draw(die)
    for radius, width in ((215, 8), (200, 3), (128, 4)):
        draw.ellipse((middle - radius, middle - radius, middle + radius, middle + radius), None, FULL_INK, width)
    star = [
        (middle + r * math.sin(k * math.pi / 5), middle - r * math.cos(k * math.pi / 5))
        for k, r in enumerate([58, 24] * 5)
    ]
    draw.polygon(star, FULL_INK)
    _words_around(die, "ỦY BAN NHÂN DÂN", -100, 100)
    _words_around(die, "XÃ MẪU ★", 130, 230)
    return die


def _words_around(die: Image.Image, text: str, begin: float, end: float) -> None:
    """Set letters around the ring between two angles (degrees from the top, clockwise)."""
    font = load_font("DejaVuSans-Bold.ttf", 36)
    for index, letter in enumerate(text):
        angle = begin + (end - begin) * index / (len(text) - 1)
        glyph = Image.new("L", (70, 70))
        ImageDraw.Draw(glyph).text((35, 35), letter, FULL_INK, font, "mm")
        glyph = glyph.rotate(-angle, Image.Resampling.BICUBIC)
        x = round(die.width / 2 + 164 * math.sin(math.radians(angle)) - 35)
        y = round(die.height / 2 - 164 * math.cos(math.radians(angle)) - 35)
        die.paste(FULL_INK, (x, y), glyph)


def _wear(page: MatLike, rng: np.random.Generator) -> None:
    """Blacken what wear took from the corners, and shade the side where the page was bound."""
    for x, y in ((0, 0), (PAGE_WIDTH, 0), (PAGE_WIDTH, PAGE_HEIGHT), (0, PAGE_HEIGHT)):
        a, b = (int(v) for v in rng.integers(4, 26, 2))
        corner = np.array([(x, y), (x + (a if x == 0 else -a), y), (x, y + (b if y == 0 else -b))])
        cv2.fillPoly(page, [corner], (BED_LEVEL, BED_LEVEL, BED_LEVEL))
    width = 150
    shade = np.rint(255 * (0.74 + 0.26 * np.sqrt(np.arange(width) / width))).astype(np.uint8)
    strip = page[:, :width]
    strip[:] = cv2.multiply(strip, np.broadcast_to(shade[None, :, None], strip.shape).copy(), scale=1 / 255)


def _add_grain(flat: MatLike, rng: np.random.Generator) -> None:
    """Take sensor noise off the picture in place, the tile laid from another place for each page."""
    left, top = int(rng.integers(GRAIN_SLACK)), -int(rng.integers(GRAIN_ROWS))
    tile = _grain_tile()[:, left : left + BED_WIDTH]
    while top < BED_HEIGHT:
        begin, end = max(0, top), min(BED_HEIGHT, top + GRAIN_ROWS)
        rows = flat[begin:end]
        cv2.subtract(rows, tile[begin - top : end - top], rows)
        top += GRAIN_ROWS


@lru_cache(maxsize=1)
def _grain_tile() -> NDArray[np.uint8]:
    """Sensor noise, made once in a process: drawing it for every page would cost as much as the page."""
    rng = np.random.default_rng(20050301)
    noise = rng.standard_normal((GRAIN_ROWS, BED_WIDTH + GRAIN_SLACK, 3), np.float32)
    noise *= np.array((3.1, 2.4, 2.7), np.float32)
    return np.asarray(np.clip(np.rint(noise + 5), 0, 14), np.uint8)
