"""`station receive --watch`: the province's service, looked at from outside."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from outbox import receipts
from outbox.bagfile import BagFile
from outbox.receipts import Verdict
from station.handover.receive import receiver_key
from station.root import Root
from tests.flow.services import wait_until, watching
from tests.outbox.stick import sticks
from tests.station.handover.rigs import make_good_bag, make_receiver, make_waiting
from tests.support import run_here, succeed


class Rig:
    """A receiver with a folder in which bags arrive."""

    def __init__(self, tmp_path: Path) -> None:
        self.root, self.folder, self.made = tmp_path / "receiver", tmp_path / "arrivals", tmp_path / "made"
        self.folder.mkdir()
        self.keys = make_receiver(self.root)

    @contextmanager
    def serving(self, *more: str) -> Iterator[subprocess.Popen[bytes]]:
        with watching(self.root, words=("--json", "receive", "--watch", str(self.folder), *more)) as service:
            yield service

    def tar(self, seed: int, pad: int = 0) -> tuple[Path, bytes]:
        """Where a bag's tar is to arrive, and its bytes."""
        bag = make_good_bag(self.made, seed, pad=pad)
        return self.folder / f"{bag.name}.tar", b"".join(BagFile(bag).chunks())

    def arrive(self, seed: int) -> Path:
        """A bag arrives as senders leave it: renamed when it is whole."""
        path, data = self.tar(seed)
        part = path.with_name(path.name + ".part")
        part.write_bytes(data)
        return part.rename(path)

    def has_receipt(self, tar: Path) -> bool:
        return self.receipt_of(tar).is_file()

    def receipt_of(self, tar: Path) -> Path:
        return tar.with_name(receipts.receipt_name(tar.name.removesuffix(".tar")))

    def log(self) -> str:
        return (self.root / "watch.err").read_text()

    def wait_for(self, *tars: Path) -> None:
        wait_until(lambda: all(self.has_receipt(tar) for tar in tars), self.root)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def verdict_of(receipt: Path) -> str:
    return str(json.loads(receipt.read_bytes())["verdict"])


def test_bags_are_judged_as_they_arrive_and_half_ones_left_alone(rig: Rig) -> None:
    half, data = rig.tar(7, pad=100_000)
    with rig.serving():
        half.write_bytes(data[:60_000])
        first = rig.arrive(1)
        rig.wait_for(first)
        assert not rig.has_receipt(half)
        with half.open("ab") as file:
            file.write(data[60_000:])
        rig.wait_for(half)
    assert {verdict_of(rig.receipt_of(tar)) for tar in (first, half)} == {Verdict.ACCEPTED}
    assert not list(rig.folder.glob("*refused*"))


def test_after_a_restart_each_bag_is_said_once_and_its_receipt_is_the_same(rig: Rig) -> None:
    with rig.serving():
        first = rig.arrive(1)
        rig.wait_for(first)
    before = rig.receipt_of(first).read_bytes()
    with rig.serving():
        second = rig.arrive(2)
        rig.wait_for(second)
        assert first.name.removesuffix(".tar") not in rig.log()
    assert rig.receipt_of(first).read_bytes() == before


def test_killed_again_and_again_it_takes_every_bag_once(rig: Rig) -> None:
    tars = []
    for seed in range(6):
        with rig.serving() as service:
            tars += [rig.arrive(2 * seed), rig.arrive(2 * seed + 1)]
            time.sleep(1.6 + seed * 0.25)  # from before the bags stand still to after the first receipt
            service.send_signal(signal.SIGKILL)
            service.wait(20)
    kept = {tar: rig.receipt_of(tar).read_bytes() for tar in tars if rig.has_receipt(tar)}
    with rig.serving():
        rig.wait_for(*tars)
    for tar in tars:
        assert tar.is_file()
        assert verdict_of(rig.receipt_of(tar)) == Verdict.ACCEPTED
        assert kept.get(tar, rig.receipt_of(tar).read_bytes()) == rig.receipt_of(tar).read_bytes()
    assert len(list(rig.folder.glob("*.receipt.json"))) == len(tars)


def test_a_bag_that_cannot_be_taken_is_shown_once_and_stops_no_other(rig: Rig) -> None:
    with rig.serving():
        first = rig.arrive(1)
        rig.wait_for(first)
        other = rig.receipt_of(first)
        accepted = receipts.parse(other.read_bytes())
        forged = receipts.sign(msgspec.structs.replace(accepted, digest="0" * 64), receiver_key(Root(rig.root)))
        other.write_bytes(forged.to_bytes())
        first.touch()
        second = rig.arrive(2)
        rig.wait_for(second)
        wait_until(lambda: "bag-conflict" in rig.log(), rig.root)
        third = rig.arrive(3)
        rig.wait_for(third)
    assert rig.log().count('"error": "bag-conflict"') == 1
    assert other.read_bytes() == forged.to_bytes()


def test_a_damaged_bag_is_put_aside_and_its_name_is_free_for_the_next(rig: Rig) -> None:
    tar, data = rig.tar(1)
    with rig.serving():
        tar.write_bytes(data[:3000] + b"x" + data[3001:])
        wait_until(lambda: bool(list(rig.folder.glob("*.refused-1.tar"))), rig.root)
        assert verdict_of(rig.receipt_of(tar)) == Verdict.REFUSED
        tar.write_bytes(data)
        wait_until(lambda: verdict_of(rig.receipt_of(tar)) == Verdict.ACCEPTED, rig.root)


def test_a_folder_that_goes_away_is_waited_for(rig: Rig, tmp_path: Path) -> None:
    with rig.serving():
        rig.folder.rename(tmp_path / "away")
        time.sleep(2)
        (tmp_path / "away").rename(rig.folder)
        tar = rig.arrive(1)
        rig.wait_for(tar)
    assert "tried again" in rig.log()


def test_a_stick_that_is_put_in_is_taken_and_gets_its_receipts(rig: Rig, tmp_path: Path) -> None:
    bags = make_waiting(tmp_path / "root", rig.keys, 2)
    point = tmp_path / "medium" / "stick"
    with rig.serving(str(point)):
        with sticks.ext4(tmp_path / "medium"):
            succeed(tmp_path / "root", "export", str(point))
            wait_until(lambda: len(list(point.rglob("*.receipt.json"))) == len(bags), rig.root)
            wait_until(lambda: "It is safe to remove it" in rig.log(), rig.root)
            imported = succeed(tmp_path / "root", "receipts", "import", str(point))
        first = rig.arrive(9)
        rig.wait_for(first)
    assert [one["state"] for one in imported] == ["received"] * len(bags)
    assert sorted(path.name for path in (rig.root / "received").glob("*.tar")) == [f"{bag}.tar" for bag in sorted(bags)]


def test_it_has_to_be_said_what_is_watched(rig: Rig) -> None:
    assert run_here(rig.root, "receive", "--watch").code == 2
