"""The server is gone in mid-upload and comes back: one attempt, one bag, sent from where it was."""

import asyncio
from pathlib import Path

import pytest

from outbox.bagfile import BagFile
from outbox.destinations import make_destination
from outbox.destinations.base import MemoryNotes, Outcome, Sent
from tests.outbox.bags import make_bag, run
from tests.outbox.deliveries import arrived, web_server, whole


@pytest.mark.parametrize("kind", ["tus", "tus-bare", "webdav"])
def test_the_upload_goes_on_when_it_is_back(kind: str, tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags", size=4_000_000))
    with web_server(kind, tmp_path) as server:

        async def through_a_restart() -> tuple[Outcome, list[int]]:
            seen: list[int] = []
            destination = make_destination(server.settings(), MemoryNotes(), slowly)
            delivery = asyncio.create_task(destination.deliver(bag, bag.name, seen.append))
            while not seen or seen[-1] < bag.size // 3:
                await asyncio.sleep(0.02)
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.start)
            outcome = await delivery
            await destination.close()
            return outcome, seen

        outcome, seen = run(through_a_restart())
        assert isinstance(outcome, Sent)
        assert all(seen[seen.index(next(filter(None, seen))) :])
        assert arrived(server) == {bag.name: whole(bag)}


async def slowly(n: int) -> None:
    """A pace of 4 MB/s."""
    await asyncio.sleep(n / 4e6)
