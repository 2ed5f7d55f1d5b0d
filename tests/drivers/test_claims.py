"""A delivered file in one hand: out of sight in one step, never over another, found again after a crash."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drivers.claims import CLAIMS, claim, claimed_in, drop, lies_at, release, tidy
from drivers.hot_folder import files_below, list_folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "page 1.jpg"
    path.write_bytes(b"first")
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_claimed_file_is_out_of_sight_under_its_own_name(file: Path) -> None:
    claimed = claim(file)
    assert files_below(file.parent) == []
    assert (claimed.file.name, claimed.file.read_bytes()) == (file.name, b"first")
    assert list_folder(file.parent).claimed == [file]
    assert not claimed.interrupted
    drop(claimed)
    tidy(file.parent)
    assert names(file.parent) == []


def test_a_file_that_takes_the_name_meanwhile_is_another_one(file: Path) -> None:
    """A scanner that calls every page `scan.jpg` must not lose the second by the removal of the first."""
    claimed = claim(file)
    file.write_bytes(b"second")
    drop(claimed)
    assert file.read_bytes() == b"second"


def test_release_never_replaces(file: Path) -> None:
    claimed = claim(file)
    file.write_bytes(b"second")
    (file.parent / "2-page 1.jpg").write_bytes(b"third")
    release(claimed)
    assert names(file.parent) == ["2-page 1.jpg", "3-page 1.jpg", "page 1.jpg"]
    assert (file.parent / "3-page 1.jpg").read_bytes() == b"first"


def test_what_an_earlier_run_claimed_comes_first_and_is_told_apart(file: Path) -> None:
    claim(file)
    file.write_bytes(b"second")
    assert lies_at(file).read_bytes() == b"first"
    again = claim(file)
    assert again.interrupted
    assert again.file.read_bytes() == b"first"
    assert file.read_bytes() == b"second"
    assert claimed_in(file.parent) == [file]
    drop(again)
    assert not claim(file).interrupted


def test_a_writer_that_goes_on_in_a_claimed_file_is_noticed(file: Path) -> None:
    with file.open("ab") as writer:
        claimed = claim(file)
        before = claimed.changed
        writer.write(b" and more")
    assert (before, claimed.changed) == (False, True)
    drop(claimed)
    assert not claimed.changed


def test_a_file_that_is_gone_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        claim(tmp_path / "gone.jpg")
    tidy(tmp_path)
    assert names(tmp_path) == []


def test_links_are_claimed_and_released_as_links(tmp_path: Path) -> None:
    link = tmp_path / "link.jpg"
    link.symlink_to("nothing")
    claimed = claim(link)
    assert not os.path.lexists(link)
    release(claimed)
    assert link.readlink() == Path("nothing")
    assert not (tmp_path / CLAIMS).exists()
