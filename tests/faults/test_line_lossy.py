"""A line that loses three packets of ten: slow, but the bag arrives, once and within one attempt.

The loss is a proxy's: what TCP makes of it (pieces that come late, one after the other) is all that the ends see of it.
"""

from pathlib import Path

import pytest

from outbox.bagfile import BagFile
from outbox.destinations import make_destination
from outbox.destinations.base import MemoryNotes, Outcome, Sent
from tests.bench.test_bench_outbox_lines import port_of, through
from tests.outbox.bags import make_bag, run
from tests.outbox.destinations.conftest import open_place
from tests.outbox.thin_line import ThinLine, Weather


@pytest.mark.parametrize("kind", ["tus-tls", "sftp", "webdav", "s3"])
def test_the_bag_arrives(kind: str, tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags", size=300_000))
    with open_place(kind, tmp_path) as place:

        async def over_a_lossy_line() -> tuple[Outcome, ThinLine]:
            weather = Weather(loss=0.3)
            async with ThinLine(port_of(place.settings), 1e6, 0.005, weather) as line:
                destination = make_destination(through(place.settings, line.port), MemoryNotes())
                outcome = await destination.deliver(bag, bag.name, lambda _: None)
                await destination.close()
            return outcome, line

        outcome, line = run(over_a_lossy_line())
        assert isinstance(outcome, Sent)
        assert line.lost > 20
        assert place.arrived() == {bag.name: bag.digest()}
