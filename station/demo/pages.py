"""Pages of a civil-status register that never existed, as a scanner delivers them: A4, 300 dpi, colour, dark bed."""

from __future__ import annotations

import os
import struct
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING

import cv2
import numpy as np

from station.demo.entries import FORMS
from station.demo.forms import PAGE_HEIGHT, Sheet, fill_case, fill_cover
from station.demo.paper import lay_on_paper, scan

if TYPE_CHECKING:
    from pathlib import Path

    from cv2.typing import MatLike

DPI = 300
JPEG_QUALITY = 90
PAGES_WORTH_A_POOL = 8
JFIF_DENSITY = slice(13, 18)
"""Where a JFIF header keeps its unit (1 = per inch) and the two resolutions."""

_STAMP_ON_CASE = (1700, PAGE_HEIGHT - 860)
_STAMP_ON_COVER = (1500, 2890)


@dataclass(frozen=True)
class PageJob:
    """One page to draw; plain data, so that it can go to a worker process."""

    file: Path
    seed: tuple[int, int]
    register: str
    year: int
    volume: int
    number: int | None
    """Number of the case; None for the cover."""


def draw_pages(
    folder: Path,
    *,
    pages: int,
    seed: int,
    register: str = "KS",
    first_number: int = 1,
    year: int = 2005,
    volume: int = 1,
) -> list[Path]:
    """Draw a cover and ``pages - 1`` cases of one book into ``folder``; returns the files in order.

    The same arguments give the same bytes on the same machine. No person's data is in them: every entry is made up.
    """
    if register not in FORMS:
        raise ValueError(f"no form for register type {register!r}: there are {', '.join(FORMS)}")
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [
        PageJob(
            folder / f"page-{index + 1:03}.jpg",
            (seed, index),
            register,
            year,
            volume,
            first_number + index - 1 if index else None,
        )
        for index in range(pages)
    ]
    return _draw_all(jobs)


def draw_page(job: PageJob) -> Path:
    """Draw one page and write its file."""
    jpeg = encode_jpeg(picture(job))
    job.file.write_bytes(jpeg)
    return job.file


def picture(job: PageJob) -> MatLike:
    """The scanned page as pixels (BGR)."""
    rng = np.random.default_rng(job.seed)
    sheet = Sheet(rng)
    form = FORMS[job.register]
    if job.number is None:
        fill_cover(sheet, form, job.year, job.volume)
    else:
        fill_case(sheet, form, job.number, job.year, job.volume)
    cover = job.number is None
    printed, written = sheet.masks()
    page = lay_on_paper(printed, written, _STAMP_ON_COVER if cover else _STAMP_ON_CASE, rng, cover=cover)
    return scan(page, rng)


def encode_jpeg(image: MatLike) -> bytes:
    """Compress and note the resolution, which OpenCV does not."""
    done, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise RuntimeError("OpenCV could not compress the page")
    jpeg = bytearray(encoded.tobytes())
    jpeg[JFIF_DENSITY] = struct.pack(">BHH", 1, DPI, DPI)
    return bytes(jpeg)


def _draw_all(jobs: list[PageJob]) -> list[Path]:
    """Draw in worker processes where there are enough pages to pay for starting them."""
    workers = min(os.cpu_count() or 1, 8)
    if len(jobs) < PAGES_WORTH_A_POOL or workers == 1:
        return [draw_page(job) for job in jobs]
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=cv2.setNumThreads, initargs=(1,)
    ) as pool:
        return list(pool.map(draw_page, jobs))
