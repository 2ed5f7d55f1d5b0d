"""Two senders by mistake on one queue: they share the work, and every bag arrives once."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from outbox.bagfile import BagFile
from outbox.destinations.settings import write_path
from outbox.states import State
from outbox.store import OutboxStore
from tests.outbox.bags import make_bag, make_sender, real_clock, run
from tests.outbox.destinations.conftest import open_place

COUNT = 8


@pytest.mark.parametrize("kind", ["folder", "sftp", "tus", "webdav", "s3"])
def test_of_one_queue_they_share_the_work(tmp_path: Path, kind: str) -> None:
    bags = [BagFile(make_bag(tmp_path / "bags", size=300_000, seed=seed)) for seed in range(COUNT)]
    with open_place(kind, tmp_path) as place:
        settings = tmp_path / "there.json"
        settings.write_bytes(msgspec.json.encode(place.settings, enc_hook=write_path))
        command = [sys.executable, "-m", "tests.outbox.sending", str(tmp_path), str(settings)]
        senders = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        said = [sender.communicate(timeout=60)[0].split() for sender in senders]
        assert [sender.returncode for sender in senders] == [0, 0]
        assert place.arrived() == {bag.name: bag.digest() for bag in bags}
    assert sum(lines.count("sent") for lines in said) == COUNT
    with OutboxStore(tmp_path / "outbox.db", real_clock) as store:
        assert [(item.state, item.attempts) for item in store.items()] == [(State.SENT, 0)] * COUNT


@pytest.mark.parametrize("kind", ["folder", "sftp", "tus", "webdav", "s3"])
def test_of_two_queues_that_know_nothing_of_each_other_one_bag_comes(tmp_path: Path, kind: str) -> None:
    bag = BagFile(make_bag(tmp_path / "bags", size=300_000))
    with open_place(kind, tmp_path) as place:
        for name in ("first", "restored"):  # a station set up again from its backup
            with OutboxStore(tmp_path / f"{name}.db", real_clock) as store:
                assert run(make_sender(store, tmp_path / "bags", place.make(store)).run_once()).sent == [bag.bag_id]
        assert place.arrived() == {bag.name: bag.digest()}
