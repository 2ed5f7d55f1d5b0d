"""A bag with several destinations: to all of them, or to the first that takes it."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from importlib import resources
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.bagfile import Sealed, sealed
from outbox.destinations import FolderSettings, make_destination
from outbox.errors import Code, Reason
from outbox.items import Claim, Routing
from outbox.keys import trust
from outbox.sender import Sender
from outbox.states import Event, State, TransitionRefusedError, advance, of_all
from outbox.store import OutboxStore
from tests.outbox.bags import Clock, make_bag, run
from tests.outbox.test_sender import RECEIVER, receive_all
from tests.outbox.test_store import TRUSTED, bag, receipt_for

LEASE = timedelta(seconds=60)
WHY = Reason(Code.FAR_CONFLICT, "no")
INSERT = """
    insert into items (bag_id, folder, digest, size, destination, state, bytes_done, created_at, updated_at)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[OutboxStore]:
    with OutboxStore(tmp_path / "outbox.db", clock) as opened:
        yield opened


def claim(store: OutboxStore, destination: str, clock: Clock) -> Claim:
    taken = store.claim("me", destination, LEASE, clock() + timedelta(seconds=1))
    assert taken is not None
    return taken


def states(store: OutboxStore) -> dict[str, State]:
    return {item.destination: item.state for item in store.routes("bag1")}


def test_to_all_it_is_received_when_every_receiver_has_said_so(store: OutboxStore, clock: Clock) -> None:
    store.enqueue(bag(), "province", "ministry")
    store.delivered(claim(store, "province", clock), "proof")
    store.delivered(claim(store, "ministry", clock), "proof")
    assert store.item("bag1").state is State.SENT
    data = receipt_for(store.item("bag1"))
    store.import_receipt(data, TRUSTED, "province")
    assert states(store) == {"province": State.RECEIVED, "ministry": State.SENT}
    with pytest.raises(TransitionRefusedError):
        store.purged("bag1")
    assert not store.import_receipt(data, TRUSTED, "province").changed
    store.import_receipt(data, TRUSTED, "ministry")
    assert store.item("bag1").state is State.RECEIVED
    assert store.purged("bag1").state is State.PURGED


def test_to_any_the_first_that_holds_it_ends_the_others(store: OutboxStore, clock: Clock) -> None:
    store.enqueue(bag(), "province", "ministry", any_of=True)
    slow, quick = claim(store, "province", clock), claim(store, "ministry", clock)
    store.delivered(quick, "proof")
    assert states(store) == {"province": State.CANCELLED, "ministry": State.SENT}
    assert store.interrupted(slow) is None
    assert store.item("bag1").state is State.SENT
    store.import_receipt(receipt_for(store.item("bag1")), TRUSTED, "ministry")
    assert store.purged("bag1").state is State.PURGED


def test_one_that_needs_a_person_shows_and_stops_no_other(store: OutboxStore, clock: Clock) -> None:
    store.enqueue(bag(), "province", "ministry")
    store.needs_person(claim(store, "province", clock), WHY)
    assert store.item("bag1").state is State.NEEDS_PERSON
    store.delivered(claim(store, "ministry", clock), "proof")
    assert store.item("bag1").destination == "province"
    store.retry("bag1")
    assert states(store)["province"] is State.QUEUED


def test_a_receipt_from_a_stick_settles_the_first_that_has_none(store: OutboxStore, clock: Clock) -> None:
    store.enqueue(bag(), "province", "ministry")
    data = receipt_for(store.item("bag1"))
    assert store.import_receipt(data, TRUSTED).changed
    assert not store.import_receipt(data, TRUSTED).changed
    assert sorted(states(store).values()) == [State.QUEUED, State.RECEIVED]


def test_what_goes_to_a_gone_destination_goes_to_those_that_it_does_not_go_to_yet(store: OutboxStore) -> None:
    store.enqueue(bag(), "gone", "province")
    store.readdress("gone", "province", "ministry")
    assert states(store) == {"province": State.QUEUED, "ministry": State.QUEUED}
    store.readdress("ministry", "province")
    assert states(store) == {"province": State.QUEUED, "ministry": State.CANCELLED}


def test_a_cancelled_bag_keeps_its_reason_and_can_be_sent_after_all(store: OutboxStore, clock: Clock) -> None:
    store.enqueue(bag(), "province")
    assert store.cancel("bag1", "wrong book").state is State.CANCELLED
    assert store.history("bag1")[-1].detail == "wrong book"
    assert store.claim("me", "province", LEASE, clock()) is None
    assert store.retry("bag1").state is State.QUEUED


@given(st.lists(st.sampled_from(State), min_size=1, max_size=3), st.booleans())
def test_the_state_of_a_bag_is_one_of_its_items(found: list[State], any_of: bool) -> None:
    assert of_all(found, any_of=any_of) in found
    if not any_of and State.NEEDS_PERSON in found:
        assert of_all(found, any_of=any_of) is State.NEEDS_PERSON
    if any_of and State.RECEIVED in found and State.PURGED not in found:
        assert of_all(found, any_of=any_of) is State.RECEIVED


@pytest.mark.parametrize("any_of", [False, True])
def test_a_sender_serves_them_side_by_side(tmp_path: Path, any_of: bool, store: OutboxStore, clock: Clock) -> None:
    folder = make_bag(tmp_path / "bags")
    there = {name: tmp_path / name for name in ("province", "ministry")}
    for path in there.values():
        path.mkdir()
    sender = Sender(
        store=store,
        bags_folder=tmp_path / "bags",
        destinations={name: make_destination(FolderSettings(name=name, path=path)) for name, path in there.items()},
        routing=Routing(tuple(there), any_of=any_of),
        trusted_keys=trust([RECEIVER.public]),
        clock=clock,
        rng=Random(1),
    )
    run(sender.run_once())
    arrived = [name for name, path in there.items() if list(path.iterdir())]
    assert len(arrived) in ({1, 2} if any_of else {2})
    for path in there.values():
        receive_all(path)
    clock.advance(60)
    run(sender.run_once())
    assert store.item(folder.name).state is State.RECEIVED
    assert {item.state for item in store.routes(folder.name)} <= {State.RECEIVED, State.CANCELLED}


# the order of turns


@given(st.lists(st.tuples(st.integers(1, 5000), st.integers(0, 3)), min_size=1, max_size=12))
def test_an_older_day_goes_first_and_within_a_day_the_smaller(queue: list[tuple[int, int]]) -> None:
    clock = Clock()
    start = clock.now
    with OutboxStore(Path(":memory:"), clock) as store:
        for number, (size, day) in enumerate(queue):
            clock.now = start + timedelta(days=day)
            store.enqueue(Sealed(Path(f"/{number}"), f"bag{number}", "d" * 64, size), "there")
        clock.now = start + timedelta(days=9)
        taken = [claim(store, "there", clock).item for _ in queue]
    assert [(item.created_at.date(), item.size) for item in taken] == sorted(
        (item.created_at.date(), item.size) for item in taken
    )


def test_no_stream_of_small_bags_keeps_a_large_one_waiting_beyond_its_day(store: OutboxStore, clock: Clock) -> None:
    store.enqueue(Sealed(Path("/large"), "large", "d" * 64, 10**9), "there")
    for number in range(48):
        clock.advance(3600)
        store.enqueue(Sealed(Path(f"/{number}"), f"small{number}", "d" * 64, 1), "there")
        taken = claim(store, "there", clock)
        store.delivered(taken, "proof")
        if taken.item.bag_id == "large":
            break
    assert clock.now.date() == store.item("large").created_at.date() + timedelta(days=1)


# pause, retry of everything


def test_a_pause_is_kept_and_every_word_of_people_nudges(store: OutboxStore, clock: Clock) -> None:
    store.pause()
    at = store.control().paused_at
    clock.advance(5)
    store.pause()
    with OutboxStore(store.path, clock) as another:
        assert another.control().paused_at == at
        before = another.control().nudges
        another.resume()
    assert store.control().paused_at is None
    assert store.control().nudges > before


def test_everything_that_waits_is_tried_now(store: OutboxStore, clock: Clock) -> None:
    for number in (1, 2, 3):
        store.enqueue(bag(number), "there")
    for _ in (1, 2):
        store.deferred(claim(store, "there", clock), WHY, timedelta(minutes=5))
    assert store.retry_waiting() == 2
    assert {item.state for item in store.items()} == {State.QUEUED}
    assert store.retry_waiting() == 0


def test_the_network_that_is_back_ends_the_waiting_for_the_line_alone(store: OutboxStore, clock: Clock) -> None:
    for number in (1, 2):
        store.enqueue(bag(number), "there")
    for code in (Code.STALLED, Code.FAR_FULL):
        store.deferred(claim(store, "there", clock), Reason(code, "no"), timedelta(minutes=5))
    store.try_lines_again()
    due = [item.last_error.code for item in store.items() if item.last_error and item.next_attempt_at == clock()]
    assert due == ["stalled"]


# rows of an older program


def test_the_items_of_an_older_program_are_kept(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "outbox.db"
    scripts = sorted(resources.files("outbox.migrations").iterdir(), key=lambda file: file.name)
    with sqlite3.connect(path, isolation_level=None) as db:
        for script in [file for file in scripts if file.name.startswith(("0001", "0002"))]:
            db.executescript(script.read_text())
        db.execute("pragma user_version = 2")
        now = "2026-03-01T08:00:00.000+00:00"
        for number, state in enumerate(["queued", "sent", "received"]):
            values = (f"bag{number}", f"/bags/bag{number}", "d" * 64, 1000, "there", state, 10 * number, now, now)
            db.execute(INSERT, values)
        db.execute("insert into events (item_id, at, event, state) values (1, ?, 'enqueue', 'queued')", (now,))
        db.execute("insert into uploads values (1, 'there', 'note', ?)", (now,))
    db.close()
    with OutboxStore(path, clock) as store:
        assert [(item.bag_id, item.state, item.bytes_done) for item in store.items()] == [
            ("bag0", State.QUEUED, 0), ("bag1", State.SENT, 10), ("bag2", State.RECEIVED, 20),
        ]  # fmt: skip
        assert [entry.event for entry in store.history("bag0")] == ["enqueue"]
        assert store.recall("bag0", "there") == "note"
        assert claim(store, "there", clock).item.bag_id == "bag0"


def test_what_was_cancelled_takes_a_receipt_from_a_stick() -> None:
    assert advance(State.CANCELLED, Event.ACCEPT) is State.RECEIVED


def test_one_bag_is_adopted_for_every_destination(tmp_path: Path, store: OutboxStore) -> None:
    folder = make_bag(tmp_path / "bags")
    store.adopt(tmp_path / "bags", "province", "ministry")
    store.enqueue(sealed(folder), "elsewhere")
    assert [item.destination for item in store.routes(folder.name)] == ["province", "ministry"]
