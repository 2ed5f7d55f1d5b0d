"""One bag's file on a stick: written, made durable, read back from the medium itself and compared, then named."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from outbox import durable
from outbox.errors import Code
from outbox.stick import age
from outbox.stick.faults import StickError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyrage.x25519 import Recipient

    from outbox.bagfile import BagFile

_CHUNK = 1 << 20
# Written bytes are handed to the medium this often: it works while the next ones are encrypted, and little is left to
# do at the fsync.
_HAND_OVER = 4 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """A file as it was read back from the medium."""

    size: int
    sha256: str


def write_bag(bag: BagFile, target: Path, recipients: Sequence[Recipient]) -> Written:
    """Write a bag's tar under its name, encrypted if there are recipients; it has its name only after the re-read.

    A crash before the rename leaves a `.part`, which the next run removes; after it, a whole file that is in no index,
    which the next run does not trust. Raises `OSError`, `BagError`, and `StickError` when the medium gives back other
    bytes than it was given.
    """
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}{durable.PART}")
    try:
        written = _write(bag, part, recipients)
        _require_same(part, written)
        durable.move_new(part, target)
    except BaseException:
        with suppress(OSError):  # the medium may be gone
            part.unlink(missing_ok=True)
        raise
    return written


def read_back(path: Path) -> Written:
    """Size and digest of a file from the medium, not from this machine's memory of it. Raises `OSError`."""
    whole, size = hashlib.sha256(), 0
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        forget(descriptor)
        _ask_ahead(descriptor)
        buffer = bytearray(_CHUNK)
        while got := os.readv(descriptor, [buffer]):
            whole.update(memoryview(buffer)[:got])
            size += got
        forget(descriptor)
    finally:
        os.close(descriptor)
    return Written(size, whole.hexdigest())


def _require_same(part: Path, written: Written) -> None:
    if read_back(part) != written:
        raise StickError(Code.STICK_WORN, f"{part}: other bytes than were written")


def forget(descriptor: int) -> None:
    """Let the kernel drop what it remembers of a durable file, so that the next read asks the medium."""
    with suppress(OSError):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def _ask_ahead(descriptor: int) -> None:
    with suppress(OSError):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)


def _write(bag: BagFile, part: Path, recipients: Sequence[Recipient]) -> Written:
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    try:
        target = _Target(descriptor)
        if recipients:
            age.encrypt(cast("BinaryIO", _Source(bag)), cast("BinaryIO", target), recipients)
        else:
            for chunk in bag.chunks():
                target.write(chunk)
        target.flush()
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return Written(target.size, target.digest.hexdigest())


class _Source(io.RawIOBase):
    """A bag's tar as a stream: read in large pieces, handed out in small ones."""

    def __init__(self, bag: BagFile) -> None:
        super().__init__()
        self._chunks = bag.chunks()
        self._piece = b""
        self._at = 0

    def read(self, n: int = -1) -> bytes:
        if self._at == len(self._piece):
            self._piece, self._at = next(self._chunks, b""), 0
        end = len(self._piece) if n < 0 else self._at + n
        part = self._piece[self._at : end]
        self._at += len(part)
        return part


class _Target:
    """A file that is written in large pieces and hashed on the way."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._buffer = bytearray()
        self._handed = 0
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._buffer += data
        if len(self._buffer) >= _CHUNK:
            self.flush()
        return len(data)

    def flush(self) -> None:
        piece = memoryview(self._buffer)
        self.digest.update(piece)
        while piece:
            piece = piece[os.write(self._descriptor, piece) :]
        self.size += len(self._buffer)
        self._buffer = bytearray()
        if self.size - self._handed >= _HAND_OVER:
            # The advice makes the kernel begin to write what is not on the medium yet.
            with suppress(OSError):
                os.posix_fadvise(self._descriptor, self._handed, 0, os.POSIX_FADV_DONTNEED)
            self._handed = self.size
