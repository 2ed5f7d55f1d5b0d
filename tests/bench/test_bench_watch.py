"""The watching service: from the closing of a file to its row, idle with many open books, a burst of 10,000 files."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from pathlib import Path
from statistics import median, quantiles

import pytest

from drivers.arrivals import GRACE_SECONDS
from station.model import Book
from station.naming import BookId
from station.root import Root
from station.wiring import Station
from tests.flow.services import draw_small, memory_mb, wait_until, watching
from tests.support import BOOK, draw_page, make_station

pytestmark = pytest.mark.bench

BOOKS = 300
FILES = 40
IDLE_SECONDS = 10.0
BURST = 10_000
MOST_MEDIAN_SECONDS = 0.25
MOST_IDLE_CPU = 0.01
MOST_BURST_GROWTH_MB = 20


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A station in the middle of a campaign: hundreds of books are open."""
    path = make_station(tmp_path / "root")
    with Station.open(Root(path)) as station:
        for number in range(BOOKS):
            station.add_book(Book(BookId.parse(f"19441/KH.{1950 + number // 10}.{number % 10 + 1:02}")))
    return path


class Rows:
    """A reader of its own of the pages that have their rows."""

    def __init__(self, root: Path) -> None:
        self._catalogue = sqlite3.connect(f"file:{root / 'catalogue.db'}?mode=ro", uri=True)

    def count(self) -> int:
        return int(self._catalogue.execute("select count(*) from page").fetchone()[0])

    def wait_for(self, count: int) -> float:
        """When so many were there, on the monotonic clock."""
        end = time.monotonic() + 60
        while self.count() < count:
            assert time.monotonic() < end
            time.sleep(0.002)
        return time.monotonic()

    def close(self) -> None:
        self._catalogue.close()


def test_from_close_to_row(root: Path, tmp_path: Path) -> None:
    """A4 pages of 200 dpi, one every second or so, as an overhead scanner with a quick operator delivers them."""
    inbox = root / "inbox" / "19441" / "KS.2005.01"
    pages = [draw_page(tmp_path / f"{n}.jpg", n, dpi=200).read_bytes() for n in range(1, FILES + 2)]
    pause = random.Random(1)
    rows, seconds = Rows(root), []
    with watching(root):
        for number, page in enumerate(pages):
            (inbox / f"{number}.jpg").write_bytes(page)
            closed = time.monotonic()
            seconds.append(rows.wait_for(number + 1) - closed)
            time.sleep(pause.uniform(0.3, 1.2))
    rows.close()
    # The first file starts the process that takes files apart.
    beyond = [one - GRACE_SECONDS for one in seconds[1:]]
    p95 = quantiles(beyond, n=20)[-1]
    print(
        f"\nclose to row beyond the {GRACE_SECONDS * 1000:.0f} ms that a file is left alone: median"
        f" {median(beyond) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms; first file {seconds[0]:.2f} s"
    )
    assert median(beyond) < MOST_MEDIAN_SECONDS


def cpu_seconds(pid: int) -> float:
    """What a process and its threads have used, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_idle_with_many_open_books(root: Path) -> None:
    with watching(root) as service:
        time.sleep(1)
        before = cpu_seconds(service.pid)
        time.sleep(IDLE_SECONDS)
        share = (cpu_seconds(service.pid) - before) / IDLE_SECONDS
        print(f"\nidle with {BOOKS + 1} open books: {share * 100:.2f} % CPU, {memory_mb(service.pid):.0f} MB")
    assert share < MOST_IDLE_CPU


def test_a_burst(root: Path, tmp_path: Path) -> None:
    inbox = root / "inbox" / "19441" / "KS.2005.01"
    file = root / "station.toml"
    file.write_text(file.read_text().replace("workers = 1", "workers = 0"))
    files = draw_small(tmp_path / "small", BURST)
    rows, memory = Rows(root), []
    with watching(root) as service:
        began = time.monotonic()
        for path in files:
            path.rename(inbox / path.name)
        for tenth in range(1, 11):
            wait_until(lambda due=BURST * tenth // 10: rows.count() >= due, root, 1800)  # type: ignore[misc]
            memory.append(memory_mb(service.pid))
        seconds = time.monotonic() - began
    rows.close()
    growth = max(memory) - memory[0]
    print(
        f"\n{BURST} files at once into {BOOK}: {seconds:.0f} s, {BURST / seconds:.0f} files/s with their delivery"
        f" copies; {memory[0]:.0f} MB, {growth:+.0f} MB"
    )
    assert growth < MOST_BURST_GROWTH_MB
