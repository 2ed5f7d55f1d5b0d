"""One delivery with its book-keeper beside it: how far it is, how fast, and whether the line still moves."""

import asyncio
import math
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from outbox.bagfile import BagFile
from outbox.destinations.base import Destination, Later, Outcome
from outbox.errors import Code, Reason

LOOK_S: Final = 0.5
STALL_S: Final = 20.0
"""Bytes that have been on their way for so long without one arriving end the attempt."""
_SMOOTH_S: Final = 10.0
_BREAK_OFF_S: Final = 2.0


class Meter:
    """How far a delivery is and how fast; the destination moves it, the book-keeper reads it.

    `found` is what the far side held at its first word, -1 before that.
    """

    def __init__(self, done: int, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.done = done
        self.has_moved = False
        self.found = -1
        self._size = size
        self._clock = clock
        self._moved_at: float | None = None
        self._noted_done = done
        self._noted_at = clock()
        self._looked: tuple[float, int] | None = None
        self._bytes_per_s: float | None = None

    def __call__(self, done: int) -> None:
        if self._moved_at is None:
            self.found = done
        if self._moved_at is None or done != self.done:
            self.has_moved = self.has_moved or done > self.found
            self._moved_at = self._clock()
        self.done = done

    def stands_s(self) -> float:
        """For how long bytes were to go and none arrived; nothing before the first word and after the last byte.

        Reading the bag, asking the far side and having it verify move no bytes; the destinations limit them.
        """
        if self._moved_at is None or self.done >= self._size:
            return 0.0
        return self._clock() - self._moved_at

    def excuse(self) -> None:
        """Bytes wait for a reason of ours."""
        if self._moved_at is not None:
            self._moved_at = self._clock()

    def is_news(self, longest_s: float) -> bool:
        """Whether there is something to note: it moved, or the last note is older than that."""
        return self.done != self._noted_done or self._clock() - self._noted_at > longest_s

    def noted(self) -> None:
        self._noted_done = self.done
        self._noted_at = self._clock()

    def look(self) -> float | None:
        """Bytes a second, smoothed over some ten seconds; None before any went. To be called now and then."""
        now = self._clock()
        if self._moved_at is None:
            return None
        if self._looked is None or self.done < self._looked[1]:
            self._looked = (now, self.done)
            return self._bytes_per_s
        at, done = self._looked
        if now - at < LOOK_S / 2:
            return self._bytes_per_s
        self._looked = (now, self.done)
        speed = (self.done - done) / (now - at)
        if self._bytes_per_s is None:
            self._bytes_per_s = speed or None
        else:
            self._bytes_per_s += (speed - self._bytes_per_s) * (1 - math.exp((at - now) / _SMOOTH_S))
        return self._bytes_per_s


async def deliver(
    destination: Destination, bag: BagFile, meter: Meter, look: Callable[[], bool], stall_s: float = STALL_S
) -> Outcome | None:
    """Deliver with a look now and then; None when `look` wants it broken off, what it raises goes on to the caller.

    A line that stands still for `stall_s` ends the attempt, whatever the destination does.
    """
    delivery = asyncio.create_task(_deliver_safely(destination, bag, meter))
    try:
        while not delivery.done():
            await asyncio.wait({delivery}, timeout=LOOK_S)
            if delivery.done():
                break
            if not look():
                return None
            if meter.stands_s() > stall_s:
                return Later(Reason(Code.STALLED, f"{destination.name}: {stall_s:g} s"))
        look()
        return delivery.result()
    finally:
        delivery.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait({delivery}, timeout=_BREAK_OFF_S)


async def _deliver_safely(destination: Destination, bag: BagFile, meter: Meter) -> Outcome:
    """A defect in a destination is the end of that attempt and not of the sender; the item shows what it was."""
    try:
        return await destination.deliver(bag, bag.name, meter)
    except Exception as error:  # noqa: BLE001 - the boundary that keeps one bad item from stopping the others
        return Later(Reason(Code.SENDER_DEFECT, f"{type(error).__name__}: {error}"))
