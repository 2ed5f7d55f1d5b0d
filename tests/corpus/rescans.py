"""The same paper under a scanner or a camera once more: another place, light, resolution, file."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from cv2.typing import MatLike

from tests.corpus.registers import PAPER_DPI

BED = (20, 19, 18)


@dataclass(frozen=True)
class Taking:
    """How a paper is taken. Millimetres on the paper, degrees clockwise.

    `cut_mm` is what is missing of the paper at the left, top, right and bottom; where it is not 0 no bed shows there.
    `tagged` False: the file does not say its resolution.
    """

    dpi: int = 200
    skew: float = 0.0
    bed_mm: float = 6.0
    cut_mm: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    tilt: float = 0.0
    brightness: float = 1.0
    contrast: float = 1.0
    gradient: float = 0.0
    shadow: float = 0.0
    noise: float = 2.5
    blur: float = 0.0
    quality: int = 85
    grey: bool = False
    tagged: bool = True
    upside_down: bool = False
    seed: int = 0


def usual(seed: int) -> Taking:
    """What a careful operator's scanner gives: a little skew, some bed around, colour, 200 or 300 dpi."""
    rng = np.random.default_rng([seed, 1])
    return Taking(
        dpi=200, skew=rng.uniform(-1.0, 1.0), bed_mm=rng.uniform(3, 9), brightness=rng.uniform(0.97, 1.03), seed=seed
    )


def changed(kind: str, seed: int) -> Taking:
    """A second taking that differs by one kind of change, or by all of them."""
    change: Callable[[Taking, np.random.Generator], Taking] = CHANGES[kind]
    return change(usual(seed), np.random.default_rng([seed, 2]))


def _sides(rng: np.random.Generator, most: float) -> tuple[float, float, float, float]:
    """What is cut off: of one side or two that meet."""
    cut = [0.0, 0.0, 0.0, 0.0]
    first = int(rng.integers(4))
    cut[first] = rng.uniform(most / 3, most)
    if rng.random() < 0.5:
        cut[(first + 1) % 4] = rng.uniform(most / 3, most)
    return (cut[0], cut[1], cut[2], cut[3])


def _everything(taking: Taking, rng: np.random.Generator) -> Taking:
    return replace(
        taking,
        dpi=int(rng.choice([150, 200, 300])),
        skew=rng.uniform(-3, 3),
        cut_mm=_sides(rng, 8),
        brightness=rng.uniform(0.8, 1.1),
        gradient=rng.uniform(0, 0.3),
        shadow=rng.uniform(0, 0.5),
        noise=rng.uniform(2, 6),
        quality=int(rng.integers(35, 90)),
        grey=bool(rng.random() < 0.5),
    )


CHANGES = {
    "again": lambda taking, _: taking,
    "skew": lambda taking, rng: replace(taking, skew=rng.choice([-1, 1]) * rng.uniform(1.5, 3.0)),
    "crop": lambda taking, rng: replace(taking, cut_mm=_sides(rng, 10)),
    "no-bed": lambda taking, rng: replace(taking, bed_mm=0.0, cut_mm=(2.0, 2.0, 2.0, 2.0), skew=rng.uniform(-3, 3)),
    "light": lambda taking, rng: replace(
        taking, brightness=rng.uniform(0.7, 1.12), contrast=rng.uniform(0.7, 1.2), gradient=rng.uniform(0.15, 0.4)
    ),
    "shadow": lambda taking, rng: replace(taking, shadow=rng.uniform(0.4, 0.7)),
    "noise": lambda taking, rng: replace(taking, noise=rng.uniform(6, 12), blur=rng.uniform(0, 0.15)),
    "dpi": lambda taking, rng: replace(taking, dpi=int(rng.choice([100, 150, 300]))),
    "untagged": lambda taking, rng: replace(taking, dpi=int(rng.choice([150, 300])), tagged=False),
    "jpeg": lambda taking, rng: replace(taking, quality=int(rng.integers(18, 35))),
    "grey": lambda taking, _: replace(taking, grey=True),
    "tilt": lambda taking, rng: replace(taking, tilt=rng.uniform(0.01, 0.03), gradient=0.2),
    "upside-down": lambda taking, _: replace(taking, upside_down=True),
    "everything": _everything,
}
"""Kinds of change, by name."""


def take(paper: MatLike, how: Taking, paper_dpi: float = PAPER_DPI) -> MatLike:
    """The picture (BGR, or one plane where it is grey)."""
    rng = np.random.default_rng([how.seed, 3])
    picture = _lay_down(paper, how, how.dpi / paper_dpi, rng)
    if how.blur:
        picture = cv2.GaussianBlur(picture, (0, 0), how.blur * how.dpi / 25.4)
    light = _light(picture.shape[1], picture.shape[0], how, rng)
    flat = picture.astype(np.float32)
    flat = (flat - 128) * how.contrast + 128 if how.contrast != 1 else flat
    flat *= light[..., None]
    flat += rng.standard_normal(flat.shape[:2], np.float32)[..., None] * np.float32(how.noise)
    picture = np.clip(flat, 0, 255).astype(np.uint8)
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) if how.grey else picture


def take_jpeg(paper: MatLike, how: Taking, paper_dpi: float = PAPER_DPI) -> bytes:
    """The picture as the file that a scanner writes."""
    done, data = cv2.imencode(".jpg", take(paper, how, paper_dpi), [cv2.IMWRITE_JPEG_QUALITY, how.quality])
    assert done
    density = struct.pack(">BHH", 1, how.dpi, how.dpi) if how.tagged else struct.pack(">BHH", 0, 1, 1)
    jpeg = data.tobytes()
    return jpeg[:13] + density + jpeg[18:]


def _lay_down(paper: MatLike, how: Taking, scale: float, rng: np.random.Generator) -> MatLike:
    """Turn the paper, tilt it, and look at it through a window that may cut it."""
    if how.upside_down:
        paper = cv2.rotate(paper, cv2.ROTATE_180)
    height, width = paper.shape[:2]
    mm = how.dpi / 25.4
    left, top, right, bottom = ((-how.bed_mm if cut == 0 else cut) * mm for cut in how.cut_mm)
    size = (round(width * scale - left - right), round(height * scale - top - bottom))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -how.skew, scale)
    turn[:, 2] += np.array([width, height]) * (scale - 1) / 2 - np.array([left, top])
    matrix = np.vstack([turn, [0, 0, 1]])
    if how.tilt:
        corners = np.array([(0, 0), (size[0], 0), (size[0], size[1]), (0, size[1])], np.float32)
        moved = corners + (rng.uniform(-1, 1, (4, 2)) * how.tilt * size[0]).astype(np.float32)
        matrix = cv2.getPerspectiveTransform(corners, moved) @ matrix
    smooth = cv2.GaussianBlur(paper, (0, 0), 0.4 / scale) if scale < 0.9 else paper
    return cv2.warpPerspective(
        smooth, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=BED
    )


def _light(width: int, height: int, how: Taking, rng: np.random.Generator) -> MatLike:
    """How much light falls on each place."""
    y, x = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None], np.linspace(-0.5, 0.5, width, dtype=np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    light = np.float32(how.brightness) * (1 + how.gradient * (np.cos(angle) * x + np.sin(angle) * y))
    if how.shadow:
        reach = rng.uniform(0.04, 0.12)
        from_edge = (x + 0.5) if rng.random() < 0.5 else (0.5 - x)
        light = light * (1 - np.float32(how.shadow) * np.exp(-from_edge / reach))
    return np.asarray(light, np.float32)
