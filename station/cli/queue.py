"""The queue as an operator looks at it: who goes when, how fast, how long, why not, and what to do."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from station import clock
from station.sending import SETTLED, by_urgency, is_open
from station.words import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from outbox.listing import Plain
    from station.console import Console
    from station.wiring import Station

EVERY_S: Final = 2.0
_COLUMNS: Final = (
    "position", "bag_id", "state", "destination", "size", "percent", "speed", "left", "attempts", "next", "last_error",
)  # fmt: skip
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
    """Again and again until Ctrl+C: what is urgent, then what goes, as much as the screen holds.

    With `json` an object on a line of its own whenever something has changed: `at`, `paused_at`, `is_open` (the window
    for sending), `items`.
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
    return {"paused_at": paused_at.isoformat() if paused_at else None, "is_open": is_open(station)}


def _draw(station: Station, items: list[Plain], console: Console) -> None:
    open_items = [item for item in by_urgency(items) if item["state"] not in SETTLED]
    room = max(_KEPT_ROWS, console.height() - _ROOM_FOR_WORDS)
    console.clear()
    console.data([_told(item) for item in open_items[:room]], _COLUMNS)
    if len(open_items) > room:
        console.note("outbox.more", count=len(open_items) - room)
    _say_why(station, open_items, console)


def _say_why(station: Station, items: Iterable[Plain], console: Console) -> None:
    """Each thing that stands in the way, once, in words."""
    state = _state(station)
    if state["paused_at"]:
        console.note("outbox.paused")
    elif not state["is_open"]:
        console.note("outbox.window-closed", window=station.settings.sending.window)
    errors = {
        item["last_error"]["code"]: item["last_error"]["text"]
        for item in items
        if item["last_error"] and item["state"] not in SETTLED
    }
    for code, text in errors.items():
        console.note("outbox.why", text=Phrase(f"outbox.{code}", {"detail": text}))


def _told(item: Plain) -> dict[str, Any]:
    """An item as a row for a person."""
    is_moving = item["state"] == "sending" and item["bytes_per_s"]
    error = item["last_error"]
    return item | {
        "size": size_text(item["size"]),
        "speed": f"{size_text(item['bytes_per_s'])}/s" if is_moving else None,
        "left": None if item["eta_s"] is None else time_text(item["eta_s"]),
        "next": _time_of_day(item["next_attempt_at"]),
        "last_error": error["code"] if error and item["state"] not in SETTLED else None,
    }


def size_text(count: float) -> str:
    """Bytes with three digits or so: 950 B, 12 kB, 6.1 MB."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.1f} {unit}" if unit == "MB" and count < 100 else f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def time_text(seconds: float) -> str:
    """A span of time as people say it: 40 s, 12 min, 3 h 20 min, 2 d 5 h."""
    minutes, hours = round(seconds / 60), int(seconds // 3600)
    if seconds < 100:
        return f"{seconds:.0f} s"
    if minutes < 100:
        return f"{minutes} min"
    if hours < 48:
        return f"{hours} h {int(seconds % 3600 // 60)} min"
    return f"{hours // 24} d {hours % 24} h"


def _time_of_day(text: str | None) -> str | None:
    if text is None:
        return None
    return datetime.fromisoformat(text).astimezone().strftime("%H:%M:%S")
