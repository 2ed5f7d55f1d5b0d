"""The queue: one item per bag, one owner per item, no step outside the table, nothing lost on a restart."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from outbox import keys, receipts
from outbox.bagfile import BagError, Sealed, sealed
from outbox.durable import StorageFull
from outbox.errors import Code, Reason
from outbox.items import Claim, Item
from outbox.migrations import StoreError
from outbox.receipts import Receipt, ReceiptError, Verdict
from outbox.states import State, TransitionRefusedError
from outbox.store import ItemUnknownError, LeaseLostError, OutboxStore
from tests.outbox.bags import Clock, make_bag, real_clock

RECEIVER = keys.new_key()
TRUSTED = keys.trust([RECEIVER.public])
LEASE = timedelta(seconds=60)
WHY = Reason(Code.FAR_FAILURE, "no")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[OutboxStore]:
    with OutboxStore(tmp_path / "outbox.db", clock) as opened:
        yield opened


def bag(number: int = 1, digest: str = "d" * 64) -> Sealed:
    return Sealed(Path(f"/bags/bag{number}"), f"bag{number}", digest, 1000)


def take(store: OutboxStore, owner: str = "me", destination: str = "there") -> Claim | None:
    return store.claim(owner, destination, LEASE, Clock()() + timedelta(days=1))


def claimed(store: OutboxStore, owner: str = "me", destination: str = "there") -> Claim:
    claim = take(store, owner, destination)
    assert claim is not None
    return claim


def receipt_for(item: Item, verdict: Verdict = Verdict.ACCEPTED, **changes: object) -> bytes:
    plain = {
        "bag_id": item.bag_id,
        "digest": item.digest,
        "size": item.size,
        "verdict": verdict,
        "received_at": "2026-03-01T09:00:00Z",
        "key_id": "",
    }
    return receipts.sign(msgspec.convert(plain | changes, Receipt), RECEIVER).to_bytes()


def test_the_same_bag_is_the_same_item_and_another_under_its_id_is_refused(store: OutboxStore) -> None:
    first = store.enqueue(bag(), "there")
    assert store.enqueue(bag(), "elsewhere") == first
    with pytest.raises(BagError) as refused:
        store.enqueue(bag(digest="e" * 64), "there")
    assert refused.value.code is Code.BAG_CONFLICT
    assert store.items() == [first]


def test_sealed_folders_without_an_item_get_one(tmp_path: Path, store: OutboxStore) -> None:
    bags = tmp_path / "bags"
    known, new, bad = make_bag(bags, seed=1), make_bag(bags, seed=2), make_bag(bags, "bad", seed=3)
    make_bag(bags, seed=4).rename(bags / "unfinished.partial")
    (bags / "notes.txt").write_text("x")
    (bad / "data" / "link").symlink_to("/etc/passwd")
    store.enqueue(sealed(known), "there")
    adopted = store.adopt(bags, "there")
    assert [item.bag_id for item in adopted.new] == [new.name]
    assert [reason.code for reason in adopted.refused] == [Code.BAG_UNSAFE]
    assert store.adopt(bags, "there").new == ()
    assert store.adopt(tmp_path / "none", "there").new == ()


def test_items_are_claimed_once_and_in_order(store: OutboxStore, clock: Clock) -> None:
    for number in (1, 2):
        store.enqueue(bag(number), "there")
        clock.advance(1)
    assert [claimed(store).item.bag_id, claimed(store, "another").item.bag_id] == ["bag1", "bag2"]
    assert take(store) is None
    assert store.claim("me", "elsewhere", LEASE, clock()) is None


def test_a_lease_that_ended_goes_to_the_next_sender_and_the_first_is_told(store: OutboxStore, clock: Clock) -> None:
    store.enqueue(bag(), "there")
    first = claimed(store)
    clock.advance(59)
    assert take(store, "another") is None
    clock.advance(2)
    second = claimed(store, "another")
    with pytest.raises(LeaseLostError):
        store.progress(first, 1, None, LEASE)
    with pytest.raises(LeaseLostError):
        store.delivered(first, "proof")
    assert store.interrupted(first) is None
    assert store.delivered(second, "proof").state is State.SENT


def test_the_items_of_a_dead_sender_are_free_at_once(store: OutboxStore) -> None:
    store.enqueue(bag(), "there")
    claimed(store, "dead")
    assert store.lease_owners() == {"dead"}
    store.end_leases({"dead"})
    assert claimed(store, "another").item.bag_id == "bag1"


def test_progress_renews_the_lease_and_is_shown(store: OutboxStore, clock: Clock) -> None:
    store.enqueue(bag(), "there")
    claim = claimed(store)
    for _ in range(3):
        clock.advance(50)
        store.progress(claim, 400, 8.0, LEASE)
    item = store.item("bag1")
    assert (item.bytes_done, item.bytes_per_s, item.state) == (400, 8.0, State.SENDING)


def test_a_failed_attempt_counts_and_waits_and_a_lost_line_does_neither(store: OutboxStore, clock: Clock) -> None:
    store.enqueue(bag(), "there")
    item = store.lost_line(claimed(store), WHY)
    assert (item.state, item.attempts, item.next_attempt_at) == (State.QUEUED, 0, None)
    item = store.deferred(claimed(store), WHY, timedelta(seconds=30))
    assert (item.state, item.attempts) == (State.WAITING, 1)
    assert item.next_attempt_at == store.next_due() == clock() + timedelta(seconds=30)
    assert item.last_error is not None
    assert (item.last_error.code, item.last_error.text) == ("far-failure", "no")
    assert store.claim("me", "there", LEASE, clock()) is None
    clock.advance(31)
    again = store.claim("me", "there", LEASE, clock())
    assert again is not None
    assert again.item.next_attempt_at is None


def test_people_retry_hold_and_release(store: OutboxStore) -> None:
    store.enqueue(bag(), "there")
    store.needs_person(claimed(store), WHY)
    assert take(store) is None
    assert store.hold("bag1").state is State.HELD
    with pytest.raises(TransitionRefusedError):
        store.retry("bag1")
    assert store.release("bag1").state is State.QUEUED
    claim = claimed(store)
    store.hold("bag1")
    with pytest.raises(LeaseLostError):
        store.progress(claim, 1, None, LEASE)
    with pytest.raises(ItemUnknownError):
        store.hold("other")


def test_what_waits_for_a_gone_destination_can_go_to_another(store: OutboxStore) -> None:
    for number in (1, 2):
        store.enqueue(bag(number), "gone")
    store.needs_person(claimed(store, destination="gone"), WHY)
    store.readdress("gone", "there")
    assert [item.destination for item in store.items()] == ["gone", "there"]
    assert store.history("bag2")[-1].detail == "gone -> there"
    assert claimed(store).item.bag_id == "bag2"


def test_history_tells_what_happened(store: OutboxStore) -> None:
    store.enqueue(bag(), "there")
    store.deferred(claimed(store), WHY, timedelta(0))
    store.retry("bag1")
    events = [(entry.event, entry.state, entry.code) for entry in store.history("bag1")]
    assert events == [
        ("enqueue", State.QUEUED, None),
        ("claim", State.SENDING, None),
        ("defer", State.WAITING, "far-failure"),
        ("retry", State.QUEUED, None),
    ]


def test_a_receipt_receives_and_its_replay_changes_nothing(store: OutboxStore) -> None:
    item = store.enqueue(bag(), "there")
    store.delivered(claimed(store), "proof")
    data = receipt_for(item)
    imported = store.import_receipt(data, TRUSTED)
    assert (imported.changed, imported.item.state) == (True, State.RECEIVED)
    history = store.history("bag1")
    assert not store.import_receipt(data, TRUSTED).changed
    assert store.history("bag1") == history
    assert [receipt.to_bytes() for receipt in store.receipts_of("bag1")] == [data]
    with pytest.raises(TransitionRefusedError):
        store.import_receipt(receipt_for(item, Verdict.REFUSED), TRUSTED)
    assert store.purged("bag1").state is State.PURGED


def test_an_old_refusal_does_not_undo_a_resend(store: OutboxStore) -> None:
    item = store.enqueue(bag(), "there")
    store.delivered(claimed(store), "proof")
    refusal = receipt_for(
        item, Verdict.REFUSED, digest="", findings=[{"code": "digest", "file": "data/book.json", "detail": "x"}]
    )
    refused = store.import_receipt(refusal, TRUSTED).item
    assert refused.state is State.REFUSED
    assert refused.last_error is not None
    assert "data/book.json" in refused.last_error.text
    store.retry("bag1")
    assert not store.import_receipt(refusal, TRUSTED).changed
    store.delivered(claimed(store), "proof")
    later = receipt_for(item, Verdict.REFUSED, received_at="2026-03-01T10:00:00Z")
    assert store.import_receipt(later, TRUSTED).item.state is State.REFUSED


def test_a_receipt_counts_for_no_bag_but_its_own(store: OutboxStore) -> None:
    one, other = store.enqueue(bag(1), "there"), store.enqueue(bag(2), "elsewhere")
    with pytest.raises(ReceiptError) as refused:
        store.import_receipt(receipt_for(other), TRUSTED, one.destination, one.bag_id)
    assert refused.value.reason.code is Code.RECEIPT_OTHER_BAG
    assert (store.item("bag1"), store.item("bag2")) == (one, other)


def test_all_that_wait_for_a_time_or_a_person_are_tried_again(store: OutboxStore) -> None:
    store.enqueue(bag(1), "there")
    store.needs_person(claimed(store), Reason(Code.HOST_KEY_REFUSED, ""))
    store.enqueue(bag(2), "there")
    store.hold("bag2")
    assert store.retry_waiting() == 1
    assert [store.item(name).state for name in ("bag1", "bag2")] == [State.QUEUED, State.HELD]


def test_receipts_that_do_not_count_change_nothing(store: OutboxStore) -> None:
    item = store.enqueue(bag(), "there")
    for data, trusted in ((receipt_for(item, digest="e" * 64), TRUSTED), (receipt_for(item), {}), (b"{}", TRUSTED)):
        with pytest.raises(ReceiptError):
            store.import_receipt(data, trusted)
    with pytest.raises(ItemUnknownError):
        store.import_receipt(receipt_for(item, bag_id="other"), TRUSTED)
    assert store.item("bag1") == item


def test_a_note_is_taken_once(store: OutboxStore) -> None:
    store.enqueue(bag(), "there")
    assert store.note("bag1", WHY)
    assert not store.note("bag1", WHY)
    assert store.item("bag1").state is State.QUEUED


def test_an_item_as_json_has_the_stable_keys(store: OutboxStore) -> None:
    plain = store.enqueue(bag(), "there").as_json()
    assert plain["state"] == "queued"
    assert plain["created_at"] == "2026-03-01T08:00:00+00:00"
    wanted = "id bag_id folder digest size state destination attempts last_error next_attempt_at bytes_done created_at"
    assert {*wanted.split(), "sent_at", "received_at"} <= plain.keys()


def test_everything_is_there_after_closing_and_opening(tmp_path: Path, clock: Clock) -> None:
    with OutboxStore(tmp_path / "outbox.db", clock) as store:
        item = store.enqueue(bag(), "there")
    with OutboxStore(tmp_path / "outbox.db", clock) as store:
        assert store.items() == [item]
        assert store.items([State.SENT]) == []


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "outbox.db"
    OutboxStore(path, clock).close()
    with sqlite3.connect(path) as db:
        db.execute("pragma user_version = 99")
    db.close()
    with pytest.raises(StoreError) as refused:
        OutboxStore(path, clock)
    assert refused.value.code is Code.STORE_NEWER
    db = sqlite3.connect(path)
    assert db.execute("select count(*) from items").fetchone() == (0,)
    db.close()


def test_what_is_no_database_is_refused_and_left_alone(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "outbox.db"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError) as refused:
        OutboxStore(path, clock)
    assert refused.value.code is Code.STORE_UNUSABLE
    assert path.read_bytes() == b"no database" * 1000


def fill(store: OutboxStore) -> None:
    for number in range(1000):
        store.enqueue(bag(number), "there")


def test_a_full_disk_has_its_own_error(store: OutboxStore) -> None:
    pages = store._db.execute("pragma page_count").fetchone()[0]
    store._db.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(StorageFull):
        fill(store)
    store._db.execute("pragma max_page_count = 100000")
    store.enqueue(bag(1001), "there")


def test_processes_that_open_it_at_the_same_time_agree(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from tests.outbox.bags import real_clock; from outbox.store import OutboxStore;"
        "OutboxStore(pathlib.Path(sys.argv[1]), real_clock).close()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "outbox.db")]
    processes = [subprocess.Popen(command) for _ in range(4)]
    assert [process.wait(30) for process in processes] == [0, 0, 0, 0]


def test_claiming_and_listing_stay_quick_with_many_items(store: OutboxStore) -> None:
    with store._write() as now:
        for number in range(10_000):
            store._insert(bag(number), "there", now)
    started = time.perf_counter()
    claimed(store)
    claim_s = time.perf_counter() - started
    started = time.perf_counter()
    assert len(store.items()) == 10_000
    assert (claim_s, time.perf_counter() - started) < (0.1, 3.0)


class QueueMachine(RuleBasedStateMachine):
    """Two senders, people and receipts in any order: an item has one owner, and received stays received."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.store = OutboxStore(Path(":memory:"), self.clock)
        self.items = [self.store.enqueue(bag(number), "there") for number in range(3)]
        self.claims: list[Claim] = []
        self.received: set[str] = set()

    def teardown(self) -> None:
        self.store.close()

    @rule(owner=st.sampled_from(["a", "b"]))
    def claim(self, owner: str) -> None:
        claim = self.store.claim(owner, "there", LEASE, self.clock())
        if claim is not None:
            assert claim.item.bag_id not in self.received
            self.claims.append(claim)

    @rule(seconds=st.sampled_from([1, 70]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule(end=st.sampled_from(["delivered", "deferred", "lost_line", "needs_person", "interrupted"]))
    def end_an_attempt(self, end: str) -> None:
        if not self.claims:
            return
        claim = self.claims.pop(0)
        arguments = {
            "delivered": ("proof",),
            "deferred": (WHY, timedelta(seconds=5)),
            "lost_line": (WHY,),
            "needs_person": (WHY,),
            "interrupted": (),
        }[end]
        try:
            getattr(self.store, end)(claim, *arguments)
        except LeaseLostError:
            return

    @rule(number=st.integers(0, 2), act=st.sampled_from(["retry", "hold", "release", "cancel"]))
    def person(self, number: int, act: str) -> None:
        why = ("no",) if act == "cancel" else ()
        try:
            getattr(self.store, act)(f"bag{number}", *why)
        except TransitionRefusedError:
            return

    @rule(number=st.integers(0, 2), verdict=st.sampled_from(Verdict))
    def receipt(self, number: int, verdict: Verdict) -> None:
        item = self.items[number]
        try:
            self.store.import_receipt(receipt_for(item, verdict), TRUSTED)
        except TransitionRefusedError:
            assert item.bag_id in self.received
        if verdict is Verdict.ACCEPTED:
            self.received.add(item.bag_id)

    @invariant()
    def nothing_is_lost_and_received_stays(self) -> None:
        now = self.store.items()
        assert [(item.bag_id, item.digest) for item in now] == [(item.bag_id, item.digest) for item in self.items]
        assert {item.bag_id for item in now if item.state is State.RECEIVED} == self.received
        for item in now:
            assert self.store.history(item.bag_id)[-1].state is item.state


QueueMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestQueue = QueueMachine.TestCase


def test_a_destinations_note_lasts_until_the_bag_is_sent_anew(store: OutboxStore, tmp_path: Path) -> None:
    bag = sealed(make_bag(tmp_path / "bags"))
    store.enqueue(bag, "there")
    assert store.recall(bag.bag_id, "there") is None
    store.remember(bag.bag_id, "there", "first")
    store.remember(bag.bag_id, "elsewhere", "other")
    store.remember(bag.bag_id, "there", "second")
    with OutboxStore(store.path, real_clock) as another:
        assert another.recall(bag.bag_id, "there") == "second"
    store.remember(bag.bag_id, "elsewhere", None)
    assert store.recall(bag.bag_id, "elsewhere") is None
    store.hold(bag.bag_id)
    store.release(bag.bag_id)
    assert store.recall(bag.bag_id, "there") == "second"
    claim = store.claim("sender", "there", timedelta(minutes=1), real_clock())
    assert claim is not None
    store.needs_person(claim, Reason(Code.FAR_CONFLICT, "there"))
    store.retry(bag.bag_id)
    assert store.recall(bag.bag_id, "there") is None


def test_nothing_is_noted_of_a_bag_that_is_not_queued(store: OutboxStore) -> None:
    with pytest.raises(ItemUnknownError):
        store.remember("19441_KS.2005.01_00000000", "there", "note")
