"""The queue of bags for a screen: what is urgent first, a window of it at a time, and whether sending is on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from outbox.excerpts import SETTLED, URGENT
from outbox.states import State
from outbox.window import Window
from station.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from outbox.items import Item
    from outbox.listing import Plain
    from outbox.stops import Stop
    from station.wiring import Station

__all__ = [
    "NO_DESTINATION", "SETTLED", "Queue", "bag_named", "by_urgency", "is_open", "let_go", "read_queue", "send_again",
]  # fmt: skip

_MOST_CANDIDATES: Final = 8
MOST_ROWS: Final = 500
"""The longest window: a table of a screen gets slow with more."""
NO_DESTINATION: Final = "unset"
"""Where bags are to go that were sealed while no destination is set."""


@dataclass(frozen=True)
class Queue:
    """A window of the queue, as `station outbox list --json` shows its items, and how many there are in each state.

    `going` is on its way at this moment, `abandoned` was when its sender ended; `hours` are those for sending, if any;
    `stops` are the destinations to which nothing goes until a person has done something; `has_sender` says whether a
    sender runs, `has_destination` whether the settings name one.
    """

    rows: tuple[Plain, ...]
    offset: int
    counts: Mapping[State, int]
    going: Plain | None
    abandoned: Plain | None
    paused: bool
    is_open: bool
    hours: str
    stops: tuple[Stop, ...] = ()
    has_sender: bool = True
    has_destination: bool = True

    @property
    def to_go(self) -> int:
        """Those that go by themselves."""
        return self.counts[State.QUEUED] + self.counts[State.WAITING] + self.counts[State.SENDING]

    @property
    def total(self) -> int:
        """All items."""
        return sum(self.counts.values())

    @property
    def urgent(self) -> int:
        """Those that need a person."""
        return sum(self.counts[state] for state in URGENT)

    @property
    def unsettled(self) -> int:
        """Those of which something is still to come."""
        return self.total - sum(self.counts[state] for state in SETTLED)


def read_queue(station: Station, offset: int = 0, limit: int = MOST_ROWS) -> Queue:
    """The items from `offset` on: those that need a person, those that go in their order, then what is settled."""
    counts = station.outbox.counts()
    first = max(0, min(offset, counts.total() - 1))
    under_way = station.outbox.under_way() if counts[State.SENDING] else []
    return Queue(
        tuple(station.outbox.excerpt(first, min(limit, MOST_ROWS))),
        first,
        counts,
        next((item for item in under_way if not item["abandoned"]), None),
        next((item for item in under_way if item["abandoned"]), None),
        station.outbox.control().paused_at is not None,
        is_open(station),
        station.settings.sending.window,
        tuple(station.outbox.stops()),
        station.outbox.has_sender(),
        bool(station.settings.destinations),
    )


def by_urgency(items: Iterable[Plain]) -> list[Plain]:
    """What needs a person, then what goes by turns, then what is settled, the last one of it first."""
    return sorted(items, key=_rank)


def is_open(station: Station) -> bool:
    """Whether it is the time for sending."""
    return Window.from_text(station.settings.sending.window).is_open(datetime.now(UTC))


def send_again(station: Station, bag_id: str, event: Literal["retry", "release"]) -> None:
    """Let a bag go that waits. Raises `UsageError` for one that is not the last word of its book, and as `let_go`."""
    from station.books.rework import refuse_outdated

    refuse_outdated(station.catalogue, bag_id)
    let_go(station, bag_id, event)


def let_go(station: Station, bag_id: str, event: Literal["retry", "release"]) -> tuple[Item, tuple[str, ...]]:
    """Let a bag go that waits; how it stands then, and the destinations that are gone from the settings, in whose place
    it goes to those of today if there are any. Raises `OutboxError`.
    """
    (station.outbox.retry if event == "retry" else station.outbox.release)(bag_id)
    names = {destination.name for destination in station.settings.destinations}
    routes = station.outbox.routes(bag_id)
    gone = {route.destination for route in routes if route.state in {State.QUEUED, State.WAITING}} - names
    if gone and names:
        home_items(station)
    return station.outbox.item(bag_id), tuple(sorted(gone))


def home_items(station: Station) -> None:
    """Give bags that were sealed before a destination was named, or whose destination is gone, those of today."""
    names = {destination.name for destination in station.settings.destinations}
    for gone in station.outbox.destinations_in_use() - names:
        station.outbox.readdress(gone, *station.routing.destinations, any_of=station.routing.any_of)


def bag_named(station: Station, text: str) -> str:
    """The bag whose id this is, or its beginning. Raises `UsageError` for none and for several."""
    fits = station.outbox.bag_ids(text)
    if text in fits or len(fits) == 1:
        return text if text in fits else fits[0]
    if not fits:
        raise UsageError("no-such-bag", bag=text)
    more = " …" if len(fits) > _MOST_CANDIDATES else ""
    raise UsageError("bag-ambiguous", bag=text, candidates=", ".join(fits[:_MOST_CANDIDATES]) + more)


def _rank(item: Plain) -> tuple[Any, ...]:
    settled = item["state"] in SETTLED
    turn = (item["position"] is None, item["position"] or 0)
    return settled, item["state"] not in URGENT, *turn, -item["id"] if settled else item["id"]
