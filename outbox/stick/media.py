"""Which media are here, what they are, and whether one that was here still is. Read from the kernel's own tables."""

from __future__ import annotations

import os
import re
import select
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOUNTS = Path("/proc/self/mountinfo")
SYSTEM = Path("/sys")

MACHINE = tuple(map(Path, ("/", "/boot", "/boot/efi", "/home", "/opt", "/srv", "/tmp", "/usr", "/var")))  # noqa: S108 - asked, not written
"""Where a machine keeps what is its own; a part of its disk may be mounted at each."""
# Nothing that is written to these lies on a medium that somebody could take out.
_IN_MEMORY = {"tmpfs", "ramfs", "devtmpfs", "overlay", "autofs"}
_ELSEWHERE = {"nfs", "nfs4", "cifs", "smb3", "ceph", "9p", "virtiofs", "fuse.sshfs", "fuse.rclone"}

_FOUR_GIB = 1 << 32
# FAT keeps a file's size in 32 bits; exFAT and the others in 64.
_LARGEST_FILE = {"vfat": _FOUR_GIB - 1, "msdos": _FOUR_GIB - 1, "fuse.fusefat": _FOUR_GIB - 1}


@dataclass(frozen=True, slots=True)
class Mount:
    """A line of mountinfo: what is mounted where. `number` is the device's `major:minor`."""

    id: str
    number: str
    point: Path
    kind: str
    source: str
    read_only: bool


@dataclass(frozen=True, slots=True)
class Medium:
    """A removable medium, or a part of one. `point` is None where nothing has mounted it yet."""

    device: str
    size: int
    mount: Mount | None

    @property
    def point(self) -> Path | None:
        return self.mount.point if self.mount else None


@dataclass(frozen=True, slots=True)
class Room:
    """What a file system can take: `free` bytes (None where it does not tell) and files of at most `largest`."""

    free: int | None
    largest: int | None


def read_mounts(table: Path = MOUNTS) -> list[Mount]:
    """Everything that is mounted, in the kernel's order: of two on one place the later hides the earlier."""
    lines = table.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    return [_mount_of(line) for line in lines]


def mount_of(path: Path, table: Path = MOUNTS) -> Mount | None:
    """The mount that a path lies on."""
    place, found = path.resolve(), None
    for mount in read_mounts(table):
        if place.is_relative_to(mount.point) and (found is None or len(mount.point.parts) >= len(found.point.parts)):
            found = mount
    return found


def is_carried_away(mount: Mount | None, machine: Iterable[Path], table: Path = MOUNTS) -> bool:
    """Whether what is mounted can be taken from the machine that these places belong to.

    Not their own file systems, wherever else those are mounted too (compared by device, of which btrfs has one for all
    of its parts), nothing in memory, and no share of another machine. An empty mount point lies on what is around it.
    """
    own = {one.number for place in machine if (one := mount_of(place, table))}
    return mount is not None and mount.kind not in _IN_MEMORY | _ELSEWHERE and mount.number not in own


def room_on(path: Path, table: Path = MOUNTS) -> Room:
    """How much the file system of a path can take; raises `OSError` when it cannot be asked."""
    facts = os.statvfs(path)
    mount = mount_of(path, table)
    free = facts.f_bavail * facts.f_frsize if facts.f_blocks else None
    return Room(free, _LARGEST_FILE.get(mount.kind) if mount else None)


def removable_media(table: Path = MOUNTS, system: Path = SYSTEM) -> list[Medium]:
    """Sticks, cards and disks on USB: their parts, or they themselves where they have none, mounted or not.

    A card or USB disk that the machine itself runs from is none.
    """
    mounts = read_mounts(table)
    mounted = {mount.number: mount for mount in reversed(mounts)}
    own = {mount.number for mount in mounts if mount.point in MACHINE}
    found = []
    for disk in sorted((system / "block").glob("*")):
        if not _is_removable(disk):
            continue
        parts = sorted(part.parent for part in disk.glob("*/partition")) or [disk]
        if own & {_line(part / "dev") for part in parts}:
            continue
        for part in parts:
            size = 512 * int(_line(part / "size") or 0)
            if size:
                found.append(Medium(part.name, size, mounted.get(_line(part / "dev"))))
    return found


def is_gone(mount: Mount | None, path: Path, st_dev: int, table: Path = MOUNTS, system: Path = SYSTEM) -> bool:
    """Whether the medium that `path` lay on (its device number was `st_dev`) is not there any more.

    A stick that was pulled out stays mounted until somebody unmounts it, but its device leaves the kernel's list.
    """
    try:
        if path.stat().st_dev != st_dev:
            return True
    except OSError:
        return True
    if mount is None:
        return False
    real_device = mount.source.startswith("/dev/")
    return mount.id not in {one.id for one in read_mounts(table)} or (
        real_device and not (system / "dev" / "block" / mount.number).exists()
    )


def mount_changes(seconds: float, table: Path = MOUNTS) -> Iterator[None]:
    """Yields at once, and again whenever something was mounted or unmounted, or `seconds` have passed."""
    with table.open("rb") as file:
        poller = select.poll()
        poller.register(file, select.POLLERR | select.POLLPRI)
        while True:
            file.seek(0)
            file.read()
            yield
            poller.poll(seconds * 1000)


def _mount_of(line: str) -> Mount:
    before, _, after = line.partition(" - ")
    mount_id, _, number, _, point, options, *_ = before.split(" ")
    kind, source, above = [*after.split(" "), "", ""][:3]
    read_only = "ro" in options.split(",") or "ro" in above.split(",")
    return Mount(mount_id, number, Path(_plain(point)), kind, _plain(source), read_only)


def _plain(text: str) -> str:
    r"""The kernel writes a blank as `\040`."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), text)


def _is_removable(disk: Path) -> bool:
    """Sticks say so themselves; disks and card readers on USB do not, but hang on its tree."""
    return _line(disk / "removable") == "1" or "/usb" in str(disk.resolve()) or disk.name.startswith("mmcblk")


def _line(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return ""
