"""The sender: claims what is due, has it delivered, asks for receipts, and writes down how each of it ended.

Destinations are served side by side, the items of one destination one after the other. A bad item waits or goes to a
person and the next one is taken; a destination that cannot be reached is left alone for a while, one that lets nobody
in is stopped (see `gate`), and its items keep their place. A line that failed in the middle is dialled anew at once, as
long as it carries something each time.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from outbox import backoff, network, owners
from outbox.bagfile import BagError, BagFile, payload_digest
from outbox.delivery import Meter, deliver
from outbox.destinations.base import (
    Destination,
    Later,
    NeedsPerson,
    Outcome,
    ReceiptForbiddenError,
    Sent,
    UnreachableError,
)
from outbox.errors import Code, OutboxError, Reason
from outbox.gate import Gate
from outbox.items import Claim, Item, Routing
from outbox.keys import TrustedKeys
from outbox.pacing import Bucket
from outbox.reports import Report, Said, Summary
from outbox.rows import Clock, LeaseLostError
from outbox.states import State
from outbox.store import OutboxStore
from outbox.window import Window

__all__ = ["Report", "Said", "Sender", "Summary"]

LEASE = timedelta(seconds=60)
RECEIPTS_A_ROUND = 200
ASK_AGAIN = timedelta(seconds=30)
ROUND_S = 5.0
SHORTEST_REST_S = 0.5
WINDOW_GRACE = timedelta(seconds=60)
"""A bag under way when the window closes goes on for so long, so that what it has begun to send is of use."""
_AFTER_NETWORK_S = 2.0  # stations that get their line back together come apart
_LINE = frozenset({Code.CUT, Code.STALLED, Code.UNREACHABLE})


@dataclass(slots=True)
class _Pause:
    """A destination that is left alone until a (monotonic) time, longer each time in a row."""

    failures: int = 0
    until: float = 0.0


class Sender:
    """One sender; any number may run on one store, each item is claimed by one of them."""

    def __init__(  # noqa: PLR0913 - everything it needs is handed in by keyword
        self,
        *,
        store: OutboxStore,
        bags_folder: Path,
        destinations: Mapping[str, Destination],
        routing: Routing,
        trusted_keys: TrustedKeys,
        clock: Clock,
        rng: Random,
        report: Callable[[Report], None] = lambda _: None,
        lease: timedelta = LEASE,
        window: Window | None = None,
        bucket: Bucket | None = None,
        settings_of: Callable[[str], str] = lambda _: "",
    ) -> None:
        self._store = store
        self._bags_folder = bags_folder
        self._destinations = destinations
        self._routing = routing
        self._trusted = trusted_keys
        self._clock = clock
        self._rng = rng
        self._report = report
        self._lease = lease
        self._window = window or Window()
        self._bucket = bucket
        self._gate = Gate(store, destinations, clock, rng, report, settings_of)
        self._pauses: dict[str, _Pause] = {}
        self._nudges = 0
        self._rests: Said | None = None
        self._found: dict[int, int] = {}

    async def run_once(self) -> Summary:
        """One round over everything that is due now, whatever earlier rounds of other processes met."""
        self._pauses.clear()
        with owners.Owner(self._store.locks) as owner:
            return await self._round(owner.name, timedelta(0), look=True)

    async def run_forever(self, stop: asyncio.Event, round_s: float = ROUND_S) -> None:
        """Round after round until `stop`; an attempt under way is broken off and its item goes back to the queue."""
        hurry = asyncio.Event()
        with owners.Owner(self._store.locks) as owner, network.listen(hurry.set):
            while not stop.is_set():
                await _unless(stop, self._round(owner.name, ASK_AGAIN))
                await _unless(stop, self._rest(round_s, hurry))

    async def _rest(self, round_s: float, hurry: asyncio.Event) -> None:
        """Until the next round, or until shortly after the network came back."""
        with suppress(TimeoutError):
            await asyncio.wait_for(hurry.wait(), self._rest_s(round_s))
        if hurry.is_set():
            await asyncio.sleep(self._rng.uniform(0.0, _AFTER_NETWORK_S))
            hurry.clear()
            if self._pauses or self._store.next_due():
                self._report(Report(Said.NETWORK_BACK))
            self._pauses.clear()
            self._store.try_lines_again()
            self._store.look_soon()

    async def _round(self, owner: str, ask_again: timedelta, *, look: bool = False) -> Summary:
        """Serve all destinations; with `look` those too that are stopped and not due to be looked at."""
        summary = Summary(rests=self._reason_to_rest())
        if summary.rests is not self._rests and summary.rests:
            self._report(Report(summary.rests))
        self._rests = summary.rests
        self._heed_nudges()
        self._adopt()
        self._store.end_leases(owners.dead(self._store.locks, self._store.lease_owners()))
        if summary.rests is Said.PAUSED:
            return summary
        names = self._store.destinations_in_use() | self._destinations.keys()
        self._store.forget_stops(besides=names)
        try:
            async with asyncio.TaskGroup() as group:
                for name in sorted(names):
                    group.create_task(self._serve(owner, name, ask_again, summary, look=look))
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None  # the store's own errors, as they are
        return summary

    def _reason_to_rest(self) -> Said | None:
        """Why nothing may be begun now."""
        if self._store.control().paused_at:
            return Said.PAUSED
        return None if self._window.is_open(self._clock()) else Said.WINDOW_CLOSED

    def _may_go_on(self) -> bool:
        """Whether what is under way may be; a window that closes leaves it a little time."""
        now = self._clock()
        in_time = self._window.is_open(now) or self._window.is_open(now - WINDOW_GRACE)
        return in_time and self._store.control().paused_at is None

    def _heed_nudges(self) -> None:
        """Somebody said "now": no destination is left alone any longer."""
        nudges = self._store.control().nudges
        if nudges != self._nudges:
            self._nudges = nudges
            self._pauses.clear()

    def _adopt(self) -> None:
        adopted = self._store.adopt(self._bags_folder, *self._routing.destinations, any_of=self._routing.any_of)
        for item in adopted.new:
            self._report(Report(Said.ADOPTED, item.destination, item))
        for reason in adopted.refused:
            self._report(Report(Said.NOT_ADOPTED, reason=reason))

    async def _serve(self, owner: str, name: str, ask_again: timedelta, summary: Summary, *, look: bool) -> None:
        """Everything for one destination: what is due goes out, then receipts come in."""
        pause = self._pauses.setdefault(name, _Pause())
        if time.monotonic() < pause.until:
            return
        destination = self._destinations.get(name)
        try:
            is_open = await self._gate.is_open(name, summary, look=look)
            blocked = not is_open or await self._send_due(owner, name, summary)
            if destination is not None and self._gate.lets_ask(name) and name not in summary.offline:
                blocked = not await self._fetch_receipts(destination, ask_again, summary) or blocked
        finally:
            if destination is not None:
                await destination.close()
        if is_open:
            self._rest_or_go_on(pause, blocked=blocked)

    async def _send_due(self, owner: str, name: str, summary: Summary) -> bool:
        """Every item of a destination that was due at the start, until none is left or (true) the destination fails."""
        started = self._clock()
        while not self._reason_to_rest() and (claim := self._store.claim(owner, name, self._lease, due_before=started)):
            meter = Meter(claim.item.bytes_done, claim.item.size)
            outcome = await self._attempt(claim, meter)
            if outcome is not None and self._settle(claim, outcome, meter, summary):
                return True
        return False

    async def _attempt(self, claim: Claim, meter: Meter) -> Outcome | None:
        """Deliver one item; None when it was taken from us meanwhile. Whatever a bag does wrong stays with that bag."""
        self._report(Report(Said.STARTED, claim.item.destination, claim.item))
        destination = self._destinations.get(claim.item.destination)
        if destination is None:
            return NeedsPerson(Reason(Code.DESTINATION_UNKNOWN, claim.item.destination), everywhere=True)
        try:
            bag = _whole_bag(claim)
            outcome = await deliver(destination, bag, meter, lambda: self._look(claim, meter))
        except BagError as error:
            return NeedsPerson(error.reason)
        except LeaseLostError as error:
            self._report(Report(Said.LEASE_LOST, claim.item.destination, claim.item, error.reason))
            return None
        except asyncio.CancelledError:
            self._give_back(claim)
            raise
        if outcome is None:
            self._give_back(claim)
        return outcome

    def _give_back(self, claim: Claim) -> None:
        item = self._store.interrupted(claim)
        self._report(Report(Said.INTERRUPTED, claim.item.destination, item or claim.item))

    def _look(self, claim: Claim, meter: Meter) -> bool:
        """Note how far it is and renew the lease; whether it may go on."""
        if self._bucket is not None and self._bucket.is_waited_for:
            meter.excuse()
        speed = meter.look()
        if meter.is_news(self._lease.total_seconds() / 3):
            self._store.progress(claim, meter.done, speed, self._lease)
            meter.noted()
            self._report(Report(Said.PROGRESS, claim.item.destination, claim.item, None, meter.done, speed))
        return self._may_go_on()

    def _settle(self, claim: Claim, outcome: Outcome, meter: Meter, summary: Summary) -> bool:
        """Write down how the attempt ended; true when the rest of this destination's items would meet the same."""
        try:
            if isinstance(outcome, Later) and self._is_worth_dialling(claim, outcome, meter):
                item = self._store.lost_line(claim, outcome.reason)
                self._report(Report(Said.LINE_LOST, item.destination, item, outcome.reason))
                return False
            return self._write_outcome(claim, outcome, summary)
        except LeaseLostError as error:
            self._report(Report(Said.LEASE_LOST, claim.item.destination, claim.item, error.reason))
            return False

    def _is_worth_dialling(self, claim: Claim, outcome: Later, meter: Meter) -> bool:
        """Whether to dial anew at once: the line failed in the middle, and this attempt found more there than the last.

        What was acknowledged does not count: a reset line takes the last acknowledgements with it.
        """
        before = self._found.pop(claim.item.id, -1)
        if outcome.offline or outcome.reason.code not in _LINE or not meter.has_moved or meter.found <= before:
            return False
        self._found[claim.item.id] = meter.found
        return True

    def _write_outcome(self, claim: Claim, outcome: Outcome, summary: Summary) -> bool:
        bag_id, destination = claim.item.bag_id, claim.item.destination
        match outcome:
            case Sent(proof):
                item = self._store.delivered(claim, proof)
                summary.sent.append(bag_id)
                self._report(Report(Said.SENT, destination, item, bytes_done=item.size))
                return False
            case Later(reason, offline=True):
                item = self._store.lost_line(claim, reason)
                summary.later.append(bag_id)
                summary.offline.add(destination)
                self._report(Report(Said.OFFLINE, destination, item, reason))
                return True
            case Later(reason):
                delay = timedelta(seconds=backoff.delay_s(claim.item.attempts + 1, self._rng))
                item = self._store.deferred(claim, reason, delay)
                summary.later.append(bag_id)
                self._report(Report(Said.LATER, destination, item, reason))
                return False
            case NeedsPerson(reason, everywhere=True):
                self._gate.close(destination, reason, summary, claim)
                return True
            case NeedsPerson(reason):
                item = self._store.needs_person(claim, reason)
                summary.needs_person.append(bag_id)
                self._report(Report(Said.NEEDS_PERSON, destination, item, reason))
                return False

    async def _fetch_receipts(self, destination: Destination, ask_again: timedelta, summary: Summary) -> bool:
        """Ask for the receipts of what was sent; false when the destination could not be asked."""
        asked_before = self._clock() - ask_again
        for item in self._store.awaiting_receipt(destination.name, asked_before, RECEIPTS_A_ROUND):
            try:
                data = await destination.fetch_receipt(item.bag_id)
            except ReceiptForbiddenError as error:
                self._note(item, Said.RECEIPT_FORBIDDEN, error.reason)
                continue
            except UnreachableError as error:
                self._not_asked(destination.name, item, error, summary)
                return False
            if data is not None:
                self._take_receipt(item, data, summary)
        return True

    def _not_asked(self, name: str, item: Item, error: UnreachableError, summary: Summary) -> None:
        if error.stops:
            self._gate.close(name, error.reason, summary)
        else:
            summary.offline.add(name)
            self._report(Report(Said.OFFLINE, name, item, error.reason))

    def _note(self, item: Item, said: Said, reason: Reason) -> None:
        """Keep at an item what is wrong with its receipt, and tell it once."""
        if self._store.note(item.bag_id, reason, item.destination):
            self._report(Report(said, item.destination, item, reason))

    def _take_receipt(self, item: Item, data: bytes, summary: Summary) -> None:
        """One receipt; one that does not count is noted at its item and stops nothing."""
        try:
            imported = self._store.import_receipt(data, self._trusted, item.destination, item.bag_id)
        except OutboxError as error:
            self._note(item, Said.RECEIPT_REJECTED, error.reason)
            return
        if imported.changed:
            accepted = imported.item.state is State.RECEIVED
            (summary.received if accepted else summary.refused).append(item.bag_id)
            self._report(Report(Said.RECEIVED if accepted else Said.REFUSED, item.destination, imported.item))

    def _rest_or_go_on(self, pause: _Pause, *, blocked: bool) -> None:
        pause.failures = pause.failures + 1 if blocked else 0
        pause.until = time.monotonic() + backoff.delay_s(pause.failures, self._rng) if blocked else 0.0

    def _rest_s(self, round_s: float) -> float:
        """Until the next round: the usual rest, or less when something is due before."""
        rests = [pause.until - time.monotonic() for pause in self._pauses.values() if pause.until]
        due = self._store.next_due()
        if due is not None:
            rests.append((due - self._clock()).total_seconds())
        return min(round_s, max(min(rests, default=round_s), SHORTEST_REST_S))


def _whole_bag(claim: Claim) -> BagFile:
    """The item's bag, if its folder still is what was queued."""
    digest = payload_digest(claim.item.folder)
    if digest != claim.item.digest:
        raise BagError(Code.BAG_CHANGED, f"{claim.item.folder}: {digest}, queued as {claim.item.digest}")
    return claim.bag()


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, object]) -> None:
    """Run `work` to its end or to `stop`, whichever is first; broken off, it may tidy up."""
    task, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        if not task.done():
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task
