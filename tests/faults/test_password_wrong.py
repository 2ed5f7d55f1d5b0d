"""A wrong password stops all sending to that destination until a person has changed it; it is shown nowhere."""

from pathlib import Path

import pytest

from outbox.bagfile import BagFile
from outbox.destinations.base import NeedsPerson, Sent
from outbox.errors import Code
from tests.outbox.bags import make_bag, run
from tests.outbox.deliveries import deliver, told, web_server

USERS = {"st-19441": "correct horse"}


def password(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "password"
    path.write_text(f"{text}\n")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("kind", ["tus", "webdav"])
def test_it_needs_a_person_and_then_goes(kind: str, tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags"))
    with web_server(kind, tmp_path, users=USERS) as server:
        settings = server.settings(user="st-19441", password_file=password(tmp_path, "battery staple"))
        outcome = run(deliver(settings, bag))
        assert told(outcome) == (NeedsPerson, Code.LOGIN_REFUSED, True)
        assert "battery" not in repr(outcome)
        password(tmp_path, "correct horse")
        assert isinstance(run(deliver(settings, bag)), Sent)


@pytest.mark.parametrize("kind", ["tus", "webdav"])
def test_without_a_password_it_needs_a_person(kind: str, tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags"))
    with web_server(kind, tmp_path, users=USERS) as server:
        assert told(run(deliver(server.settings(), bag))) == (NeedsPerson, Code.LOGIN_REFUSED, True)


@pytest.mark.parametrize(
    ("text", "mode", "code"),
    [("correct horse", 0o644, Code.KEY_NOT_PRIVATE), ("", 0o600, Code.CREDENTIAL_UNUSABLE)],
)
def test_a_file_that_others_read_or_that_is_empty_is_refused(text: str, mode: int, code: Code, tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags"))
    with web_server("tus", tmp_path, users=USERS) as server:
        settings = server.settings(user="st-19441", password_file=password(tmp_path, text, mode))
        assert told(run(deliver(settings, bag))) == (NeedsPerson, code, True)
