"""Stopped destinations in the queue's database: what is kept, when one is looked at, what a retry does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.attempts import LONGEST_WAIT
from outbox.errors import Code, Reason
from outbox.states import State, TransitionRefusedError
from outbox.stops import Stop
from outbox.store import LeaseLostError, OutboxStore
from tests.outbox.bags import Clock
from tests.outbox.test_store import bag, claimed

WHY = Reason(Code.LOGIN_REFUSED, "user = st-19441")
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[OutboxStore]:
    with OutboxStore(tmp_path / "outbox.db", clock) as opened:
        yield opened


def minutes(failures: int) -> timedelta:
    return timedelta(minutes=failures)


@given(st.integers(-100_000, 100_000))
def test_it_is_looked_at_when_it_is_time_and_after_the_clock_was_set_back(seconds: int) -> None:
    stop = Stop("there", WHY.code, WHY.detail, NOW, NOW + timedelta(seconds=seconds))
    assert stop.is_due(NOW) == (not 0 < seconds <= LONGEST_WAIT.total_seconds())


def test_the_bag_that_meets_it_keeps_its_place_its_count_and_its_error(store: OutboxStore) -> None:
    store.enqueue(bag(), "there")
    store.note("bag1", Reason(Code.CUT, "earlier"))
    store.stop("there", WHY, minutes, claimed(store))
    item = store.item("bag1")
    assert (item.state, item.attempts, item.last_error and item.last_error.code) == (State.QUEUED, 0, "cut")
    last = store.history("bag1")[-1]
    assert (last.event, last.code, last.detail) == ("stop", WHY.code, WHY.detail)


def test_one_who_has_lost_the_bag_stops_nothing(store: OutboxStore) -> None:
    store.enqueue(bag(), "there")
    claim = claimed(store)
    store.hold("bag1")
    with pytest.raises(LeaseLostError):
        store.stop("there", WHY, minutes, claim)
    assert store.stops() == []


def test_met_again_it_is_looked_at_later_and_remembers_its_beginning(store: OutboxStore, clock: Clock) -> None:
    began = clock()
    for failures in (1, 2, 3):
        stop = store.stop("there", WHY, minutes)
        assert (stop.since, stop.check_at) == (began, clock() + timedelta(minutes=failures))
        clock.advance(60)
        store.try_destination("there")
        assert store.stops() == []


def test_a_retry_of_a_bag_that_waits_for_it_lets_it_be_looked_at(store: OutboxStore, clock: Clock) -> None:
    store.enqueue(bag(), "there")
    with pytest.raises(TransitionRefusedError):
        store.retry("bag1")
    store.stop("there", WHY, minutes)
    nudges = store.control().nudges
    assert store.retry("bag1").state is State.QUEUED
    (stop,) = store.stops()
    assert stop.is_due(clock())
    assert store.next_due() == clock()
    assert store.control().nudges == nudges + 1


def test_what_waits_for_a_stopped_destination_wakes_nobody(store: OutboxStore, clock: Clock) -> None:
    store.enqueue(bag(), "there")
    store.deferred(claimed(store), WHY, timedelta(seconds=1))
    store.stop("there", WHY, minutes)
    assert store.next_due() == clock() + timedelta(minutes=1)


def test_a_bag_that_arrives_ends_it_for_good(store: OutboxStore) -> None:
    store.enqueue(bag(), "there")
    claim = claimed(store)
    store.stop("there", WHY, minutes)
    store.try_destination("there")
    store.delivered(claim, "proof")
    assert store.stop("there", WHY, minutes).check_at == store.stop_of("there").check_at  # type: ignore[union-attr]
    assert store._db.execute("select failures from stops").fetchone()["failures"] == 1


def test_destinations_that_nobody_uses_are_forgotten(store: OutboxStore) -> None:
    for name in ("there", "gone"):
        store.stop(name, WHY, minutes)
    store.forget_stops(besides=["there"])
    assert [stop.destination for stop in store.stops()] == ["there"]
