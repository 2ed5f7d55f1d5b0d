"""Whether this station is ready: what `station doctor` looks at, the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from station.doctor import examine
from ui.screens.listing import ListScreen
from ui.words import in_words, number, say

if TYPE_CHECKING:
    from station.devices.readiness import Examined
    from station.wiring import Station

_STATES = ("stop", "look", "ok")
_NAMED = frozenset(
    {
        "scanimage", "airscan-discover", "disk", "groups", "driver", "device", "root", "catalogue", "outbox", "masters",
        "naming", "recipe", "quarantine", "sender", "destination", "settings",
    }
)  # fmt: skip


class ReadinessScreen(ListScreen):
    """Each check with its state."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("check", "state", "detail")

    def __init__(self) -> None:
        super().__init__("readiness")

    def make(self, station: Station) -> list[Examined]:
        """The terminal is not asked: what it answers would arrive as typed keys."""
        return sorted(examine(station.root, display=False), key=lambda one: _STATES.index(one.state))

    def rows(self) -> list[tuple[str, str, str]]:
        return [(_name(one.check), say(f"check-state.{one.state}"), in_words(one.words)) for one in self.found]

    def how(self) -> tuple[str, str, str]:
        worst = min((_STATES.index(one.state) for one in self.found), default=2)
        count = sum(one.state == _STATES[worst] for one in self.found)
        tone = ("stop", "look", "good")[worst]
        return tone, say(f"band.ready-{_STATES[worst]}", count=number(count)), ""


def _name(check: str) -> str:
    return say(f"check.{check}") if check in _NAMED else check
