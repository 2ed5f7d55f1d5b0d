"""The states of an outbox item and the one table of what may follow what."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from outbox.errors import Code, OutboxError


class State(StrEnum):
    """Where an item stands."""

    QUEUED = "queued"
    SENDING = "sending"
    WAITING = "waiting"
    SENT = "sent"
    RECEIVED = "received"
    REFUSED = "refused"
    NEEDS_PERSON = "needs-person"
    HELD = "held"
    CANCELLED = "cancelled"
    PURGED = "purged"


class Event(StrEnum):
    """What can happen to an item."""

    CLAIM = "claim"
    DELIVER = "deliver"
    DEFER = "defer"
    LOSE_LINE = "lose-line"
    INTERRUPT = "interrupt"
    STOP = "stop"
    NEED_PERSON = "need-person"
    ACCEPT = "accept"
    REFUSE = "refuse"
    RETRY = "retry"
    HOLD = "hold"
    RELEASE = "release"
    CANCEL = "cancel"
    PURGE = "purge"


_S, _E = State, Event
# A receipt may arrive on a stick whatever the line is doing, so every state before it takes one. `claim` in `sending`
# is a sender taking over from one that died, `stop` a destination that lets no bag in. A receipt that accepts is final:
# nothing but the purge follows it. What is cancelled keeps its bag and can be sent after all.
TRANSITIONS: Final[dict[State, dict[Event, State]]] = {
    _S.QUEUED: {
        _E.CLAIM: _S.SENDING,
        _E.HOLD: _S.HELD,
        _E.CANCEL: _S.CANCELLED,
        _E.ACCEPT: _S.RECEIVED,
        _E.REFUSE: _S.REFUSED,
    },
    _S.SENDING: {
        _E.CLAIM: _S.SENDING,
        _E.DELIVER: _S.SENT,
        _E.DEFER: _S.WAITING,
        _E.LOSE_LINE: _S.QUEUED,
        _E.INTERRUPT: _S.QUEUED,
        _E.STOP: _S.QUEUED,
        _E.NEED_PERSON: _S.NEEDS_PERSON,
        _E.HOLD: _S.HELD,
        _E.CANCEL: _S.CANCELLED,
        _E.ACCEPT: _S.RECEIVED,
        _E.REFUSE: _S.REFUSED,
    },
    _S.WAITING: {
        _E.CLAIM: _S.SENDING,
        _E.RETRY: _S.QUEUED,
        _E.HOLD: _S.HELD,
        _E.CANCEL: _S.CANCELLED,
        _E.ACCEPT: _S.RECEIVED,
        _E.REFUSE: _S.REFUSED,
    },
    _S.SENT: {
        _E.RETRY: _S.QUEUED,
        _E.ACCEPT: _S.RECEIVED,
        _E.REFUSE: _S.REFUSED,
    },
    _S.REFUSED: {
        _E.RETRY: _S.QUEUED,
        _E.HOLD: _S.HELD,
        _E.CANCEL: _S.CANCELLED,
        _E.ACCEPT: _S.RECEIVED,
        _E.REFUSE: _S.REFUSED,
    },
    _S.NEEDS_PERSON: {
        _E.RETRY: _S.QUEUED,
        _E.HOLD: _S.HELD,
        _E.CANCEL: _S.CANCELLED,
        _E.ACCEPT: _S.RECEIVED,
        _E.REFUSE: _S.REFUSED,
    },
    _S.HELD: {
        _E.RELEASE: _S.QUEUED,
        _E.CANCEL: _S.CANCELLED,
        _E.ACCEPT: _S.RECEIVED,
        _E.REFUSE: _S.REFUSED,
    },
    _S.CANCELLED: {
        _E.RETRY: _S.QUEUED,
        _E.ACCEPT: _S.RECEIVED,
        _E.REFUSE: _S.REFUSED,
    },
    _S.RECEIVED: {_E.PURGE: _S.PURGED},
    _S.PURGED: {},
}


# From what a person must see first to what nobody need look at.
_MOST_PRESSING: Final = (
    _S.NEEDS_PERSON,
    _S.REFUSED,
    _S.SENDING,
    _S.WAITING,
    _S.QUEUED,
    _S.HELD,
    _S.SENT,
    _S.RECEIVED,
    _S.PURGED,
    _S.CANCELLED,
)
_MOST_ADVANCED: Final = (_S.PURGED, _S.RECEIVED, _S.SENT, *_MOST_PRESSING)


def of_all(states: Collection[State], *, any_of: bool) -> State:
    """The state of a bag with several destinations: the most pressing, or with `any_of` the most advanced one."""
    order = _MOST_ADVANCED if any_of else _MOST_PRESSING
    return min(states, key=order.index)


class TransitionRefusedError(OutboxError):
    """The table has no such step."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(Code.TRANSITION_REFUSED, f"{event} in {state}")
        self.state = state
        self.event = event


def advance(state: State, event: Event) -> State:
    """The state that follows, or a refusal."""
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise TransitionRefusedError(state, event) from None
