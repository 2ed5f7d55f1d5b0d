"""The queue of bags for a screen: what is urgent first, a window of it at a time, and whether sending is on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from outbox.window import Window
from station.books.rework import refuse_outdated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from outbox.listing import Plain
    from station.wiring import Station

MOST_ROWS: Final = 500
"""The longest window: a table of a screen gets slow with more."""

SETTLED: Final = frozenset({"sent", "received", "purged", "cancelled"})
_URGENT: Final = frozenset({"needs-person", "refused"})


@dataclass(frozen=True)
class Queue:
    """A window of the queue, as `station outbox list --json` shows its items. `hours` are those for sending, if any."""

    rows: tuple[Plain, ...]
    offset: int
    total: int
    paused: bool
    is_open: bool
    hours: str


def read_queue(station: Station, offset: int = 0, limit: int = MOST_ROWS) -> Queue:
    """The items from `offset` on: those that need a person, those that go in their order, then what is settled."""
    items = by_urgency(station.outbox.listing())
    first = max(0, min(offset, len(items) - 1))
    return Queue(
        tuple(items[first : first + min(limit, MOST_ROWS)]),
        first,
        len(items),
        station.outbox.control().paused_at is not None,
        is_open(station),
        station.settings.sending.window,
    )


def by_urgency(items: Iterable[Plain]) -> list[Plain]:
    """What needs a person, then what goes by turns, then what is settled, the last one of it first."""
    return sorted(items, key=_rank)


def is_open(station: Station) -> bool:
    """Whether it is the time for sending."""
    return Window.from_text(station.settings.sending.window).is_open(datetime.now(UTC))


def send_again(station: Station, bag_id: str, event: Literal["retry", "release"]) -> None:
    """Let a bag go that waits. Raises `UsageError` for one that is not the last word of its book, `OutboxError`."""
    refuse_outdated(station.catalogue, bag_id)
    (station.outbox.retry if event == "retry" else station.outbox.release)(bag_id)


def _rank(item: Plain) -> tuple[Any, ...]:
    settled = item["state"] in SETTLED
    turn = (item["position"] is None, item["position"] or 0)
    return settled, item["state"] not in _URGENT, *turn, -item["id"] if settled else item["id"]
