"""An export is cut off or killed while bags go onto a stick: the next run makes every bag whole, and none twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from outbox.stick.files import read_back
from tests.faults.test_killed_commands import kill_in
from tests.faults.test_power_cut import cut
from tests.station.handover.rigs import files_on, index_on, make_receiver, make_waiting
from tests.support import environment, run_station, succeed

SEED = 11
POINTS = [
    ("outbox.stick.files:_write", "after", 2),
    ("outbox.stick.files:read_back", "after", 1),
    ("outbox.durable:move_new", "before", 2),
    ("outbox.durable:move_new", "after", 2),
    ("outbox.durable:replace", "before", 3),
    ("outbox.durable:replace", "after", 3),
    ("station.handover.numbers:next_number", "after", 1),
    ("outbox.stick.exporting:_finish", "before", 1),
    ("outbox.stick.exporting:_finish", "after", 1),
    ("station.handover.exporting:draw_sheet", "before", 1),
    ("outbox.store:OutboxStore.exported", "after", 1),
]


def check_whole(stick: Path, bags: list[str]) -> None:
    """Every bag on the stick once, as the list has it, and nothing beside."""
    listed = index_on(stick)
    assert listed.complete
    assert sorted(entry.bag_id for entry in listed.entries) == sorted(bags)
    (home,) = (stick / "scan-station").iterdir()
    for entry in listed.entries:
        there = read_back(home / "bags" / entry.file)
        assert (there.size, there.sha256) == (entry.file_size, entry.sha256)
    assert files_on(stick) == sorted(["index.json", *(entry.file for entry in listed.entries)])


@pytest.mark.parametrize(("point", "when", "nth"), POINTS)
def test_the_next_run_goes_on(tmp_path: Path, point: str, when: str, nth: int) -> None:
    bags = make_waiting(tmp_path / "root", make_receiver(tmp_path / "receiver"), 3)
    stick = tmp_path / "stick"
    stick.mkdir()
    cut(tmp_path / "root", point, when, nth, "export", "--folder", str(stick))
    done = succeed(tmp_path / "root", "export", "--folder", str(stick))
    assert done["left"] == []
    check_whole(stick, bags)
    assert Path(done["sheet"]).read_bytes().startswith(b"%PDF")
    assert {item["state"] for item in succeed(tmp_path / "root", "outbox", "list")} == {"queued"}
    for bag in bags:
        history = succeed(tmp_path / "root", "outbox", "show", bag)["history"]
        assert [entry["event"] for entry in history].count("export") == 1


RECEIVE_POINTS = [
    ("outbox.durable:move_new", "before", 1),
    ("outbox.durable:move_new", "after", 1),
    ("outbox.receipts:write", "before", 1),
    ("outbox.receipts:write", "after", 1),
    ("station.handover.taking:put_receipts", "before", 1),
    ("station.handover.taking:put_receipts", "after", 1),
]


@pytest.mark.parametrize(("point", "when", "nth"), RECEIVE_POINTS)
def test_a_receiver_that_was_cut_off_takes_each_bag_once(tmp_path: Path, point: str, when: str, nth: int) -> None:
    bags = make_waiting(tmp_path / "root", make_receiver(tmp_path / "receiver"), 2)
    stick = tmp_path / "stick"
    stick.mkdir()
    succeed(tmp_path / "root", "export", "--folder", str(stick))
    cut(tmp_path / "receiver", point, when, nth, "receive", str(stick))
    run_station(tmp_path / "receiver", "receive", str(stick))
    ran = run_station(tmp_path / "receiver", "--json", "receive", str(stick))
    (taken,) = ran.data
    assert taken["error"] is None
    assert sorted(one["id"] for one in taken["bags"]) == sorted(bags)
    archive = tmp_path / "receiver" / "received"
    assert list(archive.glob(".*.part")) == []
    assert sorted(path.name for path in archive.glob("*.receipt.json")) == [
        f"{bag}.receipt.json" for bag in sorted(bags)
    ]
    (home,) = (stick / "scan-station").iterdir()
    for bag in bags:
        name = f"{bag}.receipt.json"
        assert (home / "receipts" / name).read_bytes() == (archive / name).read_bytes()


def export_with_kills(tmp_path: Path, kills: int) -> None:
    """Export again and again, killed at a random moment each time, until so many kills have landed; then to the end."""
    moment = random.Random(SEED)
    (tmp_path / "root").mkdir()
    stick = tmp_path / "stick"
    stick.mkdir()
    make_process_root(tmp_path / "root")
    argv = [sys.executable, "-m", "tests.outbox.stick.exports", str(tmp_path / "root"), str(stick)]
    landed = 0
    for _ in range(10 * kills):
        if landed == kills:
            break
        code = kill_in(moment.uniform(0.2, 1.2), argv, environment())
        assert code in {0, -signal.SIGKILL}, code
        landed += code == -signal.SIGKILL
        if code == 0:
            spoil_or_clear(stick, moment)
    assert landed == kills
    subprocess.run(argv, env=environment(), check=True, timeout=60)
    check_whole(stick, [path.name for path in (tmp_path / "root" / "bags").iterdir()])


def make_process_root(root: Path) -> None:
    from outbox import keys
    from tests.outbox.stick.exports import RECIPIENT, make_bags

    make_bags(root / "bags", 12, size=2_000_000)
    keys.create_key_pair(root / "key", root / "key.pub")
    (root / "recipient").write_text(RECIPIENT)


def spoil_or_clear(stick: Path, moment: random.Random) -> None:
    """A run that came to its end leaves nothing to do: take some files away, so that the next one has."""
    for path in sorted(stick.rglob("*.age")):
        if moment.random() < 0.7:
            path.unlink()


def test_an_export_killed_again_and_again(tmp_path: Path) -> None:
    export_with_kills(tmp_path, kills=10)


@pytest.mark.soak
def test_an_export_killed_two_hundred_times(tmp_path: Path) -> None:
    export_with_kills(tmp_path, kills=200)
