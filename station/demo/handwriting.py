"""A procedural school hand: Vietnamese text as pen strokes with slant, wobble and changing pressure.

Letters are control points in units of the x-height, x to the right and y up from the baseline. The letters of a word
are joined into one curve; capitals, digits and accents are strokes of their own.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from cv2.typing import MatLike
    from numpy.typing import NDArray

    Points = NDArray[np.float64]

CURVE_STEPS = 7
SUBPIXEL_BITS = 4
WORD_GAP = 0.85

_JOINED = {
    "a": "0,.1 .75,.85 .45,1 .1,.6 .15,.1 .45,0 .75,.5 .8,1 .78,.3 .9,0 1.15,.2",
    "b": "0,.1 .4,1.2 .5,2.1 .35,2.2 .22,1.5 .2,.3 .45,0 .75,.4 .6,.95 .95,.85",
    "c": "0,.15 .2,.75 .5,1 .7,.86 .5,.98 .2,.6 .2,.15 .5,0 .9,.3",
    "d": "0,.1 .7,.85 .4,1 .1,.5 .25,.03 .6,.3 .85,2.1 .8,.4 .95,0 1.2,.2",
    "e": "0,.1 .5,.5 .55,.9 .35,1 .15,.55 .3,.05 .6,.05 .85,.3",
    "g": "0,.1 .75,.85 .45,1 .1,.6 .15,.1 .45,0 .75,.5 .8,1 .75,-.6 .5,-1.1 .3,-.8 .6,-.3 1.1,.25",
    "h": "0,.1 .4,1.3 .5,2.1 .33,2.15 .22,1 .2,0 .3,.6 .6,1 .78,.7 .78,.15 .9,0 1.1,.2",
    "i": "0,.05 .25,.95 .27,.3 .4,0 .6,.2",
    "k": "0,.1 .4,1.3 .5,2.1 .33,2.15 .22,1 .2,0 .3,.6 .6,.95 .7,.75 .35,.5 .6,.1 .75,0 1,.2",
    "l": "0,.1 .4,1.3 .48,2.1 .3,2.15 .22,1 .3,.1 .45,0 .7,.2",
    "m": "0,.5 .2,1 .25,.5 .22,0 .3,.6 .55,1 .65,.6 .62,0 .7,.6 .95,1 1.08,.7 1.08,.15 1.2,0 1.4,.2",
    "n": "0,.5 .2,1 .25,.5 .22,0 .3,.6 .6,1 .75,.7 .75,.15 .87,0 1.1,.2",
    "o": "0,.3 .5,.98 .2,.85 .1,.3 .4,0 .75,.35 .65,.9 .45,1 .6,.8 .95,.85",
    "p": "0,.2 .25,1 .22,-.2 .18,-1.1 .24,0 .5,.95 .8,.6 .65,.1 .45,.02 .9,.2",
    "q": "0,.1 .75,.85 .45,1 .1,.6 .15,.1 .45,0 .75,.5 .8,1 .78,-1.1 .85,-.4 1.1,.2",
    "r": "0,.05 .25,.9 .32,1.12 .42,.92 .65,.9 .62,.3 .75,0 .95,.2",
    "s": "0,.05 .4,.8 .42,1.1 .5,.8 .65,.3 .45,0 .2,.1 .5,.05 .9,.25",
    "t": "0,.05 .25,.9 .3,1.6 .28,.4 .4,0 .65,.2",
    "u": "0,.3 .2,.95 .2,.3 .4,0 .65,.3 .75,.95 .75,.3 .88,0 1.1,.2",
    "v": "0,.5 .2,1 .3,.6 .35,.1 .5,0 .8,.6 .75,1 1,.85",
    "x": "0,.75 .22,1 .4,.6 .35,.1 .12,.05 .4,.5 .75,1 .6,.95 .45,.3 .65,0 .95,.2",
    "y": "0,.3 .2,.95 .2,.3 .4,0 .65,.3 .75,.95 .72,-.5 .5,-1.1 .3,-.8 .6,-.3 1.05,.25",
}
"""Small letters; the last point of one is where the next begins."""

_EXTRA = {"t": ".05,1.12 .55,1.15", "đ": ".5,1.65 1.15,1.7"}
"""Bars that are drawn after the word."""

_SINGLE = {
    "A": ["0,0 .5,.9 .95,2.1 1.1,1 1.25,0", ".35,.75 1.2,.8"],
    "B": [".25,0 .3,1.2 .35,2.1", "0,1.8 .6,2.15 1,1.7 .7,1.15 .4,1.1 .9,1 1.1,.5 .7,0 .1,.1"],
    "C": ["1.1,1.6 .9,2.1 .4,1.8 .1,1 .3,.15 .75,0 1.2,.4"],
    "D": [".3,2.1 .35,1 .25,.1 .05,.2 .4,.1 .9,.15 1.3,1 1,1.9 .5,2.15 0,1.9"],
    "G": ["1.1,1.6 .9,2.1 .4,1.8 .1,1 .3,.15 .7,0 1,.4 1.05,.95 1,.1 .8,-.6 .4,-.6"],
    "H": [".1,1.9 .35,2.1 .35,1 .2,0", "1.2,2.1 1.1,1 1.15,.1 1.4,.2", ".3,1 1.15,1.1"],
    "K": [".1,1.9 .35,2.1 .35,1 .25,0", "1.15,2.1 .8,1.5 .4,1.1 .8,.6 1.2,0 1.4,.15"],
    "L": [".55,1.9 .4,2.15 .25,1.7 .3,.8 .2,.05 .05,.05 .25,.12 .6,0 1.1,.25"],
    "M": ["0,0 .2,1 .35,2.1 .6,1 .75,.3 1.1,1.3 1.35,2.1 1.4,1 1.5,.05 1.7,.2"],
    "N": ["0,0 .2,1 .3,2 .6,1.1 .95,0 1.1,1 1.25,2.1"],
    "P": [".3,0 .35,1.1 .35,2.1", "0,1.75 .55,2.15 1,1.7 .8,1.15 .4,1.05"],
    "Q": [".6,2.1 .2,1.6 .15,.6 .6,0 1.1,.6 1.05,1.6 .6,2.1", ".7,.5 1,.1 1.3,-.2"],
    "S": ["1,1.75 .75,2.1 .4,1.7 .75,1.1 .9,.5 .5,0 .1,.3"],
    "T": ["0,1.7 .25,2.05 .7,1.95 1.2,2.15", ".75,2 .6,1 .6,.2 .4,0 .2,.15"],
    "U": ["0,1.8 .22,2.1 .25,.6 .55,0 .95,.5 1.05,2.1 1.1,.3 1.35,.15"],
    "V": ["0,1.8 .25,2.1 .4,1.2 .6,0 1,1.2 1.2,2.1"],
    "X": ["0,1.8 .3,2.1 .6,1.2 1,0 1.2,.2", "1.1,2.1 .7,1.3 .1,0"],
    "0": [".5,1.7 .15,1.3 .1,.5 .4,0 .75,.4 .8,1.2 .5,1.7 .4,1.6"],
    "1": [".15,1.2 .5,1.7 .48,.9 .45,0"],
    "2": [".1,1.3 .35,1.7 .7,1.4 .5,.7 .1,.05 .45,.1 .85,.05"],
    "3": [".1,1.5 .45,1.7 .7,1.3 .35,.95 .75,.6 .5,0 .1,.15"],
    "4": [".55,1.7 .3,1.1 .1,.6 .5,.62 .9,.65", ".65,1.1 .6,.5 .55,-.1"],
    "5": [".2,1.65 .18,1 .6,1 .75,.5 .5,0 .1,.15", ".2,1.65 .8,1.7"],
    "6": [".65,1.65 .3,1.2 .12,.5 .4,0 .75,.35 .6,.8 .2,.6"],
    "7": [".1,1.6 .4,1.7 .8,1.65 .55,.8 .4,0", ".25,.85 .75,.9"],
    "8": [".65,1.45 .4,1.7 .2,1.35 .5,.9 .75,.4 .45,0 .15,.35 .45,.9 .65,1.45"],
    "9": [".7,1.3 .4,1.7 .15,1.25 .45,.9 .7,1.3 .7,.6 .5,0 .2,.05"],
    "/": ["0,-.3 .4,.8 .75,2"],
    "-": ["0,.6 .5,.65"],
    ".": [".05,.02 .12,.08 .1,0"],
    ",": [".1,.1 .15,0 0,-.3"],
    ":": [".1,.1 .14,.16 .12,.06", ".15,.9 .2,.96 .17,.86"],
    '"': ["0,.7 .15,.95", ".3,.7 .45,.95"],
}
"""Capitals, digits and signs, which stand alone."""

_MARKS = {
    "\N{COMBINING CIRCUMFLEX ACCENT}": "-.28,0 0,.32 .28,0",
    "\N{COMBINING BREVE}": "-.28,.28 0,0 .28,.28",
    "\N{COMBINING HORN}": ".35,-.3 .52,-.05 .4,.1",
    "\N{COMBINING GRAVE ACCENT}": "-.3,.4 .05,.05",
    "\N{COMBINING ACUTE ACCENT}": "-.05,.05 .3,.42",
    "\N{COMBINING HOOK ABOVE}": "-.12,.4 .1,.5 .15,.3 0,.12",
    "\N{COMBINING TILDE}": "-.35,.1 -.12,.3 .12,.12 .35,.32",
    "\N{COMBINING DOT BELOW}": "-.03,-.05 .04,0 .02,-.07",
}
_SHAPE_MARKS = frozenset({"\N{COMBINING CIRCUMFLEX ACCENT}", "\N{COMBINING BREVE}"})
_DOT = "-.03,0 .04,.06 .02,-.02"


@dataclass(frozen=True)
class Hand:
    """How one clerk writes: slant, width of the letters, the pen's line in x-heights, unsteadiness."""

    slant: float
    width: float
    pen: float
    wobble: float

    @classmethod
    def of(cls, rng: np.random.Generator) -> Hand:
        """Another clerk."""
        return cls(rng.uniform(0.12, 0.42), rng.uniform(1.2, 1.5), rng.uniform(0.095, 0.13), rng.uniform(0.02, 0.045))


@dataclass
class Pen:
    """Collects strokes in page pixels and draws them in one go."""

    rng: np.random.Generator
    hand: Hand
    strokes: list[tuple[Points, Points]] = field(default_factory=list)

    def write(self, text: str, x: float, baseline: float, size: float) -> float:
        """Write a line with its left end at ``x``; returns where it ended. ``size`` is the x-height in pixels.

        KeyError for a letter that this hand never learned (it knows what the forms need).
        """
        drift = self.rng.uniform(-0.006, 0.006)
        start = x
        for word in text.split():
            y = baseline + drift * (x - start) + self.rng.normal(0, size * 0.06)
            x += self._word(word, x, y, size * self.rng.uniform(0.94, 1.06)) * size
            x += size * WORD_GAP * self.hand.width * self.rng.uniform(0.8, 1.25)
        return x

    def fitting(self, text: str, room: float, size: float) -> float:
        """The x-height at which this hand gets the text into the room, ``size`` at most."""
        return min(size, room / (len(text) * 1.05 * self.hand.width + 1.5))

    def flourish(self, x: float, y: float, size: float) -> None:
        """A signature: loops that lead nowhere, and a line under them."""
        steps = 24
        angle = np.linspace(0, self.rng.uniform(2.2, 4.5) * math.tau, steps) + self.rng.uniform(0, 6)
        height = np.linspace(self.rng.uniform(0.6, 1.7), self.rng.uniform(0.2, 0.9), steps)
        height *= self.rng.uniform(0.6, 1.25, steps)
        length = self.rng.uniform(3.6, 5.4)
        along = np.linspace(0, length, steps) + self.rng.uniform(0.2, 0.8) * np.cos(angle)
        self._stroke(np.column_stack([along, 0.3 + height * np.sin(angle)]), x, y, size)
        self._stroke(_points("3.8,.2 2.5,-.75 .2,-.9 3.2,-.85") + self.rng.normal(0, 0.25, (4, 2)), x, y, size)

    def draw(self, canvas: MatLike) -> None:
        """Draw everything written so far into a mask of ink (255 is full ink)."""
        runs: dict[int, list[NDArray[np.int32]]] = {}
        for points, widths in self.strokes:
            fixed = np.rint(points * (1 << SUBPIXEL_BITS)).astype(np.int32)
            thick = np.clip(np.rint(widths), 1, 12).astype(int)
            cuts = np.flatnonzero(np.diff(thick)) + 1
            for begin, end in zip([0, *cuts], [*cuts, len(thick)], strict=True):
                runs.setdefault(int(thick[begin]), []).append(fixed[max(0, begin - 1) : end])
        for thickness, lines in sorted(runs.items()):
            cv2.polylines(
                canvas,
                lines,
                isClosed=False,
                color=(255,),
                thickness=thickness,
                lineType=cv2.LINE_AA,
                shift=SUBPIXEL_BITS,
            )
        self.strokes.clear()

    def _word(self, word: str, x: float, y: float, size: float) -> float:
        """Write one word and return its width in x-heights."""
        offset, joined = 0.0, [np.empty((0, 2))]
        late: list[Points] = []
        for letter, marks in _letters(word):
            shape = _JOINED.get("d" if letter == "đ" else letter)
            strokes = [shape] if shape else _SINGLE["D" if letter == "Đ" else letter]
            parts = [_points(stroke) * (self.hand.width, 1) + np.array((offset, 0)) for stroke in strokes]
            late += self._marks(letter, marks, parts[0], offset)
            advance = float(max(part[:, 0].max() for part in parts)) - offset
            if shape:
                joined.append(parts[0])
                offset += advance * 0.96
            else:
                late += parts
                offset += advance + 0.16
        curve = np.concatenate(joined)
        for stroke in [curve, *late] if len(curve) else late:
            self._stroke(stroke, x, y, size)
        return offset

    def _marks(self, letter: str, marks: str, body: Points, offset: float) -> list[Points]:
        """Accents over, beside and under a letter, and the bars of t and đ."""
        center = float(body[:, 0].mean())
        top = 1.28 if float(body[:, 1].max()) < 1.3 else 2.3
        found = []
        for mark in sorted(marks, key=lambda m: m not in _SHAPE_MARKS):
            level = {"\N{COMBINING DOT BELOW}": -0.38, "\N{COMBINING HORN}": 1.0 if top < 2 else 2.0}.get(mark, top)
            found.append(_points(_MARKS[mark], center + self.rng.normal(0, 0.06), level))
            top += 0.42 if mark in _SHAPE_MARKS else 0.0
        if letter == "i" and not set(marks) - {"\N{COMBINING DOT BELOW}"}:
            found.append(_points(_DOT, center + 0.05, 1.42 + self.rng.normal(0, 0.06)))
        if letter in _EXTRA:
            found.append(_points(_EXTRA[letter], offset))
        if letter == "Đ":
            found.append(_points("-.05,1.1 .65,1.12", offset))
        return found

    def _stroke(self, control: Points, x: float, y: float, size: float) -> None:
        """Bend control points into a curve, slant it and give it the width that pressure and direction make."""
        curve = _smooth(control + self.rng.normal(0, self.hand.wobble, control.shape))
        step = np.diff(curve, axis=0, prepend=curve[:1])
        down = np.clip(-step[:, 1] / (np.hypot(step[:, 0], step[:, 1]) + 1e-6), -0.4, 1)
        pressure = 1 + 0.12 * np.sin(np.arange(len(curve)) * self.rng.uniform(0.02, 0.12) + self.rng.uniform(0, 6))
        widths = size * self.hand.pen * (0.8 + 0.4 * down) * pressure
        widths[:2] *= 0.75
        widths[-3:] *= 0.6
        page = np.column_stack([x + size * (curve[:, 0] + self.hand.slant * curve[:, 1]), y - size * curve[:, 1]])
        self.strokes.append((page, widths))


def _letters(word: str) -> list[tuple[str, str]]:
    """Letters of a word with their combining marks."""
    letters: list[tuple[str, str]] = []
    for char in unicodedata.normalize("NFD", word):
        if char in _MARKS and letters:
            letters[-1] = (letters[-1][0], letters[-1][1] + char)
        else:
            letters.append((char, ""))
    return letters


def _points(text: str, right: float = 0.0, up: float = 0.0) -> Points:
    """Control points from their notation, moved."""
    shape: Points = np.array([[float(v) for v in pair.split(",")] for pair in text.split()])
    shape += (right, up)
    return shape


def _smooth(control: Points) -> Points:
    """Catmull-Rom curve through the control points."""
    padded = np.vstack([2 * control[0] - control[1], control, 2 * control[-1] - control[-2]])
    around = np.stack([padded[i : len(padded) - 3 + i] for i in range(4)], axis=1)
    curve: Points = np.vstack([(_CATMULL_ROM @ around).reshape(-1, 2), control[-1:]])
    return curve


_STEP = np.linspace(0, 1, CURVE_STEPS, endpoint=False)[:, None]
_CATMULL_ROM = 0.5 * (
    np.hstack([np.ones_like(_STEP), _STEP, _STEP**2, _STEP**3])
    @ np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]])
)
"""Weights of the four points around a piece of the curve, for each of its steps."""
