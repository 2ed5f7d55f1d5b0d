"""A station's bags off a stick, at the receiver: into its archive first, a receipt of each back onto the stick after.

Nothing on the stick is believed: the index by its signature, a file by the index, the bag in it by its own manifests.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO, cast

from outbox import durable, receipts
from outbox.bagfile import TAR
from outbox.errors import Code, OutboxError
from outbox.receipts import Receipt, Verdict
from outbox.stick import age, index
from outbox.stick.age import DecryptionError, OtherReceiverError
from outbox.stick.exporting import BAGS, FOLDER, RECEIPTS, read_index
from outbox.stick.faults import StickError
from outbox.verify import Finding

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pyrage.x25519 import Identity

    from outbox.keys import SigningKey, TrustedKeys
    from outbox.stick.index import Entry, Index

_CHUNK = 1 << 20


class StickFinding(StrEnum):
    """What can be wrong with a bag's file on a stick, beyond what can be wrong with the bag."""

    MISSING = "stick-missing-file"
    DAMAGED = "stick-damaged"
    OTHER = "stick-other-bag"


class OtherReceiver(OutboxError):  # noqa: N818 - says what happened: the stick is for somebody else
    """The bags are encrypted for another receiver's key."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """One station's folder on a stick with its index, whose signature holds."""

    home: Path
    index: Index

    def file_of(self, entry: Entry) -> Path:
        return self.home / BAGS / entry.file


def find_hand_overs(path: Path) -> list[Path]:
    """The folders below a stick, or the one at `path` itself, that hold a station's index; links are none."""
    if (path / index.NAME).is_file() and (path / BAGS).is_dir():
        return [path]
    if (path / FOLDER).is_symlink():
        return []
    return sorted(found.parent for found in path.glob(f"{FOLDER}/*/{index.NAME}") if not found.parent.is_symlink())


def open_hand_over(home: Path, trusted: TrustedKeys | None) -> HandOver:
    """Read a station's index; raises `IndexUnusableError`, and `OutboxError` for a station that is not `trusted`."""
    found = read_index(home / index.NAME)
    if found is None:
        raise index.IndexUnusableError(f"{home}: none")
    if trusted is not None and found.station not in trusted:
        raise OutboxError(Code.STICK_STATION_UNKNOWN, f"{found.station}: {found.public_key}")
    return HandOver(home, found)


def fetch(hand_over: HandOver, entry: Entry, archive: Path, identity: Identity | None) -> Finding | None:
    """Bring one bag's tar into the archive as `<bag id>.tar`; the finding when its file does not give that.

    The rename is the commit point: a crash before it leaves a `.part`, after it a tar without a receipt, which the next
    run judges as any other that arrived. Raises `OtherReceiver`, and `OSError` of the archive.
    """
    source = hand_over.file_of(entry)
    part = archive / f".{entry.bag_id}{TAR}.{secrets.token_hex(4)}{durable.PART}"
    try:
        finding = _unpack(source, entry, part, identity)
        if finding is None:
            durable.move_new(part, archive / (entry.bag_id + TAR))
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.unlink(missing_ok=True)
    return finding


def refusal(entry: Entry, finding: Finding, key: SigningKey, now: datetime) -> Receipt:
    """The receipt for a bag whose file on the stick is not what the index says."""
    receipt = Receipt(
        bag_id=entry.bag_id,
        digest=entry.digest,
        size=entry.size,
        verdict=Verdict.REFUSED,
        findings=(finding,),
        received_at=now,
        key_id="",
    )
    return receipts.sign(receipt, key)


def put_receipts(hand_over: HandOver, written: list[Receipt]) -> None:
    """Receipts onto the stick, durable; those that lie there already in the same bytes are left alone.

    Raises `StickError` where a link would lead them elsewhere.
    """
    folder = hand_over.home / RECEIPTS
    if folder.is_symlink():
        raise StickError(Code.STICK_INDEX, f"{folder}: a link")
    durable.make_folder(folder)
    for receipt in written:
        path = folder / receipts.receipt_name(receipt.bag_id)
        if not _holds(path, receipt.to_bytes()):
            durable.replace(path, receipt.to_bytes())


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except FileNotFoundError:
        return False


def _unpack(source: Path, entry: Entry, part: Path, identity: Identity | None) -> Finding | None:
    """Copy or decrypt while hashing; the file counts only when every byte of it was the one that the index knows."""
    try:
        reading = _Reading(os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC))
    except OSError as error:
        return Finding(StickFinding.MISSING, entry.file, error.strerror or "")
    with reading, part.open("xb") as target:
        fault = _pour(reading, target, entry, identity)
        reading.drain()
        if reading.trouble or (reading.size, reading.digest.hexdigest()) != (entry.file_size, entry.sha256):
            return Finding(StickFinding.DAMAGED, entry.file, reading.trouble or "")
        if fault is not None:
            return fault
        target.flush()
        os.fsync(target.fileno())
        if target.tell() != entry.size:
            return Finding(StickFinding.OTHER, entry.file, f"{target.tell()} bytes instead of {entry.size}")
    return None


def _pour(reading: _Reading, target: BinaryIO, entry: Entry, identity: Identity | None) -> Finding | None:
    try:
        if entry.encrypted:
            if identity is None:
                raise OtherReceiver(Code.STICK_OTHER_KEY, entry.file)
            age.decrypt(cast("BinaryIO", reading), target, identity)
        else:
            while piece := reading.read(_CHUNK):
                target.write(piece)
    except OtherReceiverError as error:
        raise OtherReceiver(Code.STICK_OTHER_KEY, entry.file) from error
    except DecryptionError as error:
        return Finding(StickFinding.DAMAGED, entry.file, str(error))
    return None


@dataclass
class _Reading:
    """A file on the stick, hashed as it is read; a spot that cannot be read ends it and is kept as `trouble`."""

    descriptor: int
    size: int = 0
    trouble: str | None = None
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    _piece: bytes = b""
    _at: int = 0

    def read(self, n: int = -1) -> bytes:
        if self._at == len(self._piece):
            self._piece, self._at = self._next(), 0
        end = len(self._piece) if n < 0 else self._at + n
        part = self._piece[self._at : end]
        self._at += len(part)
        return part

    def drain(self) -> None:
        """Read what is left, for the digest."""
        while self._next():
            pass

    def __enter__(self) -> _Reading:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # of a file that was only read; whether the stick is there still is asked by others
            os.close(self.descriptor)

    def _next(self) -> bytes:
        try:
            piece = os.read(self.descriptor, _CHUNK)
        except OSError as error:
            self.trouble = error.strerror or str(error)
            return b""
        self.digest.update(piece)
        self.size += len(piece)
        return piece
