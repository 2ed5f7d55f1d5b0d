"""How long the parent of a worker waits for its next word."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from drivers.protocol import Event

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.states import Limits


class Patience:
    """How long the next word of a worker may take, by what was heard before.

    An image says nothing about the device: it comes from the disk, while the device may be warming up. After a cancel
    the device has a fixed time to end, however much it says; an image that became durable meanwhile gives it the time
    anew.
    """

    def __init__(self, limits: Limits, first: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._limit = first
        self._clock = clock
        self._end: float | None = None
        self._quiet: float | None = None
        self._waited = 0.0

    @property
    def cancelled(self) -> bool:
        return self._end is not None

    @property
    def seconds(self) -> float:
        left = self._limit - self._waited
        return left if self._end is None else min(left, max(0.0, self._end - self._clock()))

    @property
    def wait(self) -> float:
        """How long to listen until something is due: the end of patience, or a word about the silence."""
        return self.seconds if self._quiet is None else min(self.seconds, self._quiet)

    def hear(self, event: str) -> None:
        if event == Event.STARTING:
            self._limit, self._quiet, self._waited = self._limits.start, self._limits.warm_up, 0.0
        elif event == Event.READING:
            self._limit, self._quiet, self._waited = self._limits.data, None, 0.0
        elif event == Event.CANCELLING or (event == Event.IMAGE and self.cancelled):
            self._end, self._quiet = self._clock() + self._limits.cancel, None

    def grows_quiet(self) -> bool:
        """Nothing was heard for all of `wait`: whether that is, so far, only the silence of a lamp that warms up."""
        quiet, self._quiet = self._quiet, None
        if quiet is None or quiet >= self.seconds:
            return False
        self._waited = quiet
        return True

    def __str__(self) -> str:
        if self.cancelled:
            return f"no end within {self._limits.cancel:.1f} s of the cancel"
        return f"no word from the worker for {self._limit:.1f} s"
