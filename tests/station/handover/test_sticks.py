"""`station sticks` and `export --wait`: a real mounted medium that the kernel's list calls removable."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import pytest

from outbox.stick import media
from tests.outbox.stick import sticks
from tests.outbox.stick.sticks import Stick
from tests.station.handover.rigs import index_on, make_receiver, make_waiting
from tests.support import Ran, run_here, succeed


def call_removable(stick: Stick, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the kernel's list of block devices say that a loop device can be pulled out; its name."""
    assert stick.device
    name = Path(stick.device).name
    disk = folder / "block" / name
    disk.mkdir(parents=True, exist_ok=True)
    for file in ("dev", "size"):
        (disk / file).write_text(Path("/sys/block", name, file).read_text())
    (disk / "removable").write_text("1\n")
    monkeypatch.setattr(media, "removable_media", partial(media.removable_media, system=folder))
    return name


def test_what_is_plugged_in_is_listed_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sticks.ext4(tmp_path / "medium") as stick:
        name = call_removable(stick, tmp_path / "sys", monkeypatch)
        (row,) = succeed(tmp_path / "root", "sticks")
        assert (row["id"], row["state"], row["file_system"]) == (name, "ready", "ext4")
        assert (row["mounted_at"], row["size"], row["largest_file"]) == (str(stick.point), 32 << 20, None)
        assert 0 < row["free"] < row["size"]
        sticks.run("mount", "-o", "remount,ro", str(stick.point))
        (row,) = succeed(tmp_path / "root", "sticks")
        assert row["state"] == "read-only"
        sticks.run("umount", str(stick.point))
        ran = run_here(tmp_path / "root", "sticks")
        assert "not-mounted" in ran.out
        assert "udisksctl" in ran.err


def test_nothing_is_plugged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "removable_media", partial(media.removable_media, system=tmp_path))
    assert succeed(tmp_path / "root", "sticks") == []


def test_export_waits_for_the_stick_that_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "root"
    bags = make_waiting(root, make_receiver(tmp_path / "receiver"), 2)
    with sticks.ext4(tmp_path / "medium") as stick:
        assert stick.device
        call_removable(stick, tmp_path / "sys", monkeypatch)
        sticks.run("umount", str(stick.point))
        ended: list[Ran] = []
        waiting = threading.Thread(target=lambda: ended.append(run_here(root, "export", "--wait")), daemon=True)
        waiting.start()
        waiting.join(1.0)
        assert waiting.is_alive()
        sticks.run("mount", "-t", "ext4", stick.device, str(stick.point))
        waiting.join(60)
        assert [ran.code for ran in ended] == [0]
        assert "not mounted" in ended[0].err
        assert ended[0].err.splitlines()[-1] == f"It is safe to remove the stick: {stick.point}"
        assert sorted(entry.bag_id for entry in index_on(stick.point).entries) == sorted(bags)


def test_of_several_sticks_none_is_guessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_waiting(tmp_path / "root", make_receiver(tmp_path / "receiver"), 1)
    with sticks.ext4(tmp_path / "one") as one, sticks.ext4(tmp_path / "two") as two:
        call_removable(one, tmp_path / "sys", monkeypatch)
        monkeypatch.undo()
        call_removable(two, tmp_path / "sys", monkeypatch)
        ran = run_here(tmp_path / "root", "--json", "export", "--wait")
        assert (ran.code, ran.data["error"]) == (2, "export-which")
        assert str(one.point) in ran.err
        assert str(two.point) in ran.err
