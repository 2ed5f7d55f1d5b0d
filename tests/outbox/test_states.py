"""The table of states, walked by random events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.states import TRANSITIONS, Event, State, TransitionRefusedError, advance

END = {State.RECEIVED, State.PURGED}


@given(st.lists(st.sampled_from(Event)))
def test_random_events_never_lose_a_received_item(events: list[Event]) -> None:
    state = State.QUEUED
    for event in events:
        before = state
        if event not in TRANSITIONS[before]:
            with pytest.raises(TransitionRefusedError):
                advance(before, event)
            continue
        state = advance(before, event)
        assert (state is State.PURGED) <= (before is State.RECEIVED)
        assert (before in END) <= (state in END)
        assert (state is State.SENT) <= (before is State.SENDING)


def test_every_state_has_its_row_and_can_be_reached() -> None:
    assert set(TRANSITIONS) == set(State)
    reached, new = {State.QUEUED}, {State.QUEUED}
    while new := {after for state in new for after in TRANSITIONS[state].values()} - reached:
        reached |= new
    assert reached == set(State)


def test_from_everywhere_but_the_end_a_receipt_is_taken() -> None:
    assert {state for state, row in TRANSITIONS.items() if Event.ACCEPT in row} == set(State) - END
