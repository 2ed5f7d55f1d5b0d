"""What no image work can do without, measured on a master as a worker meets it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

import cv2

from station.imaging import steps
from station.imaging.decode import decode_master
from station.imaging.encode import compress
from station.imaging.recipe import Recipe

T = TypeVar("T")

SKEW_DEGREES = 1.0
"""Turn of the floor's warp: a page never lies quite straight."""


@dataclass(frozen=True, slots=True)
class Floor:
    """CPU milliseconds of reading a master once, halving it twice, one warp to the recipe's resolution, encoding."""

    touch_ms: float
    shrink_ms: float
    warp_ms: float
    encode_ms: float

    @property
    def total_ms(self) -> float:
        return self.touch_ms + self.shrink_ms + self.warp_ms + self.encode_ms


@dataclass
class Stopwatch:
    """CPU time of this thread, in milliseconds, of what is called through `time`."""

    ms: float = 0.0

    def time(self, work: Callable[[], T]) -> T:
        began = time.thread_time()
        result = work()
        self.ms = (time.thread_time() - began) * 1000
        return result


def measure_floor(master: Path, recipe: Recipe, rounds: int) -> Floor:
    """The median of some rounds, one thread. Raises `UnreadablePage`."""
    cv2.setNumThreads(1)
    taken = [_measure_once(master, recipe) for _ in range(rounds)]
    return Floor(*(median(column) for column in zip(*taken, strict=True)))


def _measure_once(master: Path, recipe: Recipe) -> tuple[float, float, float, float]:
    watch = Stopwatch()
    decoded = decode_master(master)
    watch.time(lambda: cv2.sumElems(decoded.pixels))
    touch = watch.ms
    pyramid = watch.time(lambda: steps.build_pyramid(decoded.pixels, recipe.geometry.proxy_long_side))
    shrink = watch.ms
    height, width = decoded.pixels.shape[:2]
    crop = steps.plan_whole(width, height, SKEW_DEGREES)
    scale = min(1.0, recipe.dpi / (decoded.dpi or recipe.dpi))
    page = watch.time(lambda: steps.cut_out(pyramid, crop, scale, (0, 0, 0)))
    warp = watch.ms
    watch.time(lambda: compress(page, recipe.quality.default, recipe))
    return touch, shrink, warp, watch.ms
