"""Pages with known defects, judged by the station's own pass: what each check says of each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from station.imaging import checks, process, steps
from station.imaging.checks.orientation import map_ink
from station.imaging.decode import decode_master
from station.imaging.gutter import find_gutter
from station.imaging.page import Check, Level, PageJob, Verdict
from station.imaging.process import Layout, Picture
from station.imaging.recipe import MM_PER_INCH, load_recipe
from station.imaging.steps import PageFound
from tests.corpus import defects
from tests.corpus.pages import Book, Taking, take
from tests.corpus.registers import DRAWN_DPI

if TYPE_CHECKING:
    from station.imaging.checks.orientation import Map
    from tests.corpus.pages import Picture as Taken
    from tests.corpus.pages import Pixels

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
RECIPE = load_recipe()
_SIDES = range(4)
_LEAST_CUT = 8
"""Strokes of the pen that a cut must go through to count as one."""


@dataclass(frozen=True)
class Score:
    """What one check said of one page; `truth` names the defect and its strength, `clean` where there is none."""

    check: str
    truth: str
    level: str
    value: float
    place: float | None = None

    @property
    def found(self) -> bool:
        return self.level != Level.OK


@dataclass(frozen=True)
class Fit:
    """How far off the paper was found: degrees, pixels at 300 dpi; whether a check of its edges asks for a look."""

    skew: float
    corners: float
    flagged: bool


@dataclass(frozen=True)
class Judged:
    """A picture as the worker sees it, after its warp."""

    picture: Picture
    layout: Layout
    page: Pixels
    verdicts: tuple[Verdict, ...]
    ink: Map

    def score(self, truth: str, *which: Check) -> Iterator[Score]:
        for verdict in self.verdicts:
            if not which or verdict.check in which:
                yield Score(verdict.check, truth, verdict.level, verdict.value, verdict.place)


def judge(pixels: Pixels, dpi: int | None, reference: Map | None = None) -> Judged:
    """The steps of `process_page` up to the verdicts."""
    cv2.setNumThreads(1)
    job = PageJob(Path("-"), "", Path("-"), RECIPE)
    pyramid = steps.build_pyramid(pixels, RECIPE.geometry.proxy_long_side)
    found = steps.find_page(pyramid[-1], RECIPE.geometry)
    if isinstance(found, PageFound):
        found = steps.scale_page(found, 2 ** (len(pyramid) - 1))
    picture = Picture(pyramid, dpi, found)
    layout = process.lay_out(picture, job)
    fill = found.bed if isinstance(found, PageFound) else (255, 255, 255)[: 1 if pixels.ndim == 2 else 3]
    page = steps.cut_out(pyramid, layout.crop, layout.dpi / layout.source_dpi, fill)
    paper = checks.measure_paper(page, RECIPE.checks, layout.dpi)
    verdicts = process.judge_page(picture, layout, paper, job)
    turned = checks.check_orientation(paper, reference, RECIPE.checks)
    verdicts = (*(verdict for verdict in verdicts if verdict.check != Check.TURNED), turned)
    return Judged(picture, layout, page, verdicts, map_ink(paper))


# --- drawn pages ---


def score_drawn(seed: int) -> tuple[list[Score], Fit]:
    """A page of one book, clean and with every defect."""
    book, how = Book.of(seed), replace(Taking.of(seed), dpi=(200, 200, 200, 300)[seed % 4])
    paper = book.paper(4)
    taken = take(paper, how)
    reference = judge(take(book.paper(9), replace(how, skew=0.0, seed=seed + 1)).pixels, how.dpi).ink
    clean = judge(taken.pixels, how.dpi, reference)
    scores = [*clean.score("clean"), *_spoil_picture(taken, how, reference), *_spoil_paper(book, paper, how)]
    filling = judge(take(paper, replace(Taking.filling(seed), dpi=how.dpi)).pixels, how.dpi, reference)
    scores += filling.score("clean, fills the picture")
    return scores, _measure_fit(clean, taken)


def _spoil_picture(taken: Taken, how: Taking, reference: Map) -> Iterator[Score]:
    rng = np.random.default_rng([how.seed, 41])
    pixels, dpi = taken.pixels, how.dpi
    for radius in (0.2, 0.3, 0.4, 0.6):
        yield from judge(defects.blur(pixels, radius, dpi), dpi).score(f"blur {radius} mm", Check.BLUR)
    yield from judge(defects.shake(pixels, 1.0, rng.uniform(0, 180), dpi), dpi).score("shake 1 mm", Check.BLUR)
    for stops in (0.7, 1.0, 1.5):
        yield from judge(defects.expose(pixels, stops), dpi).score(f"{stops:+} stops", Check.OVEREXPOSED)
    for stops in (-1.5, -2.0, -3.0):
        yield from judge(defects.expose(pixels, stops), dpi).score(f"{stops:+} stops", Check.UNDEREXPOSED)
    for levels, width_mm in ((25, 0.17), (40, 0.17), (80, 0.25), (-40, 0.17)):
        place = rng.uniform(0.2, 0.8)
        streaked = defects.add_streak(pixels, place, width_mm * dpi / MM_PER_INCH, levels, how.seed)
        yield from judge(streaked, dpi).score(f"streak {levels} levels, {width_mm} mm", Check.STREAK)
    for quarters in (1, 2, 3):
        turned = judge(defects.turn(pixels, quarters), dpi, reference)
        yield from turned.score(f"turned {90 * quarters}", Check.TURNED)
    for share, padding in ((0.5, 0), (0.9, 255)):
        part = judge(defects.deliver_part(pixels, share, padding), dpi)
        yield from part.score(f"{share:.0%} delivered", Check.HALF_DELIVERED)


def _spoil_paper(book: Book, paper: Pixels, how: Taking) -> Iterator[Score]:
    rng = np.random.default_rng([how.seed, 42])
    corner = int(rng.integers(4))
    for legs in ((6.0, 6.0), (9.0, 9.0), (16.0, 10.0), (30.0, 25.0)):
        torn = defects.tear_corner(paper, corner, legs, how.bed, rng)
        told = f"torn {legs[0]:.0f} x {legs[1]:.0f} mm"
        yield from judge(take(torn, how).pixels, how.dpi).score(told, Check.TORN_CORNER)
    folded = defects.fold_corner(paper, corner, (11.0, 11.0), how.bed)
    yield from judge(take(folded, how).pixels, how.dpi).score("folded 11 x 11 mm", Check.TORN_CORNER)
    written = book.written(4)
    for side in _SIDES:
        cut = _find_cut(written, side)
        if cut is not None:
            bed = [-cut if other == side else 8.0 for other in _SIDES]
            placed = replace(how, skew=0.0, bed_mm=(bed[0], bed[1], bed[2], bed[3]))
            yield from judge(take(paper, placed).pixels, how.dpi).score("cut writing", Check.CUT_OFF)


def _find_cut(written: Pixels, side: int) -> float | None:
    """Millimetres from a side (left, top, right, bottom) at which a cut goes through the writing."""
    turned = np.swapaxes(written, 0, 1) if side % 2 == 0 else written
    rows = turned if side < 2 else turned[::-1]
    mm = DRAWN_DPI / MM_PER_INCH
    for cut in np.arange(18.0, 90.0, 1.0):
        near = rows[[round((cut + off) * mm) for off in (-0.3, 0.0, 0.6, 1.2)]] > 127
        if (np.diff(near.astype(np.int8), axis=1) == 1).sum(axis=1).min() >= _LEAST_CUT:
            return float(cut)
    return None


def _measure_fit(judged: Judged, taken: Taken) -> Fit:
    found = judged.picture.found
    flagged = any(
        verdict.level != Level.OK and verdict.check in {Check.PAGE_NOT_FOUND, Check.EDGES_DISAGREE}
        for verdict in judged.verdicts
    )
    if not isinstance(found, PageFound):
        return Fit(90.0, 1e3, flagged)
    off = np.hypot(*(found.corners - taken.corners).T).max() * 300 / taken.dpi
    return Fit(abs(found.skew_degrees - taken.skew), float(off), flagged)


def score_spread(seed: int) -> tuple[list[Score], float, float]:
    """A spread's verdicts, how far its gutter was found from the true one (mm, the worse end), and the confidence."""
    taken = take(Book.of(seed).spread(3), replace(Taking.of(seed), dpi=200))
    judged = judge(taken.pixels, 200)
    layout, gutter = judged.layout, find_gutter(judged.page, judged.layout.dpi)
    scores = list(judged.score("clean spread"))
    if gutter is None or taken.gutter is None:
        return scores, float("inf"), 0.0
    corner = np.array([layout.crop.left, layout.crop.top])
    ends = (steps.turn_back(taken.gutter, layout.crop.skew_degrees) - corner) * layout.dpi / layout.source_dpi
    off = [abs(gutter.at(y, judged.page.shape[0]) - x) for x, y in ends]
    return scores, max(off) * MM_PER_INCH / layout.dpi, gutter.confidence


# --- real pages ---


def score_real(file: Path) -> list[Score]:
    """A real page as it is, and degraded by blur and light."""
    master = decode_master(file)
    assumed = max(master.pixels.shape[:2]) / 297 * MM_PER_INCH
    dpi = round(assumed) if (master.dpi or 0) < 100 else int(master.dpi or 0)
    scores = list(judge(master.pixels, master.dpi).score("real"))
    for radius in (0.3, 0.4, 0.6):
        blurred = judge(defects.blur(master.pixels, radius, dpi), master.dpi)
        scores += blurred.score(f"real, blur {radius} mm", Check.BLUR)
    scores += judge(burn(master.pixels), master.dpi).score("real, burnt", Check.OVEREXPOSED)
    scores += judge(defects.expose(master.pixels, -2.0), master.dpi).score("real, -2 stops", Check.UNDEREXPOSED)
    return scores


def burn(pixels: Pixels) -> Pixels:
    """So much light that the usual paper of this page is a stop beyond white."""
    paper = float(np.percentile(pixels[::16, ::16], 60))
    return defects.expose(pixels, 2.2 * float(np.log2(255 / paper)) + 1.0)


def time_checks() -> float:
    """CPU milliseconds of all checks of an A4 page of 300 dpi: the fastest of several rounds."""
    taken = take(Book.of(2000).paper(1), Taking.of(2000))
    judged, job = judge(taken.pixels, 300), PageJob(Path("-"), "", Path("-"), RECIPE)
    spent = []
    for _ in range(7):
        began = time.thread_time()
        paper = checks.measure_paper(judged.page, RECIPE.checks, judged.layout.dpi)
        process.judge_page(judged.picture, judged.layout, paper, job)
        checks.check_orientation(paper, judged.ink, RECIPE.checks)
        spent.append(time.thread_time() - began)
    return min(spent) * 1000
