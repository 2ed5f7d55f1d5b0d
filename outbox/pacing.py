"""A limit on the bandwidth that all destinations share: a token bucket as the `Pace` of the destinations."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

_BURST_S: Final = 0.25


class Bucket:
    """Lets `bytes_per_s` pass, after a rest a quarter of a second's worth at once; who comes later waits longer."""

    def __init__(
        self,
        bytes_per_s: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bytes_per_s = bytes_per_s
        self._clock = clock
        self._sleep = sleep
        self._free_at = clock()
        self._waiting = 0

    @property
    def is_waited_for(self) -> bool:
        """Whether bytes wait here and not for the line."""
        return self._waiting > 0

    async def __call__(self, n: int) -> None:
        """Wait until `n` bytes may go; who gives up waiting gives them back."""
        cost_s = n / self._bytes_per_s
        self._free_at = max(self._free_at, self._clock() - _BURST_S) + cost_s
        wait_s = self._free_at - self._clock()
        if wait_s <= 0:
            return
        self._waiting += 1
        try:
            await self._sleep(wait_s)
        except asyncio.CancelledError:
            self._free_at -= cost_s
            raise
        finally:
            self._waiting -= 1
