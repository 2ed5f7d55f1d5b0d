"""The power goes between each two steps of clearing a book away: what is not proved stays, the rest goes on going."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.test_power_cut import cut
from tests.faults.test_power_cut_sending import queued
from tests.support import BOOK, receive_elsewhere, run_here, succeed

EVERYTHING = ("bags", "copies", "masters")
POINTS = [
    ("outbox.store:OutboxStore.purged", "before", 1),
    ("outbox.store:OutboxStore.purged", "after", 1),
    ("outbox.durable:move_new", "before", 1),
    ("outbox.durable:move_new", "after", 1),
    ("shutil:rmtree", "after", 1),
    ("outbox.durable:move_new", "after", 2),
    ("shutil:rmtree", "after", 2),
    ("outbox.durable:move_new", "after", 3),
    ("shutil:rmtree", "before", 3),
    ("outbox.store:OutboxStore.cleared", "before", 1),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A station with a received book."""
    made, there = queued(tmp_path)
    receive_elsewhere(made, there, tmp_path / "receiver")
    return made


def left(root: Path, *tops: str) -> list[Path]:
    return [path for top in tops for path in (root / top).rglob("*") if path.is_file()]


@pytest.mark.parametrize(("point", "when", "nth"), POINTS)
def test_the_next_purge_ends_it(root: Path, point: str, when: str, nth: int) -> None:
    before = left(root, *EVERYTHING)
    cut(root, point, when, nth, "purge", BOOK, "--masters", "--yes")
    (item,) = succeed(root, "outbox", "list")
    begun = (point, when) != POINTS[0][:2]
    assert item["state"] == ("purged" if begun else "received")
    if not begun:
        assert left(root, *EVERYTHING) == before
    there = [path for path in left(root, *EVERYTHING) if not path.relative_to(root).parts[-2].startswith(".")]
    for folder in {path.parent for path in there if ".purging" not in str(path)}:
        assert {path for path in there if path.parent == folder} == {path for path in before if path.parent == folder}
    succeed(root, "purge", "--all", "--masters", "--yes")
    assert left(root, *EVERYTHING) == []
    assert list((root / "bags").iterdir()) == []
    events = [entry["event"] for entry in succeed(root, "outbox", "show", item["bag_id"])["history"]]
    assert (events[-1], events.count("purge")) == ("cleared", 1)


def test_opened_again_meanwhile_it_keeps_what_is_left(root: Path) -> None:
    cut(root, "outbox.durable:move_new", "after", 2, "purge", BOOK, "--masters", "--yes")
    masters = left(root, "masters")
    succeed(root, "reopen", BOOK, "--checker", "Lan", "--why", "wrong page")
    assert succeed(root, "purge", "--all", "--masters", "--yes")["purged"] == []
    assert left(root, "masters") == masters
    assert succeed(root, "pack", BOOK)["unchanged"]
    succeed(root, "purge", BOOK, "--yes")
    assert left(root, "masters") == masters


def test_a_purge_that_was_broken_off_is_told(root: Path) -> None:
    cut(root, "outbox.store:OutboxStore.purged", "after", 1, "purge", BOOK, "--yes")
    assert "a purge was broken off" in run_here(root, "doctor").out
    succeed(root, "purge", "--all", "--yes")
    assert "a purge was broken off" not in run_here(root, "doctor").out
