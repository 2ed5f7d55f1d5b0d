"""Receipts where others fetch them: readable by whoever hands them out; a folder that takes none is told as that."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from outbox.bagfile import TAR, BagFile
from tests.station.handover.rigs import make_good_bag
from tests.support import Ran, command, environment, run_here, succeed

# An account with rights over everything would be refused nothing.
BOUND = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


@pytest.fixture
def arrivals(tmp_path: Path) -> Path:
    (tmp_path / "arrivals").mkdir()
    return tmp_path / "arrivals"


def arrive(folder: Path, name: str = "") -> str:
    bag = BagFile(make_good_bag(folder.parent / "bags", 1))
    (folder / ((name or bag.bag_id) + TAR)).write_bytes(b"".join(bag.chunks()))
    return bag.bag_id


def receive(root: Path, path: Path) -> Ran:
    """`station receive` without the rights that an administrator has over everybody's files."""
    argv = [*BOUND, *command(root, "--json", "receive", str(path))]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=100, env=environment(), check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize(("setting", "expected"), [("", 0o644), ('receipt_mode = "0640"\n', 0o640)])
def test_a_receipt_has_its_mode_under_any_umask(tmp_path: Path, arrivals: Path, setting: str, expected: int) -> None:
    bag, root = arrive(arrivals), tmp_path / "receiver"
    root.mkdir()
    (root / "station.toml").write_text(f"[receive]\n{setting}")
    before = os.umask(0o077)
    try:
        succeed(root, "receive", str(arrivals))
        receipt = arrivals / f"{bag}.receipt.json"
        assert mode(receipt) == expected
        receipt.chmod(0o600)
        succeed(root, "receive", str(arrivals))
        assert mode(receipt) == expected
    finally:
        os.umask(before)


def test_a_folder_that_takes_no_receipt_is_told_with_what_to_do(tmp_path: Path, arrivals: Path) -> None:
    bag = arrive(arrivals)
    arrivals.chmod(0o555)
    ran = receive(tmp_path / "receiver", arrivals)
    arrivals.chmod(0o755)
    assert (ran.code, [row["error"] for row in ran.data]) == (6, ["receive.not-written"])
    assert str(arrivals) in ran.err
    assert "Let the account that runs this write there" in ran.err
    assert [path.name for path in arrivals.iterdir()] == [bag + TAR]


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, arrivals: Path) -> None:
    arrivals.chmod(0o444)
    ran = receive(tmp_path / "receiver", arrivals)
    arrivals.chmod(0o755)
    assert (ran.code, [row["error"] for row in ran.data]) == (6, ["receive.not-readable"])


def test_a_bag_that_may_not_be_read_is_not_refused(tmp_path: Path, arrivals: Path) -> None:
    bag = arrive(arrivals)
    (arrivals / (bag + TAR)).chmod(0)
    ran = receive(tmp_path / "receiver", arrivals)
    assert (ran.code, [row["error"] for row in ran.data]) == (3, ["bag-unreadable"])
    assert [path.name for path in arrivals.iterdir()] == [bag + TAR]


def test_a_tar_that_was_renamed_says_what_it_was(tmp_path: Path, arrivals: Path) -> None:
    bag = arrive(arrivals, "quyen-1")
    ran = run_here(tmp_path / "receiver", "--json", "receive", str(arrivals))
    assert (ran.code, ran.data[0]["error"]) == (3, "bag-renamed")
    assert f"quyen-1.tar -> {bag}.tar" in ran.err
    assert [path.name for path in arrivals.iterdir()] == ["quyen-1.tar"]


def test_a_receipt_names_nobody(tmp_path: Path, arrivals: Path) -> None:
    bag = arrive(arrivals)
    succeed(tmp_path / "receiver", "receive", str(arrivals))
    receipt = json.loads((arrivals / f"{bag}.receipt.json").read_bytes())
    assert set(receipt) == {
        "version", "bag_id", "digest", "size", "verdict", "findings", "received_at", "key_id", "signature",
    }  # fmt: skip
