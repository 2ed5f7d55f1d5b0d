"""Keys and the signature of a bag."""

from pathlib import Path

import pytest

from outbox import keys
from outbox.errors import Code


def test_a_pair_is_written_once_and_read_back(tmp_path: Path) -> None:
    private, public = tmp_path / "station.pem", tmp_path / "station.pub"
    made = keys.load_or_create(private, public)
    assert private.stat().st_mode & 0o777 == 0o600
    assert keys.load_signing_key(private).key_id == keys.load_public_key(public).key_id == made.key_id
    public.unlink()
    assert keys.load_or_create(private, public).key_id == made.key_id
    assert public.exists()
    with pytest.raises(FileExistsError):
        keys.create_key_pair(private, public)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    keys.create_key_pair(tmp_path / "k", tmp_path / "k.pub")
    (tmp_path / "k").chmod(0o640)
    with pytest.raises(keys.KeyUnusableError) as refused:
        keys.load_signing_key(tmp_path / "k")
    assert refused.value.code is Code.KEY_NOT_PRIVATE


@pytest.mark.parametrize("content", [b"", b"no key at all"])
def test_what_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "k").write_bytes(content)
    (tmp_path / "k").chmod(0o600)
    for load in (keys.load_signing_key, keys.load_public_key):
        with pytest.raises(keys.KeyUnusableError):
            load(tmp_path / "k")
    with pytest.raises(keys.KeyUnusableError):
        keys.load_signing_key(tmp_path / "missing")


def test_a_bag_signature_is_deterministic_and_over_every_byte() -> None:
    key = keys.new_key()
    signature = keys.sign_bag(b"manifest\n", key)
    assert signature == keys.sign_bag(b"manifest\n", key)
    assert keys.check_bag_signature(signature, b"manifest\n") == key.public
    for wrong_signature, manifest in ((signature, b"manifesT\n"), (b"{}", b"manifest\n"), (b"\xff", b"manifest\n")):
        with pytest.raises(ValueError, match="signature"):
            keys.check_bag_signature(wrong_signature, manifest)


def test_a_signing_key_does_not_show_itself() -> None:
    key = keys.new_key()
    assert repr(key) == f"SigningKey({key.key_id})"
