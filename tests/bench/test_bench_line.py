"""The straight line, measured in one run: scanning against `scanimage --batch`, memory of the parent, quick commands."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from drivers.simulator.process import SimulatedScanner
from station.demo.pages import draw_pages as draw_register
from tests.support import BOOK, command, environment, make_station, scripted, succeed

pytestmark = pytest.mark.bench

SHEETS = 24
ROUNDS = 3
MOST_TIMES_SCANIMAGE = 1.5
MOST_PARENT_MB = 150
MOST_HELP_SECONDS = 0.3
MOST_PAGES_SECONDS = 0.5


@pytest.fixture(scope="module")
def scanner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedScanner]:
    pages = draw_register(tmp_path_factory.mktemp("sheets"), pages=SHEETS, seed=1)
    with SimulatedScanner(pages[0].parent, name="Sim") as started:
        yield started


def wall(argv: list[str], env: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(argv, check=True, env=env, timeout=300, capture_output=True)
    return time.perf_counter() - began


def scanimage(folder: Path, env: dict[str, str]) -> float:
    """The peer: the same pages from the same scanner, written as raw files, nothing kept safe or looked at."""
    program = shutil.which("scanimage")
    assert program is not None
    argv = [program, "--source", "ADF", "--resolution", "300", "--mode", "Color", "--format=pnm"]
    seconds = wall([*argv, f"--batch={folder}/%d.pnm", f"--batch-count={SHEETS}"], env)
    assert len(list(folder.iterdir())) == SHEETS
    return seconds


def test_scanning_against_scanimage(scanner: SimulatedScanner, tmp_path: Path) -> None:
    env = environment(**scanner.environment)
    peer, ours, whole = [], [], []
    for number in range(ROUNDS + 1):
        scanner.refill(0)
        pictures = tmp_path / f"pnm{number}"
        pictures.mkdir()
        peer.append(scanimage(pictures, env))
        shutil.rmtree(pictures)
        scanner.refill(0)
        root = make_station(tmp_path / f"root{number}", settings="")
        unlimited_workers(root)
        whole.append(wall([*command(root, "scan", BOOK, "--source", "adf"), "--json"], env))
        pages = succeed(root, "pages", BOOK)
        assert len(pages) == SHEETS
        assert all(page["verdicts"] for page in pages)
        ours.append(seconds_of_scan(root))
        shutil.rmtree(root)
    # The first round warms the page cache and the compiled modules of both.
    scan, line, command_ = median(peer[1:]), median(ours[1:]), median(whole[1:])
    print(
        f"\n{SHEETS} pages: scanimage --batch {scan:.2f} s; kept, fsynced and processed {line:.2f} s = {line / scan:.2f}x;"
        f" the whole command with its start {command_:.2f} s = {command_ / scan:.2f}x"
    )
    assert line / scan <= MOST_TIMES_SCANIMAGE


def unlimited_workers(root: Path) -> None:
    file = root / "station.toml"
    file.write_text(file.read_text().replace("workers = 1", "workers = 0"))


def seconds_of_scan(root: Path) -> float:
    """From opening the device to the last page committed and processed, by the station's own log."""
    for line in reversed((root / "log" / "station.log").read_text().splitlines()):
        if "scan of" in line:
            return float(line.rpartition(" in ")[2].removesuffix(" s"))
    raise AssertionError("the log says nothing of the scan")


def test_memory_of_the_parent_does_not_grow_with_the_pages(tmp_path: Path) -> None:
    peaks = {}
    for count in (30, 300):
        root = make_station(tmp_path / f"root{count}")
        folder = tmp_path / f"script{count}"
        folder.mkdir()
        device = scripted(folder, [f"grey = {100 + number % 100}" for number in range(count)])
        script = folder / "script.toml"
        script.write_text(script.read_text().replace("dpi = 100", "dpi = 300"))
        peaks[count] = parent_peak_mb(command(root, "scan", BOOK, "--device", device, "--number", "1"))
        assert len(succeed(root, "pages", BOOK)) == count
        shutil.rmtree(root)
    print(f"\nparent's peak: {peaks[30]:.0f} MB with 30 pages, {peaks[300]:.0f} MB with 300")
    assert peaks[300] < MOST_PARENT_MB
    assert peaks[300] - peaks[30] < 10


def parent_peak_mb(argv: list[str]) -> float:
    """Peak resident memory of the command itself, without its workers."""
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss / 1024


def cpu_of(argv: list[str]) -> float:
    """CPU seconds of a command, the best of a few: what it costs when nothing else runs."""
    best = float("inf")
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(argv, check=True, env=environment(), timeout=60, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


def test_small_commands_are_quick(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    with_many_pages(root, 600)
    help_seconds = cpu_of([sys.executable, "-m", "station", "--help"])
    argv = command(root, "pages", BOOK)
    pages_seconds = cpu_of(argv)
    pages_wall = min(wall(argv, environment()) for _ in range(5))
    print(
        f"\nstation --help {help_seconds:.2f} s CPU; station pages of 600 pages {pages_seconds:.2f} s CPU, {pages_wall:.2f} s"
    )
    assert help_seconds < MOST_HELP_SECONDS
    assert pages_wall < MOST_PAGES_SECONDS


def with_many_pages(root: Path, count: int) -> None:
    """A book as the catalogue sees it; the masters themselves are not looked at by `pages`."""
    from station.catalogue import Catalogue
    from station.model import Copy, Origin, Page, PageKind, PageState
    from station.naming import BookId, CaseNumber
    from station.wiring import Station

    book = BookId.parse(BOOK)
    from station.root import Root

    with Station.open(Root(root)) as station:
        recipe = station.recipe.key
    verdict = {"check": "blur", "level": "ok", "value": 0.3, "threshold": 0.17}
    with Catalogue(root / "catalogue.db") as catalogue:
        for number in range(1, count + 1):
            page = Page(
                id=f"p{number:012}", book=book, order=number, kind=PageKind.PAGE, state=PageState.KEPT,
                sha256=f"{number:064x}", file=f"masters/{number}.tif", bytes=26_000_000, width=2480, height=3507, dpi=300,
                origin=Origin("tester", "sane:x", "2025-03-01T08:00:00+07:00"),
            )  # fmt: skip
            catalogue.add_page(page, [CaseNumber(2005, number)])
            catalogue.add_copy(Copy(page.sha256, recipe, "x", "y", 100_000, 1654, 2339, 200, 30, (verdict,) * 8))
