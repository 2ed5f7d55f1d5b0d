"""What a sender tells whoever shows it."""

from dataclasses import dataclass, field
from enum import StrEnum

from outbox.errors import Reason
from outbox.items import Item


class Said(StrEnum):
    """What the sender reports."""

    ADOPTED = "adopted"
    NOT_ADOPTED = "not-adopted"
    STARTED = "started"
    PROGRESS = "progress"
    SENT = "sent"
    LATER = "later"
    LINE_LOST = "line-lost"
    OFFLINE = "offline"
    NEEDS_PERSON = "needs-person"
    STOPPED = "stopped"
    RESUMED = "resumed"
    LEASE_LOST = "lease-lost"
    INTERRUPTED = "interrupted"
    RECEIVED = "received"
    REFUSED = "refused"
    RECEIPT_REJECTED = "receipt-rejected"
    RECEIPT_FORBIDDEN = "receipt-forbidden"
    PAUSED = "paused"
    WINDOW_CLOSED = "window-closed"
    NETWORK_BACK = "network-back"


@dataclass(frozen=True, slots=True)
class Report:
    """One thing that happened, for whoever shows it; `item` is as it stands afterwards."""

    said: Said
    destination: str | None = None
    item: Item | None = None
    reason: Reason | None = None
    bytes_done: int = 0
    bytes_per_s: float | None = None


@dataclass(slots=True)
class Summary:
    """What one round did, by bag id; `offline` names destinations that were not reached, `stopped` those that let
    nobody in.

    `rests` says why nothing was sent at all: people paused it, or it is not the time.
    """

    sent: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)
    needs_person: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    offline: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    rests: Said | None = None

    @property
    def blocked(self) -> bool:
        """Whether a destination could not be reached or let nobody in."""
        return bool(self.offline or self.stopped)
