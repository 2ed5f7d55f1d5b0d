"""Bags that a receipt proves to be received, and may be cleared away here: lines in their history.

The line that a bag is purged comes before anything of it is erased, the line that it is cleared after all of it is: a
crash between leaves a purge that is gone on with, or by a line of its own is not.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from outbox.errors import OutboxError
from outbox.items import Item
from outbox.rows import Rows, state_of
from outbox.states import Event, State, TransitionRefusedError

if TYPE_CHECKING:
    from outbox.keys import TrustedKeys

_CLEARED: Final = "cleared"
_SPARED: Final = "spared"
_MAY_GO: Final = frozenset({State.RECEIVED, State.PURGED})


@dataclass(frozen=True, slots=True)
class Purge:
    """The last purge of a bag: when it was begun, what was to go, and whether nothing of that is to go any more.

    `ever` is what was to go with any of its purges.
    """

    at: datetime
    what: str
    is_done: bool
    ever: frozenset[str]


class Purges(Rows):
    """Notes of purges in the outbox database."""

    def unproved(self, bag_id: str, trusted: "TrustedKeys") -> list[str]:
        """The destinations of a bag that count as received and have no receipt that holds by the keys of today."""
        return [
            row["destination"]
            for row in self._rows_of(bag_id)
            if row["state"] in _MAY_GO and not self._holds(row["id"], bag_id, row["digest"], trusted)
        ]

    def purged(self, bag_id: str, what: str = "") -> Item:
        """Note that what a bag holds may go; called before anything is erased, so that nothing half-purged is lost.

        `what` says how much goes, in the caller's words; again with more is another line. Refused before all receipts
        that were asked for are there.
        """
        with self._write() as now:
            rows = self._rows_of(bag_id)
            if (state := state_of(rows)) not in _MAY_GO:
                raise TransitionRefusedError(state, Event.PURGE)
            for row in rows:
                if row["state"] == State.RECEIVED:
                    self._db.execute("delete from uploads where item_id = ?", (row["id"],))
                    self._change(row["id"], Event.PURGE, now, detail=what)
                elif row["state"] == State.PURGED:
                    self._log(row["id"], Event.PURGE, State.PURGED, now, detail=what)
            return self._item_of(self._leading(bag_id))

    def cleared(self, bag_id: str) -> None:
        """Note that all that was to go is gone."""
        self._end_purge(bag_id, _CLEARED)

    def spared(self, bag_id: str) -> None:
        """Note that what is still there of a bag whose purge was broken off stays."""
        self._end_purge(bag_id, _SPARED)

    def purges(self) -> dict[str, Purge]:
        """The last purge of each bag that was purged."""
        rows = self._db.execute(
            "select bag_id, at, event, detail from events join items on items.id = item_id"
            " where event in ('purge', 'cleared', 'spared') order by events.id"
        )
        found: dict[str, Purge] = {}
        for row in rows:
            bag_id, what = row["bag_id"], row["detail"] or ""
            last = found.get(bag_id)
            if row["event"] == Event.PURGE:
                ever = (last.ever if last else frozenset()) | {what}
                found[bag_id] = Purge(datetime.fromisoformat(row["at"]), what, is_done=False, ever=ever)
            elif last:
                ever = last.ever - {last.what} if row["event"] == _SPARED else last.ever
                found[bag_id] = replace(last, is_done=True, ever=ever)
        return found

    def _end_purge(self, bag_id: str, event: str) -> None:
        with self._write() as now:
            for row in self._rows_of(bag_id):
                if row["state"] == State.PURGED:
                    self._log(row["id"], event, State.PURGED, now)

    def _holds(self, item_id: int, bag_id: str, digest: str, trusted: "TrustedKeys") -> bool:
        """Whether one of an item's receipts says that the bag was accepted, by a key that is trusted."""
        from outbox import receipts  # with cryptography, which looking at the queue does without

        rows = self._db.execute("select receipt from receipts where item_id = ? and verdict = 'accepted'", (item_id,))
        for row in rows:
            try:
                receipts.check(receipts.parse(row["receipt"].encode()), trusted, bag_id, digest)
            except OutboxError:
                continue
            return True
        return False
