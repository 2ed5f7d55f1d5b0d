"""The signed list of what a station put on a stick: believed only with its signature, and never without a re-read."""

from __future__ import annotations

import hashlib
from datetime import datetime  # noqa: TC003 - msgspec reads it at run time
from typing import Annotated, Any, Literal

import msgspec

from outbox.bagfile import TAR, BagError, require_bag_id
from outbox.errors import Code, OutboxError
from outbox.keys import PublicKey, SigningKey, canonical_json

NAME = "index.json"
LARGEST = 64 << 20
ENCRYPTED = ".age"
_DIGEST = "^[0-9a-f]{64}$"


class IndexUnusableError(OutboxError):
    """Not an index, or not as its station signed it."""

    def __init__(self, detail: str) -> None:
        super().__init__(Code.STICK_INDEX, detail)


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One bag on the stick. `digest` is its payload digest, `size` the bytes of its tar.

    `file_size` and `sha256` are of the file on the stick, as it was read back there.
    """

    bag_id: str
    digest: Annotated[str, msgspec.Meta(pattern=_DIGEST)]
    size: Annotated[int, msgspec.Meta(gt=0)]
    encrypted: bool
    file_size: Annotated[int, msgspec.Meta(gt=0)]
    sha256: Annotated[str, msgspec.Meta(pattern=_DIGEST)]

    @property
    def file(self) -> str:
        """Its file's name in the folder `bags`."""
        return file_name(self.bag_id, encrypted=self.encrypted)


class Index(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is on the stick, for whom. `number` is that of the hand-over; `complete` says that its writing was ended."""

    version: Literal[1] = 1
    number: Annotated[int, msgspec.Meta(gt=0)]
    station: str
    public_key: str
    made_at: Annotated[datetime, msgspec.Meta(tz=True)]
    recipients: tuple[str, ...]
    complete: bool
    entries: tuple[Entry, ...]
    signature: str = ""

    def signed_bytes(self) -> bytes:
        """What the signature is over: the canonical JSON of everything else."""
        plain = self._plain()
        del plain["signature"]
        return canonical_json(plain)

    def to_bytes(self) -> bytes:
        """The file on the stick."""
        return canonical_json(self._plain())

    def _plain(self) -> dict[str, Any]:
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def file_name(bag_id: str, *, encrypted: bool) -> str:
    return bag_id + TAR + (ENCRYPTED if encrypted else "")


def sign(index: Index, key: SigningKey) -> Index:
    """The index as this station's."""
    named = msgspec.structs.replace(index, station=key.key_id, public_key=key.public.text(), signature="")
    return msgspec.structs.replace(named, signature=key.sign(named.signed_bytes()))


def parse(data: bytes) -> Index:
    """An index whose signature holds by the key that it names; whether that key is trusted is the caller's matter.

    Raises `IndexUnusableError` for anything else: cut off, tampered with, naming a bag twice or by an unsafe name.
    """
    if len(data) > LARGEST:
        raise IndexUnusableError(f"{len(data)} bytes")
    try:
        index = msgspec.json.decode(data, type=Index)
        key = PublicKey.from_text(index.public_key)
        names = [require_bag_id(entry.bag_id) for entry in index.entries]
    except (ValueError, RecursionError, BagError) as error:
        raise IndexUnusableError(str(error)) from error
    if key.key_id != index.station or not key.verifies(index.signature, index.signed_bytes()):
        raise IndexUnusableError(f"not signed by {index.station}")
    if len(set(names)) != len(names):
        raise IndexUnusableError("a bag stands in it twice")
    if index.to_bytes() != data:
        raise IndexUnusableError("not in its one spelling")
    return index


def digest(index: Index) -> str:
    """SHA-256 of the index as it lies on the stick; the hand-over sheet shows it in words."""
    return hashlib.sha256(index.to_bytes()).hexdigest()
