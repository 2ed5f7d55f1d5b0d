"""A thread that owns an open station and does jobs for the screen, one after the other.

SQLite's connections belong to their thread: so do all objects of a station. A job is a function of the station; its
result comes back as a message whose handler calls what was to be done with it.
"""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from station.wiring import Station
from ui.messages import Answered, NotAnswered

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message
    from textual.screen import Screen

    from station.root import Root

T = TypeVar("T")
log = logging.getLogger(__name__)


def while_here(screen: Screen[Any], call: Callable[[T], None]) -> Callable[[T], None]:
    """`call` for as long as the screen is one of the app's: an answer to one that was taken away goes nowhere.

    A screen that was taken away is still attached for a moment, and has lost what stood on it.
    """

    def answer(value: T) -> None:
        if screen.is_attached and screen in screen.app.screen_stack:
            call(value)

    return answer


@dataclass(frozen=True)
class _Job:
    work: Callable[[Station], Any]
    then: Callable[[Any], None]
    failed: Callable[[Exception], None]
    key: str


class Clerk:
    """Jobs in, messages out. A job with the key of one that still waits takes its place: only the last word counts."""

    def __init__(self, name: str, root: Root, post: Callable[[Message], Any]) -> None:
        self.operator: str | None = None
        """In whose name the jobs are done."""
        self._root, self._post = root, post
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._newest: dict[str, _Job] = {}
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=f"clerk-{name}", daemon=True)
        self._began = False
        self._open = 0

    @property
    def busy(self) -> bool:
        """Whether a job is under way or waits."""
        return self._open > 0

    def ask(
        self,
        work: Callable[[Station], T],
        then: Callable[[T], None],
        failed: Callable[[Exception], None],
        key: str = "",
    ) -> None:
        """Have a job done; `then` or `failed` is called by the screen's own thread. May be called before any start."""
        job = _Job(work, then, failed, key)
        with self._lock:
            self._open += 1
            if key:
                self._newest[key] = job
        if not self._began:
            self._began = True
            self._thread.start()
        self._jobs.put(job)

    def close(self, seconds: float = 5.0) -> None:
        """End after the job under way; a thread that does not end by then is left to the end of the program."""
        self._jobs.put(None)
        if self._began:
            self._thread.join(seconds)

    def _run(self) -> None:
        station: Station | None = None
        try:
            while (job := self._jobs.get()) is not None:
                answer: Message | None = None
                try:
                    if self._is_wanted(job):
                        station = station or Station.open(self._root)
                        station.operator = self.operator or station.operator
                        answer = Answered(job.then, job.work(station))
                except Exception as error:
                    log.info("a job of the screen failed", exc_info=error)
                    answer = NotAnswered(job.failed, error)
                with self._lock:
                    self._open -= 1
                if answer:
                    self._post(answer)
        finally:
            if station:
                station.__exit__()

    def _is_wanted(self, job: _Job) -> bool:
        if not job.key:
            return True
        with self._lock:
            return self._newest.get(job.key) is job
