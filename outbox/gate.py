"""Whether bags may go to a destination. One that lets nobody in is stopped, and looked at until it lets them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

from outbox import backoff
from outbox.destinations.base import Destination
from outbox.errors import Code, Reason
from outbox.items import Claim, Item
from outbox.reports import Report, Said, Summary
from outbox.rows import Clock
from outbox.stops import Stop
from outbox.store import OutboxStore

_TELLS_NOTHING: Final = frozenset({Code.UNREACHABLE, Code.STALLED, Code.CUT, Code.FAR_FAILURE, Code.FAR_FULL})
"""What a look may meet that says neither that the fault is mended nor that it is another one."""

_LETS_READ: Final = frozenset({Code.FAR_PERMISSION, Code.PART_TOO_SMALL})


@dataclass(frozen=True, slots=True)
class Gate:
    """The stops of a sender's destinations. They lie in the queue, known to every sender and to whoever looks."""

    store: OutboxStore
    destinations: Mapping[str, Destination]
    clock: Clock
    rng: Random
    report: Callable[[Report], None]
    settings_of: Callable[[str], str]
    """What tells by another word that the settings of a destination changed, or the files that they name."""

    async def is_open(self, name: str, summary: Summary, *, look: bool) -> bool:
        """Whether bags may go; a stopped destination is looked at when it is due, or at once with `look`."""
        stop = self.store.stop_of(name)
        if stop is None:
            return True
        if not (look or stop.is_due(self.clock())):
            summary.stopped.add(name)
            return False
        reason = await self._look(name)
        if reason is not None and not self._is_outdated(stop, reason):
            self._stop_again(stop, reason, summary, tell=look)
            return False
        self.store.try_destination(name)
        if reason is None:
            self.report(Report(Said.RESUMED, name))
        return True

    def close(self, name: str, reason: Reason, summary: Summary, claim: Claim | None = None) -> None:
        """Stop a destination; `claim` is the attempt that met the fault. Raises `LeaseLostError`."""
        self.store.stop(name, reason, self._delay, claim, settings=self.settings_of(name))
        summary.stopped.add(name)
        self.report(Report(Said.STOPPED, name, self._item(claim), reason))

    def _is_outdated(self, stop: Stop, reason: Reason) -> bool:
        """Whether a stop is known of other settings and the line says nothing of these: the next bag will tell."""
        return reason.code in _TELLS_NOTHING and stop.settings != self.settings_of(stop.destination)

    def _stop_again(self, stop: Stop, reason: Reason, summary: Summary, *, tell: bool) -> None:
        """Still, or by now for another reason; a line that fails says nothing of the one that it is known for."""
        known = Reason(Code(stop.code), stop.text)
        told = known if reason.code in _TELLS_NOTHING else reason
        self.store.stop(stop.destination, told, self._delay, settings=self.settings_of(stop.destination))
        summary.stopped.add(stop.destination)
        if tell or told.code is not known.code:
            self.report(Report(Said.STOPPED, stop.destination, None, told))

    def lets_ask(self, name: str) -> bool:
        """Whether receipts can be asked for: what is not let in may be there to be read."""
        stop = self.store.stop_of(name)
        return stop is None or stop.code in _LETS_READ

    async def _look(self, name: str) -> Reason | None:
        """What is in the way at a destination. A defect of ours is no reason to let bags run into it."""
        destination = self.destinations.get(name)
        if destination is None:
            return Reason(Code.DESTINATION_UNKNOWN, name)
        try:
            return await destination.check()
        except Exception as error:  # noqa: BLE001 - the boundary that keeps one destination from stopping the others
            return Reason(Code.SENDER_DEFECT, f"{type(error).__name__}: {error}")

    def _item(self, claim: Claim | None) -> Item | None:
        if claim is None:
            return None
        return next(item for item in self.store.routes(claim.item.bag_id) if item.id == claim.item.id)

    def _delay(self, failures: int) -> timedelta:
        return timedelta(seconds=backoff.delay_s(failures, self.rng))
