"""An outbox item as the rest of the program sees it: plain frozen data, read from the store and never written back."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from outbox.bagfile import BagFile
from outbox.states import State


@dataclass(frozen=True, slots=True)
class LastError:
    """The last thing that went wrong with an item; it stays until an attempt ends well."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Routing:
    """Where new bags go: to all of these, or with `any_of` to the first that takes it."""

    destinations: tuple[str, ...]
    any_of: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A bag on its way to one destination. `any_of`: it has several, of which any will do."""

    id: int
    bag_id: str
    folder: Path
    digest: str
    size: int
    state: State
    destination: str
    attempts: int
    last_error: LastError | None
    next_attempt_at: datetime | None
    bytes_done: int
    bytes_per_s: float | None
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None
    received_at: datetime | None
    any_of: bool = False

    def as_json(self) -> dict[str, Any]:
        """The stable keys of `station outbox list --json`."""
        error = self.last_error
        return {
            "id": self.id,
            "bag_id": self.bag_id,
            "folder": str(self.folder),
            "digest": self.digest,
            "size": self.size,
            "state": self.state.value,
            "destination": self.destination,
            "attempts": self.attempts,
            "last_error": {"code": error.code, "text": error.text} if error else None,
            "next_attempt_at": _iso(self.next_attempt_at),
            "bytes_done": self.bytes_done,
            "bytes_per_s": self.bytes_per_s,
            "created_at": _iso(self.created_at),
            "updated_at": _iso(self.updated_at),
            "sent_at": _iso(self.sent_at),
            "received_at": _iso(self.received_at),
        }


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that happened to an item."""

    at: datetime
    destination: str
    event: str
    state: State
    code: str | None
    detail: str | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"at": self.at.isoformat(), "state": self.state.value}


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one item until the lease ends; every later word about the attempt must show it."""

    item: Item
    owner: str

    def bag(self) -> BagFile:
        return BagFile(self.item.folder)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def utc_text(moment: datetime) -> str:
    """A time as the database holds it: UTC, of one length, so that text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def utc_time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
