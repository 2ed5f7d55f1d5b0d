"""The queue in words: how all of it stands, and each bag of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from station.sending import NO_DESTINATION, SETTLED
from ui.words import joined, number, say, size, span, tell

if TYPE_CHECKING:
    from outbox.listing import Plain
    from station.sending import Queue


def why_of(item: Plain) -> str:
    """What went wrong last with an item or where it goes, and what to do."""
    if item["abandoned"]:
        return say("bag.no-sender")
    if error := _error(item):
        return tell(f"outbox.{error['code']}", detail=error["text"])
    return say(f"bag.{item['state']}")


def _error(item: Plain) -> Plain | None:
    error: Plain | None = item["stopped"] or item["last_error"]
    return None if item["state"] in SETTLED else error


def how(queue: Queue, key: str) -> tuple[str, str, str]:
    """Tone and words of the whole queue; `key` is the one for sticks."""
    if queue.urgent:
        return "stop", say("band.outbox-person", count=number(queue.urgent)), ""
    if queue.paused:
        return "wait", say("outbox.paused"), ""
    if queue.abandoned:
        bag, percent = queue.abandoned["bag_id"], queue.abandoned["percent"]
        return "look", say("band.outbox-no-sender"), say("outbox.no-sender", bag=bag, percent=percent)
    if queue.going:
        bag, percent = queue.going["bag_id"], queue.going["percent"]
        return "busy", say("band.outbox-sending", bag=bag, percent=percent), _pace(queue.going)
    return _how_unattended(queue, key) or _how_at_rest(queue)


def _how_unattended(queue: Queue, key: str) -> tuple[str, str, str] | None:
    """Bags wait that nobody is to send; None where none do."""
    if not queue.to_go or (queue.has_sender and queue.has_destination):
        return None
    count = number(queue.to_go)
    if not queue.has_destination:
        return "wait", say("band.outbox-no-destination"), say("outbox.by-stick", count=count, key=key)
    return "look", say("band.outbox-unattended"), say("outbox.unattended", count=count, key=key)


def _how_at_rest(queue: Queue) -> tuple[str, str, str]:
    """Nothing is on its way."""
    if queue.stops and queue.unsettled:
        stop = queue.stops[0]
        why = tell(f"outbox.{stop.code}", detail=stop.text)
        return "look", say("band.outbox-stopped", destination=stop.destination), why
    if not queue.is_open:
        return "wait", say("band.outbox-closed", hours=queue.hours), ""
    if queue.unsettled:
        return "wait", say("band.outbox-waits"), ""
    if not queue.total:
        return "wait", say("band.outbox-empty"), ""
    return "good", say("band.outbox-done"), ""


def _pace(item: Plain) -> str:
    speed = joined(size(item["bytes_per_s"]), "/s", by="") if item["bytes_per_s"] else ""
    left = span(item["eta_s"]) if item["eta_s"] is not None else ""
    return joined(speed, left, by=" · ")


def cells(item: Plain, state: Text) -> list[Text]:
    """A row of the list."""
    is_moving = item["state"] == "sending" and item["bytes_per_s"]
    wrong = item["abandoned"] or _error(item)
    return [
        Text(item["bag_id"]),
        state,
        Text(say("outbox.nowhere") if item["destination"] == NO_DESTINATION else item["destination"]),
        Text(size(item["size"]), justify="right"),
        Text(f"{item['percent']} %", justify="right"),
        Text(f"{size(item['bytes_per_s'])}/s" if is_moving else ""),
        Text(span(item["eta_s"]) if item["eta_s"] is not None else ""),
        Text(why_of(item) if wrong else ""),
    ]
