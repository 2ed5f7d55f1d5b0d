"""The name server is away, or knows no such host: offline, and no attempt is counted."""

from pathlib import Path

import pytest

from outbox.bagfile import BagFile
from outbox.destinations import TusSettings, WebdavSettings
from outbox.destinations.base import Later
from outbox.destinations.loopback_sshd import free_port
from outbox.errors import Code
from tests.outbox.bags import make_bag, run
from tests.outbox.deliveries import deliver, told


@pytest.mark.parametrize("kind", [TusSettings, WebdavSettings])
@pytest.mark.parametrize("where", ["https://no-such-host.invalid/files", "http://127.0.0.1:{port}/files"])
def test_nobody_there_is_offline(kind: type[TusSettings | WebdavSettings], where: str, tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags"))
    settings = kind(name="there", url=where.format(port=free_port()))
    assert told(run(deliver(settings, bag))) == (Later, Code.UNREACHABLE, True)
