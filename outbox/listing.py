"""The queue as people and programs look at it: each item with its place in the order, its speed and the time left.

Plain dictionaries with stable keys, made straight from the rows: a queue of ten thousand is listed in a moment.
"""

import os
from collections.abc import Collection, Iterable, Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from outbox.states import State

Plain = dict[str, Any]

_UNDER_WAY: Final = State.SENDING.value
_TO_GO: Final = frozenset({State.SENDING.value, State.WAITING.value, State.QUEUED.value})
_THERE: Final = ", ".join(f"'{state}'" for state in (State.SENT, State.RECEIVED, State.PURGED))
_KEYS: Final = (
    "id", "bag_id", "folder", "digest", "size", "state", "destination", "any_of", "attempts", "last_error",
    "next_attempt_at", "bytes_done", "bytes_per_s", "created_at", "updated_at", "sent_at", "received_at",
    "percent", "position", "eta_s", "exported_at", "hand_over", "stopped", "abandoned",
)  # fmt: skip
_COMPUTED: Final = {
    "last_error": "error_code",
    "exported_at": "null",
    "hand_over": "null",
    "stopped": "null",
    "abandoned": "0",
    "percent": f"case when state in ({_THERE}) then 100 else 100 * bytes_done / size end",
    "position": "null",
    "eta_s": "null",
}
_COLUMNS: Final = (*(_COMPUTED.get(key, key) for key in _KEYS), "error_text", "lease_owner")
LISTING: Final = f"select {', '.join(_COLUMNS)} from items"  # noqa: S608 - names of columns, never data


def describe(
    rows: Iterable[tuple[Any, ...]],
    home: Path,
    stops: Mapping[str, Plain],
    abandoned_by: Collection[str] = (),
    exports: Mapping[int, tuple[str, str]] | None = None,
) -> list[Plain]:
    """The rows of `LISTING` as the objects of `station outbox list --json`, oldest first; `home` is where the database
    lies.

    `position` counts from 1 within a destination, `eta_s` are the seconds until the item is there if the line goes on
    as it does or last did; both are None for what does not wait to go, `eta_s` also while no speed is known. `stopped`
    says why nothing goes to the destination of an item that waits for it; `abandoned` that the sender is gone that was
    at work on it. `exports` are when an item was put onto a stick last and by which hand-over, by its number.
    """
    items = [_plain(row, os.fspath(home), abandoned_by) for row in rows]
    items.sort(key=itemgetter("created_at", "id"))
    for item in items if exports else ():
        item["exported_at"], item["hand_over"] = (exports or {}).get(item["id"], (None, None))
    to_go: dict[str, list[Plain]] = {}
    for item in items:
        if item["state"] in _TO_GO:
            to_go.setdefault(item["destination"], []).append(item)
    speeds = _speeds(items)
    for destination, waiting in to_go.items():
        if stop := stops.get(destination):
            for item in waiting:
                item["stopped"] = stop
        _place(waiting, speeds.get(destination))
    return items


def _plain(row: tuple[Any, ...], home: str, abandoned_by: Collection[str]) -> Plain:
    item = dict(zip(_KEYS, row, strict=False))
    item["folder"] = os.path.join(home, item["folder"])  # noqa: PTH118 - ten thousand of them are listed in a moment
    item["any_of"] = item["any_of"] == 1
    if item["last_error"]:
        item["last_error"] = {"code": item["last_error"], "text": row[-2]}
    item["abandoned"] = row[-1] in abandoned_by
    if item["abandoned"]:
        item["bytes_per_s"] = None
    return item


def _place(waiting: list[Plain], bytes_per_s: float | None) -> None:
    """Who goes when: what is under way, then by turns; time adds up from one to the next."""
    waiting.sort(key=_turn)
    left = 0
    for position, item in enumerate(waiting, 1):
        left += max(0, item["size"] - item["bytes_done"])
        item["position"] = position
        item["eta_s"] = round(left / bytes_per_s) if bytes_per_s else None


def _turn(item: Plain) -> tuple[Any, ...]:
    return item["state"] != _UNDER_WAY, item["created_at"][:10], item["size"], item["id"]


def _speeds(items: list[Plain]) -> dict[str, float]:
    """The speed towards each destination: of what goes now, else of what went last."""
    moving = [item for item in items if item["bytes_per_s"]]
    moving.sort(key=lambda item: (item["state"] == _UNDER_WAY, item["updated_at"]))
    return {item["destination"]: item["bytes_per_s"] for item in moving}
