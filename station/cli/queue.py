"""The queue as an operator looks at it: who goes when, how fast, how long, why not, and what to do."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from outbox.states import State
from station import amounts, clock
from station.sending import SETTLED, by_urgency, is_open
from station.words import Phrase, sentence_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from outbox.listing import Plain
    from station.console import Console
    from station.wiring import Station

EVERY_S: Final = 2.0
_COLUMNS: Final = (
    "position", "bag_id", "state", "destination", "size", "percent", "speed", "left", "attempts", "next", "last_error",
)  # fmt: skip
_DONE: Final = SETTLED - {State.SENT}
_ROOM_FOR_WORDS: Final = 8
_KEPT_ROWS: Final = 5


def show_queue(station: Station, console: Console) -> None:
    """Everything in the outbox, oldest first; for a person with what stands in the way."""
    items = station.outbox.listing()
    if console.json:
        console.plain(items)
        return
    console.data([_told(item) for item in items], _COLUMNS)
    _say_why(station, items, console)


def watch_queue(station: Station, console: Console) -> None:
    """Again and again until Ctrl+C: what is urgent, what goes, what awaits its receipt, as much as the screen holds.

    With `json` an object on a line of its own whenever something has changed: `at`, `paused_at`, `is_open` (the window
    for sending), `stops` (destinations to which nothing goes), `items`.
    """
    shown: Any = None
    with suppress(KeyboardInterrupt):
        while True:
            items = station.outbox.listing()
            if console.json:
                state = _state(station) | {"items": items}
                if state != shown:
                    console.event(at=clock.now(), **state)
                shown = state
            else:
                _draw(station, items, console)
            time.sleep(EVERY_S)


def _state(station: Station) -> dict[str, Any]:
    paused_at = station.outbox.control().paused_at
    stops = [stop.as_json() for stop in station.outbox.stops()]
    return {
        "paused_at": paused_at.isoformat() if paused_at else None,
        "is_open": is_open(station),
        "stops": stops,
    }


def _draw(station: Station, items: list[Plain], console: Console) -> None:
    open_items = [item for item in by_urgency(items) if item["state"] not in _DONE]
    room = max(_KEPT_ROWS, console.height() - _ROOM_FOR_WORDS)
    console.clear()
    if items and not open_items:
        console.note("outbox.all-there", count=len(items))
    else:
        console.data([_told(item) for item in open_items[:room]], _COLUMNS)
    if len(open_items) > room:
        console.note("outbox.more", count=len(open_items) - room)
    _say_why(station, open_items, console)


def _say_why(station: Station, items: list[Plain], console: Console) -> None:
    """Each thing that stands in the way, once, in words, with the bags that it holds up."""
    state = _state(station)
    if state["paused_at"]:
        console.note("outbox.paused")
    elif not state["is_open"]:
        console.note("outbox.window-closed", window=station.settings.sending.window)
    for stop in state["stops"]:
        count = sum(item["stopped"] is not None and item["destination"] == stop["destination"] for item in items)
        say_stop(console, stop, count)
    for (destination, code), (text, count) in _causes(items).items():
        reason = Phrase(f"outbox.{code}", {"detail": text})
        console.note("outbox.why", destination=destination, text=reason, count=count)
    for item in items:
        if item["abandoned"]:
            console.note("outbox.abandoned", bag=item["bag_id"], percent=item["percent"])
    if awaiting := sum(item["state"] == State.SENT for item in items):
        console.note("outbox.awaiting", count=awaiting)


def say_stop(console: Console, stop: Plain, count: int) -> None:
    """Why nothing goes to a destination, and what to do; `count` bags wait for it."""
    reason = Phrase(f"outbox.{stop['code']}", {"detail": stop["text"]})
    since = datetime.fromisoformat(stop["since"]).astimezone().strftime("%d/%m %H:%M")
    console.note("outbox.stopped", destination=stop["destination"], since=since, text=reason, count=count)


def _causes(items: Iterable[Plain]) -> dict[tuple[str, str], tuple[str, int]]:
    """The last errors by destination and code: the words of the first, and how many items have it."""
    causes: dict[tuple[str, str], tuple[str, int]] = {}
    for item in items:
        if (error := _error(item)) and error is not item["stopped"]:
            text, count = causes.get(key := (item["destination"], error["code"]), (error["text"], 0))
            causes[key] = (text, count + 1)
    return causes


def _error(item: Plain) -> Plain | None:
    """What keeps an item from its next state; of a bag that was sent, what is wrong with its receipt."""
    if item["state"] in _DONE:
        return None
    error: Plain | None = item["stopped"] or item["last_error"]
    return error


def _told(item: Plain) -> dict[str, Any]:
    """An item as a row for a person."""
    is_moving = item["state"] == "sending" and item["bytes_per_s"]
    error = _error(item)
    return item | {
        "state": "no-sender" if item["abandoned"] else item["state"],
        "size": size_text(item["size"]),
        "speed": f"{size_text(item['bytes_per_s'])}/s" if is_moving else None,
        "left": None if item["eta_s"] is None else time_text(item["eta_s"]),
        "next": _time_of_day(item["next_attempt_at"]),
        "last_error": error["code"] if error else None,
    }


def size_text(count: float) -> str:
    """Bytes as the table shows them in any language: 950 B, 12 kB, 6.1 MB."""
    phrase = amounts.size(count)
    return sentence_in("en", phrase.key, **phrase.values)


def time_text(seconds: float) -> str:
    """A span of time as the table shows it in any language: 40 s, 12 min, 3 h 20 min, 2 d 5 h."""
    phrase = amounts.span(seconds)
    return sentence_in("en", phrase.key, **phrase.values)


def _time_of_day(text: str | None) -> str | None:
    if text is None:
        return None
    return datetime.fromisoformat(text).astimezone().strftime("%H:%M:%S")
