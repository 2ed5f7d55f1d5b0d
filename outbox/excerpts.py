"""The queue for a screen: how many items are in which state, and a window of them with what is urgent first.

Order, places and times are the database's work, which is done while the screen goes on: a queue of ten thousand costs
a screen no more than the window that it shows.
"""

import json
from collections import Counter
from typing import Final

from outbox import owners
from outbox.listing import LISTING, Plain, describe
from outbox.states import State
from outbox.stops import Stops

URGENT: Final = frozenset({State.NEEDS_PERSON, State.REFUSED})
SETTLED: Final = frozenset({State.SENT, State.RECEIVED, State.PURGED, State.CANCELLED})


def _listed(states: frozenset[State]) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))


# Places and sums are those of `listing.describe`; a test holds the two together.
_PLACED: Final = """
    with placed as (
        select id, destination, state, state in ('sending', 'waiting', 'queued') as goes,
            row_number() over turns as turn,
            sum(max(0, size - bytes_done)) over (turns rows unbounded preceding) as bytes_left
        from items
        window turns as (
            partition by destination, state in ('sending', 'waiting', 'queued')
            order by state != 'sending', substr(created_at, 1, 10), size, id)
    ), speeds as (
        select destination, bytes_per_s, row_number() over (partition by destination
            order by state = 'sending' desc, updated_at desc, created_at desc, id desc) as place
        from items where bytes_per_s > 0 and coalesce(lease_owner, '') not in (select value from json_each(:abandoned))
    )
    select placed.id, iif(goes, turn, null) as position, iif(goes, bytes_left / speeds.bytes_per_s, null) as eta_s
    from placed left join speeds on speeds.destination = placed.destination and place = 1
"""
_BY_URGENCY: Final = f"""
    order by state in ({_listed(SETTLED)}), state not in ({_listed(URGENT)}), position is null, position,
        iif(state in ({_listed(SETTLED)}), -placed.id, placed.id)
    limit :limit offset :offset
"""


class Excerpts(Stops):
    """The part of the queue that is looked at again and again while it changes."""

    def counts(self) -> Counter[State]:
        """How many items are in each state."""
        rows = self._db.execute("select state, count(*) as items from items group by state")
        return Counter({State(row["state"]): row["items"] for row in rows})

    def excerpt(self, offset: int, limit: int) -> list[Plain]:
        """Some items as `listing` gives them: those that need a person, those that go by turns, then what is settled,
        the last one of it first.
        """
        return self._described(_BY_URGENCY, limit, offset)

    def under_way(self) -> list[Plain]:
        """What senders are at work on, and what those left that are gone; one for each destination at most."""
        return self._described("where state = 'sending' order by placed.id limit :limit offset :offset", -1, 0)

    def has_sender(self) -> bool:
        """Whether a sender of this queue runs, at work or waiting for its next round."""
        return owners.is_anyone_alive(self.locks)

    def bags_in(self, *states: State) -> set[str]:
        """The bags of which an item is in one of these states."""
        wanted = _listed(frozenset(states))
        rows = self._db.execute(f"select distinct bag_id from items where state in ({wanted})")  # noqa: S608
        return {row["bag_id"] for row in rows}

    def _described(self, which: str, limit: int, offset: int) -> list[Plain]:
        abandoned = owners.abandoned(self.locks, self.lease_owners())
        values = {"abandoned": json.dumps(sorted(abandoned)), "limit": limit, "offset": offset}
        placed = self._db.execute(f"{_PLACED} {which}", values).fetchall()
        cursor = self._db.cursor()
        cursor.row_factory = None
        ids = json.dumps([row["id"] for row in placed])
        rows = cursor.execute(f"select * from ({LISTING}) where id in (select value from json_each(?))", (ids,))  # noqa: S608
        stopped = {stop.destination: stop.as_json() for stop in self.stops()}
        items = {item["id"]: item for item in describe(rows, self._home, stopped, abandoned, self._last_exports())}
        return [
            items[row["id"]]
            | {"position": row["position"], "eta_s": None if row["eta_s"] is None else round(row["eta_s"])}
            for row in placed
        ]
