"""The units as systemd reads them. `systemd-analyze verify` returns 0 for an unknown key: silence is the pass."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNITS = sorted(SYSTEMD.glob("*.service"))
COMMAND = "/usr/bin/station"
MOST_EXPOSURE = 15  # in tenths, of 100

needs_analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other accounts")


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def verify(unit: Path, folder: Path, *, extra: str = "") -> str:
    """What systemd has to say against a unit, with a program that exists in the place of ours."""
    copy = folder / unit.name
    copy.write_text(unit.read_text(encoding="utf-8").replace(COMMAND, "/bin/true") + extra, encoding="utf-8")
    done = run("systemd-analyze", "verify", "--man=no", copy)
    return done.stderr + ("" if done.returncode == 0 else f"exit {done.returncode}")


def test_the_units_are_there() -> None:
    names = ["scan-station-receive.service", "scan-station-send.service", "scan-station-watch.service"]
    assert [unit.name for unit in UNITS] == names


@needs_analyze
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_says_nothing(unit: Path, tmp_path: Path) -> None:
    assert verify(unit, tmp_path) == ""


@needs_analyze
def test_a_misspelt_key_would_be_seen(tmp_path: Path) -> None:
    assert "Restrat" in verify(UNITS[0], tmp_path, extra="\n[Service]\nRestrat=always\n")


@needs_analyze
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_exposure_stays_low(unit: Path) -> None:
    done = run("systemd-analyze", "security", "--offline=yes", f"--threshold={MOST_EXPOSURE}", "--no-pager", unit)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_what_the_programs_rely_on(unit: Path) -> None:
    lines = set(unit.read_text(encoding="utf-8").splitlines())
    verb = unit.stem.rpartition("-")[2]
    account, words = ("scan-receive", "receive --watch --sticks") if verb == "receive" else ("scan-station", verb)
    assert f"ExecStart={COMMAND} --root /var/lib/{account} {words}" in lines
    assert {"Type=notify", "NotifyAccess=main", "Restart=on-failure", f"User={account}"} <= lines


def test_only_the_sender_reaches_a_network() -> None:
    private = {unit.stem for unit in UNITS if "PrivateNetwork=yes" in unit.read_text(encoding="utf-8").splitlines()}
    assert private == {"scan-station-watch", "scan-station-receive"}


@needs_root
@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="systemd-sysusers is not installed")
def test_account_and_folders_are_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    users = run("systemd-sysusers", f"--root={tmp_path}", SYSTEMD / "sysusers.d" / "scan-station.conf")
    assert (users.returncode, users.stderr.count("Failed")) == (0, 0), users.stderr
    folders = run("systemd-tmpfiles", "--create", f"--root={tmp_path}", SYSTEMD / "tmpfiles.d" / "scan-station.conf")
    assert (folders.returncode, folders.stderr) == (0, "")
    (account,) = [
        line.split(":")
        for line in (tmp_path / "etc/passwd").read_text().splitlines()
        if line.startswith("scan-station:")
    ]
    root, inbox = tmp_path / "var/lib/scan-station", tmp_path / "var/lib/scan-station/inbox"
    assert (root.stat().st_mode & 0o7777, inbox.stat().st_mode & 0o7777) == (0o750, 0o2770)
    assert (inbox.stat().st_uid, inbox.stat().st_gid) == (int(account[2]), int(account[3]))
    assert account[6].endswith("nologin")


@needs_root
@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="systemd-sysusers is not installed")
def test_the_receiver_has_an_account_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for command, kind in (("systemd-sysusers", "sysusers.d"), ("systemd-tmpfiles", "tmpfiles.d")):
        more = ["--create"] if kind == "tmpfiles.d" else []
        done = run(command, *more, f"--root={tmp_path}", SYSTEMD / kind / "scan-receive.conf")
        assert (done.returncode, done.stderr.count("Failed")) == (0, 0), done.stderr
    root = (tmp_path / "var/lib/scan-receive").stat()
    accounts = [line.split(":") for line in (tmp_path / "etc/passwd").read_text().splitlines()]
    assert (root.st_mode & 0o7777, root.st_uid) == (0o750, next(int(a[2]) for a in accounts if a[0] == "scan-receive"))


@needs_root
@pytest.mark.skipif(shutil.which("systemd-tmpfiles") is None, reason="systemd-tmpfiles is not installed")
def test_a_new_folder_in_the_inbox_takes_files_of_the_group_under_any_umask(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    run("systemd-sysusers", f"--root={tmp_path}", SYSTEMD / "sysusers.d" / "scan-station.conf")
    run("systemd-tmpfiles", "--create", f"--root={tmp_path}", SYSTEMD / "tmpfiles.d" / "scan-station.conf")
    inbox = tmp_path / "var/lib/scan-station/inbox"
    run("sh", "-c", f"umask 077; mkdir -p '{inbox}/19441/KS.2005.01'")
    mode = (inbox / "19441/KS.2005.01").stat().st_mode & 0o7777
    if not mode & 0o070:
        pytest.skip("this file system keeps no access lists")
    assert mode == 0o2770
