"""Which bags in a folder have arrived whole: what grows, has no end or was judged is left alone."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from outbox import keys, receipts
from outbox.bagfile import BagFile
from outbox.receipts import receive_bag
from station.handover.arrivals import LATER_S, LOOK_ANYWAY_S, SETTLE_S, UNFINISHED_S, Arrivals, is_under_way
from station.handover.receive import Desk
from tests.outbox.bags import make_bag, real_clock
from tests.support import run_here

KEY = keys.new_key()


class Seconds:
    """A monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Watched:
    """A folder with a whole tar in it, and whoever looks at it."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "arrivals"
        self.folder.mkdir()
        self.source = make_bag(tmp_path / "made", size=20_000)
        self.whole = b"".join(BagFile(self.source).chunks())
        self.tar = self.folder / f"{self.source.name}.tar"
        self.clock = Seconds()
        self.arrivals = self.anew()

    def anew(self) -> Arrivals:
        """Whoever looks, after a restart."""
        return Arrivals(self.folder, Desk(KEY), self.clock)

    def look(self, seconds: float = 0.0) -> list[Path]:
        """What is ready after so many more seconds."""
        self.clock.now += seconds
        return list(self.arrivals.ready())


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_a_bag_is_ready_once_it_has_stood_still(watched: Watched) -> None:
    watched.tar.write_bytes(watched.whole)
    assert watched.look() == []
    assert watched.look(SETTLE_S / 2) == []
    assert watched.look(SETTLE_S) == [watched.tar]
    watched.arrivals.done(watched.tar)
    assert watched.look(10 * LOOK_ANYWAY_S) == []


def test_what_grows_is_left_alone_until_it_has_its_end(watched: Watched) -> None:
    for size in (0, 1_000, 10_000, 20_000):
        watched.tar.write_bytes(watched.whole[:size])
        assert watched.look(SETTLE_S) == []
        assert watched.look(SETTLE_S) == []
    watched.tar.write_bytes(watched.whole)
    assert watched.look(SETTLE_S) == []
    assert watched.look(SETTLE_S) == [watched.tar]


def test_an_upload_that_nobody_goes_on_with_is_judged_at_last(watched: Watched) -> None:
    watched.tar.write_bytes(watched.whole[:-2000])
    assert watched.look() == []
    assert watched.look(UNFINISHED_S - 1) == []
    assert watched.look(2) == [watched.tar]


def grow(watched: Watched) -> None:
    with watched.tar.open("ab") as file:
        file.write(b"more")


def put_in_place(watched: Watched) -> None:
    other = watched.folder / "other"
    other.write_bytes(watched.whole)
    other.replace(watched.tar)


@pytest.mark.parametrize("change", [grow, put_in_place])
def test_a_bag_that_changes_after_it_was_judged_is_judged_again(
    watched: Watched, change: Callable[[Watched], None]
) -> None:
    watched.tar.write_bytes(watched.whole)
    watched.look()
    assert watched.look(SETTLE_S) == [watched.tar]
    watched.arrivals.done(watched.tar)
    change(watched)
    assert watched.look(LOOK_ANYWAY_S) == []
    assert watched.look(UNFINISHED_S) == [watched.tar]


def test_after_a_restart_what_was_accepted_is_not_judged_again(watched: Watched) -> None:
    watched.tar.write_bytes(watched.whole)
    receive_bag(watched.tar, KEY, lambda _: [], real_clock)
    watched.arrivals = watched.anew()
    assert watched.look() == []
    assert watched.look(LOOK_ANYWAY_S) == []
    os.utime(watched.tar)
    assert watched.look(LOOK_ANYWAY_S) == []
    assert watched.look(SETTLE_S) == [watched.tar]


def test_a_receipt_by_another_hand_is_none(watched: Watched) -> None:
    watched.tar.write_bytes(watched.whole)
    receive_bag(watched.tar, keys.new_key(), lambda _: [], real_clock)
    assert watched.look() == []
    assert watched.look(SETTLE_S) == [watched.tar]


def test_unfinished_names_links_and_receipts_are_no_bags(watched: Watched) -> None:
    names = [f"{watched.tar.name}.part", f".{watched.tar.name}.part", f"{watched.source.name}.refused-1.tar"]
    for name in names:
        (watched.folder / name).write_bytes(watched.whole)
    (watched.folder / receipts.receipt_name(watched.source.name)).write_text("{}")
    outside = watched.folder.parent / "outside.tar"
    outside.write_bytes(watched.whole)
    watched.tar.symlink_to(outside)
    assert watched.look() == []
    assert watched.look(UNFINISHED_S) == []


def test_a_folder_that_is_still_copied_into_is_left_alone(watched: Watched) -> None:
    bag = watched.folder / watched.source.name
    bag.mkdir()
    files = sorted(path for path in watched.source.rglob("*") if path.is_file())
    for file in [*files[1:], files[0]]:
        target = bag / file.relative_to(watched.source)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(file.read_bytes())
        assert watched.look(LOOK_ANYWAY_S) == []
    assert watched.look(SETTLE_S) == [bag]


def test_what_cannot_be_read_lets_others_go_first(watched: Watched) -> None:
    watched.tar.write_bytes(watched.whole)
    watched.look()
    assert watched.look(SETTLE_S) == [watched.tar]
    watched.arrivals.later(watched.tar)
    assert watched.look(SETTLE_S) == []
    assert watched.look(LATER_S) == [watched.tar]


def test_a_bag_that_went_away_is_forgotten(watched: Watched) -> None:
    watched.tar.write_bytes(watched.whole)
    watched.look()
    watched.tar.unlink()
    assert watched.look(SETTLE_S) == []
    watched.tar.write_bytes(watched.whole)
    assert watched.look() == []
    assert watched.look(SETTLE_S) == [watched.tar]


def test_a_folder_that_is_not_there_is_said(watched: Watched) -> None:
    watched.folder.rmdir()
    with pytest.raises(FileNotFoundError):
        watched.look()


def test_who_looks_once_waits_as_long_for_a_tar_without_its_end(watched: Watched, tmp_path: Path) -> None:
    watched.tar.write_bytes(watched.whole)
    assert not is_under_way(watched.tar, time.time())
    watched.tar.write_bytes(watched.whole[:-2000])
    os.utime(watched.tar, (0, 0))
    assert is_under_way(watched.tar, time.time()), "it was put here just now, however old it says it is"
    assert not is_under_way(watched.tar, time.time() + UNFINISHED_S + 1)
    assert not is_under_way(watched.tar, time.time() - UNFINISHED_S - 60)


def test_the_command_leaves_an_upload_alone_unless_it_is_named(watched: Watched, tmp_path: Path) -> None:
    watched.tar.write_bytes(watched.whole[:-2000])
    ran = run_here(tmp_path / "receiver", "--json", "receive", str(watched.folder))
    assert (ran.code, ran.data) == (3, [{"id": watched.tar.name, "state": "under-way"}])
    assert f"station receive {watched.tar}" in ran.err
    assert [path.name for path in watched.folder.iterdir()] == [watched.tar.name]
    ran = run_here(tmp_path / "receiver", "--json", "receive", str(watched.tar))
    assert [row["state"] for row in ran.data] == ["refused"]
    assert not watched.tar.exists()
