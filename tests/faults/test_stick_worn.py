"""A stick that fails: it loses what is written, gives back other bytes, or turns itself read-only."""

from __future__ import annotations

from pathlib import Path

import pytest

from outbox.errors import Code
from outbox.stick.exporting import export, read_index
from outbox.stick.faults import StickError
from tests.outbox.bags import flip
from tests.outbox.stick import sticks
from tests.outbox.stick.exports import Numbers, home_of, make_bags, order
from tests.station.handover.rigs import make_receiver, make_waiting
from tests.support import run_here


def test_a_stick_smaller_than_it_says_is_found_out(tmp_path: Path) -> None:
    bags = make_bags(tmp_path / "bags", 10, size=3_000_000)
    said: list[str] = []
    with sticks.false_capacity(tmp_path / "medium") as stick:
        with pytest.raises(StickError) as worn:
            export(stick.point, order(bags), lambda what, _: said.append(what))
        assert worn.value.code is Code.STICK_WORN
    assert 1 <= said.count("written") < len(bags)


def test_the_command_says_so_and_nothing_is_safe(tmp_path: Path) -> None:
    make_waiting(tmp_path / "root", make_receiver(tmp_path / "receiver"), 10, size=3_000_000)
    with sticks.false_capacity(tmp_path / "medium") as stick:
        ran = run_here(tmp_path / "root", "--json", "export", str(stick.point))
        assert (ran.code, ran.data["error"]) == (6, "outbox.stick-worn")
        assert "safe" not in ran.out + ran.err


def test_a_file_system_that_turned_read_only_has_a_failing_stick(tmp_path: Path) -> None:
    bags, numbers = make_bags(tmp_path / "bags", 3), Numbers()
    with sticks.ext4(tmp_path / "medium") as stick:

        def fail(what: str, bag_id: str) -> None:
            if (what, bag_id) == ("written", bags[0].bag_id):
                sticks.run("mount", "-o", "remount,ro", str(stick.point))

        with pytest.raises(StickError) as worn:
            export(stick.point, order(bags, numbers=numbers), fail)
        assert worn.value.code is Code.STICK_WORN
        sticks.run("mount", "-o", "remount,rw", str(stick.point))
        assert export(stick.point, order(bags, numbers=numbers)).kept == (bags[0].bag_id,)


def test_bytes_that_change_between_writing_and_reading_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The medium changes below the file system as soon as the file is durable, and before it has its name."""
    from outbox.stick import files

    bags = make_bags(tmp_path / "bags", 1, size=2_000_000)
    with sticks.ext4(tmp_path / "medium") as stick:
        synced = files._write

        def write(bag: object, part: Path, recipients: object) -> object:
            written = synced(bag, part, recipients)  # type: ignore[arg-type]
            inside = part.read_bytes()[1_000_000:1_000_064]
            flip(stick.image, stick.image.read_bytes().index(inside))
            return written

        monkeypatch.setattr(files, "_write", write)
        with pytest.raises(StickError) as worn:
            export(stick.point, order(bags))
        assert worn.value.code is Code.STICK_WORN
        assert read_index(home_of(stick.point) / "index.json") is None
        assert list((home_of(stick.point) / "bags").iterdir()) == []
