"""The sender is killed at random moments and started again: one item, one arrival, the right digest."""

import subprocess
import sys
import time
from pathlib import Path
from random import Random

import msgspec
import pytest

from outbox.bagfile import BagFile, is_sealed
from outbox.destinations.settings import write_path
from outbox.states import State
from outbox.store import OutboxStore
from tests.outbox.bags import make_bag, real_clock
from tests.outbox.destinations.conftest import open_place

PROBE = ".probe"
"""Two bytes by which a sender finds out whether a WebDAV server writes at an offset; a kill may leave them."""


@pytest.mark.parametrize("kind", ["sftp", "tus", "tus-bare", "webdav", "s3"])
@pytest.mark.parametrize("rounds", [4, pytest.param(50, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])
def test_killed_at_any_moment_every_bag_arrives_once(tmp_path: Path, kind: str, rounds: int) -> None:
    rng = Random(rounds)
    with open_place(kind, tmp_path) as place:
        settings = tmp_path / "there.json"
        settings.write_bytes(msgspec.json.encode(place.settings, enc_hook=write_path))
        for number in range(rounds):
            make_bag(tmp_path / "bags", size=4_000_000, seed=number)
            kill_at_random(tmp_path, settings, rng)
        with send(tmp_path, settings) as last:
            last.communicate(timeout=60)
            assert last.returncode == 0
        arrived = {name: digest for name, digest in place.arrived().items() if not name.endswith(PROBE)}
    bags = [BagFile(folder) for folder in (tmp_path / "bags").iterdir() if is_sealed(folder)]
    assert len(bags) == rounds
    assert arrived == {bag.name: bag.digest() for bag in bags}
    with OutboxStore(tmp_path / "outbox.db", real_clock) as store:
        assert [item.state for item in store.items()] == [State.SENT] * rounds
        assert {item.bag_id for item in store.items()} == {bag.bag_id for bag in bags}
        assert all(item.attempts == 0 for item in store.items())


def kill_at_random(root: Path, settings: Path, rng: Random) -> None:
    """Start a sender, wait for its first word, and kill it within the time that sending a bag takes."""
    with send(root, settings) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(rng.uniform(0.0, 0.7))
        process.kill()
        process.wait(10)


def send(root: Path, settings: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.outbox.sending", str(root), str(settings)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)
