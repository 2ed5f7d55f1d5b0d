"""The queue's database and the bags beside it lie where they were brought, restored or moved to."""

from __future__ import annotations

import shutil
import sqlite3
from importlib import resources
from pathlib import Path

import pytest

from outbox.bagfile import sealed
from outbox.destinations import FolderSettings, make_destination
from outbox.states import State
from outbox.store import OutboxStore
from tests.outbox.bags import Clock, make_bag, make_sender, run

INSERT = """
    insert into items (bag_id, folder, digest, size, destination, state, attempts, error_code, error_text,
        created_at, updated_at)
    values (?, ?, ?, ?, 'there', ?, ?, ?, ?, '2026-03-01T08:00:00.000+00:00', '2026-03-01T08:00:00.000+00:00')
"""


def before_moving(path: Path) -> sqlite3.Connection:
    """A database of the version in which folders were whole paths."""
    db = sqlite3.connect(path, isolation_level=None)
    scripts = sorted(resources.files("outbox.migrations").iterdir(), key=lambda file: file.name)
    for script in [file for file in scripts if file.name.endswith(".sql") and file.name < "0005"]:
        db.executescript(script.read_text())
    db.execute("pragma user_version = 4")
    return db


def send_all(root: Path, there: Path) -> list[str]:
    there.mkdir(exist_ok=True)
    with OutboxStore(root / "outbox.db", Clock()) as store:
        destination = make_destination(FolderSettings(name="there", path=there))
        return sorted(run(make_sender(store, root / "bags", destination).run_once()).sent)


@pytest.mark.parametrize("keeps_old", [True, False])
def test_a_copied_root_sends_its_own_bags(tmp_path: Path, keeps_old: bool) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    bag = make_bag(old / "bags")
    with OutboxStore(old / "outbox.db", Clock()) as store:
        store.enqueue(sealed(bag), "there")
    shutil.copytree(old, new)
    if keeps_old:
        (bag / "data" / "book.json").write_text("of the other root")
    else:
        shutil.rmtree(old)
    with OutboxStore(new / "outbox.db", Clock()) as store:
        assert store.item(bag.name).folder == new / "bags" / bag.name
        assert store.listing()[0]["folder"] == store.excerpt(0, 1)[0]["folder"] == str(new / "bags" / bag.name)
    assert send_all(new, tmp_path / "there") == [bag.name]


def test_a_bag_that_lies_elsewhere_keeps_its_whole_path(tmp_path: Path) -> None:
    bag = make_bag(tmp_path / "elsewhere")
    (tmp_path / "root").mkdir()
    with OutboxStore(tmp_path / "root" / "outbox.db", Clock()) as store:
        store.enqueue(sealed(bag), "there")
    (tmp_path / "root").rename(tmp_path / "moved")
    with OutboxStore(tmp_path / "moved" / "outbox.db", Clock()) as store:
        assert store.item(bag.name).folder == bag


def test_what_an_older_program_noted_lies_here_too_and_goes_on_by_itself(tmp_path: Path) -> None:
    root = tmp_path / "moved"
    bags = [make_bag(root / "bags", seed=seed) for seed in range(3)]
    db = before_moving(root / "outbox.db")
    gone = ("bag-unreadable", "/gone/bags/manifest-sha256.txt: No such file or directory")
    for bag, state, why in zip(
        bags, ["queued", "needs-person", "needs-person"], [(None, None), gone, ("far-conflict", "x")], strict=True
    ):
        known = sealed(bag)
        values = (known.bag_id, f"/gone/bags/{known.bag_id}", known.digest, known.size, state, 1, *why)
        db.execute(INSERT, values)
    db.execute(INSERT, ("outside", "/mnt/other/outside", "d" * 64, 10, "needs-person", 1, *gone))
    db.close()
    with OutboxStore(root / "outbox.db", Clock()) as store:
        states = {item.bag_id: item.state for item in store.items()}
        assert [states[bag.name] for bag in bags] == [State.QUEUED, State.QUEUED, State.NEEDS_PERSON]
        assert (states["outside"], store.item("outside").folder) == (State.NEEDS_PERSON, Path("/mnt/other/outside"))
        assert [entry.event for entry in store.history(bags[1].name)] == ["retry"]
        assert store.item(bags[1].name).attempts == 0
    assert send_all(root, tmp_path / "there") == sorted(bag.name for bag in bags[:2])
