"""What is kept of a defect of the program: its kind and the places in the code, and nothing that somebody typed.

Neither the values of variables nor the words of an exception are kept, as both may hold names of people.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections import deque
from dataclasses import dataclass, field

from textual.worker import WorkerFailed

from station.errors import StationError

log = logging.getLogger(__name__)

MOST_PER_MINUTE = 3
"""How often the screen begins anew within a minute; a defect that comes at once each time needs a technician."""

_MINUTE_SECONDS = 60.0
_MOST_CAUSES = 5


def note(error: BaseException) -> None:
    """Write a defect into the log of the station."""
    log.error("the screen broke: %s", " <- ".join(_causes(error)))


def _causes(error: BaseException | None) -> list[str]:
    told: list[str] = []
    while error is not None and len(told) < _MOST_CAUSES:
        told.append(_told(error))
        error = error.error if isinstance(error, WorkerFailed) else error.__cause__ or error.__context__
    return told


def _told(error: BaseException) -> str:
    kind = type(error)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(error, StationError):
        name += f" {error.code}"
    frames = traceback.extract_tb(error.__traceback__)
    places = ", ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{name} at {places or '-'}"


@dataclass
class Mishaps:
    """How often the screen may begin anew."""

    _times: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_PER_MINUTE))

    def lasts(self, now: float | None = None) -> bool:
        """Count one more beginning; whether that was not too many within a minute. `now` in seconds."""
        now = time.monotonic() if now is None else now
        too_many = len(self._times) == MOST_PER_MINUTE and now - self._times[0] < _MINUTE_SECONDS
        self._times.append(now)
        return not too_many
