"""What threads tell the screen, in the past tense. Handlers own the state; nothing here is changed once it is sent."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.states import DeviceState
    from station.capture.feeds import Doubt
    from station.errors import UsageError
    from station.standing import Seen
    from station.words import Phrase
    from ui.scan_report import ScanReport


@dataclass
class Answered(Message):
    """A clerk has done a job."""

    then: Callable[[Any], None]
    result: Any


@dataclass
class NotAnswered(Message):
    """A clerk could not do a job."""

    then: Callable[[Exception], None]
    error: Exception


@dataclass
class News(Message):
    """Something came of the scanner: one of the values below."""

    what: object


@dataclass(frozen=True)
class PageCame:
    """A page is durable."""

    seen: Seen


@dataclass(frozen=True)
class CopyMade:
    """The delivery copy of a page is there, with its verdicts. `master` is the digest under which it is kept."""

    master: str


@dataclass(frozen=True)
class SheetAwaited:
    """The flatbed is free: the scan goes on when the operator says that the next page lies on it."""


@dataclass(frozen=True)
class TriggerAwaited:
    """The scan waits for the scanner's button or its paper."""


@dataclass(frozen=True)
class DeviceMoved:
    """The scanner is in another state."""

    state: DeviceState


@dataclass(frozen=True)
class Noted:
    """The station says something that needs no answer."""

    phrase: Phrase


@dataclass(frozen=True)
class ScanEnded:
    """A scan is over; what it left is in the report."""

    report: ScanReport


@dataclass(frozen=True)
class ScanRefused:
    """A scan did not begin, or broke off by something else than a fault of the device."""

    error: Exception


@dataclass
class Question:
    """What the scan thread waits to be told. The screen answers once; None ends the scan."""

    about: UsageError | Doubt
    _answer: Any = None
    _answered: threading.Event = field(default_factory=threading.Event)

    def answer(self, value: Any) -> None:
        """Let the scan thread go on."""
        self._answer = value
        self._answered.set()

    def wait(self, stopped: Callable[[], bool]) -> Any:
        """For the scan thread: the answer, or None once the scan is to stop."""
        while not self._answered.wait(0.1):
            if stopped():
                return None
        return self._answer


@dataclass(frozen=True)
class Asked:
    """The scan thread waits for an answer."""

    question: Question
