"""The table of a device's states, walked by random events and searched for dead ends."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from drivers.faults import FaultKind
from drivers.states import TRANSITIONS, Event, Limits, State, TransitionRefusedError, advance, event_of

HOLDING = {State.READY, State.SCANNING, State.FEEDING_STOPPED}
"""States in which the device was opened and answers."""
PERSON = {Event.OPEN, Event.RESUME, Event.CLOSE, Event.PLUGGED}
"""What somebody at the device can do without it."""
PROGRAM = {Event.OPENED, Event.END, Event.STOP, Event.FAIL, Event.BREAK}
"""How each wait of the program ends."""


class WalkedDevice(RuleBasedStateMachine):
    """A device to which anything may happen at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.CLOSED
        self.feeds = 0
        self.reconnects = 0

    @rule(event=st.sampled_from(Event))
    def happen(self, event: Event) -> None:
        before = self.state
        if (before, event) not in TRANSITIONS:
            with pytest.raises(TransitionRefusedError, match=f"{event} in {before}"):
                advance(before, event)
            return
        self.state = advance(before, event)
        self.count_feeds(before, event)
        self.count_reconnects(before)
        if before is State.OFFLINE and self.state is not State.OFFLINE:
            assert event in {Event.PLUGGED, Event.OPEN, Event.CLOSE}
        if self.state in HOLDING and before not in HOLDING:
            assert event is Event.OPENED

    def count_feeds(self, before: State, event: Event) -> None:
        self.feeds += event is Event.FEED
        self.feeds -= before is State.SCANNING and self.state is not State.SCANNING

    def count_reconnects(self, before: State) -> None:
        if self.state is State.RECOVERING:
            self.reconnects += before is not State.RECOVERING
        else:
            self.reconnects = 0

    @invariant()
    def at_most_one_feed_and_only_while_scanning(self) -> None:
        assert self.feeds == (self.state is State.SCANNING)

    @invariant()
    def at_most_one_reconnect_without_a_person(self) -> None:
        assert self.reconnects == (self.state is State.RECOVERING)


TestWalkedDevice = WalkedDevice.TestCase


def reachable(start: State, events: set[Event]) -> set[State]:
    reached, fresh = {start}, {start}
    while (
        fresh := {after for (state, event), after in TRANSITIONS.items() if state in fresh and event in events}
        - reached
    ):
        reached |= fresh
    return reached


def test_every_state_can_be_reached() -> None:
    assert reachable(State.CLOSED, set(Event)) == set(State)


@pytest.mark.parametrize("state", State)
def test_a_person_gets_every_device_ready_again_once_it_answers(state: State) -> None:
    assert State.READY in reachable(state, PERSON | {Event.OPENED, Event.END})


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_closed_unplugged_and_plugged(state: State) -> None:
    assert advance(state, Event.CLOSE) is State.CLOSED
    assert advance(state, Event.UNPLUGGED) is State.OFFLINE
    assert advance(state, Event.PLUGGED) is (State.CLOSED if state in {State.OFFLINE, State.FAULT} else state)


@pytest.mark.parametrize("state", [State.OPENING, State.SCANNING, State.RECOVERING])
def test_states_of_waiting_have_a_way_out_for_every_fault(state: State) -> None:
    for kind in FaultKind:
        assert advance(state, event_of(kind)) is not state


@given(st.lists(st.sampled_from(sorted(PROGRAM))))
def test_program_alone_never_opens_a_device_that_went_offline(events: list[Event]) -> None:
    state = State.OFFLINE
    for event in events:
        with pytest.raises(TransitionRefusedError):
            advance(state, event)


def test_every_transition_names_states_and_events_of_the_table() -> None:
    assert {state for state, _ in TRANSITIONS} == set(State)
    assert {event for _, event in TRANSITIONS} == set(Event)


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        (FaultKind.IO_ERROR, Event.BREAK),
        (FaultKind.STALLED, Event.BREAK),
        (FaultKind.WORKER_CRASHED, Event.BREAK),
        (FaultKind.OFFLINE, Event.BREAK),
        (FaultKind.BUSY, Event.FAIL),
        (FaultKind.ACCESS_DENIED, Event.FAIL),
        (FaultKind.UNSUPPORTED_SETTING, Event.FAIL),
        (FaultKind.JAM, Event.STOP),
        (FaultKind.DOUBLE_FEED, Event.STOP),
        (FaultKind.COVER_OPEN, Event.STOP),
        (FaultKind.FEEDER_EMPTY, Event.STOP),
        (FaultKind.STOPPED_AT_DEVICE, Event.STOP),
    ],
)
def test_fault_breaks_the_connection_or_is_a_refusal_or_stops_the_paper(kind: FaultKind, event: Event) -> None:
    assert event_of(kind) is event


def test_limits_fit_into_each_other() -> None:
    limits = Limits()
    assert all(seconds > 0 for seconds in astuple(limits))
    assert limits.warm_up < limits.start, "a cold lamp is spoken of before it is given up"
    assert limits.start >= 60, "lamps of office scanners need a minute"
    assert limits.poll < limits.settle, "settled paper has been looked at more than once"
