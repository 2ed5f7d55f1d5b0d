"""The share of Vietnamese tone marks that can still be told apart after the recipe, in dark and in faded ink.

A sheet of syllables that differ in their tone mark alone is written, scanned and made into a delivery copy. Each
syllable of the copy is then held against clean drawings of the same syllable with each of the six tones, and the most
alike counts as what is read: chance is one in six.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import pairwise, product

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from station.demo.handwriting import Hand, Pen
from station.demo.paper import lay_on_paper
from station.imaging import checks, steps
from station.imaging.encode import encode_at, encode_page, order_for_storing
from station.imaging.recipe import MM_PER_INCH, load_recipe
from tests.bench.check_scores import judge
from tests.corpus.pages import Taking, set_text, take

pytestmark = pytest.mark.bench

RECIPE = load_recipe()
PAGE = (2300, 3320)
TONES = (
    "",
    "\N{COMBINING GRAVE ACCENT}",
    "\N{COMBINING ACUTE ACCENT}",
    "\N{COMBINING HOOK ABOVE}",
    "\N{COMBINING TILDE}",
    "\N{COMBINING DOT BELOW}",
)
BASES = ("ma", "bê", "tô", "hơ", "lư", "ca", "đi")
COLUMNS, ROWS = 12, 26
CELL = (165, 115)
CORNER = (160, 170)
X_HEIGHTS = (20.0, 27.0)
"""Pixels of the drawn paper (280 dpi): 1.8 and 2.4 mm, as small as clerks write."""
DEPTHS = {"dark": 0.95, "faded": 0.33}
LEAST = {"dark": 0.98, "faded": 0.90}
SHIFTS = range(-2, 3)

Mask = NDArray[np.uint8]


@dataclass(frozen=True)
class Sheet:
    """Syllables in a grid, each written with every tone: `masks[tone]`; `read[cell]` is the one on the paper."""

    masks: tuple[Mask, ...]
    read: NDArray[np.int64]

    def written(self) -> Mask:
        """Each cell with its own tone."""
        page = np.zeros_like(self.masks[0])
        for cell, tone in enumerate(self.read):
            rows, columns = place_of(cell)
            page[rows, columns] = self.masks[tone][rows, columns]
        return page


def place_of(cell: int) -> tuple[slice, slice]:
    row, column = divmod(cell, COLUMNS)
    left, top = CORNER[0] + column * CELL[0], CORNER[1] + row * CELL[1]
    return slice(top, top + CELL[1]), slice(left, left + CELL[0])


def write_sheet(hand: str, seed: int) -> Sheet:
    """The same hand, size and place for all six tones of a cell."""
    rng = np.random.default_rng(seed)
    masks = tuple(np.zeros(PAGE[::-1], np.uint8) for _ in TONES)
    for cell in range(COLUMNS * ROWS):
        rows, columns = place_of(cell)
        x, baseline = columns.start + 25 + rng.uniform(-6, 6), rows.start + 78 + rng.uniform(-4, 4)
        size = X_HEIGHTS[cell % len(X_HEIGHTS)]
        for mask, tone in zip(masks, TONES, strict=True):
            text = unicodedata.normalize("NFC", BASES[cell % len(BASES)] + tone)
            if hand == "font":
                set_text(mask, text, x, baseline, size)
            else:
                pen = Pen(np.random.default_rng([seed, cell]), Hand(0.3, 1.15, 0.12, 0.0))
                pen.write(text, x, baseline, size)
                pen.draw(mask)
    return Sheet(masks, rng.integers(0, len(TONES), COLUMNS * ROWS))


def read_sheet(sheet: Sheet, copy: Mask, paper_to_copy: NDArray[np.float64]) -> float:
    """Share of the cells whose tone is read right."""
    drawn = [cv2.warpAffine(mask, paper_to_copy, copy.shape[::-1], flags=cv2.INTER_AREA) for mask in sheet.masks]
    right = 0
    for cell, tone in enumerate(sheet.read):
        rows, columns = cut_of(paper_to_copy, place_of(cell))
        crop = 255 - copy[rows, columns].astype(np.float32)
        likeness = [best_likeness(crop, np.asarray(mask[rows, columns], np.float32)) for mask in drawn]
        right += int(np.argmax(likeness)) == tone
    return right / len(sheet.read)


def cut_of(matrix: NDArray[np.float64], place: tuple[slice, slice]) -> tuple[slice, slice]:
    rows, columns = place
    middle = matrix[:, :2] @ ((columns.start + columns.stop) / 2, (rows.start + rows.stop) / 2) + matrix[:, 2]
    scale = float(np.hypot(*matrix[:, 0]))
    half = np.array(CELL) * scale / 2
    (left, top), (right, bottom) = np.rint(middle - half).astype(int), np.rint(middle + half).astype(int)
    return slice(top, bottom), slice(left, right)


def best_likeness(crop: NDArray[np.float32], drawn: NDArray[np.float32]) -> float:
    """Correlation at the best of a few shifts."""
    edge = max(SHIFTS)
    inner = np.ascontiguousarray(drawn[edge:-edge, edge:-edge])
    return float(cv2.matchTemplate(crop, inner, cv2.TM_CCOEFF_NORMED).max())


@pytest.mark.parametrize("hand", ["pen", "font"])
def test_tone_marks_are_told_apart(hand: str) -> None:
    results = {}
    for ink, quality in product(DEPTHS, ("usual", "floor")):
        sheet = write_sheet(hand, 60)
        rng = np.random.default_rng(61)
        printed = np.zeros(PAGE[::-1], np.uint8)
        written = np.asarray(np.rint(sheet.written() * DEPTHS[ink]), np.uint8)
        paper = np.asarray(lay_on_paper(printed, written, (1700, 2460), rng, cover=False)[..., ::-1], np.uint8)
        how = Taking(skew=0.8, noise=2.5, seed=62)
        taken = take(paper, how)
        judged = judge(taken.pixels, how.dpi)
        copy, told = encode(judged.page, ink, quality)
        layout = judged.layout
        scale = layout.dpi / layout.source_dpi
        corners = steps.turn_back(taken.corners, layout.crop.skew_degrees) - (layout.crop.left, layout.crop.top)
        height, width = paper.shape[:2]
        on_paper = np.array([(0.0, 0), (width, 0), (0, height)], np.float32)
        matrix = cv2.getAffineTransform(on_paper, np.asarray(corners[[0, 1, 3]] * scale, np.float32))
        results[ink, quality] = read_sheet(sheet, copy, np.asarray(matrix, np.float64))
        print(f"\n{hand:5} {ink:6} {quality:6} q{told}: {results[ink, quality]:.1%} told apart (chance 17 %)", end="")
    for (ink, _), share in results.items():
        assert share >= LEAST[ink], results


def encode(page: Mask, ink: str, quality: str) -> tuple[Mask, int]:
    """Grey of the delivery copy, and its quality."""
    paper = checks.measure_paper(page, RECIPE.checks)
    faint = 0 < paper.ink_depth < RECIPE.quality.faint_ink_depth
    assert faint == (ink == "faded"), paper.ink_depth
    stored = order_for_storing(page)
    if quality == "floor":
        encoded = encode_at(stored, RECIPE.quality.floor_of(faint=faint), RECIPE, RECIPE.dpi)
    else:
        area = page.shape[0] * page.shape[1] * (MM_PER_INCH / RECIPE.dpi) ** 2
        encoded = encode_page(stored, RECIPE, RECIPE.dpi, area, faint=faint)
    grey = cv2.imdecode(np.frombuffer(encoded.data, np.uint8), cv2.IMREAD_GRAYSCALE)
    return np.asarray(grey, np.uint8), encoded.quality


def test_every_syllable_has_six_drawings() -> None:
    sheet = write_sheet("font", 1)
    assert all((one != other).any() for one, other in pairwise(sheet.masks))
