"""The states of an outbox item and the one table of what may follow what."""

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
    PURGED = "purged"


class Event(StrEnum):
    """What can happen to an item."""

    CLAIM = "claim"
    DELIVER = "deliver"
    DEFER = "defer"
    LOSE_LINE = "lose-line"
    INTERRUPT = "interrupt"
    NEED_PERSON = "need-person"
    ACCEPT = "accept"
    REFUSE = "refuse"
    RETRY = "retry"
    HOLD = "hold"
    RELEASE = "release"
    PURGE = "purge"


_S, _E = State, Event
# A receipt may arrive on a stick whatever the line is doing, so every state before it takes one. `claim` in `sending`
# is a sender taking over from one that died. A receipt that accepts is final: nothing but the purge follows it.
TRANSITIONS: Final[dict[State, dict[Event, State]]] = {
    _S.QUEUED: {
        _E.CLAIM: _S.SENDING,
        _E.HOLD: _S.HELD,
        _E.ACCEPT: _S.RECEIVED,
        _E.REFUSE: _S.REFUSED,
    },
    _S.SENDING: {
        _E.CLAIM: _S.SENDING,
        _E.DELIVER: _S.SENT,
        _E.DEFER: _S.WAITING,
        _E.LOSE_LINE: _S.QUEUED,
        _E.INTERRUPT: _S.QUEUED,
        _E.NEED_PERSON: _S.NEEDS_PERSON,
        _E.HOLD: _S.HELD,
        _E.ACCEPT: _S.RECEIVED,
        _E.REFUSE: _S.REFUSED,
    },
    _S.WAITING: {
        _E.CLAIM: _S.SENDING,
        _E.RETRY: _S.QUEUED,
        _E.HOLD: _S.HELD,
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
        _E.ACCEPT: _S.RECEIVED,
        _E.REFUSE: _S.REFUSED,
    },
    _S.NEEDS_PERSON: {
        _E.RETRY: _S.QUEUED,
        _E.HOLD: _S.HELD,
        _E.ACCEPT: _S.RECEIVED,
        _E.REFUSE: _S.REFUSED,
    },
    _S.HELD: {
        _E.RELEASE: _S.QUEUED,
        _E.ACCEPT: _S.RECEIVED,
        _E.REFUSE: _S.REFUSED,
    },
    _S.RECEIVED: {_E.PURGE: _S.PURGED},
    _S.PURGED: {},
}


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
