"""A stick fills up while a bag goes onto it: that bag is named, others that fit go, nothing half stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from outbox.errors import Code
from outbox.stick.exporting import export
from outbox.stick.faults import StickError
from tests.outbox.stick import sticks
from tests.outbox.stick.exports import Numbers, home_of, make_bags, order


def test_room_that_another_program_takes_meanwhile(tmp_path: Path) -> None:
    large, small = make_bags(tmp_path / "bags", 1, size=4_000_000), make_bags(tmp_path / "small", 2, size=1_000)[1:]
    numbers = Numbers()
    with sticks.ext4(tmp_path / "medium", 16) as stick:
        filler = stick.point / "photographs"

        def fill(what: str, bag_id: str) -> None:
            if (what, bag_id) == ("writing", large[0].bag_id):
                facts = os.statvfs(stick.point)
                filler.write_bytes(bytes(facts.f_bavail * facts.f_frsize - 3_000_000))

        done = export(stick.point, order([*large, *small], numbers=numbers), fill)
        assert [(one.bag_id, one.reason.code) for one in done.left] == [(large[0].bag_id, Code.STICK_FULL)]
        assert done.written == (small[0].bag_id,)
        assert len(list((home_of(stick.point) / "bags").iterdir())) == 1
        filler.unlink()
        again = export(stick.point, order([*large, *small], numbers=numbers))
        assert (again.written, again.kept, again.left) == ((large[0].bag_id,), (small[0].bag_id,), ())


def test_no_room_for_the_list_itself(tmp_path: Path) -> None:
    bags, numbers = make_bags(tmp_path / "bags", 2), Numbers()
    with sticks.tmpfs(tmp_path / "medium", "4m") as stick:
        filler = stick.point / "photographs"

        def fill(what: str, bag_id: str) -> None:
            if (what, bag_id) == ("written", bags[0].bag_id):
                facts = os.statvfs(stick.point)
                filler.write_bytes(bytes(facts.f_bavail * facts.f_frsize))

        with pytest.raises(StickError) as full:
            export(stick.point, order(bags, numbers=numbers), fill)
        assert full.value.code is Code.STICK_FULL
        filler.unlink()
        done = export(stick.point, order(bags, numbers=numbers))
        assert (done.kept, done.written) == ((bags[0].bag_id,), (bags[1].bag_id,))
