"""Endurance: thousands of sheets through the real libsane into a real station, a fault every 20 pages or so.

One program, one scanner. After each fault the sheets behind the last good page go back into the feeder, as the message
tells the operator. None lost, none twice, no process too many, nothing left in the spool, memory flat.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PIL import Image

from drivers.faults import FaultKind
from drivers.session import DeviceSession
from station.model import Book
from station.naming import BookId
from station.root import Root
from station.wiring import Station
from tests.drivers import rigs, stations
from tests.drivers.scriptable import ScriptableScanner
from tests.faults import device

SHORT_RUN = 160
LONG_RUN = int(os.environ.get("SOAK_PAGES", "10000"))
PAGES_PER_BOOK = 500
STACK = 50
FAULT_EVERY = 20
MOST_GROWTH_MB = 20
FIRST_TONE = 256
"""Sheets are colours, so that each has one of its own; tones below would be greys."""
LIMITS = replace(rigs.LIMITS, start=4.0, data=4.0)

TROUBLES = {
    "start=JAMMED": FaultKind.JAM,
    "read=JAMMED after=40": FaultKind.JAM,
    "double": FaultKind.DOUBLE_FEED,
    "start=COVER_OPEN stays": FaultKind.COVER_OPEN,
    "start=NO_DOCS stays": FaultKind.STOPPED_AT_DEVICE,
    "start=DEVICE_BUSY stays": FaultKind.BUSY,
    "read=IO_ERROR after=30": FaultKind.IO_ERROR,
    "start=unplug": FaultKind.IO_ERROR,
    "read=unplug after=10": FaultKind.IO_ERROR,
    "lines=20": FaultKind.SHORT_PAGE,
    "lines=0": FaultKind.EMPTY_PAGE,
    "read=NO_MEM after=60": FaultKind.NO_MEMORY,
    "start=crash": FaultKind.WORKER_CRASHED,
    "read=crash after=20": FaultKind.WORKER_CRASHED,
    "start=hang": FaultKind.STALLED,
    "read=hang after=70": FaultKind.STALLED,
}


@dataclass
class Soak:
    """A station, a scanner, and the sheets of one book after the other."""

    station: Station
    feeder: ScriptableScanner
    scanner: DeviceSession
    chance: random.Random
    faults: int = 0
    memory_mb: list[float] = field(default_factory=list)

    def scan(self, book: str, tones: list[int]) -> None:
        """All the sheets into a book, in as many scans as the faults make of it."""
        kept = 0
        while tones:
            stack = tones[:STACK]
            troubles = [self._trouble() for _ in stack]
            self.feeder.load(*[f"{tone} {trouble}".strip() for tone, trouble in zip(stack, troubles, strict=True)])
            result = stations.scan_into(self.station, self.scanner, kept + 1, book=book).result
            expected = next((TROUBLES[trouble] for trouble in troubles if trouble), None)
            assert (result.fault.kind if result.fault else None) == expected, (result.fault, troubles)
            if result.fault:
                self.faults += 1
                self.feeder.plug()
            kept, tones = kept + len(result.pages), tones[len(result.pages) :]
            assert len(rigs.own_workers()) <= 1
        self.memory_mb.append(resident_mb())

    def _trouble(self) -> str:
        return self.chance.choice(list(TROUBLES)) if self.chance.random() < 1 / FAULT_EVERY else ""


def resident_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def books_of(pages: int) -> Iterator[tuple[str, list[int]]]:
    """Book ids with the tones of their sheets."""
    for number, first in enumerate(range(0, pages, PAGES_PER_BOOK)):
        tones = [FIRST_TONE + tone for tone in range(first, min(pages, first + PAGES_PER_BOOK))]
        yield f"19441/KS.{1960 + number}.01", tones


def tone_of(path: Path) -> int:
    with Image.open(path) as file:
        ((_, colour),) = file.getcolors(1) or [(0, (0, 0, 0))]
    assert isinstance(colour, tuple)
    red, green, blue = colour
    return int(red << 16 | green << 8 | blue)


def soak(feeder: ScriptableScanner, path: Path, pages: int, seed: int) -> Soak:
    feeder.say(area="5 7")
    root = stations.make(path)
    with Station.open(root, "tester") as station, feeder.session(LIMITS) as scanner:
        run = Soak(station, feeder, scanner, random.Random(seed))
        for book, tones in books_of(pages):
            station.add_book(Book(BookId.parse(book)))
            run.scan(book, tones)
        for book, tones in books_of(pages):
            assert_holds(station, root, book, tones)
    device.assert_clean(feeder, root)
    return run


def assert_holds(station: Station, root: Root, book: str, tones: list[int]) -> None:
    """Each sheet once, in its order, each master whole, none without a row."""
    pages = stations.kept_pages(root, book)
    assert [tone_of(root.path / page.file) for page in pages] == tones
    masters = root.masters_of(BookId.parse(book))
    assert {path.name for path in masters.iterdir()} == {Path(page.file).name for page in pages}
    assert len(station.catalogue.copies(BookId.parse(book), station.recipe.key)) == len(tones)


def test_many_sheets_with_a_fault_every_20(feeder: ScriptableScanner, tmp_path: Path) -> None:
    run = soak(feeder, tmp_path / "root", SHORT_RUN, seed=5)
    assert run.faults >= SHORT_RUN / FAULT_EVERY / 3


@pytest.mark.soak
@pytest.mark.timeout(3500)
def test_thousands_of_sheets_with_a_fault_every_20(feeder: ScriptableScanner, tmp_path: Path) -> None:
    """`SOAK_PAGES` sets how many."""
    run = soak(feeder, tmp_path / "root", LONG_RUN, seed=1)
    growth = max(run.memory_mb) - run.memory_mb[0]
    print(  # noqa: T201 - the figure is what the run is for
        f"\n{LONG_RUN} pages, {run.faults} faults, none lost, none twice; the parent after its first book"
        f" {run.memory_mb[0]:.1f} MB, at most {max(run.memory_mb):.1f} MB"
    )
    assert growth <= MOST_GROWTH_MB
