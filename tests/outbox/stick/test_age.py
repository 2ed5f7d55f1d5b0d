"""Encryption: streamed, for one's own receivers only, and no fault of a medium is taken for one of the key."""

from __future__ import annotations

import errno
import io
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.keys import KeyUnusableError
from outbox.stick import age
from outbox.stick.age import DecryptionError, OtherReceiverError
from tests.outbox.stick.exports import IDENTITY, RECIPIENT


def encrypted(data: bytes, *recipients: str) -> bytes:
    target = io.BytesIO()
    age.encrypt(io.BytesIO(data), target, [age.recipient(text) for text in recipients or (RECIPIENT,)])
    return target.getvalue()


@given(st.binary(max_size=200_000), st.integers(min_value=1, max_value=5))
def test_what_goes_in_comes_out_and_its_size_was_foreseen(data: bytes, receivers: int) -> None:
    sealed = encrypted(data, *[RECIPIENT] * receivers)
    assert len(sealed) <= age.encrypted_size(len(data), receivers)
    target = io.BytesIO()
    age.decrypt(io.BytesIO(sealed), target, IDENTITY)
    assert target.getvalue() == data


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_is_never_decrypted(place: int, change: int) -> None:
    sealed = bytearray(encrypted(b"a" * 1000))
    sealed[place % len(sealed)] ^= change
    with pytest.raises((DecryptionError, OtherReceiverError)):
        age.decrypt(io.BytesIO(bytes(sealed)), io.BytesIO(), IDENTITY)


def test_a_file_that_ends_early_is_refused() -> None:
    with pytest.raises(DecryptionError):
        age.decrypt(io.BytesIO(encrypted(b"a" * 200_000)[:-1]), io.BytesIO(), IDENTITY)


def test_another_receivers_file_is_told_from_a_damaged_one() -> None:
    with pytest.raises(OtherReceiverError):
        age.decrypt(io.BytesIO(encrypted(b"a")), io.BytesIO(), pyrage.x25519.Identity.generate())


class Full(io.BytesIO):
    def write(self, _data: object) -> int:
        raise OSError(errno.ENOSPC, "no room")


def test_what_the_medium_says_comes_out_as_it_was_said() -> None:
    with pytest.raises(OSError, match="no room") as raised:
        age.encrypt(io.BytesIO(b"a"), Full(), [age.recipient(RECIPIENT)])
    assert raised.value.errno == errno.ENOSPC
    with pytest.raises(OSError, match="no room"):
        age.decrypt(io.BytesIO(encrypted(b"a")), Full(), IDENTITY)


def test_the_receivers_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "receive.age"
    made = age.load_or_create_identity(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert str(age.load_or_create_identity(path).to_public()) == str(made.to_public())
    path.chmod(0o644)
    with pytest.raises(KeyUnusableError):
        age.load_identity(path)


def test_systemd_hands_the_key_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = age.load_or_create_identity(tmp_path / "receive.age")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert str(age.load_identity(Path("/nowhere")).to_public()) == str(made.to_public())


@pytest.mark.parametrize("text", ["", "nothing", "AGE-SECRET-KEY-1", "# only a comment\n"])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "receive.age"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeyUnusableError):
        age.load_identity(path)
