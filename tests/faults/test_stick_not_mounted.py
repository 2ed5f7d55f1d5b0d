"""The folder where a stick should be is there and the stick is not: refused, with nothing written into the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.errors import StorageError
from station.handover.visiting import visit
from station.root import Root
from station.wiring import Station
from tests.outbox.stick import sticks
from tests.station.handover.rigs import make_receiver, make_waiting
from tests.support import run_here, succeed


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, str]:
    return make_receiver(tmp_path / "receiver")


def refuse(root: Path, target: Path) -> None:
    """An export that may not begin: no list, no sheet, no note in the history, and nobody is told it is safe."""
    ran = run_here(root, "--json", "export", str(target))
    assert (ran.code, ran.data["error"]) == (6, "outbox.stick-not-mounted")
    assert "--folder" in ran.err
    assert "safe" not in ran.err
    assert not (target / "scan-station").exists()
    assert not (root / "handovers").exists()
    assert {item["exported_at"] for item in succeed(root, "outbox", "list")} == {None}


def test_an_empty_mount_point_is_refused(tmp_path: Path, keys: dict[str, str]) -> None:
    make_waiting(tmp_path / "root", keys, 1)
    with sticks.ext4(tmp_path / "medium") as stick:
        sticks.run("umount", str(stick.point))
        refuse(tmp_path / "root", stick.point)


def test_with_the_station_on_another_disk_too(tmp_path: Path, keys: dict[str, str]) -> None:
    (tmp_path / "empty").mkdir()
    with sticks.ext4(tmp_path / "disk") as disk:
        make_waiting(disk.point / "root", keys, 1)
        refuse(disk.point / "root", tmp_path / "empty")
        (disk.point / "beside").mkdir()
        refuse(disk.point / "root", disk.point / "beside")


def test_memory_is_no_stick(tmp_path: Path, keys: dict[str, str]) -> None:
    make_waiting(tmp_path / "root", keys, 1)
    with sticks.tmpfs(tmp_path / "medium") as memory:
        refuse(tmp_path / "root", memory.point)


def test_the_screen_refuses_it_as_the_command_does(tmp_path: Path, keys: dict[str, str]) -> None:
    make_waiting(tmp_path / "root", keys, 1)
    (tmp_path / "empty").mkdir()
    with Station.open(Root(tmp_path / "root")) as station, pytest.raises(StorageError) as refused:
        visit(station, tmp_path / "empty", lambda _what, _bag, _count: None)
    assert refused.value.code == "outbox.stick-not-mounted"
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_folder_that_is_meant_is_said_to_be_one(tmp_path: Path, keys: dict[str, str]) -> None:
    bags = make_waiting(tmp_path / "root", keys, 1)
    (tmp_path / "share").mkdir()
    ran = run_here(tmp_path / "root", "--json", "export", "--folder", str(tmp_path / "share"))
    assert (ran.code, ran.data["safe_to_remove"], [bag["id"] for bag in ran.data["bags"]]) == (0, False, bags)
    assert "Written into the folder" in ran.err
    assert "safe" not in ran.err
    assert run_here(tmp_path / "root", "export", "--folder", "--wait").code == 2
