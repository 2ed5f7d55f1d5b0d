"""Each way to SANE against `scanimage --batch`, on SANE's own test device: pages a second, CPU and memory a page."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.interface import SANE_DRIVERS, DeviceInfo, Mode, RawImage, ScanSettings, Source
from drivers.remote import WorkerScanner
from tests.drivers import rigs

pytestmark = pytest.mark.bench

PAGE_MB = 2480 * 3507 * 3 / 1e6
SETTINGS = ScanSettings(Source.ADF, Mode.COLOUR, 300, 210.0, 297.0)
ROUNDS = 6
MOST_TIMES_SCANIMAGE = 2.0
"""Seconds a page; ours is hashed and durable."""
MOST_PAGES_IN_MEMORY = 2.2
"""One that is read and one that is written."""


@dataclass(frozen=True)
class Cost:
    """The best of several feeds."""

    seconds: float
    cpu: float
    peak_mb: float
    """What the worker's memory grew by while it scanned."""

    def __str__(self) -> str:
        return f"{1 / self.seconds:.1f} pages/s, {1000 * self.cpu:.0f} ms CPU a page, {self.peak_mb:.0f} MB"


def test_ways_to_sane_against_scanimage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANE_CONFIG_DIR", str(rigs.sane_test_configuration(tmp_path / "sane")))
    peer = min(scanimage(tmp_path / "pnm") for _ in range(ROUNDS))
    costs = {driver: cost_of(driver, tmp_path) for driver in SANE_DRIVERS}
    print(f"\nA4 300 dpi colour, {PAGE_MB:.0f} MB: scanimage --batch {1 / peer:.1f} pages/s")
    for driver, cost in costs.items():
        print(f"  {driver}, hashed and fsynced: {cost}")
    usual = costs["sane"]
    assert usual.seconds <= MOST_TIMES_SCANIMAGE * peer
    assert usual.cpu <= costs["python-sane"].cpu
    assert usual.peak_mb <= MOST_PAGES_IN_MEMORY * PAGE_MB


def scanimage(folder: Path) -> float:
    """Seconds a page of the peer, which keeps nothing safe."""
    folder.mkdir()
    words = ["-d", "test:0", "--mode", "Color", "--depth", "8", "--resolution", "300", "-x", "210", "-y", "297"]
    argv = ["scanimage", *words, "--source", "Automatic Document Feeder", "--format=pnm", f"--batch={folder}/%d.pnm"]
    began = time.perf_counter()
    subprocess.run(argv, check=False, capture_output=True, timeout=60)  # 7 at the end of paper
    seconds = time.perf_counter() - began
    pages = len(list(folder.iterdir()))
    shutil.rmtree(folder)
    assert pages == 10
    return seconds / pages


def cost_of(driver: str, folder: Path) -> Cost:
    rigs.need_driver(driver)
    seconds, cpu = [], []
    with WorkerScanner(DeviceInfo(f"{driver}:test:0", driver), rigs.LIMITS) as scanner:
        scanner.configure(SETTINGS)
        assert scanner.worker_pid
        status = Path(f"/proc/{scanner.worker_pid}")
        before = peak_mb(status)
        for _ in range(ROUNDS):
            began, spent = time.perf_counter(), cpu_seconds(status)
            images = [one for one in rigs.feed_once(scanner, folder / "spool") if isinstance(one, RawImage)]
            seconds.append((time.perf_counter() - began) / len(images))
            cpu.append((cpu_seconds(status) - spent) / len(images))
            shutil.rmtree(folder / "spool")
        return Cost(min(seconds), min(cpu), peak_mb(status) - before)


def cpu_seconds(process: Path) -> float:
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def peak_mb(process: Path) -> float:
    """Peak resident memory, `VmHWM`."""
    lines = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
