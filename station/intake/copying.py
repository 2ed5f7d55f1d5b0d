"""One distrusted file into the spool: read once, hashed while read, and proven not to have changed meanwhile."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from station.intake.delivery import Limits, Refusal, RefusedFile

BLOCK = 1 << 20
"""Bytes read at a time."""

_DEVICE_ERRORS = frozenset({errno.EIO, errno.ENODEV, errno.ESTALE, errno.EREMOTEIO})
"""A stick pulled or a share gone, as opposed to a thing that is no file."""


def copy_in(path: Path, target: Path, limits: Limits) -> str:
    """Copy a regular file while hashing; the SHA-256 of exactly the bytes in the spool."""
    with _open_regular(path) as source, target.open("xb") as copy:
        before = os.fstat(source.fileno())
        if before.st_size == 0:
            raise RefusedFile(path, Refusal.EMPTY)
        if before.st_size > limits.max_bytes:
            raise RefusedFile(path, Refusal.TOO_LARGE, f"{before.st_size} bytes")
        digest = hashlib.sha256()
        for block in _read_blocks(path, source, before.st_size):
            digest.update(block)
            copy.write(block)
        after = os.fstat(source.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise RefusedFile(path, Refusal.CHANGED_WHILE_READ, f"{before.st_size} bytes, then {after.st_size}")
    return digest.hexdigest()


def _open_regular(path: Path) -> BinaryIO:
    """Open without following a link and without waiting on a pipe."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise RefusedFile(path, Refusal.VANISHED) from error
    except PermissionError as error:
        raise RefusedFile(path, Refusal.NOT_READABLE, str(error)) from error
    except OSError as error:  # ELOOP: a link; ENXIO: a socket; EIO: the stick was pulled
        reason = Refusal.NOT_READABLE if error.errno in _DEVICE_ERRORS else Refusal.NOT_A_REGULAR_FILE
        raise RefusedFile(path, reason, str(error)) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise RefusedFile(path, Refusal.NOT_A_REGULAR_FILE)
    return os.fdopen(handle, "rb", buffering=0)


def _read_blocks(path: Path, source: BinaryIO, size: int) -> Iterator[bytes]:
    """The bytes of a file that must have this size; one that grows or shrinks meanwhile is refused."""
    left = size
    while True:
        try:
            block = source.read(BLOCK)
        except OSError as error:
            raise RefusedFile(path, Refusal.NOT_READABLE, str(error)) from error
        left -= len(block)
        if left < 0 or (left and not block):
            raise RefusedFile(path, Refusal.CHANGED_WHILE_READ, f"{size} bytes announced, {size - left} read")
        if not block:
            return
        yield block
