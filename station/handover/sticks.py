"""Which media are here for a hand-over, and whether each can be written to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from outbox.stick import media

if TYPE_CHECKING:
    from pathlib import Path

    from outbox.stick.media import Medium, Room


class StickState(StrEnum):
    """How a medium stands; `station sticks` says what to do about each."""

    READY = "ready"
    NOT_MOUNTED = "not-mounted"
    READ_ONLY = "read-only"
    FAILING = "failing"


@dataclass(frozen=True)
class Stick:
    """A medium that was looked at. `room` is None where it is not mounted or does not answer."""

    medium: Medium
    state: StickState
    room: Room | None

    @property
    def point(self) -> Path | None:
        return self.medium.point


def sticks_here() -> list[Stick]:
    """Every removable medium, looked at now."""
    return [examine(medium) for medium in media.removable_media()]


def examine(medium: Medium) -> Stick:
    """How a medium stands."""
    if medium.mount is None:
        return Stick(medium, StickState.NOT_MOUNTED, None)
    room = _room(medium.mount.point)
    if medium.mount.read_only:
        return Stick(medium, StickState.READ_ONLY, room)
    return Stick(medium, StickState.READY if room else StickState.FAILING, room)


def _room(point: Path) -> Room | None:
    try:
        return media.room_on(point)
    except OSError:
        return None
