"""Notices that a line stands still, by what the kernel tells of a socket: bytes under way and none acknowledged.

TCP hides a dead line for minutes. With bytes under way, `FIRST_S` of silence end the connection; where a new one stands
still from its start, as with heavy loss, that doubles up to the longest limit. That also holds for a server's thoughts.
"""

import asyncio
import fcntl
import socket
import struct
import termios
import time
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, Final, TypeVar

FIRST_S: Final = 2.5
_TICK_S: Final = 0.1
_UNSENT: Final = 16 * 1024
_TCP_USER_TIMEOUT: Final = 18
_TCP_NOTSENT_LOWAT: Final = 25

T = TypeVar("T")


class Limits:
    """How long a destination's connections may stand still, learnt from one to the next."""

    def __init__(self, longest_s: float) -> None:
        self.longest_s = longest_s
        self.flowing_s = min(FIRST_S, longest_s)

    def carries(self) -> None:
        self.flowing_s = min(FIRST_S, self.longest_s)

    def stood_still(self) -> None:
        self.flowing_s = min(2 * self.flowing_s, self.longest_s)


class LineWatch:
    """Watches one connection; its socket keeps few bytes of its own, so that little is lost with it."""

    def __init__(self, line: Any, limits: Limits) -> None:
        self._line = line
        self._limits = limits
        self._acknowledged = 0
        self._state = (0, 0)
        self._since = time.monotonic()
        self._has_carried = False
        self.is_still = False
        with suppress(OSError):
            line.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, _UNSENT)
            line.setsockopt(socket.IPPROTO_TCP, _TCP_USER_TIMEOUT, int(1000 * limits.longest_s))

    async def unless_still(self, work: Awaitable[T]) -> T:
        """The result of `work`; raises `TimeoutError` when nothing moves for too long, and gives it up."""
        task = asyncio.ensure_future(work)
        self._since = time.monotonic()
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=_TICK_S)
                if not task.done():
                    self._look()
        except BaseException:
            task.cancel()
            raise
        self._acknowledged += 1
        return task.result()

    def _look(self) -> None:
        under_way = self._under_way()
        state = (self._acknowledged, under_way)
        now = time.monotonic()
        if state != self._state:
            self._state, self._since = state, now
            if self._acknowledged:
                self._has_carried = True
                self._limits.carries()
        limit_s = self._limits.flowing_s if under_way else self._limits.longest_s
        if now - self._since > limit_s:
            self.is_still = True
            if not self._has_carried:
                self._limits.stood_still()
            raise TimeoutError(f"{now - self._since:.1f} s")

    def _under_way(self) -> int:
        """Bytes that the kernel holds for the line or waits to have acknowledged."""
        try:
            (count,) = struct.unpack("i", fcntl.ioctl(self._line.fileno(), termios.TIOCOUTQ, bytes(4)))
        except (OSError, ValueError):
            return 0
        return int(count)
