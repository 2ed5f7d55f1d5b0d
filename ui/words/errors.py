"""Why something did not go, in words."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from outbox.errors import OutboxError
from station.errors import StationError, is_storage_trouble
from station.words import Phrase
from ui.words import say, tell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def why(error: Exception) -> str:
    """What happened and what to do; a defect of the program is called one."""
    if isinstance(error, StationError):
        return tell(error.code, **_spoken(error.values))
    if is_storage_trouble(error):
        return tell("storage-failed", detail=str(error))
    if isinstance(error, OutboxError):
        return tell(f"outbox.{error.code}", detail=error.detail)
    if isinstance(error, OSError | sqlite3.Error):
        return str(error)
    return say("lost", detail=f"{type(error).__name__}: {error}")


def _spoken(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values with the role among them in words."""
    spoken = dict(values)
    if "role" in spoken:
        spoken["role"] = say(f"role.{spoken['role']}")
    return {name: tell(one.key, **one.values) if isinstance(one, Phrase) else one for name, one in spoken.items()}
