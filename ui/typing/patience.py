"""Keys that nobody meant: a key that is held repeats itself, and a key pressed in haste meets a screen that changed.

Neither may take a page or dismiss what nobody has read.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

REPEAT_SECONDS = 0.25
"""A key this soon after the one before is that key held down: keyboards repeat 10 to 30 times a second, and a terminal
may pass a key on late. Nobody lays two pages down within this time."""
DEAD_SECONDS = 0.7
"""How long a screen that became ready is deaf: longer than the 0.25 to 0.66 s after which a held key begins to repeat,
shorter than it takes to turn a page."""
READING_SECONDS = 1.0
"""The same for a screen that has to be read first."""


class Patience:
    """Tells the keys of one action that were meant from those that were not. `clock` counts seconds."""

    def __init__(self, seconds: float = DEAD_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._last = float("-inf")
        self.repeats = False
        """Whether the key that came last is the one before it held down."""
        self.begin()

    def begin(self) -> None:
        """Something else is on the screen: be deaf for a while."""
        self._from = self._clock() + self._seconds

    @property
    def is_over(self) -> bool:
        """Whether a key that is pressed is heard."""
        return self._clock() >= self._from

    def hears(self, pressed: float | None = None) -> bool:
        """The key was pressed at this moment, None: now. Whether it was meant; then it is deaf again.

        To be asked at every press. A screen that is busy takes keys in late: the moment is that of the keyboard.
        """
        before, self._last = self._last, self._clock() if pressed is None else pressed
        self.repeats = self._last - before < REPEAT_SECONDS
        meant = self._last >= self._from and not self.repeats
        if meant:
            self.begin()
        return meant
