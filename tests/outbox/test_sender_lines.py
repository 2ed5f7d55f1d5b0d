"""The sender and its lines: dialled anew as long as they carry, left alone when they do not, broken off by people."""
# ruff: noqa: ARG002 - the scripted destination has the protocol's arguments

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from outbox import keys
from outbox.bagfile import BagFile, sealed
from outbox.destinations.base import Later, Outcome, Progress, Sent
from outbox.errors import Code, Reason
from outbox.items import Routing
from outbox.sender import WINDOW_GRACE, Report, Said, Sender
from outbox.states import State
from outbox.store import OutboxStore
from outbox.window import Window
from tests.outbox.bags import Clock, make_bag, make_sender, real_clock, run
from tests.outbox.test_sender import Endless, Scripted

CUT = Later(Reason(Code.CUT, "reset"))


class Growing(Scripted):
    """Finds so much there at each dial, gets a little further and is cut; at the end of the list the rest goes."""

    def __init__(self, *found: int) -> None:
        super().__init__()
        self.found = list(found)

    async def deliver(self, bag: BagFile, name: str, progress: Progress) -> Outcome:
        self.asked.append(bag.bag_id)
        if not self.found:
            return Sent("scripted")
        found = self.found.pop(0)
        progress(found)
        progress(found + 10)
        return CUT


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OutboxStore]:
    with OutboxStore(tmp_path / "outbox.db", real_clock) as opened:
        yield opened


def test_as_long_as_more_is_found_there_it_is_dialled_at_once(tmp_path: Path, store: OutboxStore) -> None:
    bag = make_bag(tmp_path / "bags")
    destination = Growing(0, 10, 20, 30)
    said: list[Said] = []
    sender = make_sender(store, tmp_path / "bags", destination, report=lambda report: said.append(report.said))
    assert run(sender.run_once()).sent == [bag.name]
    assert (len(destination.asked), said.count(Said.LINE_LOST)) == (5, 4)
    assert store.item(bag.name).attempts == 0


def test_a_line_that_carries_nothing_on_waits_like_any_failure(tmp_path: Path, store: OutboxStore) -> None:
    bag = make_bag(tmp_path / "bags")
    destination = Growing(0, 10, 10, 10)
    summary = run(make_sender(store, tmp_path / "bags", destination).run_once())
    assert (summary.sent, summary.later) == ([], [bag.name])
    assert (len(destination.asked), store.item(bag.name).attempts) == (3, 1)


def test_a_pause_breaks_off_what_is_under_way_and_costs_no_attempt(tmp_path: Path, store: OutboxStore) -> None:
    bag = make_bag(tmp_path / "bags")

    def pause_at_progress(report: Report) -> None:
        if report.said is Said.PROGRESS:
            store.pause()

    sender = make_sender(store, tmp_path / "bags", Endless(), report=pause_at_progress)
    run(sender.run_once())
    item = store.item(bag.name)
    assert (item.state, item.attempts) == (State.QUEUED, 0)
    assert run(sender.run_once()).rests is Said.PAUSED


def test_a_bag_under_way_when_the_window_closes_goes_on_for_a_little(tmp_path: Path) -> None:
    clock = Clock()
    start = clock().astimezone()
    window = Window(start.time(), (start + timedelta(hours=1)).time())
    seen: list[bool] = []
    with OutboxStore(tmp_path / "outbox.db", clock) as store:
        sender = Sender(
            store=store,
            bags_folder=tmp_path / "bags",
            destinations={},
            routing=Routing(("there",)),
            trusted_keys=keys.trust([]),
            clock=clock,
            rng=Random(1),
            window=window,
        )
        for seconds in (0, 3599, WINDOW_GRACE.total_seconds(), 2):
            clock.advance(seconds)
            seen.append(sender._may_go_on())
        assert seen == [True, True, True, False]
        assert sender._reason_to_rest() is Said.WINDOW_CLOSED


@pytest.mark.parametrize("word", ["retry_waiting", "resume"])
def test_a_word_of_people_ends_the_waiting_of_a_running_sender(tmp_path: Path, store: OutboxStore, word: str) -> None:
    bag = make_bag(tmp_path / "bags")
    store.enqueue(sealed(bag), "there")
    offline = Later(Reason(Code.UNREACHABLE, "no line"), offline=True)
    destination = Scripted(offline, offline)
    sender = make_sender(store, tmp_path / "bags", destination)

    async def send_until_sent() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(sender.run_forever(stop, 0.1))
        try:
            for _ in range(300):
                getattr(store, word)()
                if store.item(bag.name).state is State.SENT:
                    return
                await asyncio.sleep(0.05)
        finally:
            stop.set()
            await running

    run(send_until_sent(), 30)
    assert store.item(bag.name).state is State.SENT
    assert len(destination.asked) == 3
