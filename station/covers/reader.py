"""The codes of cover sheets, read in a process of its own: a picture that crashes or hangs its decoder ends no scan.

Free of the decoder: the worker alone loads it. A look costs the round trip through a pipe on top, 0.2 ms.
"""

from __future__ import annotations

import logging
import signal
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from station.imaging.noise import listen, speak_into
from station.imaging.pool import fork_context

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from pathlib import Path

log = logging.getLogger(__name__)

SMALLEST = 150
"""Pixels along the shorter side: the code takes a third of its sheet, and fifty pixels hold no 29 modules."""

LIMIT_SECONDS = 10.0
"""For one look, which takes a few milliseconds; the paper waits meanwhile."""

_ATTEMPTS = 2
"""The first death may have been somebody else's doing: a machine short of memory, a worker killed while it waited."""
_CLOSING_SECONDS = 2.0
_STARTING_SECONDS = 60.0
"""The first worker waits for the fork server to load its libraries: a second, more on a busy machine."""


@dataclass(frozen=True)
class Look:
    """What was seen on a picture. `failed`: nobody could look, so there may be a code for all we know."""

    codes: tuple[str, ...] = ()
    failed: bool = False


class CodeReader:
    """One worker process, started with the first picture and again after it died. For use by any thread."""

    def __init__(self, limit_seconds: float = LIMIT_SECONDS) -> None:
        self._limit = limit_seconds
        self._lock = threading.Lock()
        self._worker: tuple[BaseProcess, Connection] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def warm_up(self) -> None:
        """Start the worker now and do not wait for it; where that fails, the first look tries again and tells."""
        threading.Thread(target=self._warm_up, daemon=True, name="code-reader").start()

    def look(self, path: Path, size: tuple[int, int] | None = None) -> Look:
        """The codes on a picture of `size` pixels (None: nobody knows) that mean to be ours.

        One that kills the worker twice, or keeps it busy beyond the limit, counts as one without a code.
        """
        if size and min(size) < SMALLEST:
            return Look()
        with self._lock:
            for _ in range(_ATTEMPTS):
                try:
                    return Look(self._ask(path))
                except TimeoutError:
                    log.exception("looking for a code took more than %s s: %s", self._limit, path.name)
                    self._end()
                    break
                except (EOFError, OSError):
                    log.exception("looking for a code killed the reader: %s", path.name)
                    self._end()
        return Look(failed=True)

    def close(self) -> None:
        """End the worker. A later look starts it again."""
        with self._lock:
            self._end(_CLOSING_SECONDS)

    def _warm_up(self) -> None:
        with self._lock:
            try:
                self._running()
            except (EOFError, OSError):
                log.exception("the reader of codes does not start")
                self._end()

    def _ask(self, path: Path) -> tuple[str, ...]:
        """Raises `EOFError` or `OSError` when the worker dies or cannot be had, `TimeoutError` when it hangs."""
        pipe = self._running()
        pipe.send(path)
        if not pipe.poll(self._limit):
            raise TimeoutError
        codes: tuple[str, ...] = pipe.recv()
        return codes

    def _running(self) -> Connection:
        if self._worker is None:
            context = fork_context()
            ours, theirs = context.Pipe()
            with listen() as noise:
                worker = context.Process(target=_serve, args=(theirs, noise), daemon=True, name="code-reader")
                worker.start()
            theirs.close()
            self._worker = worker, ours
            if not ours.poll(_STARTING_SECONDS):
                raise ChildProcessError("it does not start")
            ours.recv()
        return self._worker[1]

    def _end(self, grace: float = 0.0) -> None:
        """The worker ends when the pipe closes; one that does not is killed."""
        if self._worker is None:
            return
        (worker, pipe), self._worker = self._worker, None
        pipe.close()
        worker.join(grace)
        if worker.is_alive():
            worker.kill()
            worker.join()
        worker.close()


def _serve(pipe: Connection, noise: Connection) -> None:
    """The worker: it says that it is ready; then a path comes, its codes go back. It ends with its parent, whose end of
    the pipe closes then.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    speak_into(noise)
    from station.covers.reading import read_codes

    try:
        pipe.send(None)
        while True:
            pipe.send(read_codes(pipe.recv()))
    except (EOFError, OSError):
        return
