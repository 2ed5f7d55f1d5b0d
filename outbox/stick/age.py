"""Encryption of bags for their receivers: age (age-encryption.org/v1) with X25519 keys, streamed in both directions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pyrage

from outbox import durable
from outbox.errors import Code
from outbox.keys import KeyUnusableError, require_private

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from pyrage.x25519 import Identity, Recipient

IDENTITY = "receive.age"
CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
_CHUNK = 1 << 16
_TAG = 16
# Version line, a stanza of about 100 bytes for each receiver, one of random length that the library adds, the
# header's authentication, the payload's nonce.
_HEADER = 1000
_STANZA = 120


class DecryptionError(Exception):
    """The bytes are no age file, were changed, or end too early."""


class OtherReceiverError(Exception):
    """Encrypted, but not for this key."""


def recipient(text: str) -> Recipient:
    """A receiver's public key, `age1...`; raises `KeyUnusableError`."""
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError as error:
        raise KeyUnusableError(Code.RECIPIENT_UNUSABLE, f"{text}: {error}") from error


def load_or_create_identity(path: Path) -> Identity:
    """The receiver's private key, made at the first call: a text file of mode 0600, as age's own tools read it."""
    if not path.exists():
        identity = pyrage.x25519.Identity.generate()
        durable.write_new(path, f"# public key: {identity.to_public()}\n{identity}\n".encode(), mode=0o600)
    return load_identity(path)


def load_identity(path: Path) -> Identity:
    """Read a private key; one that others may read is refused. Raises `KeyUnusableError`.

    What systemd hands to a service (`LoadCredential=receive.age:FILE`) goes before the file.
    """
    handed = handed_over()
    if handed is None:
        require_private(path)
    path = handed or path
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        (text,) = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        return pyrage.x25519.Identity.from_str(text)
    except (OSError, ValueError, pyrage.IdentityError) as error:
        raise KeyUnusableError(Code.KEY_UNUSABLE, f"{path}: {error}") from error


def handed_over() -> Path | None:
    """The key as a credential of the service, if it is one."""
    folder = os.environ.get(CREDENTIALS_DIRECTORY)
    handed = Path(folder, IDENTITY) if folder else None
    return handed if handed is not None and handed.is_file() else None


def encrypted_size(size: int, recipients: int) -> int:
    """At most so many bytes does an age file have that holds `size` bytes for so many receivers."""
    return size + _TAG * (size // _CHUNK + 1) + _HEADER + _STANZA * recipients


def encrypt(source: BinaryIO, target: BinaryIO, recipients: Sequence[Recipient]) -> None:
    """Encrypt a stream. What `target.write` or `source.read` raised comes out as it was raised."""
    guarded = _Guarded(source, target)
    try:
        pyrage.encrypt_io(guarded, guarded, list(recipients))
    except pyrage.EncryptError as error:
        raise guarded.raised or error from error
    guarded.check()


def decrypt(source: BinaryIO, target: BinaryIO, identity: Identity) -> None:
    """Decrypt a stream; raises `OtherReceiverError`, or `DecryptionError` after a part may have been written.

    What `target.write` or `source.read` raised comes out as it was raised.
    """
    guarded = _Guarded(source, target)
    try:
        pyrage.decrypt_io(guarded, guarded, [identity])
    except (pyrage.DecryptError, OSError) as error:
        if guarded.raised:
            raise guarded.raised from error
        if "No matching keys" in str(error):
            raise OtherReceiverError from error
        raise DecryptionError(str(error)) from error
    guarded.check()


class _Guarded:
    """Both ends of a stream for pyrage, which turns every exception into one of its own: this keeps the real one.

    An error of the last write, when pyrage empties its buffer, is not told at all (1.4): ask `check` afterwards.
    """

    def __init__(self, source: BinaryIO, target: BinaryIO) -> None:
        self._source = source
        self._target = target
        self.raised: Exception | None = None

    def read(self, n: int = -1) -> bytes:
        try:
            return self._source.read(n)
        except Exception as error:
            self.raised = error
            raise

    def write(self, data: bytes) -> int:
        try:
            return self._target.write(data)
        except Exception as error:
            self.raised = error
            raise

    def flush(self) -> None:
        self._target.flush()

    def check(self) -> None:
        if self.raised:
            raise self.raised
