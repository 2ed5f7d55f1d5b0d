"""A line that is cut again and again: each attempt goes on from what the far side has, and the bag is there once."""

from pathlib import Path
from typing import Any

import pytest

from outbox.bagfile import BagFile
from outbox.destinations.base import Later, Outcome, Sent
from tests.outbox.bags import make_bag, run
from tests.outbox.deliveries import arrived, deliver, web_server, whole
from tests.outbox.proxy import Proxy

PARTS: dict[str, dict[str, Any]] = {"s3": {"part_mb": 0.125}}


@pytest.mark.parametrize("kind", ["tus", "tus-bare", "webdav", "s3"])
def test_one_attempt_brings_the_bag_over_a_line_that_is_cut(kind: str, tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags", size=2_000_000))
    with web_server(kind, tmp_path) as server:

        async def over_a_bad_line() -> tuple[Outcome, Proxy]:
            async with Proxy(server.port, cut_after=500_000) as proxy:
                return await deliver(server.settings(port=proxy.port, **PARTS.get(kind, {})), bag), proxy

        outcome, proxy = run(over_a_bad_line())
        assert isinstance(outcome, Sent)
        assert proxy.cuts >= 3
        assert arrived(server) == {bag.name: whole(bag)}


@pytest.mark.parametrize("kind", ["tus", "tus-bare"])
def test_little_is_sent_twice(kind: str, tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags", size=4_000_000))
    with web_server(kind, tmp_path) as server:

        async def over_a_bad_line() -> int:
            async with Proxy(server.port, cut_after=1_250_000, bytes_per_s=4e6) as proxy:
                assert isinstance(await deliver(server.settings(port=proxy.port), bag), Sent)
                return proxy.up

        assert run(over_a_bad_line()) < 1.1 * bag.size


def test_a_line_that_carries_less_than_a_part_is_later(tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags", size=2_000_000))
    with web_server("s3", tmp_path) as server:

        async def over_a_bad_line() -> Outcome:
            async with Proxy(server.port, cut_after=300_000) as proxy:
                return await deliver(server.settings(port=proxy.port, part_mb=1, no_progress_s=2), bag)

        assert isinstance(run(over_a_bad_line()), Later)
