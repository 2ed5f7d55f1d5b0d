"""Taking files apart in a process of its own: a hostile file may crash a decoder, and the parent stays slim."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor
from typing import TYPE_CHECKING, Self

from station.imaging.pool import worker_processes
from station.intake import take_apart
from station.intake.delivery import Refusal, RefusedFile

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from pathlib import Path

    from station.intake.delivery import Delivered, Limits


class IntakeProcess:
    """One worker process, started with the first file and again after a file killed it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._executor: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def take_apart(self, path: Path, spool: Path) -> list[Delivered]:
        """See `station.intake.take_apart`. A file that kills its reader twice is refused as damaged.

        Twice, because the first death may have been somebody else's doing: a machine short of memory, a fresh start.
        """
        for _ in range(2):
            try:
                return self._running().submit(take_apart, path, spool, self._limits).result()
            except BrokenExecutor:
                self.close()
        raise RefusedFile(path, Refusal.DAMAGED, "the file killed its reader, twice")

    def _running(self) -> ProcessPoolExecutor:
        if self._executor is None:
            self._executor = worker_processes(1)
        return self._executor

    def close(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)
            self._executor = None
