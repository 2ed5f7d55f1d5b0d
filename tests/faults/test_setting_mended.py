"""A cause that a mended setting has ended is not claimed any more, whatever keeps the destination away by then."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from outbox.destinations import SftpSettings, make_destination
from outbox.destinations.loopback_sshd import free_port
from outbox.destinations.versions import version_of
from outbox.errors import Code, Reason
from outbox.store import OutboxStore
from station.settings import load_settings
from tests.outbox.bags import make_bag, real_clock
from tests.support import make_station, run_here, succeed

UNKNOWN = "nowhere.invalid"


def settings(root: Path, port: int, host: str = "127.0.0.1") -> str:
    return f"""
[[destinations]]
kind = "tus"
name = "province"
url = "https://{host}:{port}/files"
user = "st-19441"
password_file = "{root}/password"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A station with a bag to go and a destination whose password is not there."""
    made = make_station(tmp_path / "root", settings=settings(tmp_path / "root", free_port()))
    make_bag(made / "bags")
    return made


def told(root: Path) -> tuple[list[str], str | None]:
    """The stops after a round, and what the bag is listed with."""
    ran = run_here(root, "--json", "send", "--once")
    assert ran.code == 7
    (item,) = succeed(root, "outbox", "list")
    return [stop["code"] for stop in ran.data["stopped"]], (item["stopped"] or item["last_error"])["code"]


def write_password(root: Path) -> None:
    (root / "password").write_text("correct horse\n")
    (root / "password").chmod(0o600)


def test_a_file_that_came_is_not_said_to_be_missing(root: Path) -> None:
    assert told(root) == (["credential-unusable"], "credential-unusable")
    assert told(root) == (["credential-unusable"], "credential-unusable")
    write_password(root)
    assert told(root) == ([], "unreachable")
    assert "No such file" not in run_here(root, "outbox", "list").err


def test_another_address_is_not_said_to_lack_the_file(root: Path) -> None:
    assert told(root) == (["credential-unusable"], "credential-unusable")
    write_password(root)
    file = root / "station.toml"
    file.write_text(file.read_text().replace("https://127.0.0.1", f"https://{UNKNOWN}"))
    assert told(root) == ([], "unreachable")


def test_what_nobody_mended_is_still_the_cause_while_the_line_is_away(tmp_path: Path) -> None:
    """A look that meets the line alone says nothing of a password that the server refused."""
    root = make_station(tmp_path / "root", settings=settings(tmp_path / "root", free_port()))
    make_bag(root / "bags")
    write_password(root)
    (there,) = load_settings(root / "station.toml").destinations
    with OutboxStore(root / "outbox.db", real_clock) as store:
        reason = Reason(Code.LOGIN_REFUSED, "401")
        store.stop("province", reason, lambda _: timedelta(minutes=1), settings=version_of(there))
    assert told(root) == (["login-refused"], "login-refused")


def test_each_setting_and_each_file_counts(tmp_path: Path) -> None:
    key = tmp_path / "key"
    there = SftpSettings(name="a", host="h", user="u", key_file=key, known_hosts=tmp_path / "known")
    assert make_destination(there).name == "a"
    seen = [version_of(there), version_of(msgspec.structs.replace(there, port=23))]
    for mode in (0o644, 0o600):
        key.write_text("key")
        key.chmod(mode)
        seen.append(version_of(there))
    (tmp_path / "known").write_text("known")
    seen.append(version_of(there))
    assert len(set(seen)) == len(seen)
    assert version_of(there) == seen[-1]
