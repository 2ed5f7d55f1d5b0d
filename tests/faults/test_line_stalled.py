"""A line that goes silent without a word: it is noticed within seconds, and another connection is made at once."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from outbox.bagfile import BagFile
from outbox.destinations.base import Later, Outcome, Sent
from outbox.errors import Code
from tests.bench.test_bench_outbox_lines import port_of, through
from tests.outbox.bags import make_bag, run
from tests.outbox.deliveries import arrived, deliver, told, web_server, whole
from tests.outbox.destinations.conftest import open_place
from tests.outbox.proxy import Proxy
from tests.outbox.servers.silence import Silence

# All that is left may be in the buffers of the way; then an answer is waited for.
PARTS: dict[str, dict[str, Any]] = {"s3": {"part_mb": 0.125, "no_progress_s": 3}, "webdav": {"no_progress_s": 3}}


@pytest.mark.parametrize("kind", ["tus", "tus-bare", "webdav", "s3"])
def test_it_is_given_up_and_dialled_again(kind: str, tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags", size=2_000_000))
    with web_server(kind, tmp_path) as server:

        async def over_a_silent_line() -> tuple[Outcome, Proxy]:
            async with Proxy(server.port, stall_after=700_000) as proxy:
                return await deliver(server.settings(port=proxy.port, **PARTS.get(kind, {})), bag), proxy

        outcome, proxy = run(over_a_silent_line(), 40)
        assert isinstance(outcome, Sent)
        assert proxy.connections == 2 or kind == "s3"  # the stand-in ends every connection itself
        assert arrived(server) == {bag.name: whole(bag)}


def test_by_sftp_too(tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags", size=2_000_000))
    with open_place("sftp", tmp_path) as place:

        async def over_a_silent_line() -> tuple[Outcome, Proxy]:
            async with Proxy(port_of(place.settings), stall_after=700_000) as proxy:
                settings = msgspec.structs.replace(through(place.settings, proxy.port), no_progress_s=3.0)
                return await deliver(settings, bag), proxy

        outcome, proxy = run(over_a_silent_line(), 40)
        assert isinstance(outcome, Sent)
        assert proxy.connections == 2
        assert place.arrived() == {bag.name: bag.digest()}


def test_a_server_that_never_answers_is_later(tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags"))
    with Silence() as silent:
        outcome = run(deliver(silent.settings(no_progress_s=0.5), bag), 20)
    assert told(outcome) == (Later, Code.STALLED, False)
