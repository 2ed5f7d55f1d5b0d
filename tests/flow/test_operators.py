"""`station operators` as a technician types it."""

from __future__ import annotations

from pathlib import Path

from tests.flow.terminal import run_at_terminal
from tests.support import make_station, run_here, succeed


def test_people_are_added_listed_and_disabled(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    pin = tmp_path / "pin"
    pin.write_text("2468\n", encoding="utf-8")
    added = succeed(root, "operators", "add", "Hồ Thị Mai", "--role", "checker", "--pin-file", str(pin))
    assert (added["id"], added["role"], added["state"], added["added_by"]) == (
        "Hồ Thị Mai", "checker", "active", "tester",
    )  # fmt: skip
    assert succeed(root, "operators", "disable", "Hồ Thị Mai")["state"] == "disabled"
    assert [row["state"] for row in succeed(root, "operators", "list")] == ["disabled"]
    assert run_here(root, "operators", "disable", "Hồ Thị Mai").code == 2


def test_a_pin_is_typed_twice_and_never_shown(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    answers = [("PIN", "135790"), ("again", "135790")]
    ran = run_at_terminal(root, answers, "operators", "add", "Lan", "--role", "technician")
    assert ran.code == 0, ran.err
    assert "135790" not in ran.err
    differ = [("PIN", "135790"), ("again", "135791")]
    assert run_at_terminal(root, differ, "operators", "add", "Nam").code == 2
    assert [row["id"] for row in succeed(root, "operators", "list")] == ["Lan"]


def test_without_a_terminal_the_pin_comes_from_a_file(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    ran = run_here(root, "operators", "add", "Lan")
    assert ran.code == 2
    assert "--pin-file" in ran.err
    assert run_here(root, "operators", "add", "Lan", "--pin-file", str(tmp_path / "none")).code == 2
