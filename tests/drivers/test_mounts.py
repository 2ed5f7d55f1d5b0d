"""On which file systems events are to be trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.mounts import file_system_of, is_remote

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /mnt/share rw,relatime shared:2 master:1 - cifs //server/scans rw,vers=3.0
31 22 0:41 / /mnt/share/local rw - xfs /dev/sdb1 rw
32 22 0:42 / /mnt/two\\040words rw - nfs4 server:/export rw
33 22 0:43 / /media/stick rw - fuseblk /dev/sdc1 rw
34 22 0:44 / /mnt/ssh rw - fuse.sshfs user@server: rw
35 22 0:45 / /mnt/auto rw - autofs systemd-1 rw
36 35 0:46 / /mnt/auto rw - nfs server:/export rw
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    file = tmp_path / "mountinfo"
    file.write_text(MOUNTS)
    return file


@pytest.mark.parametrize(
    ("path", "kind", "remote"),
    [
        ("/home/scans", "ext4", False),
        ("/mnt/share", "cifs", True),
        ("/mnt/share/KS.2005.01", "cifs", True),
        ("/mnt/shared", "ext4", False),
        ("/mnt/share/local/x", "xfs", False),
        ("/mnt/two words/x", "nfs4", True),
        ("/media/stick/DCIM", "fuseblk", False),
        ("/mnt/ssh/x", "fuse.sshfs", True),
        ("/mnt/auto/x", "nfs", True),
    ],
)
def test_a_path_belongs_to_the_deepest_and_latest_mount(mounts: Path, path: str, kind: str, *, remote: bool) -> None:
    assert file_system_of(Path(path), mounts) == kind
    assert is_remote(Path(path), mounts) == remote


def test_this_machine_s_own_folders_are_told(tmp_path: Path) -> None:
    assert file_system_of(tmp_path)
    assert file_system_of(Path("/proc/self")) == "proc"


def test_a_kernel_that_tells_nothing_means_local(tmp_path: Path) -> None:
    assert not is_remote(tmp_path, tmp_path / "none")
