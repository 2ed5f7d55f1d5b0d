"""Destinations that are stopped: what is wrong there would befall every bag, so it is told once and none is tried.

A stop ends when a look at the destination finds it well. It is on trial then: until a bag arrives there, the same fault
lets the looks come as rarely as before.
"""

import sqlite3
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from outbox.attempts import LONGEST_WAIT, Attempts
from outbox.errors import Reason
from outbox.items import Claim
from outbox.rows import LONGEST_TEXT
from outbox.states import Event

Delay = Callable[[int], timedelta]
"""How long to leave a destination alone after so many failures in a row."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why nothing goes to a destination, and when it is looked at next."""

    destination: str
    code: str
    text: str
    since: datetime
    check_at: datetime
    settings: str = ""
    """Those with which it was met, as `settings_of` of a sender tells them apart."""

    def is_due(self, now: datetime) -> bool:
        """Whether to look; what lies too far ahead was noted before the clock was set back."""
        return not now < self.check_at <= now + LONGEST_WAIT

    def as_json(self) -> dict[str, Any]:
        return {
            "destination": self.destination,
            "code": self.code,
            "text": self.text,
            "since": self.since.isoformat(),
            "check_at": self.check_at.isoformat(),
        }


class Stops(Attempts):
    """The part of the queue that knows of destinations."""

    def stop(
        self, destination: str, reason: Reason, delay: Delay, claim: Claim | None = None, settings: str = ""
    ) -> Stop:
        """Let nothing go to a destination; the bag of `claim`, which met the fault, keeps its place and its count.

        Stopped already, it is looked at later than before. One commit: a crash before it leaves the bag to the next
        sender, which meets the same.
        """
        with self._write() as now:
            if claim is not None:
                self._require_lease(claim)
                last = claim.item.last_error
                kept: dict[str, Any] = {"error_code": last and last.code, "error_text": last and last.text}
                self._change(claim.item.id, Event.STOP, now, reason, **kept)
            row = self._db.execute("select failures, since from stops where destination = ?", (destination,)).fetchone()
            failures, since = (row["failures"] + 1, row["since"]) if row else (1, now)
            self._db.execute(
                "insert or replace into stops (destination, code, detail, since, failures, check_at, settings)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                (
                    destination,
                    reason.code,
                    reason.detail[:LONGEST_TEXT],
                    since,
                    failures,
                    self._in(delay(failures)),
                    settings,
                ),
            )
        stop = self.stop_of(destination)
        assert stop is not None
        return stop

    def stops(self) -> list[Stop]:
        """Every destination that is stopped."""
        rows = self._db.execute("select * from stops where on_trial = 0 order by destination")
        return [_stop_of(row) for row in rows]

    def stop_of(self, destination: str) -> Stop | None:
        """Why a destination is stopped; None for one that is not."""
        row = self._db.execute("select * from stops where destination = ? and on_trial = 0", (destination,)).fetchone()
        return None if row is None else _stop_of(row)

    def try_destination(self, destination: str) -> None:
        """A look found it well: bags go there again. The first that arrives ends the trial."""
        with self._write():
            self._db.execute("update stops set on_trial = 1 where destination = ?", (destination,))

    def look_soon(self) -> None:
        """Let every stopped destination be looked at now; senders hear of it at their next round."""
        with self._write() as now:
            self._db.execute("update sender set nudges = nudges + 1")
            self._look_soon(now)

    def forget_stops(self, besides: Collection[str]) -> None:
        """Drop what is known of all destinations but these."""
        gone = {row["destination"] for row in self._db.execute("select destination from stops")} - set(besides)
        if gone:
            with self._write():
                self._db.executemany("delete from stops where destination = ?", [(name,) for name in gone])

    def _last_exports(self) -> dict[int, tuple[str, str]]:
        """When items were put onto a stick last, and by which hand-over."""
        rows = self._db.execute(
            "select item_id, at, detail, max(id) from events where event = 'export' group by item_id"
        )
        return {row["item_id"]: (row["at"], row["detail"]) for row in rows}

    def _look_soon(self, now: str) -> None:
        self._db.execute("update stops set check_at = ?", (now,))


def _stop_of(row: sqlite3.Row) -> Stop:
    return Stop(
        row["destination"],
        row["code"],
        row["detail"],
        datetime.fromisoformat(row["since"]),
        datetime.fromisoformat(row["check_at"]),
        row["settings"],
    )
