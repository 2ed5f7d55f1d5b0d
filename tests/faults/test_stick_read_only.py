"""A stick that cannot be written to: said before anything is tried, and which of the reasons it is."""

from __future__ import annotations

from pathlib import Path

from tests.outbox.stick import sticks
from tests.station.handover.rigs import make_receiver, make_waiting
from tests.support import run_here


def test_a_write_protected_stick_is_said_to_be_one(tmp_path: Path) -> None:
    make_waiting(tmp_path / "root", make_receiver(tmp_path / "receiver"), 1)
    with sticks.ext4(tmp_path / "medium") as stick:
        sticks.run("mount", "-o", "remount,ro", str(stick.point))
        ran = run_here(tmp_path / "root", "--json", "export", str(stick.point))
        assert (ran.code, ran.data["error"]) == (6, "outbox.stick-read-only")
        assert "write-protect" in ran.err
        assert list((tmp_path / "root").glob("handovers/*.pdf")) == []
        sticks.run("mount", "-o", "remount,rw", str(stick.point))
        assert run_here(tmp_path / "root", "export", str(stick.point)).code == 0


def test_what_this_account_may_not_write_is_another_matter(tmp_path: Path) -> None:
    sticks.need_root()
    make_waiting(tmp_path / "root", make_receiver(tmp_path / "receiver"), 1)
    with sticks.ext4(tmp_path / "medium") as stick:
        sticks.run("chattr", "+i", str(stick.point))
        ran = run_here(tmp_path / "root", "--json", "export", str(stick.point))
        sticks.run("chattr", "-i", str(stick.point))
        assert (ran.code, ran.data["error"]) == (6, "outbox.stick-permission")
