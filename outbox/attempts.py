"""What the sender does with items: take one under a lease, say how far it is, say how it ended.

Turns go by the day on which a bag was queued (UTC), the oldest first, and within a day the smaller bag first: a small
bag waits for no large one of its day, and a large one for nothing that comes a day later.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from outbox.backoff import CAP_S
from outbox.errors import Code, Reason
from outbox.items import Claim, Item, utc_text, utc_time
from outbox.rows import NO_ERROR, LeaseLostError, Rows
from outbox.states import TRANSITIONS, Event, State

LONGEST_WAIT: Final = timedelta(seconds=CAP_S)
LONGEST_LEASE: Final = timedelta(hours=1)
"""What waits or is leased for longer than these was noted before the clock was set back."""
_LINE_CODES: Final = (Code.UNREACHABLE, Code.STALLED, Code.CUT)

# Each part takes its first by the index of turns, so that a claim costs the same however many wait.
_CLAIM = """
    select id from (
        select * from (
            select id, substr(created_at, 1, 10) as day, size from items
            where destination = :destination and state = 'queued'
            order by substr(created_at, 1, 10), size, id limit 1)
        union all select * from (
            select id, substr(created_at, 1, 10) as day, size from items
            where destination = :destination and state = 'waiting'
                and (next_attempt_at < :due or next_attempt_at > :latest)
            order by substr(created_at, 1, 10), size, id limit 1)
        union all select * from (
            select id, substr(created_at, 1, 10) as day, size from items
            where destination = :destination and state = 'sending'
                and (lease_until <= :now or lease_until > :longest)
            order by substr(created_at, 1, 10), size, id limit 1)
    ) order by day, size, id limit 1
"""


@dataclass(frozen=True, slots=True)
class Control:
    """What people have told every sender: to pause, and (by a number that grows) to try at once."""

    paused_at: datetime | None
    nudges: int


class Attempts(Rows):
    """The half of the queue that senders use."""

    def claim(self, owner: str, destination: str, lease: timedelta, due_before: datetime) -> Claim | None:
        """Take the next item of a destination: queued, due before `due_before`, or of a sender whose lease ended.

        A crash afterwards leaves it `sending` until the lease ends or the owner is known to be dead (`end_leases`).
        """
        with self._write() as now:
            values = {
                "destination": destination,
                "now": now,
                "due": utc_text(due_before),
                "latest": utc_text(due_before + LONGEST_WAIT),
                "longest": self._in(LONGEST_LEASE),
            }
            row = self._db.execute(_CLAIM, values).fetchone()
            if row is None:
                return None
            self._change(row["id"], Event.CLAIM, now, lease_owner=owner, lease_until=self._in(lease), bytes_per_s=None)
            return Claim(self._item(row["id"]), owner)

    def progress(self, claim: Claim, bytes_done: int, bytes_per_s: float | None, lease: timedelta) -> None:
        """Note how far an attempt is and renew its lease; `LeaseLostError` tells the sender to stop."""
        with self._write() as now:
            self._require_lease(claim)
            self._set(
                claim.item.id,
                now,
                bytes_done=bytes_done,
                bytes_per_s=bytes_per_s,
                lease_until=self._in(lease),
            )

    def delivered(self, claim: Claim, proof: str) -> Item:
        """The destination has proved that it holds the whole bag; where any destination will do, the others end."""
        with self._write() as now:
            self._require_lease(claim)
            sent: dict[str, Any] = {"bytes_done": claim.item.size, "sent_at": now, "proof": proof}
            item = self._change(claim.item.id, Event.DELIVER, now, detail=proof, **sent, **NO_ERROR)
            self._end_others(item, now)
            self._db.execute("delete from stops where destination = ?", (item.destination,))
            return item

    def deferred(self, claim: Claim, reason: Reason, delay: timedelta) -> Item:
        """The attempt failed and counts; the next one waits."""
        with self._write() as now:
            self._require_lease(claim)
            later: dict[str, Any] = {"attempts": claim.item.attempts + 1, "next_attempt_at": self._in(delay)}
            return self._change(claim.item.id, Event.DEFER, now, reason, **later)

    def lost_line(self, claim: Claim, reason: Reason) -> Item:
        """The line failed: no fault of the item, which keeps its place and its count."""
        with self._write() as now:
            self._require_lease(claim)
            return self._change(claim.item.id, Event.LOSE_LINE, now, reason)

    def needs_person(self, claim: Claim, reason: Reason) -> Item:
        """No further attempt can help until a person has done something."""
        with self._write() as now:
            self._require_lease(claim)
            return self._change(claim.item.id, Event.NEED_PERSON, now, reason, attempts=claim.item.attempts + 1)

    def interrupted(self, claim: Claim) -> Item | None:
        """The sender was told to stop: the item goes back to the queue, unless it is another's already."""
        with self._write() as now:
            try:
                self._require_lease(claim)
            except LeaseLostError:
                return None
            return self._change(claim.item.id, Event.INTERRUPT, now)

    def lease_owners(self) -> set[str]:
        """Who holds items now, dead or alive."""
        rows = self._db.execute("select distinct lease_owner from items where state = 'sending'")
        return {row["lease_owner"] for row in rows}

    def end_leases(self, owners: Collection[str]) -> None:
        """Let the items of senders that are known to be dead be claimed at once."""
        if not owners:
            return
        with self._write() as now:
            ended = [(now, owner) for owner in owners]
            self._db.executemany("update items set lease_until = ? where lease_owner = ?", ended)

    def next_due(self) -> datetime | None:
        """When the first waiting item may be tried again, or the first stopped destination looked at."""
        row = self._db.execute(
            "select min(due) as due from ("
            " select min(next_attempt_at) as due from items where state = 'waiting'"
            " and destination not in (select destination from stops where on_trial = 0)"
            " union all select min(check_at) from stops where on_trial = 0)"
        ).fetchone()
        return utc_time(row["due"])

    def try_lines_again(self) -> None:
        """The network is back: what waits because of the line is due now."""
        with self._write() as now:
            marks = ", ".join("?" * len(_LINE_CODES))
            self._db.execute(
                f"update items set next_attempt_at = ? where state = 'waiting' and error_code in ({marks})",  # noqa: S608
                (now, *_LINE_CODES),
            )

    def try_again_now(self) -> None:
        """What waits is due, and keeps its count; what needs a person does so still."""
        with self._write():
            just_now = self._in(timedelta(seconds=-1))  # due is what lies before a round's beginning
            self._db.execute("update items set next_attempt_at = ? where state = 'waiting'", (just_now,))

    def control(self) -> Control:
        row = self._db.execute("select paused_at, nudges from sender").fetchone()
        return Control(utc_time(row["paused_at"]), row["nudges"])

    def destinations_in_use(self) -> set[str]:
        """Where items wait to go, whether or not it is configured."""
        rows = self._db.execute(
            "select distinct destination from items where state in ('queued', 'waiting', 'sending', 'sent')"
        )
        return {row["destination"] for row in rows}

    def _require_lease(self, claim: Claim) -> None:
        row = self._db.execute("select state, lease_owner from items where id = ?", (claim.item.id,)).fetchone()
        if row is None or row["state"] != State.SENDING or row["lease_owner"] != claim.owner:
            raise LeaseLostError(claim.item.bag_id)

    def _end_others(self, item: Item, now: str) -> None:
        """A bag for which any one destination will do needs no other one now."""
        if item.any_of:
            for row in self._rows_of(item.bag_id):
                if row["id"] != item.id and Event.CANCEL in TRANSITIONS[State(row["state"])]:
                    self._change(row["id"], Event.CANCEL, now, detail=f"-> {item.destination}")
