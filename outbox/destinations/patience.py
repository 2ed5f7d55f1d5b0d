"""Going on within one attempt: a line that fails is dialled again at once, as long as the far side gets further."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from outbox.destinations.base import EndedError
from outbox.errors import Code

PASSING: Final = frozenset({Code.CUT, Code.STALLED, Code.UNREACHABLE})
_PAUSES_S = (0.0, *(0.2,) * 10, 0.5, 0.5, 1.0)

T = TypeVar("T")


class Patience:
    """How long to go on without the far side getting further; a line that never carried anything ends at once."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._furthest = -1
        self._failures = 0
        self._failing_since: float | None = None

    async def over(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work` again after every passing failure; raises the `EndedError` that nothing more helps against."""
        while True:
            try:
                return await work()
            except EndedError as ended:
                await self.after(ended)

    def arrived(self, offset: int) -> None:
        """The far side itself says that it holds so much."""
        if offset > self._furthest:
            self._furthest = offset
            self._failures = 0
            self._failing_since = None

    async def after(self, ended: EndedError) -> None:
        """Wait for the next dial, or raise `ended` where another one is of no use."""
        code = ended.outcome.reason.code
        if code not in PASSING or (code is Code.UNREACHABLE and self._furthest < 0):
            raise ended
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        if now - self._failing_since > self._limit_s:
            raise ended
        pause_s = _PAUSES_S[min(self._failures, len(_PAUSES_S) - 1)]
        self._failures += 1
        await asyncio.sleep(pause_s)
