"""The time as everything here writes it: ISO 8601 with the zone, to the second."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    return datetime.now(UTC).astimezone().isoformat(timespec="seconds")
