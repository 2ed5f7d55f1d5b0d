"""What all destinations over HTTPS share: settings, secrets, what an answer means, and how long to go on."""

import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.destinations import DestinationSettings
from outbox.destinations.base import EndedError, Later, NeedsPerson, again, offline
from outbox.destinations.credentials import read_secret
from outbox.destinations.patience import Patience
from outbox.destinations.settings import TusSettings, read_path, write_path
from outbox.destinations.web_errors import Answer, refusal
from outbox.errors import Code
from tests.outbox.bags import run
from tests.outbox.deliveries import told

TUS: dict[str, object] = {"kind": "tus", "name": "there", "url": "https://bags.example/files"}
S3: dict[str, object] = {"bucket": "bags", "access_key": "a", "secret_key_file": "s"}


def read(table: dict[str, object]) -> DestinationSettings:
    return msgspec.convert(table, DestinationSettings, dec_hook=read_path)  # type: ignore[no-any-return]


@pytest.mark.parametrize("url", ["https://bags.example/files", "http://127.0.0.1:1080/files", "http://localhost/x"])
def test_addresses_that_are_taken(url: str) -> None:
    for kind, more in (("tus", {}), ("webdav", {}), ("s3", S3)):
        settings = read({"kind": kind, "name": "there", "url": url} | more)
        text = msgspec.json.encode(settings, enc_hook=write_path)
        assert msgspec.json.decode(text, type=DestinationSettings, dec_hook=read_path) == settings


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "http://bags.example/files"},
        {"url": "https://user:secret@bags.example/files"},
        {"url": "https://bags.example/files?key=1"},
        {"url": "bags.example"},
        {"url": "ftp://bags.example"},
        {"user": "st-19441"},
        {"password_file": "/p"},
        {"client_key": "/k"},
        {"proxy": "bags.example:3128"},
        {"receipts": "https://bags.example/receipts"},
        {"receipts": "http://bags.example/{bag}"},
        {"chunk_mb": -1},
        {"password": "secret"},
        {"no_progress_s": 0},
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, object]) -> None:
    assert isinstance(read(TUS), TusSettings)
    with pytest.raises(msgspec.ValidationError):
        read(TUS | changes)


def test_a_bare_name_is_a_credential_of_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tus-password").write_text("secret\n")
    (tmp_path / "tus-password").chmod(0o440)  # as systemd lays it there, in a folder of its own
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_secret(Path("tus-password"), "password_file") == "secret"
    with pytest.raises(EndedError) as missing:
        read_secret(Path("other"), "password_file")
    assert told(missing.value.outcome) == (NeedsPerson, Code.CREDENTIAL_UNUSABLE, True)


def test_a_secret_is_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("mật khẩu\nignored\n")
    path.chmod(0o600)
    assert read_secret(path, "password_file") == "mật khẩu"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(EndedError):
        read_secret(path, "password_file")


@pytest.mark.parametrize(
    ("status", "kind", "code", "whole"),
    [
        (401, NeedsPerson, Code.LOGIN_REFUSED, True),
        (403, NeedsPerson, Code.FAR_PERMISSION, True),
        (404, NeedsPerson, Code.OTHER_SERVER, True),
        (413, NeedsPerson, Code.FAR_TOO_LARGE, False),
        (200, NeedsPerson, Code.OTHER_SERVER, True),
        (302, NeedsPerson, Code.PORTAL, True),
        (500, Later, Code.FAR_FAILURE, False),
        (502, Later, Code.UNREACHABLE, True),
        (503, Later, Code.UNREACHABLE, True),
        (507, Later, Code.FAR_FULL, False),
        (511, NeedsPerson, Code.PORTAL, True),
    ],
)
def test_a_status_means_the_same_everywhere(status: int, kind: type, code: Code, whole: bool) -> None:
    assert told(refusal(Answer(status), "bags.example").outcome) == (kind, code, whole)


@given(st.integers(200, 599), st.binary(max_size=300), st.sampled_from(["", "text/html", "text/plain"]))
def test_every_answer_means_something(status: int, content: bytes, kind: str) -> None:
    outcome = refusal(Answer(status, {"content-type": kind}, content), "bags.example").outcome
    assert isinstance(outcome, Later | NeedsPerson)
    assert len(outcome.reason.detail) < 300
    assert "\n" not in outcome.reason.detail


def test_a_full_disk_is_heard_in_the_words_of_a_failure() -> None:
    answer = Answer(500, {}, b"ENOSPC: no space left on device, write")
    assert told(refusal(answer, "bags.example").outcome) == (Later, Code.FAR_FULL, False)


def test_patience_ends_at_once_where_nobody_ever_answered() -> None:
    with pytest.raises(EndedError):
        run(Patience(60).after(offline(Code.UNREACHABLE, "there")))


def test_patience_ends_at_once_for_what_no_new_connection_mends() -> None:
    patience = Patience(60)
    patience.arrived(0)
    with pytest.raises(EndedError):
        run(patience.after(again(Code.FAR_FULL, "there")))


def test_patience_lasts_its_time_from_the_last_step_ahead() -> None:
    async def fail() -> None:
        raise again(Code.CUT, "there")

    patience = Patience(0.5)
    patience.arrived(0)
    began = time.monotonic()
    with pytest.raises(EndedError):
        run(patience.over(fail), 10)
    assert time.monotonic() - began >= 0.5


def test_patience_goes_on_as_long_as_the_far_side_gets_further() -> None:
    patience = Patience(0.01)
    reached = iter(range(20))

    async def steps() -> int:
        done = next(reached)
        patience.arrived(done)
        if done < 19:
            raise again(Code.CUT, "there")
        return done

    assert run(patience.over(steps), 10) == 19
