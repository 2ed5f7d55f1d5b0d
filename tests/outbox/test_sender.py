"""The sender over real destinations: the straight line to the receipt, and what a bad item, line or far side does."""
# ruff: noqa: ARG002 - the scripted destination has the protocol's arguments

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from outbox import keys
from outbox.bagfile import BagFile
from outbox.destinations import FolderSettings, SftpSettings, make_destination
from outbox.destinations.base import Later, NeedsPerson, Outcome, Progress, Sent
from outbox.destinations.loopback_sshd import free_port
from outbox.errors import Code, Reason
from outbox.receipts import find_arrived, receive_bag
from outbox.sender import Report, Said, Sender
from outbox.states import State
from outbox.store import OutboxStore
from tests.outbox.bags import Clock, flip, make_bag, make_sender, real_clock, run
from tests.outbox.sshd import LoopbackSshd

RECEIVER = keys.new_key()
TRUSTED = keys.trust([RECEIVER.public])


class Scripted:
    """A destination that answers from a list, for what no real server can be made to do on demand."""

    name = "there"

    def __init__(self, *outcomes: Outcome | Exception) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[str] = []

    async def deliver(self, bag: BagFile, name: str, progress: Progress) -> Outcome:
        self.asked.append(bag.bag_id)
        outcome = self.outcomes.pop(0) if self.outcomes else Sent("scripted")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def fetch_receipt(self, bag_id: str) -> bytes | None:
        return None

    async def check(self) -> Reason | None:
        return None

    async def close(self) -> None:
        return None


class Endless(Scripted):
    """A delivery that goes on until it is broken off."""

    async def deliver(self, bag: BagFile, name: str, progress: Progress) -> Outcome:
        self.asked.append(bag.bag_id)
        for done in range(100_000):
            progress(done)
            await asyncio.sleep(0.02)
        raise AssertionError


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OutboxStore]:
    with OutboxStore(tmp_path / "outbox.db", real_clock) as opened:
        yield opened


def bags(tmp_path: Path, count: int) -> list[Path]:
    return sorted(make_bag(tmp_path / "bags", seed=seed) for seed in range(count))


def states(store: OutboxStore) -> list[State]:
    return [item.state for item in store.items()]


def receive_all(folder: Path) -> None:
    for path in find_arrived(folder):
        receive_bag(path, RECEIVER, lambda _: [], real_clock)


def test_from_a_sealed_folder_to_the_receipt_over_sftp(tmp_path: Path, store: OutboxStore) -> None:
    names = [folder.name for folder in bags(tmp_path, 3)]
    (tmp_path / "sshd").mkdir()
    said: list[Said] = []
    with LoopbackSshd(tmp_path / "sshd") as sshd:
        sender = make_sender(
            store,
            tmp_path / "bags",
            make_destination(sshd.settings()),
            trusted=TRUSTED,
            report=lambda report: said.append(report.said),
        )
        first = run(sender.run_once())
        assert (sorted(first.sent), first.received, first.blocked) == (names, [], False)
        receive_all(sshd.root)
        second = run(sender.run_once())
        assert (second.sent, sorted(second.received)) == ([], names)
        assert run(sender.run_once()).received == []
    assert states(store) == [State.RECEIVED] * 3
    assert [said.count(what) for what in (Said.ADOPTED, Said.SENT, Said.RECEIVED)] == [3, 3, 3]


def test_a_flipped_byte_on_the_far_side_is_refused_by_name_and_a_retry_arrives(
    tmp_path: Path, store: OutboxStore
) -> None:
    bag = bags(tmp_path, 1)[0]
    there = tmp_path / "there"
    there.mkdir()
    destination = make_destination(FolderSettings(name="there", path=there))
    sender = make_sender(store, tmp_path / "bags", destination, trusted=TRUSTED)
    run(sender.run_once())
    tar = there / f"{bag.name}.tar"
    flip(tar, tar.read_bytes().index((bag / "data" / "book.json").read_bytes()))
    receive_all(there)
    assert run(sender.run_once()).refused == [bag.name]
    item = store.item(bag.name)
    assert item.last_error is not None
    assert "data/book.json" in item.last_error.text
    store.retry(bag.name)
    assert run(sender.run_once()).sent == [bag.name]
    receive_all(there)
    assert run(sender.run_once()).received == [bag.name]


@pytest.mark.parametrize(
    ("trusted", "damage", "code"),
    [
        (keys.trust([keys.new_key().public]), False, Code.RECEIPT_KEY_UNKNOWN),
        (TRUSTED, True, Code.RECEIPT_SIGNATURE),
    ],
)
def test_a_receipt_that_does_not_count_is_shown_once_and_keeps_the_item(
    tmp_path: Path, store: OutboxStore, trusted: keys.TrustedKeys, damage: bool, code: Code
) -> None:
    bag = bags(tmp_path, 1)[0]
    there = tmp_path / "there"
    there.mkdir()
    reports: list[Report] = []
    destination = make_destination(FolderSettings(name="there", path=there))
    sender = make_sender(store, tmp_path / "bags", destination, trusted=trusted, report=reports.append)
    run(sender.run_once())
    receive_all(there)
    receipt = there / f"{bag.name}.receipt.json"
    if damage:
        receipt.write_bytes(receipt.read_bytes().replace(b'"size":', b'"size":1'))
    for _ in range(2):
        run(sender.run_once())
    rejected = [report.reason.code for report in reports if report.said is Said.RECEIPT_REJECTED and report.reason]
    assert rejected == [code]
    assert states(store) == [State.SENT]


def test_a_bad_item_never_blocks_the_next(tmp_path: Path, store: OutboxStore) -> None:
    folders = bags(tmp_path, 5)
    destination = Scripted(
        NeedsPerson(Reason(Code.FAR_CONFLICT, "x")),
        Later(Reason(Code.FAR_FULL, "x")),
        ZeroDivisionError("a defect"),
    )
    sender = make_sender(store, tmp_path / "bags", destination)
    store.adopt(tmp_path / "bags", "there")
    flip(folders[4] / "manifest-sha256.txt", 3)
    summary = run(sender.run_once())
    assert states(store) == [
        State.NEEDS_PERSON,
        State.WAITING,
        State.WAITING,
        State.SENT,
        State.NEEDS_PERSON,
    ]
    assert (len(summary.sent), len(summary.later), len(summary.needs_person)) == (1, 2, 2)
    assert not summary.blocked
    errors = [item.last_error.code for item in store.items() if item.last_error]
    assert errors == ["far-conflict", "far-full", "sender-defect", "bag-changed"]


def test_offline_costs_no_attempt_and_asks_once_for_all(tmp_path: Path, store: OutboxStore) -> None:
    bags(tmp_path, 3)
    destination = Scripted(*[Later(Reason(Code.UNREACHABLE, "x"), offline=True)] * 2)
    sender = make_sender(store, tmp_path / "bags", destination)
    for _ in range(2):
        summary = run(sender.run_once())
        assert (summary.offline, summary.blocked) == ({"there"}, True)
    assert len(destination.asked) == 2
    assert [(item.state, item.attempts) for item in store.items()] == [(State.QUEUED, 0)] * 3
    assert len(run(sender.run_once()).sent) == 3


def test_a_destination_that_is_not_configured_is_shown(tmp_path: Path, store: OutboxStore) -> None:
    bags(tmp_path, 1)
    store.adopt(tmp_path / "bags", "old-name")
    run(make_sender(store, tmp_path / "bags", Scripted()).run_once())
    assert [(item.state, item.attempts) for item in store.items()] == [(State.QUEUED, 0)]
    assert [(stop.destination, stop.code) for stop in store.stops()] == [("old-name", "destination-unknown")]


def test_one_destination_that_is_away_does_not_stop_another(tmp_path: Path, store: OutboxStore) -> None:
    first, second = bags(tmp_path, 2)
    there = tmp_path / "there"
    there.mkdir()
    key, known = tmp_path / "key", tmp_path / "known_hosts"
    keys.create_key_pair(key, tmp_path / "pub")
    known.write_text("")
    away = SftpSettings(name="away", host="127.0.0.1", port=free_port(), user="u", key_file=key, known_hosts=known)
    near = make_destination(FolderSettings(name="near", path=there))
    second.rename(tmp_path / second.name)
    store.adopt(tmp_path / "bags", "away")
    (tmp_path / second.name).rename(second)
    summary = run(make_sender(store, tmp_path / "bags", near, make_destination(away)).run_once())
    assert (summary.sent, summary.offline) == ([second.name], {"away"})
    assert store.item(first.name).state is State.QUEUED


def test_a_hold_breaks_off_the_delivery(tmp_path: Path, store: OutboxStore) -> None:
    bag = bags(tmp_path, 1)[0]
    reports: list[Report] = []

    def hold_at_first_progress(report: Report) -> None:
        reports.append(report)
        if report.said is Said.PROGRESS and store.item(bag.name).state is State.SENDING:
            store.hold(bag.name)

    sender = make_sender(store, tmp_path / "bags", Endless(), report=hold_at_first_progress)
    assert run(sender.run_once(), 10).sent == []
    assert states(store) == [State.HELD]
    assert reports[-1].said is Said.LEASE_LOST


def test_two_senders_share_the_work_and_nothing_arrives_twice(tmp_path: Path, store: OutboxStore) -> None:
    bags(tmp_path, 6)
    destinations = [Scripted(), Scripted()]

    async def both() -> None:
        senders = [make_sender(store, tmp_path / "bags", destination) for destination in destinations]
        await asyncio.gather(*(sender.run_once() for sender in senders))

    run(both())
    assert states(store) == [State.SENT] * 6
    assert len(destinations[0].asked + destinations[1].asked) == 6


async def until(condition: Any, limit_s: float = 10.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():
            await asyncio.sleep(0.02)


def test_for_ever_takes_what_comes_and_stops_when_told(tmp_path: Path, store: OutboxStore) -> None:
    (tmp_path / "bags").mkdir()
    there = tmp_path / "there"
    there.mkdir()
    destination = make_destination(FolderSettings(name="there", path=there))
    sender = make_sender(store, tmp_path / "bags", destination, trusted=TRUSTED)

    async def work() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(sender.run_forever(stop, round_s=0.1))
        bags(tmp_path, 1)
        await until(lambda: states(store) == [State.SENT])
        stop.set()
        await asyncio.wait_for(task, 5)

    run(work())


def test_stopped_in_the_middle_the_item_goes_back(tmp_path: Path, store: OutboxStore) -> None:
    bags(tmp_path, 1)
    sender = make_sender(store, tmp_path / "bags", Endless())

    async def work() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(sender.run_forever(stop))
        await until(lambda: states(store) == [State.SENDING])
        stop.set()
        await asyncio.wait_for(task, 5)

    run(work())
    item = store.items()[0]
    assert (item.state, item.attempts) == (State.QUEUED, 0)


def test_a_sender_killed_leaves_its_items_to_the_next_at_once(tmp_path: Path, store: OutboxStore) -> None:
    bags(tmp_path, 1)
    store.adopt(tmp_path / "bags", "there")
    store.claim("4711-of-a-dead-process", "there", timedelta(hours=1), real_clock())
    assert len(run(make_sender(store, tmp_path / "bags", Scripted()).run_once()).sent) == 1


def test_waiting_items_are_tried_again_when_they_are_due(tmp_path: Path) -> None:
    clock = Clock()
    bags(tmp_path, 1)
    with OutboxStore(tmp_path / "outbox.db", clock) as store:
        destination = Scripted(*[Later(Reason(Code.FAR_FULL, "x"))] * 3)
        sender: Sender = make_sender(store, tmp_path / "bags", destination, clock=clock)
        for attempts in (1, 2, 3):
            run(sender.run_once())
            run(sender.run_once())
            assert [(item.state, item.attempts) for item in store.items()] == [(State.WAITING, attempts)]
            clock.advance(600)
        assert len(run(sender.run_once()).sent) == 1
