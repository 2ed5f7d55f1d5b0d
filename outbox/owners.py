"""Is the sender that holds an item alive? Each sender keeps a lock on a file; the kernel drops it with the process.

So a sender started right after a kill need not wait for the dead one's lease. Process numbers would not do: they come
again after a reboot and cannot be seen across users and name spaces.
"""

import fcntl
import os
import secrets
from collections.abc import Collection
from pathlib import Path
from typing import Self

from outbox.durable import PART

_SUFFIX = ".lock"


class Owner:
    """One sender's name for its leases, alive as long as the context is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = f"{os.getpid()}-{secrets.token_hex(6)}"
        self._descriptor = -1

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        dead(self.folder, [path.name.removesuffix(_SUFFIX) for path in self.folder.glob("*" + _SUFFIX)])
        path = _lock_path(self.folder, self.name)
        fresh = path.with_name(path.name + PART)
        self._descriptor = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fresh.rename(path)  # nobody sees the name before its lock is held
        return self

    def __exit__(self, *_: object) -> None:
        _lock_path(self.folder, self.name).unlink(missing_ok=True)
        os.close(self._descriptor)


def dead(folder: Path, owners: Collection[str]) -> set[str]:
    """Those of `owners` whose process is gone; their lock files go too."""
    gone = {owner for owner in owners if not _is_locked(_lock_path(folder, owner))}
    for owner in gone:
        _lock_path(folder, owner).unlink(missing_ok=True)
    return gone


def abandoned(folder: Path, owners: Collection[str]) -> set[str]:
    """Those of `owners` whose process is gone, for one who only looks; what cannot be seen counts as alive."""
    return {owner for owner in owners if not _seems_locked(_lock_path(folder, owner))}


def is_anyone_alive(folder: Path) -> bool:
    """Whether some sender holds its lock there, for one who only looks; what cannot be seen counts as alive."""
    if folder.is_dir() and not os.access(folder, os.R_OK | os.X_OK):
        return True
    return any(_seems_locked(path) for path in folder.glob("*" + _SUFFIX))


def _lock_path(folder: Path, owner: str) -> Path:
    return folder / (owner + _SUFFIX)


def _seems_locked(path: Path) -> bool:
    try:
        return _is_locked(path)
    except PermissionError:
        return True


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
