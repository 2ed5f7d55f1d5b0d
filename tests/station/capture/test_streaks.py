"""The same streak on five pages in a row stops the feeder; lines of the paper and single streaks do not."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import EndOfPaper, RawImage, Side, Source
from station.capture.feeds import Ending, is_doubtful
from station.capture.streaks import PAGES_IN_A_ROW, SAME_PLACE_MM, Streak, StreakWatch
from station.digest import sha256_of
from station.model import Copy, Origin, Page, PageKind, PageState
from station.naming import BookId
from station.wiring import Station
from tests.drivers import stations
from tests.station.given import GivenScanner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from station.root import Root

BOOK = BookId.parse(stations.BOOK)
PLACE_MM = 80.0
SHEETS = 14
SIZE = (827, 1169)
PATIENCE_SECONDS = 60.0


def page(number: int, side: Side | None = None) -> Page:
    origin = Origin("tester", "feeder", "2026-01-01T00:00:00Z", side=side)
    return Page(
        id=f"p{number}", book=BOOK, order=number, kind=PageKind.PAGE, state=PageState.KEPT, sha256=f"{number:064x}",
        file="-", bytes=1, width=1, height=1, dpi=100, origin=origin,
    )  # fmt: skip


def copy_of(one: Page, place: float | None) -> Copy:
    verdict: dict[str, object] = {"check": "streak", "level": "ok", "value": 9.0, "threshold": 3.0}
    told = verdict if place is None else verdict | {"place": place}
    return Copy(one.sha256, "legible", "-", "-", 1, 1, 1, 200, 30, ({"check": "blur", "level": "ok"}, told))


def watch(places: Sequence[float | None], *, seed: int = 0) -> float | None:
    """What a watch says after pages with these places, their copies made in any order."""
    told = StreakWatch()
    pages = [page(number) for number in range(len(places))]
    for one in pages:
        told.came(one)
    copies = [copy_of(one, place) for one, place in zip(pages, places, strict=True)]
    random.Random(seed).shuffle(copies)
    for copy in copies:
        told.checked(copy)
    return told.streak.place if told.streak else None


@given(st.integers(0, 9), st.integers(0, 20))
def test_five_in_a_row_in_any_order_of_their_copies(before: int, seed: int) -> None:
    clean: list[float | None] = [None] * before
    assert watch([*clean, *[PLACE_MM] * PAGES_IN_A_ROW], seed=seed) == PLACE_MM
    assert watch([*clean, *[PLACE_MM] * (PAGES_IN_A_ROW - 1), None, PLACE_MM], seed=seed) is None


@given(st.lists(st.floats(0, 200), min_size=5, max_size=12))
def test_a_line_that_wanders_with_the_paper_is_no_dirt(places: list[float]) -> None:
    runs = [places[first : first + PAGES_IN_A_ROW] for first in range(len(places) - PAGES_IN_A_ROW + 1)]
    still = any(max(run) - min(run) <= SAME_PLACE_MM for run in runs)
    assert (watch(places) is not None) == still


def test_front_and_back_have_a_glass_each() -> None:
    told = StreakWatch()
    for number in range(2 * PAGES_IN_A_ROW):
        side = (Side.FRONT, Side.BACK)[number % 2]
        one = page(number, side)
        told.came(one)
        told.checked(copy_of(one, PLACE_MM if side is Side.BACK else None))
    assert told.streak == Streak(PLACE_MM, (1, 3, 5, 7, 9))


def test_the_same_bytes_twice_count_once() -> None:
    told = StreakWatch()
    for number in range(PAGES_IN_A_ROW):
        one = replace(page(number), sha256="0" * 64)
        told.came(one)
        told.checked(copy_of(one, PLACE_MM))
    assert told.streak is None


def draw_streaked(folder: Path, number: int, *, dirty: bool) -> Path:
    """A page of 100 dpi with writing that differs, and a streak of the glass."""
    rng = np.random.default_rng(number)
    pixels = np.full(SIZE[::-1], 226, np.uint8)
    for y in range(120, 1080, 45):
        points = np.cumsum(rng.integers((4, -6), (12, 7), (60, 2)), axis=0) + np.array((70, y))
        cv2.polylines(pixels, [points.astype(np.int32)], isClosed=False, color=(70,), thickness=2)
    if dirty:
        column = round(PLACE_MM / 25.4 * 100)
        pixels[:, column : column + 2] -= 50
    noisy = np.clip(pixels + rng.normal(0, 2, pixels.shape), 0, 255).astype(np.uint8)
    file = folder / f"sheet-{number}.png"
    Image.fromarray(noisy).save(file, dpi=(100, 100))
    return file


@dataclass
class SlowFeeder(GivenScanner):
    """A feeder that is no faster than the checks, as real ones are not: it waits for the copies of what it gave."""

    files: Sequence[Path] = ()
    copies: Path = Path()
    waits: bool = True

    def feed(self, spool: Path, limit: int | None = None) -> Iterator[RawImage | EndOfPaper]:
        spool.mkdir(parents=True, exist_ok=True)
        self.cancelled, sheet = False, 0
        while self.files and not self.cancelled and sheet != limit:
            file, *self.files = self.files
            image, sheet = spool / file.name, sheet + 1
            image.write_bytes(file.read_bytes())
            yield RawImage(image, sheet, Side.FRONT, *SIZE, 100, sha256_of(image))
            if self.waits:
                self._wait_for_copies(SHEETS - len(self.files))
        if self.cancelled:
            raise DeviceFault(FaultKind.CANCELLED)
        yield EndOfPaper(sheet)

    def _wait_for_copies(self, given: int) -> None:
        ends = time.monotonic() + PATIENCE_SECONDS
        while len(list(self.copies.glob("*.thumb.jpg"))) < given and time.monotonic() < ends:
            time.sleep(0.02)


def feeder(root: Root, folder: Path, *, dirty: bool) -> SlowFeeder:
    files = [draw_streaked(folder, number, dirty=dirty) for number in range(SHEETS)]
    return SlowFeeder(Source.ADF, files=files, copies=root.copies_of(BOOK))


@pytest.mark.parametrize("dirty", [True, False])
def test_dirt_stops_the_feeder_and_every_page_before_is_kept(tmp_path: Path, *, dirty: bool) -> None:
    root = stations.make(tmp_path / "root")
    result = stations.scan(root, feeder(root, tmp_path, dirty=dirty)).result
    kept = stations.kept_pages(root)
    with Station.open(root, "tester") as station:
        (feed,) = station.catalogue.feeds(BOOK)
    assert result.fault is None
    if dirty:
        assert result.streak
        assert result.streak.place == pytest.approx(PLACE_MM, abs=0.5)
        assert PAGES_IN_A_ROW <= len(kept) < SHEETS
        assert feed.ending == Ending.DIRTY_GLASS
    else:
        assert (result.streak, len(kept)) == (None, SHEETS)
        assert feed.ending == Ending.PAPER_ENDED


def test_dirt_that_the_checks_see_behind_the_last_sheet_is_told_too(tmp_path: Path) -> None:
    """A feeder that is faster than the checks: no copy of the fifth sheet is there when the paper ends."""
    root = stations.make(tmp_path / "root")
    files = [draw_streaked(tmp_path, number, dirty=True) for number in range(PAGES_IN_A_ROW)]
    outcome = stations.scan(root, SlowFeeder(Source.ADF, files=files, waits=False))
    with Station.open(root, "tester") as station:
        (feed,) = station.catalogue.feeds(BOOK)
        assert not is_doubtful(feed)
    assert outcome.result.streak
    assert outcome.result.streak.pages == tuple(range(1, PAGES_IN_A_ROW + 1))
    assert not outcome.went_well
    assert len(outcome.result.pages) == PAGES_IN_A_ROW
    assert feed.ending == Ending.DIRTY_GLASS


def test_whoever_scans_on_is_not_stopped_by_the_same_again(tmp_path: Path) -> None:
    root = stations.make(tmp_path / "root")
    scanner = feeder(root, tmp_path, dirty=True)
    assert stations.scan(root, scanner).result.streak
    with Station.open(root, "tester") as station:
        result = stations.scan_into(station, scanner, SHEETS + 1).result
    assert result.streak is None
    assert result.paper_ended
    assert len(stations.kept_pages(root)) == SHEETS
