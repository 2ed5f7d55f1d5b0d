"""The durable-write helper: whole or not at all, and never over another."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from outbox import durable


def test_a_new_file_is_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    durable.write_new(tmp_path / "a", iter([b"one", b"two"]))
    assert (tmp_path / "a").read_bytes() == b"onetwo"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_new_file_never_replaces(tmp_path: Path) -> None:
    durable.write_new(tmp_path / "a", b"first")
    with pytest.raises(FileExistsError):
        durable.write_new(tmp_path / "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_replace_replaces(tmp_path: Path) -> None:
    durable.replace(tmp_path / "a", b"first")
    durable.replace(tmp_path / "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"second"


def test_a_source_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        durable.write_new(tmp_path / "a", broken())
    assert list(tmp_path.iterdir()) == []


def test_folders_move_and_never_onto_another(tmp_path: Path) -> None:
    for name in ("one.partial", "two.partial"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(name.encode())
    durable.sync_tree(tmp_path / "one.partial")
    durable.move_new(tmp_path / "one.partial", tmp_path / "bag")
    with pytest.raises(FileExistsError):
        durable.move_new(tmp_path / "two.partial", tmp_path / "bag")
    assert (tmp_path / "bag" / "file").read_bytes() == b"one.partial"


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_without_the_kernels_flag_it_still_never_replaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    def no_flag(source: Path, target: Path) -> None:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(durable, "_renameat2", no_flag)
    for name in ("one", "two"):
        (tmp_path / name).mkdir() if kind == "folder" else (tmp_path / name).write_text(name)
    durable.move_new(tmp_path / "one", tmp_path / "there")
    with pytest.raises(FileExistsError):
        durable.move_new(tmp_path / "two", tmp_path / "there")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there", "two"]


def test_a_full_disk_has_its_own_error() -> None:
    with pytest.raises(durable.StorageFull), durable._room_for(Path("x")):
        Path("/dev/full").write_bytes(b"x")


def test_what_a_crash_left_is_swept(tmp_path: Path) -> None:
    (tmp_path / ".a.0123abcd.part").write_bytes(b"half")
    (tmp_path / "bag.tar.part").write_bytes(b"an upload")
    assert [path.name for path in durable.sweep(tmp_path)] == [".a.0123abcd.part"]
    assert [path.name for path in tmp_path.iterdir()] == ["bag.tar.part"]
