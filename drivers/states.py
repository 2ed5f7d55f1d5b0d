"""The states of a device, the one table of what may follow what, and how long each step may take. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from drivers.faults import FaultKind

if TYPE_CHECKING:
    from collections.abc import Mapping


class State(StrEnum):
    """Where a device stands."""

    CLOSED = "closed"
    """Nobody holds it; the next use opens it."""
    OPENING = "opening"
    READY = "ready"
    SCANNING = "scanning"
    FEEDING_STOPPED = "feeding-stopped"
    """Open, but its paper needs a hand: a jam, a double feed, an open cover."""
    FAULT = "fault"
    """It refused, or failed again right after it was opened anew; the next use tries again."""
    RECOVERING = "recovering"
    """The connection broke; it is being opened anew, once and without being asked."""
    OFFLINE = "offline"
    """It cannot be reached: pulled out, switched off, or silent after a reconnect."""


class Event(StrEnum):
    """What can happen to a device."""

    OPEN = "open"
    """Somebody wants to use it."""
    OPENED = "opened"
    FEED = "feed"
    END = "end"
    """The feed ended as it should: paper out, limit reached, cancelled."""
    RESUME = "resume"
    """Whoever saw to the paper goes on."""
    STOP = "stop"
    """A fault of the paper."""
    FAIL = "fail"
    """A refusal of the device, or a second break after a reconnect."""
    BREAK = "break"
    """The connection broke."""
    UNPLUGGED = "unplugged"
    PLUGGED = "plugged"
    CLOSE = "close"


_S, _E = State, Event
# Being unplugged, plugged and closed may happen in every state. A device that turns up while it is in use is the same
# one, told late.
TRANSITIONS: Final[dict[tuple[State, Event], State]] = {
    (_S.CLOSED, _E.OPEN): _S.OPENING,
    (_S.CLOSED, _E.UNPLUGGED): _S.OFFLINE,
    (_S.CLOSED, _E.PLUGGED): _S.CLOSED,
    (_S.CLOSED, _E.CLOSE): _S.CLOSED,
    # A connection that never was cannot be broken: whoever asked to open hears of it at once.
    (_S.OPENING, _E.OPENED): _S.READY,
    (_S.OPENING, _E.BREAK): _S.OFFLINE,
    (_S.OPENING, _E.STOP): _S.FAULT,
    (_S.OPENING, _E.FAIL): _S.FAULT,
    (_S.OPENING, _E.UNPLUGGED): _S.OFFLINE,
    (_S.OPENING, _E.PLUGGED): _S.OPENING,
    (_S.OPENING, _E.CLOSE): _S.CLOSED,
    (_S.READY, _E.FEED): _S.SCANNING,
    (_S.READY, _E.BREAK): _S.RECOVERING,
    (_S.READY, _E.STOP): _S.FAULT,
    (_S.READY, _E.FAIL): _S.FAULT,
    (_S.READY, _E.UNPLUGGED): _S.OFFLINE,
    (_S.READY, _E.PLUGGED): _S.READY,
    (_S.READY, _E.CLOSE): _S.CLOSED,
    (_S.SCANNING, _E.END): _S.READY,
    (_S.SCANNING, _E.STOP): _S.FEEDING_STOPPED,
    (_S.SCANNING, _E.FAIL): _S.FAULT,
    (_S.SCANNING, _E.BREAK): _S.RECOVERING,
    (_S.SCANNING, _E.UNPLUGGED): _S.OFFLINE,
    (_S.SCANNING, _E.PLUGGED): _S.SCANNING,
    (_S.SCANNING, _E.CLOSE): _S.CLOSED,
    (_S.FEEDING_STOPPED, _E.RESUME): _S.READY,
    (_S.FEEDING_STOPPED, _E.BREAK): _S.RECOVERING,
    (_S.FEEDING_STOPPED, _E.STOP): _S.FEEDING_STOPPED,
    (_S.FEEDING_STOPPED, _E.FAIL): _S.FAULT,
    (_S.FEEDING_STOPPED, _E.UNPLUGGED): _S.OFFLINE,
    (_S.FEEDING_STOPPED, _E.PLUGGED): _S.FEEDING_STOPPED,
    (_S.FEEDING_STOPPED, _E.CLOSE): _S.CLOSED,
    (_S.FAULT, _E.OPEN): _S.OPENING,
    (_S.FAULT, _E.UNPLUGGED): _S.OFFLINE,
    (_S.FAULT, _E.PLUGGED): _S.CLOSED,
    (_S.FAULT, _E.CLOSE): _S.CLOSED,
    # One reconnect and no second: whatever it ends in, a person is next.
    (_S.RECOVERING, _E.OPENED): _S.READY,
    (_S.RECOVERING, _E.BREAK): _S.OFFLINE,
    (_S.RECOVERING, _E.STOP): _S.OFFLINE,
    (_S.RECOVERING, _E.FAIL): _S.OFFLINE,
    (_S.RECOVERING, _E.UNPLUGGED): _S.OFFLINE,
    (_S.RECOVERING, _E.PLUGGED): _S.RECOVERING,
    (_S.RECOVERING, _E.CLOSE): _S.CLOSED,
    (_S.OFFLINE, _E.OPEN): _S.OPENING,
    (_S.OFFLINE, _E.UNPLUGGED): _S.OFFLINE,
    (_S.OFFLINE, _E.PLUGGED): _S.CLOSED,
    (_S.OFFLINE, _E.CLOSE): _S.CLOSED,
}

_BROKEN = frozenset({FaultKind.IO_ERROR, FaultKind.STALLED, FaultKind.WORKER_CRASHED, FaultKind.OFFLINE})
_REFUSED = frozenset(
    {
        FaultKind.BUSY,
        FaultKind.ACCESS_DENIED,
        FaultKind.UNSUPPORTED_SETTING,
        FaultKind.NO_MEMORY,
        FaultKind.SPOOL_FULL,
    }
)


class TransitionRefusedError(RuntimeError):
    """The table has no such step: a defect of whoever asked for it."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event} in {state}")
        self.state = state
        self.event = event


def advance(state: State, event: Event) -> State:
    """The state that follows; raises `TransitionRefusedError`."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise TransitionRefusedError(state, event) from None


def event_of(kind: FaultKind) -> Event:
    """What a fault means to the device: its connection broke, it refused, or (all others) its paper needs a hand."""
    if kind in _BROKEN:
        return Event.BREAK
    return Event.FAIL if kind in _REFUSED else Event.STOP


@dataclass(frozen=True)
class DeviceState:
    """What is known of a device now, for whoever shows it.

    `since` is when it came into this state, by the clock of its session. `fault` is what brought it there, in every
    state that is not a healthy one. `sensors` are what the device said right after it was opened anew, `{}` otherwise.
    """

    state: State = State.CLOSED
    since: float = 0.0
    fault: FaultKind | None = None
    detail: str = ""
    warming_up: bool = False
    """It was told to scan and has been silent for `Limits.warm_up`: SANE 1.x has no status for a cold lamp."""
    sensors: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """How long things may take, in seconds. The first eight: how long a worker may be silent."""

    hello: float = 15.0
    """A worker starts in 0.2-0.4 s; a busy machine from a slow disk takes its time."""
    open: float = 30.0
    """Network backends look for their device first, for as long as 10 s."""
    answer: float = 30.0
    """Option calls of a device that moves its head or wakes up meanwhile."""
    start: float = 90.0
    """SANE 1.x has no status for a lamp that warms up; 60 s were seen."""
    data: float = 30.0
    """Bytes flow or the connection is dead; some scanners calibrate in mid-page."""
    cancel: float = 2.0
    """A person who stopped a scan waits for it."""
    close: float = 10.0
    """Some scanners park their head before they close; killed in the middle they must look for it at the next start."""
    discovery: float = 10.0
    """SANE's own default configuration takes 5-9 s."""
    warm_up: float = 5.0
    """Silence after a start that is worth a word; a warm lamp answers in 1-3 s."""
    poll: float = 0.3
    """Between two looks at buttons and sensors: at once to a hand, nothing to the USB line."""
    settle: float = 1.0
    """How long paper must lie in the feeder before it starts: hands still straighten the stack."""
