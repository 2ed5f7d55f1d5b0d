"""When the scanner itself says "go": its button was pressed, or paper was put into its feeder. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from drivers.faults import PAPER_SENSORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.interface import Capabilities


@dataclass(frozen=True)
class Triggers:
    """What may start a scan. `present`: paper that lies there already counts like paper put in."""

    button: bool = True
    paper: bool = False
    present: bool = False


class TriggerKind(StrEnum):
    BUTTON = "button"
    PAPER = "paper"


@dataclass(frozen=True)
class Trigger:
    """What started a scan, and the name of the button or sensor that said so."""

    kind: TriggerKind
    name: str


class TriggerWatch:
    """Finds the trigger in one pass of sensor values after the other.

    The first pass only tells how things stand: a button that is held since before, or a press that the device still
    remembers from the last feed, starts nothing. Paper must lie for `settle` seconds, because a stack is being laid
    down while its first sheet is seen. A value of None says nothing.
    """

    def __init__(self, triggers: Triggers, can: Capabilities, settle: float) -> None:
        self._buttons = can.buttons if triggers.button else ()
        self._papers = tuple(name for name in PAPER_SENSORS if triggers.paper and name in can.sensors)
        self._present = triggers.present
        self._settle = settle
        self._values: dict[str, Any] = {}
        self._loaded_since: dict[str, float] = {}

    @property
    def possible(self) -> bool:
        """Whether this device can start anything at all."""
        return bool(self._buttons or self._papers)

    @property
    def has_seen(self) -> bool:
        """Whether any value is known since the device was opened."""
        return bool(self._values)

    def forget(self) -> None:
        """The device was opened anew: the next pass is a first one."""
        self._values, self._loaded_since = {}, {}

    def see(self, values: Mapping[str, Any], now: float) -> Trigger | None:
        """What a pass of values at the time `now` (seconds) starts."""
        known = {name: value for name, value in values.items() if value is not None}
        pressed = [name for name in self._buttons if name in known and self._is_pressed(name, known[name])]
        lying = [name for name in self._papers if name in known and self._lies(name, loaded=known[name], now=now)]
        self._values |= known
        if pressed:
            return Trigger(TriggerKind.BUTTON, pressed[0])
        return Trigger(TriggerKind.PAPER, lying[0]) if lying else None

    def _is_pressed(self, name: str, value: Any) -> bool:
        """Some buttons are numbers: a change from one to another is a press too."""
        return bool(value) and name in self._values and value != self._values[name]

    def _lies(self, name: str, *, loaded: Any, now: float) -> bool:
        if not loaded:
            self._loaded_since.pop(name, None)
            return False
        before = self._values.get(name, not self._present)
        if not before:
            self._loaded_since[name] = now
        if now - self._loaded_since.get(name, now) < self._settle:
            return False
        return self._loaded_since.pop(name, None) is not None
