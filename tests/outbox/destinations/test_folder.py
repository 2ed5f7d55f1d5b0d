"""The folder destination: a share that is away, full, or closed to us."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from outbox.bagfile import BagFile
from outbox.destinations import FolderSettings, make_destination
from outbox.destinations.base import Later, NeedsPerson, Outcome
from outbox.errors import Code
from tests.outbox.bags import make_bag, run
from tests.outbox.sshd import LoopbackSshd


def deliver(settings: FolderSettings, bag: BagFile) -> Outcome:
    return run(make_destination(settings).deliver(bag, bag.name, lambda _: None))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte, where this machine lets us mount one."""
    path = tmp_path / "small"
    path.mkdir()
    mount = ["/usr/bin/mount", "-t", "tmpfs", "-o", "size=1m", "none", str(path)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, timeout=10, check=False).returncode != 0:
        pytest.skip("cannot mount a tmpfs here")
    yield path
    subprocess.run(["/usr/bin/umount", str(path)], timeout=10, check=True)


def test_an_empty_mount_point_is_not_the_share(tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags"))
    (tmp_path / "mnt").mkdir()
    outcome = deliver(FolderSettings(name="share", path=tmp_path / "mnt", mounted=True), bag)
    assert isinstance(outcome, NeedsPerson)
    assert (outcome.reason.code, outcome.everywhere) == (Code.NOT_MOUNTED, True)
    assert list((tmp_path / "mnt").iterdir()) == []


def test_a_full_share_is_later(tmp_path: Path, small_disk: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags", size=3_000_000))
    outcome = deliver(FolderSettings(name="share", path=small_disk, mounted=True), bag)
    assert isinstance(outcome, Later)
    assert (outcome.reason.code, outcome.offline) == (Code.FAR_FULL, False)


def test_a_full_disk_behind_sftp_is_told_from_other_failures(
    tmp_path: Path, small_disk: Path, sshd: LoopbackSshd
) -> None:
    bag = BagFile(make_bag(tmp_path / "bags", size=3_000_000))
    settings = replace(sshd.settings(), folder=str(small_disk))

    async def once() -> Outcome:
        destination = make_destination(settings)
        try:
            return await destination.deliver(bag, bag.name, lambda _: None)
        finally:
            await destination.close()

    outcome = run(once())
    assert isinstance(outcome, Later)
    assert (outcome.reason.code, outcome.offline) == (Code.FAR_FULL, False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_closed_to_us_needs_a_person(tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags"))
    (tmp_path / "closed").mkdir(mode=0o500)
    outcome = deliver(FolderSettings(name="share", path=tmp_path / "closed"), bag)
    assert isinstance(outcome, NeedsPerson)
    assert outcome.reason.code is Code.FAR_PERMISSION
