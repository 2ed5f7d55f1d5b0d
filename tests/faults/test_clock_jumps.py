"""The station's clock jumps (a dead battery, a time server that comes late): nothing waits for ever or goes twice."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from outbox import keys
from outbox.bagfile import BagFile, sealed
from outbox.destinations import FolderSettings, make_destination
from outbox.errors import Code, Reason
from outbox.items import Routing
from outbox.sender import Sender
from outbox.states import State
from outbox.store import OutboxStore
from outbox.window import Window
from tests.outbox.bags import Clock, make_bag, make_sender, run

YEAR_S = 365 * 86_400.0
LEASE = timedelta(seconds=60)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[OutboxStore]:
    with OutboxStore(tmp_path / "outbox.db", clock) as opened:
        yield opened


@pytest.fixture
def there(tmp_path: Path) -> FolderSettings:
    (tmp_path / "there").mkdir()
    return FolderSettings(name="there", path=tmp_path / "there")


@pytest.mark.parametrize("jump_s", [-YEAR_S, YEAR_S])
def test_what_waits_for_its_next_attempt_goes(
    tmp_path: Path, store: OutboxStore, clock: Clock, there: FolderSettings, jump_s: float
) -> None:
    bag = make_bag(tmp_path / "bags")
    store.enqueue(sealed(bag), "there")
    claim = store.claim("me", "there", LEASE, clock())
    assert claim is not None
    store.deferred(claim, Reason(Code.FAR_FULL, "no"), timedelta(minutes=5))
    clock.advance(jump_s)
    sender = make_sender(store, tmp_path / "bags", make_destination(there), clock=clock)
    assert run(sender.run_once()).sent == [bag.name]


@pytest.mark.parametrize("jump_s", [-YEAR_S, YEAR_S])
def test_what_a_dead_sender_held_is_taken_over(
    tmp_path: Path, store: OutboxStore, clock: Clock, there: FolderSettings, jump_s: float
) -> None:
    bag = make_bag(tmp_path / "bags")
    store.enqueue(sealed(bag), "there")
    assert store.claim("dead", "there", LEASE, clock())
    clock.advance(jump_s)
    sender = make_sender(store, tmp_path / "bags", make_destination(there), clock=clock)
    assert run(sender.run_once()).sent == [bag.name]


@pytest.mark.parametrize("jump_s", [-YEAR_S, YEAR_S])
def test_in_the_middle_of_sending_the_bag_still_arrives_once(
    tmp_path: Path, store: OutboxStore, clock: Clock, there: FolderSettings, jump_s: float
) -> None:
    bag = BagFile(make_bag(tmp_path / "bags", size=4_000_000))
    jumps = [jump_s]

    async def jump_once(_: int) -> None:
        clock.advance(jumps.pop() if jumps else 0.0)

    sender = make_sender(store, tmp_path / "bags", make_destination(there, store, jump_once), clock=clock)
    run(sender.run_once())
    run(sender.run_once())
    assert [path.name for path in there.path.iterdir()] == [bag.name]
    assert store.item(bag.bag_id).state is State.SENT


def test_a_window_that_the_clock_jumps_into_opens(
    tmp_path: Path, store: OutboxStore, clock: Clock, there: FolderSettings
) -> None:
    bag = make_bag(tmp_path / "bags")
    opens, closes = local(clock, 6.0), local(clock, 7.0)
    destination = make_destination(there)
    sender = Sender(
        store=store,
        bags_folder=tmp_path / "bags",
        destinations={"there": destination},
        routing=Routing(("there",)),
        trusted_keys=keys.trust([]),
        clock=clock,
        rng=Random(1),
        window=Window(opens.time(), closes.time()),
    )

    async def wait_through_a_jump() -> list[State]:
        stop = asyncio.Event()
        sending = asyncio.create_task(sender.run_forever(stop, 0.05))
        await asyncio.sleep(0.3)
        before = store.item(bag.name).state
        clock.advance(6.5 * 3600 - 86_400)  # to the hour of the window, a day before
        for _ in range(200):
            if store.item(bag.name).state is State.SENT:
                break
            await asyncio.sleep(0.05)
        stop.set()
        await sending
        return [before, store.item(bag.name).state]

    assert run(wait_through_a_jump()) == [State.QUEUED, State.SENT]


def local(clock: Clock, hours: float) -> datetime:
    """The clock on the wall so many hours from now."""
    return (clock() + timedelta(hours=hours)).astimezone()
