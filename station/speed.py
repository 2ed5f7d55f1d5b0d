"""How fast this machine makes delivery copies, and how near that is to what cannot be done without."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import median
from typing import TYPE_CHECKING, Any

from station.imaging.page import PageJob
from station.imaging.pool import worker_processes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from station.imaging.page import PageResult
    from station.imaging.pool import PagePool
    from station.imaging.recipe import Recipe
    from station.imaging.speed import Floor

_DRAWN = 4
_FLOOR_ROUNDS = 9


@dataclass(frozen=True)
class Speed:
    """Pages of A4 at 300 dpi in colour, raw as a scanner delivers them, to checked delivery copies and PDF/A."""

    recipe: str
    workers: int
    pages: int
    seconds: float
    page_ms: float
    pdf_ms: float
    floor: Floor
    kb_per_page: float

    def as_json(self) -> dict[str, Any]:
        """CPU milliseconds a page are medians; `pages_per_second` is by the clock, with all workers."""
        return {
            "recipe": self.recipe,
            "cores": os.cpu_count(),
            "workers": self.workers,
            "pages": self.pages,
            "seconds": round(self.seconds, 2),
            "pages_per_second": round(self.pages / self.seconds, 1),
            "cpu_ms_page": round(self.page_ms, 1),
            "cpu_ms_pdf": round(self.pdf_ms, 1),
            "cpu_ms_floor": round(self.floor.total_ms, 1),
            "floor": {
                "touch": round(self.floor.touch_ms, 1),
                "shrink": round(self.floor.shrink_ms, 1),
                "warp": round(self.floor.warp_ms, 1),
                "encode": round(self.floor.encode_ms, 1),
            },
            "times_floor": round((self.page_ms + self.pdf_ms) / self.floor.total_ms, 2),
            "kb_per_page": round(self.kb_per_page, 1),
        }


def draw_masters(folder: Path) -> list[Path]:
    """Register pages that never existed, as raw files of 26 MB."""
    from PIL import Image

    from station.demo.pages import DPI, draw_pages

    masters = []
    for drawn in draw_pages(folder, pages=_DRAWN + 1, seed=1)[1:]:
        master = drawn.with_suffix(".tif")
        with Image.open(drawn) as image:
            image.save(master, dpi=(DPI, DPI))
        masters.append(master)
    return masters


def measure_speed(pool: PagePool, masters: Sequence[Path], recipe: Recipe, pages: int, *, previews: bool) -> Speed:
    """Make so many copies of these masters beside them, then measure the floor in as many workers, right after."""
    folder = masters[0].parent
    jobs = [
        PageJob(master, "", folder / f"copy-{index}.jpg", recipe, previews=previews)
        for index, master in enumerate(islice(cycle(masters), pages))
    ]
    _make(pool, jobs[: pool.room])
    began = time.perf_counter()
    results = _make(pool, jobs)
    seconds = time.perf_counter() - began
    floor = _measure_floors(masters, recipe, pool.workers)
    return Speed(
        recipe.name,
        pool.workers,
        pages,
        seconds,
        median(result.cpu_ms for result in results),
        median(_pdf_ms(result.copy) for result in results),
        floor,
        sum(result.bytes for result in results) / 1000 / pages,
    )


def _make(pool: PagePool, jobs: Sequence[PageJob]) -> list[PageResult]:
    return [future.result() for future in [pool.submit(job) for job in jobs]]


def _measure_floors(masters: Sequence[Path], recipe: Recipe, workers: int) -> Floor:
    """All workers at once, because two busy cores slow each other down."""
    with worker_processes(workers) as processes:
        running = [processes.submit(_floor, masters[index % len(masters)], recipe) for index in range(workers)]
        floors = [one.result() for one in running]
    return min(floors, key=lambda floor: floor.total_ms)


def _floor(master: Path, recipe: Recipe) -> Floor:
    """`measure_floor` by a name that can be handed out without loading the image libraries."""
    from station.imaging.speed import measure_floor

    return measure_floor(master, recipe, _FLOOR_ROUNDS)


def _pdf_ms(copy: Path) -> float:
    """CPU milliseconds of a case of this one page."""
    from station.imaging.pdf import build_case_pdf

    jpeg = copy.read_bytes()
    began = time.process_time()
    build_case_pdf([jpeg], copy.stem)
    return (time.process_time() - began) * 1000
