"""Papers that are taken twice and go through the station's own pass, and stations that hold such pages."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from station.imaging.page import PageJob, PageResult
from station.imaging.process import process_page
from station.imaging.recipe import load_recipe
from station.model import Book, Copy, Origin, Page, PageKind, PageState
from station.naming import BookId
from tests.bench import typeset
from tests.corpus import otherwise
from tests.corpus.registers import Register
from tests.corpus.rescans import CHANGES, changed, take_jpeg, usual

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cv2.typing import MatLike

    from station.wiring import Station

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
WORKERS = 2
REAL_LONG_MM = 330.0
"""Folio, as such registers mostly are."""
PHOTO = "photo"
"""Both takings are photographs by hand."""
KINDS = tuple(CHANGES)


@dataclass(frozen=True)
class Paper:
    """A page of a book: `family` is the program that draws it or `real`, `form` a form of it or a real page's file."""

    family: str
    form: str
    book: int
    number: int
    filled: float = 1.0

    @property
    def key(self) -> str:
        """Tells papers apart; a real page is one paper, however often it is taken."""
        return self.form if self.family == "real" else f"{self.family} {self.form} {self.book} {self.number}"

    @property
    def a4(self) -> bool:
        return self.family != "real" and self.form != "spread"

    def draw(self) -> tuple[MatLike, float]:
        """The paper and its resolution."""
        if self.family == "drawn":
            return Register(self.form, self.book, self.filled).page(self.number), 200
        if self.family == "other":
            return otherwise.draw(self.form, self.book, self.number), otherwise.DPI
        if self.family == "typeset":
            return typeset.draw(self.form, self.book, self.number), typeset.DPI
        return _real_page(self.form)


@cache
def _real_page(name: str) -> tuple[MatLike, float]:
    """A page of the samples, of a size that is assumed: not all of them tell theirs."""
    picture = cv2.imread(str(SAMPLES / name))
    assert picture is not None
    scale = min(1.0, 2600 / max(picture.shape))
    small = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    return small, 2600 / (REAL_LONG_MM / 25.4)


@dataclass(frozen=True)
class Taken:
    """A paper with what came of its first taking and of the second, which differs by `kind` of change."""

    paper: Paper
    kind: str
    first: PageResult
    second: PageResult


def take_twice(paper: Paper, kind: str, folder: Path) -> Taken:
    """Runs in a worker: the paper under the scanner twice, each time through the station's pass."""
    cv2.setNumThreads(1)
    pixels, dpi = paper.draw()
    seed = 7919 * paper.book + paper.number
    if kind == PHOTO:
        files = [_photo_jpeg(pixels, 2 * seed + which) for which in range(2)]
    else:
        again = changed(kind, seed + 1)
        # Nobody can know the size of paper that is not A4 when neither taking tells it: then both must not.
        once = replace(usual(seed), tagged=again.tagged or paper.a4)
        files = [take_jpeg(pixels, how, dpi) for how in (once, again)]
    first, second = (_pass(data, folder) for data in files)
    return Taken(paper, kind, first, second)


def _photo_jpeg(paper: MatLike, seed: int) -> bytes:
    done, data = cv2.imencode(".jpg", otherwise.photograph(paper, seed), [cv2.IMWRITE_JPEG_QUALITY, 80])
    assert done
    return data.tobytes()


def _pass(data: bytes, folder: Path) -> PageResult:
    sha256 = hashlib.sha256(data).hexdigest()
    master = folder / f"{sha256}.master"
    master.write_bytes(data)
    try:
        return process_page(PageJob(master, sha256, folder / f"{sha256}.jpg", load_recipe()))
    finally:
        master.unlink()


def take_all(papers: Sequence[tuple[Paper, str]], folder: Path) -> list[Taken]:
    """Every paper with its kind of change, over two processes."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), initializer=os.nice, initargs=(5,)) as pool:
        columns = [list(column) for column in zip(*papers, strict=True)]
        return list(pool.map(take_twice, *columns, [folder] * len(papers), chunksize=4))


def shelve(station: Station, book: str, results: Iterable[PageResult]) -> list[str]:
    """Enter pages with their delivery copies, as capture and the pass would have; their ids."""
    book_id, pages = BookId.parse(book), []
    station.add_book(Book(book_id))
    for order, result in enumerate(results, station.catalogue.page_count(book_id) + 1):
        name = f"p{hashlib.sha256(f'{book} {order}'.encode()).hexdigest()[:12]}"
        link = station.root.path / "copies" / f"{name}.jpg"
        link.parent.mkdir(exist_ok=True)
        os.link(result.copy, link)
        page = Page(
            id=name, book=book_id, order=order, kind=PageKind.PAGE, state=PageState.KEPT, sha256=result.master_sha256,
            file=f"masters/{book}/{name}.jpg", bytes=1, width=result.width, height=result.height, dpi=result.dpi,
            origin=Origin("tester", "test", "2025-03-01T08:00:00+07:00"),
        )  # fmt: skip
        station.catalogue.add_page(page)
        station.catalogue.add_copy(
            Copy(
                result.master_sha256, station.recipe.key, f"copies/{name}.jpg", result.sha256, result.bytes,
                result.width, result.height, result.dpi, result.quality, (),
            )
        )  # fmt: skip
        station.catalogue.keep_fingerprint(name, result.fingerprint)
        pages.append(name)
    return pages
