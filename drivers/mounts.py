"""Which file systems let inotify see everything that is written to them."""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")

# Written to by other machines, or through a program: the kernel here does not see it happen (inotify(7)).
_REMOTE_TYPES = frozenset(
    {"9p", "afs", "ceph", "cifs", "coda", "fuse", "lustre", "ncpfs", "nfs", "nfs4", "smb2", "smb3", "smbfs", "vboxsf"}
    | {"virtiofs"}
)


def is_remote(path: Path, mounts: Path = MOUNTS) -> bool:
    """Whether a path lies on a network share or a file system in user space. An unknown place counts as local."""
    kind = file_system_of(path, mounts)
    return kind in _REMOTE_TYPES or kind.startswith("fuse.")


def file_system_of(path: Path, mounts: Path = MOUNTS) -> str:
    """The type of the file system as the kernel calls it, such as `ext4`; empty where the kernel does not tell."""
    place, found, longest = path.resolve(), "", -1
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    for line in lines:
        before, _, after = line.partition(" - ")
        point = Path(_plain(before.split(" ")[4]))
        # Of two mounts on one point the later hides the earlier.
        if len(point.parts) >= longest and place.is_relative_to(point):
            found, longest = after.split(" ")[0], len(point.parts)
    return found


def _plain(text: str) -> str:
    r"""The kernel writes a blank as `\040`."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), text)
