"""Thousands of files at once: all taken, none twice, in order, whatever kills the service, in the same memory."""

from __future__ import annotations

import random
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.flow.services import count_pages, digest, draw_small, masters, memory_mb, wait_until, watching
from tests.support import BOOK, make_station, succeed

SEED = 7
SECONDS_A_FILE = 0.5
MOST_GROWTH_MB = 20


@dataclass
class Burst:
    """So many files, dropped in any order; how often the service is killed while it takes them."""

    root: Path
    count: int
    kills: int = 0
    wanted: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    @property
    def inbox(self) -> Path:
        return self.root / "inbox" / "19441" / "KS.2005.01"

    def run(self) -> None:
        files = draw_small(self.root.parent / "pages", self.count)
        self.wanted = [digest(file.read_bytes()) for file in files]
        assert len(set(self.wanted)) == self.count
        for killed in range(self.kills + 1):
            with watching(self.root) as service:
                if not killed:
                    self._drop(files)
                self._watch_memory(service, self.count * (killed + 1) // (self.kills + 1))
                if killed < self.kills:
                    service.kill()

    def _drop(self, files: list[Path]) -> None:
        """All within the time of one batch: the last one stays open until the others are there."""
        random.Random(SEED).shuffle(files)
        last = files.pop()
        content = last.read_bytes()
        last.unlink()
        with (self.inbox / last.name).open("wb") as file:
            for path in files:
                path.rename(self.inbox / path.name)
            file.write(content)

    def _watch_memory(self, service: subprocess.Popen[bytes], until: int) -> None:
        """Wait for so many rows; keeps the service's memory each time that a tenth more is there."""
        for tenth in range(1, 11):
            due = min(until, self.count * tenth // 10)
            wait_until(lambda due=due: count_pages(self.root) >= due, self.root, 60 + SECONDS_A_FILE * self.count)  # type: ignore[misc]
            self.memory.append(memory_mb(service.pid))

    def check(self) -> None:
        assert masters(self.root, BOOK) == self.wanted
        assert list(self.inbox.iterdir()) == []
        assert list((self.root / "quarantine").iterdir()) == []


def test_a_burst_is_taken_whole_once_and_in_order(tmp_path: Path) -> None:
    burst = Burst(make_station(tmp_path / "root"), 300)
    burst.run()
    burst.check()


def test_a_burst_survives_kills(tmp_path: Path) -> None:
    burst = Burst(make_station(tmp_path / "root"), 120, kills=3)
    burst.run()
    assert masters(burst.root, BOOK) == burst.wanted
    assert list(burst.inbox.iterdir()) == []


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_ten_thousand_files_in_flat_memory(tmp_path: Path) -> None:
    burst = Burst(make_station(tmp_path / "root"), 10_000)
    burst.run()
    burst.check()
    assert max(burst.memory) - burst.memory[0] < MOST_GROWTH_MB, burst.memory


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_ten_thousand_files_and_twenty_kills(tmp_path: Path) -> None:
    burst = Burst(make_station(tmp_path / "root"), 10_000, kills=20)
    burst.run()
    assert masters(burst.root, BOOK) == burst.wanted
    assert succeed(burst.root, "outbox", "list") == []
