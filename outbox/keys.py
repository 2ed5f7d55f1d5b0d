"""Ed25519 keys: who sealed a bag, who wrote a receipt.

Private keys are PEM files of mode 0600; public keys are PEM files that may be given to anybody. A key is named by its
key id, the first 16 hex digits of the SHA-256 of its 32 public bytes.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from outbox import durable
from outbox.errors import Code, OutboxError

SIGNATURE_FILE = "signature"
TAG_MANIFEST = "tagmanifest-sha256.txt"
_OTHERS_MAY = 0o077


class KeyUnusableError(OutboxError):
    """A key file is missing, not a key of the right kind, or open to others."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that checks signatures."""

    raw: bytes

    @property
    def key_id(self) -> str:
        return key_id(self.raw)

    def text(self) -> str:
        """The key as it stands in JSON: base64."""
        return base64.b64encode(self.raw).decode()

    def verifies(self, signature: str, data: bytes) -> bool:
        """Whether `signature` (base64) is this key's over exactly `data`."""
        try:
            value = base64.b64decode(signature, validate=True)
            Ed25519PublicKey.from_public_bytes(self.raw).verify(value, data)
        except (InvalidSignature, ValueError):
            return False
        return True

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The reverse of `text`; `ValueError` when it is not 32 bytes in base64."""
        try:
            raw = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise ValueError(str(error)) from error
        if len(raw) != 32:
            raise ValueError(f"{len(raw)} bytes")
        return cls(raw)


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A key that signs; it never shows itself in a log."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.private.public_key().public_bytes_raw())

    @property
    def key_id(self) -> str:
        return self.public.key_id

    def sign(self, data: bytes) -> str:
        """The signature over `data`, in base64; the same data always gives the same text."""
        return base64.b64encode(self.private.sign(data)).decode()

    def __repr__(self) -> str:
        return f"SigningKey({self.key_id})"


TrustedKeys = Mapping[str, PublicKey]


def key_id(public: bytes) -> str:
    """The short name of a public key."""
    return hashlib.sha256(public).hexdigest()[:16]


def new_key() -> SigningKey:
    """A fresh key that lies nowhere yet."""
    return SigningKey(Ed25519PrivateKey.generate())


def create_key_pair(private: Path, public: Path) -> SigningKey:
    """Make a key and write both files; neither replaces an older one (`FileExistsError`).

    A crash between the two leaves a private key alone; `write_public_key` makes the other half again.
    """
    key = new_key()
    pem = key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    durable.write_new(private, pem, mode=0o600)
    write_public_key(key.public, public)
    return key


def load_or_create(private: Path, public: Path) -> SigningKey:
    """The key of this machine, made at the first call and completed if a crash left only its private half."""
    if not private.exists():
        return create_key_pair(private, public)
    key = load_signing_key(private)
    if not public.exists():
        write_public_key(key.public, public)
    return key


def write_public_key(key: PublicKey, path: Path) -> None:
    """Write the half that is given to others."""
    loaded = Ed25519PublicKey.from_public_bytes(key.raw)
    pem = loaded.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    durable.write_new(path, pem, mode=0o644)


def load_signing_key(path: Path) -> SigningKey:
    """Read a private key; a file that others may read is refused, as ssh refuses it."""
    require_private(path)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnusableError(Code.KEY_UNUSABLE, f"{path}: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusableError(Code.KEY_UNUSABLE, f"{path}: not an ed25519 key")
    return SigningKey(key)


def load_public_key(path: Path) -> PublicKey:
    """Read a public key."""
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise KeyUnusableError(Code.KEY_UNUSABLE, f"{path}: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusableError(Code.KEY_UNUSABLE, f"{path}: not an ed25519 key")
    return PublicKey(key.public_bytes_raw())


def trust(keys: Iterable[PublicKey]) -> TrustedKeys:
    """Keys by their id, as the checks want them."""
    return {key.key_id: key for key in keys}


def require_private(path: Path) -> None:
    """Refuse a secret file that is missing or that its group or the world may touch."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise KeyUnusableError(Code.KEY_UNUSABLE, f"{path}: {error.strerror}") from error
    if mode & _OTHERS_MAY:
        raise KeyUnusableError(Code.KEY_NOT_PRIVATE, f"{path}: mode {mode & 0o777:04o}")


def canonical_json(value: Mapping[str, Any]) -> bytes:
    """The one spelling of a JSON object that is signed: sorted keys, no spaces, UTF-8, one newline."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


class BagSignature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `signature` file of a bag: over the exact bytes of its tag manifest, and through that over every file."""

    algorithm: Literal["ed25519"] = "ed25519"
    key_id: str
    public_key: str
    value: str


def sign_bag(tag_manifest: bytes, key: SigningKey) -> bytes:
    """The bytes of the `signature` file for these bytes of `tagmanifest-sha256.txt`; the same in, the same out."""
    signature = BagSignature(key_id=key.key_id, public_key=key.public.text(), value=key.sign(tag_manifest))
    return canonical_json(msgspec.to_builtins(signature))


def check_bag_signature(signature: bytes, tag_manifest: bytes) -> PublicKey:
    """The key that signed; `ValueError` with the detail when the file is no signature or not over these bytes."""
    try:
        stated = msgspec.json.decode(signature, type=BagSignature)
    except (ValueError, RecursionError) as error:
        raise ValueError("not a signature file") from error
    key = PublicKey.from_text(stated.public_key)
    if key.key_id != stated.key_id:
        raise ValueError(f"key id {stated.key_id} is not of its key {key.key_id}")
    if not key.verifies(stated.value, tag_manifest):
        raise ValueError(f"not the signature of key {key.key_id} over {TAG_MANIFEST}")
    return key
