"""The disk fills up while a scan runs: whole pages are kept, no half one stays and takes the room, exit 6."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from drivers.faults import FaultKind
from drivers.interface import EndOfPaper, RawImage
from tests.drivers import rigs, stations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHEET_BYTES = 413 * 585 * 3 + 4096


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for three sheets and a bit."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a small tmpfs needs root")
    folder = tmp_path / "small"
    folder.mkdir()
    size = f"size={SHEET_BYTES * 7 // 2 // 1024}k"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_full_spool_keeps_whole_images_and_no_half_one(tmp_path: Path, small_disk: Path) -> None:
    script = rigs.write_script(tmp_path / "s.toml", *[f"grey = {n}" for n in range(10)])
    with rigs.open_script(script) as scanner:
        images, fault = rigs.feed_into_fault(scanner, small_disk)
        assert fault.kind is FaultKind.SPOOL_FULL
        assert rigs.greys(images) == [0, 1, 2]
        assert sorted(small_disk.iterdir()) == sorted(image.path for image in images)
        for image in images:
            image.path.unlink()
        feed = rigs.feed_once(scanner, small_disk, 2)
        assert [type(one) for one in feed] == [RawImage, RawImage]
        rigs.assert_whole(rigs.images_of(feed))


def test_command_ends_with_storage_and_goes_on_when_there_is_room(tmp_path: Path, small_disk: Path) -> None:
    root = stations.make(tmp_path / "root")
    root.spool.symlink_to(small_disk)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(3 * SHEET_BYTES))
    script = rigs.write_script(tmp_path / "s.toml", "grey = 10", "grey = 20", "grey = 30")
    ran = stations.run_scan(root, f"scripted:{script}")
    assert ran.code == 6
    assert ran.data["fault"] == "spool-full"
    assert "The disk is full" in ran.err
    assert stations.leftovers(root) == []
    ballast.unlink()
    (tmp_path / "s.toml.at").write_text("0")
    with rigs.open_script(script) as scanner:
        assert rigs.feed_once(scanner, small_disk)[-1] == EndOfPaper(3)
