"""What the sender knows of a destination: deliver, ask for a receipt, say whether it works. One module each behind it.

Sending ends in one of three values. Destinations raise nothing for what a line, a server or a wrong setting does.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, TypeVar

from outbox.bagfile import BagFile
from outbox.errors import Code, OutboxError, Reason

PARTIAL_SUFFIX: Final = ".part"
Progress = Callable[[int], None]
"""Called with the bytes that the far side has acknowledged."""
Pace = Callable[[int], Awaitable[None]]
"""Awaited before so many bytes go out; a limit on the bandwidth makes it wait."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sent:
    """The far side holds the whole bag under its final name; the proof says how that is known."""

    proof: str


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing is wrong with the bag; try again. `offline`: the destination is not reached, no item can go there now."""

    reason: Reason
    offline: bool = False


@dataclass(frozen=True, slots=True)
class NeedsPerson:
    """No further attempt helps. `everywhere`: the same befalls every item, so the destination is stopped."""

    reason: Reason
    everywhere: bool = False


Outcome = Sent | Later | NeedsPerson


class EndedError(Exception):
    """Leaves a destination's inner functions with the outcome; it never leaves the destination."""

    def __init__(self, outcome: Later | NeedsPerson) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class Destination(Protocol):
    """A place that bags go to; one connection is kept between calls until `close`."""

    @property
    def name(self) -> str: ...

    async def deliver(self, bag: BagFile, name: str, progress: Progress) -> Outcome:
        """Put the bag there as `name`, once whatever happened before, going on where an earlier attempt stopped."""
        ...

    async def fetch_receipt(self, bag_id: str) -> bytes | None:
        """The receipt that lies beside the bag, or None; raises `UnreachableError` when it cannot be had."""
        ...

    async def check(self) -> Reason | None:
        """Whether a bag could be sent now; for `station doctor`."""
        ...

    async def close(self) -> None: ...


class UploadNotes(Protocol):
    """Where a destination keeps what it must know of an upload after a restart, one note for each bag."""

    def recall(self, bag_id: str, destination: str) -> str | None: ...

    def remember(self, bag_id: str, destination: str, note: str | None) -> None: ...


class MemoryNotes:
    """Notes that end with the process, for one who sends without a queue."""

    def __init__(self) -> None:
        self._notes: dict[tuple[str, str], str] = {}

    def recall(self, bag_id: str, destination: str) -> str | None:
        return self._notes.get((bag_id, destination))

    def remember(self, bag_id: str, destination: str, note: str | None) -> None:
        if note is None:
            self._notes.pop((bag_id, destination), None)
        else:
            self._notes[bag_id, destination] = note


async def unhurried(_: int) -> None:
    """The pace without a limit."""


class UnreachableError(OutboxError):
    """A destination could not be asked; `stops` where no bag can go there either until a person has done something."""

    def __init__(self, reason: Reason, *, stops: bool = False) -> None:
        super().__init__(reason.code, reason.detail)
        self.stops = stops


class ReceiptForbiddenError(UnreachableError):
    """The destination answers, and does not let us read this receipt."""


def no_receipt(ended: EndedError) -> UnreachableError:
    """To be raised by `fetch_receipt`. Rights that lack to read say nothing of those to write."""
    reason = ended.outcome.reason
    if reason.code is Code.FAR_PERMISSION:
        return ReceiptForbiddenError(Reason(Code.RECEIPT_FORBIDDEN, reason.detail))
    return UnreachableError(reason, stops=isinstance(ended.outcome, NeedsPerson) and ended.outcome.everywhere)


async def off_loop(work: Callable[[], T], limit_s: float | None = None) -> T:
    """Run blocking work in a thread of its own and give up on it after `limit_s` (`TimeoutError`).

    Not the loop's executor: its threads are waited for at exit, and a dead mount would hold the process for ever.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - carried over to the waiting task, whatever it is
            post(partial(future.set_exception, error))
        else:
            post(partial(future.set_result, result))

    def post(settle: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is gone: nobody waits any more
            loop.call_soon_threadsafe(lambda: None if future.done() else settle())

    threading.Thread(target=run, daemon=True, name="outbox-io").start()
    return await asyncio.wait_for(future, limit_s)


def offline(code: Code, detail: str) -> EndedError:
    """To be raised: the destination is not there now."""
    return EndedError(Later(Reason(code, detail), offline=True))


def again(code: Code, detail: str) -> EndedError:
    """To be raised: this attempt failed, another one may do better."""
    return EndedError(Later(Reason(code, detail)))


def needs_person(code: Code, detail: str) -> EndedError:
    """To be raised: no item can go there until a person has changed something."""
    return EndedError(NeedsPerson(Reason(code, detail), everywhere=True))
