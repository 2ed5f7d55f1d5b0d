"""The sender: claims what is due, has it delivered, asks for receipts, and writes down how each of it ended.

Destinations are served side by side, the items of one destination one after the other. A bad item waits or goes to a
person and the next one is taken; a destination that cannot be reached is left alone for a while, and its items keep
their place.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any

from outbox import backoff, owners
from outbox.bagfile import BagError, BagFile, payload_digest
from outbox.destinations.base import Destination, Later, NeedsPerson, Outcome, Sent, UnreachableError
from outbox.errors import Code, OutboxError, Reason
from outbox.items import Claim, Item
from outbox.keys import TrustedKeys
from outbox.states import State
from outbox.store import Clock, LeaseLostError, OutboxStore

LEASE = timedelta(seconds=60)
PROGRESS_S = 0.5
RECEIPTS_A_ROUND = 200
ASK_AGAIN = timedelta(seconds=30)
ROUND_S = 5.0
_BREAK_OFF_S = 2.0


class Said(StrEnum):
    """What the sender reports."""

    ADOPTED = "adopted"
    NOT_ADOPTED = "not-adopted"
    STARTED = "started"
    PROGRESS = "progress"
    SENT = "sent"
    LATER = "later"
    OFFLINE = "offline"
    NEEDS_PERSON = "needs-person"
    LEASE_LOST = "lease-lost"
    INTERRUPTED = "interrupted"
    RECEIVED = "received"
    REFUSED = "refused"
    RECEIPT_REJECTED = "receipt-rejected"


@dataclass(frozen=True, slots=True)
class Report:
    """One thing that happened, for whoever shows it; `item` is as it stands afterwards."""

    said: Said
    destination: str | None = None
    item: Item | None = None
    reason: Reason | None = None
    bytes_done: int = 0
    bytes_per_s: float | None = None


@dataclass(slots=True)
class Summary:
    """What one round did, by bag id; `offline` and `refusing` name destinations that took nothing."""

    sent: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)
    needs_person: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    offline: set[str] = field(default_factory=set)
    refusing: set[str] = field(default_factory=set)

    @property
    def blocked(self) -> bool:
        """Whether a destination could not be reached or let nobody in."""
        return bool(self.offline or self.refusing)


@dataclass(slots=True)
class _Pause:
    """A destination that is left alone until a time, longer each time in a row."""

    failures: int = 0
    until: datetime | None = None


class Sender:
    """One sender; any number may run on one store, each item is claimed by one of them."""

    def __init__(  # noqa: PLR0913 - everything it needs is handed in by keyword
        self,
        *,
        store: OutboxStore,
        bags_folder: Path,
        destinations: Mapping[str, Destination],
        default_destination: str,
        trusted_keys: TrustedKeys,
        clock: Clock,
        rng: Random,
        report: Callable[[Report], None] = lambda _: None,
        lease: timedelta = LEASE,
    ) -> None:
        self._store = store
        self._bags_folder = bags_folder
        self._destinations = destinations
        self._default = default_destination
        self._trusted = trusted_keys
        self._clock = clock
        self._rng = rng
        self._report = report
        self._lease = lease
        self._locks = store.path.with_name(store.path.name + "-senders")
        self._pauses: dict[str, _Pause] = {}

    async def run_once(self) -> Summary:
        """One round over everything that is due now, whatever earlier rounds of other processes met."""
        self._pauses.clear()
        with owners.Owner(self._locks) as owner:
            return await self._round(owner.name, asked_before=self._clock())

    async def run_forever(self, stop: asyncio.Event, round_s: float = ROUND_S) -> None:
        """Round after round until `stop`; an attempt under way is broken off and its item goes back to the queue."""
        with owners.Owner(self._locks) as owner:
            while not stop.is_set():
                await _unless(stop, self._round(owner.name, asked_before=self._clock() - ASK_AGAIN))
                await _unless(stop, asyncio.sleep(self._rest_s(round_s)))

    async def _round(self, owner: str, asked_before: datetime) -> Summary:
        summary = Summary()
        self._adopt()
        self._store.end_leases(owners.dead(self._locks, self._store.lease_owners()))
        names = self._store.destinations_in_use() | self._destinations.keys()
        try:
            async with asyncio.TaskGroup() as group:
                for name in sorted(names):
                    group.create_task(self._serve(owner, name, asked_before, summary))
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None  # the store's own errors, as they are
        return summary

    def _adopt(self) -> None:
        adopted = self._store.adopt(self._bags_folder, self._default)
        for item in adopted.new:
            self._report(Report(Said.ADOPTED, item.destination, item))
        for reason in adopted.refused:
            self._report(Report(Said.NOT_ADOPTED, reason=reason))

    async def _serve(self, owner: str, name: str, asked_before: datetime, summary: Summary) -> None:
        """Everything for one destination: what is due goes out, then receipts come in."""
        pause = self._pauses.setdefault(name, _Pause())
        if pause.until is not None and self._clock() < pause.until:
            return
        destination = self._destinations.get(name)
        try:
            blocked = await self._send_due(owner, name, summary)
            if destination is not None and not blocked:
                blocked = not await self._fetch_receipts(destination, asked_before, summary)
        finally:
            if destination is not None:
                await destination.close()
        self._rest_or_go_on(pause, blocked=blocked)

    async def _send_due(self, owner: str, name: str, summary: Summary) -> bool:
        """Every item of a destination that was due at the start, until none is left or (true) the destination fails."""
        started = self._clock()
        while claim := self._store.claim(owner, name, self._lease, due_before=started):
            outcome = await self._attempt(claim)
            if outcome is not None and self._settle(claim, outcome, summary):
                return True
        return False

    async def _attempt(self, claim: Claim) -> Outcome | None:
        """Deliver one item; None when it was taken from us meanwhile. Whatever a bag does wrong stays with that bag."""
        self._report(Report(Said.STARTED, claim.item.destination, claim.item))
        destination = self._destinations.get(claim.item.destination)
        if destination is None:
            return NeedsPerson(Reason(Code.DESTINATION_UNKNOWN, claim.item.destination))
        try:
            bag = _whole_bag(claim)
            return await self._deliver(claim, destination, bag)
        except BagError as error:
            return NeedsPerson(error.reason)
        except LeaseLostError as error:
            self._report(Report(Said.LEASE_LOST, claim.item.destination, claim.item, error.reason))
            return None
        except asyncio.CancelledError:
            item = self._store.interrupted(claim)
            self._report(Report(Said.INTERRUPTED, claim.item.destination, item))
            raise

    async def _deliver(self, claim: Claim, destination: Destination, bag: BagFile) -> Outcome:
        """The delivery with its book-keeper beside it; a lost lease breaks the delivery off."""
        meter = _Meter(claim.item.bytes_done)
        delivery = asyncio.create_task(_deliver_safely(destination, bag, meter))
        try:
            while not delivery.done():
                await asyncio.wait({delivery}, timeout=PROGRESS_S)
                self._note_progress(claim, meter)
            return delivery.result()
        finally:
            delivery.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.wait({delivery}, timeout=_BREAK_OFF_S)

    def _note_progress(self, claim: Claim, meter: "_Meter") -> None:
        if meter.has_moved() or meter.renewed_s_ago() > self._lease.total_seconds() / 3:
            speed = meter.bytes_per_s()
            self._store.progress(claim, meter.done, speed, self._lease)
            meter.noted()
            self._report(Report(Said.PROGRESS, claim.item.destination, claim.item, None, meter.done, speed))

    def _settle(self, claim: Claim, outcome: Outcome, summary: Summary) -> bool:
        """Write down how the attempt ended; true when the rest of this destination's items would meet the same."""
        try:
            return self._write_outcome(claim, outcome, summary)
        except LeaseLostError as error:
            self._report(Report(Said.LEASE_LOST, claim.item.destination, claim.item, error.reason))
            return False

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
            case NeedsPerson(reason, everywhere):
                item = self._store.needs_person(claim, reason)
                summary.needs_person.append(bag_id)
                if everywhere:
                    summary.refusing.add(destination)
                self._report(Report(Said.NEEDS_PERSON, destination, item, reason))
                return everywhere

    async def _fetch_receipts(self, destination: Destination, asked_before: datetime, summary: Summary) -> bool:
        """Ask for the receipts of what was sent; false when the destination could not be asked."""
        for item in self._store.awaiting_receipt(destination.name, asked_before, RECEIPTS_A_ROUND):
            try:
                data = await destination.fetch_receipt(item.bag_id)
            except UnreachableError as error:
                summary.offline.add(destination.name)
                self._report(Report(Said.OFFLINE, destination.name, item, error.reason))
                return False
            if data is not None:
                self._take_receipt(item, data, summary)
        return True

    def _take_receipt(self, item: Item, data: bytes, summary: Summary) -> None:
        """One receipt; one that does not count is noted at its item and stops nothing."""
        try:
            imported = self._store.import_receipt(data, self._trusted)
        except OutboxError as error:
            if self._store.note(item.bag_id, error.reason):
                self._report(Report(Said.RECEIPT_REJECTED, item.destination, item, error.reason))
            return
        if imported.changed:
            accepted = imported.item.state is State.RECEIVED
            (summary.received if accepted else summary.refused).append(item.bag_id)
            self._report(Report(Said.RECEIVED if accepted else Said.REFUSED, item.destination, imported.item))

    def _rest_or_go_on(self, pause: _Pause, *, blocked: bool) -> None:
        pause.failures = pause.failures + 1 if blocked else 0
        wait = timedelta(seconds=backoff.delay_s(pause.failures, self._rng)) if blocked else None
        pause.until = self._clock() + wait if wait is not None else None

    def _rest_s(self, round_s: float) -> float:
        """Until the next round: the usual rest, or less when something is due before."""
        moments = [pause.until for pause in self._pauses.values()] + [self._store.next_due()]
        now = self._clock()
        rests = [(moment - now).total_seconds() for moment in moments if moment is not None]
        return min(round_s, max(min(rests, default=round_s), PROGRESS_S))


class _Meter:
    """How far a delivery is and how fast; the destination moves it, the book-keeper reads it."""

    def __init__(self, done: int) -> None:
        self.done = done
        self._noted_done = done
        self._noted_at = time.monotonic()
        self._first: tuple[float, int] | None = None

    def __call__(self, done: int) -> None:
        if self._first is None or done < self._first[1]:
            self._first = (time.monotonic(), done)
        self.done = done

    def has_moved(self) -> bool:
        return self.done != self._noted_done

    def renewed_s_ago(self) -> float:
        return time.monotonic() - self._noted_at

    def noted(self) -> None:
        self._noted_done = self.done
        self._noted_at = time.monotonic()

    def bytes_per_s(self) -> float | None:
        """The mean of this attempt; None before there is one."""
        if self._first is None:
            return None
        at, done = self._first
        spent = time.monotonic() - at
        return (self.done - done) / spent if spent > 0 and self.done > done else None


def _whole_bag(claim: Claim) -> BagFile:
    """The item's bag, if its folder still is what was queued."""
    digest = payload_digest(claim.item.folder)
    if digest != claim.item.digest:
        raise BagError(Code.BAG_CHANGED, f"{claim.item.folder}: {digest}, queued as {claim.item.digest}")
    return claim.bag()


async def _deliver_safely(destination: Destination, bag: BagFile, meter: _Meter) -> Outcome:
    """A defect in a destination is the end of that attempt and not of the sender; the item shows what it was."""
    try:
        return await destination.deliver(bag, bag.name, meter)
    except Exception as error:  # noqa: BLE001 - the boundary that keeps one bad item from stopping the others
        return Later(Reason(Code.SENDER_DEFECT, f"{type(error).__name__}: {error}"))


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
