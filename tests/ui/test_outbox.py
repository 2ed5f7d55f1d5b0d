"""The outbox: what its keys do to a real queue, and bags onto a real stick."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot

from outbox import bagfile
from outbox.bagfile import Sealed
from outbox.errors import Code, Reason
from outbox.states import State
from outbox.stick import media
from station.root import Root
from station.wiring import Station
from tests.outbox.stick import sticks
from tests.station.handover.rigs import index_on, make_good_bag, make_receiver, settings_for
from tests.station.handover.test_sticks import call_removable
from tests.ui.kiosks import app_of, at, drive, screen_of, sign_in, text, until
from tests.ui.scans import word
from ui.screens.outbox import WINDOW, OutboxScreen


def queue(root: Root, count: int = 1) -> list[str]:
    """Bags that wait to go."""
    with Station.open(root, "tester") as station:
        for seed in range(count):
            station.outbox.enqueue(bagfile.sealed(make_good_bag(root.bags, seed)), "unset")
        return station.outbox.to_go()


def state_of(root: Root, bag: str) -> State:
    with Station.open(root, "tester") as station:
        return station.outbox.item(bag).state


def outbox(pilot: Pilot[None]) -> OutboxScreen:
    screen = pilot.app.screen
    assert isinstance(screen, OutboxScreen), screen
    return screen


async def open_outbox(pilot: Pilot[None], count: int) -> None:
    await sign_in(pilot)
    await at(pilot, "today")
    await pilot.press("f5")
    await at(pilot, "outbox")
    await until(pilot, lambda: len(outbox(pilot).rows) == count)
    await pilot.pause()


def states(pilot: Pilot[None]) -> list[str]:
    return [item["state"] for item in outbox(pilot).rows]


def test_a_bag_is_held_let_go_and_sending_is_paused(root: Root) -> None:
    (bag,) = queue(root)

    async def steps(pilot: Pilot[None]) -> None:
        await open_outbox(pilot, 1)
        assert word(pilot).endswith("Bags wait to go")
        await pilot.press("h")
        await until(pilot, lambda: states(pilot) == ["held"])
        assert screen_of(pilot).said == f"● {bag} is held back."
        assert state_of(root, bag) is State.HELD
        await pilot.press("h")
        await until(pilot, lambda: states(pilot) == ["queued"])
        await pilot.press("p")
        await until(pilot, lambda: word(pilot).endswith("Sending is paused."))
        await pilot.press("p")
        await until(pilot, lambda: word(pilot).endswith("Bags wait to go"))
        await pilot.press("escape")
        await at(pilot, "today")

    drive(app_of(root), steps)


def test_what_needs_a_person_stands_first_with_its_reason_and_goes_again_by_one_key(root: Root) -> None:
    first, second = queue(root, 2)
    with Station.open(root, "tester") as station:
        station.outbox.hold(first)
        claim = station.outbox.claim("me", "unset", timedelta(seconds=60), datetime.now(UTC))
        assert claim
        assert claim.item.bag_id == second
        station.outbox.needs_person(claim, Reason(Code.HOST_KEY_REFUSED, "host"))

    async def steps(pilot: Pilot[None]) -> None:
        await open_outbox(pilot, 2)
        assert word(pilot) == "✗ 1 bags need a person"
        assert states(pilot) == ["needs-person", "held"]
        assert "host" in text(pilot, "bag-why")
        assert text(pilot, "bag-why").startswith(second)
        await pilot.press("r")
        await until(pilot, lambda: "queued" in states(pilot))
        assert state_of(root, second) is State.QUEUED

    drive(app_of(root), steps)


def test_a_long_queue_is_shown_in_windows(root: Root) -> None:
    with Station.open(root, "tester") as station:
        for seed in range(WINDOW + 3):
            station.outbox.enqueue(Sealed(root.bags / f"b{seed}", f"b{seed}", "d" * 64, 1000 + seed), "unset")

    async def steps(pilot: Pilot[None]) -> None:
        await open_outbox(pilot, WINDOW)
        assert text(pilot, "rows") == f"1–{WINDOW} of {WINDOW + 3} bags"
        await pilot.press("ctrl+pagedown")
        await until(pilot, lambda: len(outbox(pilot).rows) == 3)
        assert [item["bag_id"] for item in outbox(pilot).rows] == [f"b{WINDOW + more}" for more in range(3)]

    drive(app_of(root), steps)


def test_without_a_stick_it_says_to_plug_one_in(root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "removable_media", partial(media.removable_media, system=tmp_path))

    async def steps(pilot: Pilot[None]) -> None:
        await open_outbox(pilot, 0)
        await pilot.press("e")
        await until(pilot, lambda: "Plug it in" in screen_of(pilot).said)

    drive(app_of(root), steps)


def test_what_waits_goes_onto_the_stick_that_may_then_be_removed(
    root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bags = queue(root, 2)

    async def refused(pilot: Pilot[None]) -> None:
        await open_outbox(pilot, 2)
        await pilot.press("e")
        await until(pilot, lambda: "key is not set" in screen_of(pilot).said)

    async def steps(pilot: Pilot[None], wanted: str) -> None:
        await open_outbox(pilot, 2)
        await pilot.press("e")
        await until(pilot, lambda: word(pilot).startswith("✓ It is safe to remove the stick: 2 bags"))
        table = outbox(pilot).table
        assert [str(table.get_row_at(row)[1]) for row in range(2)] == [wanted] * 2
        await pilot.press("escape")
        await at(pilot, "today")

    with sticks.ext4(tmp_path / "medium") as stick:
        call_removable(stick, tmp_path / "sys", monkeypatch)
        drive(app_of(root), refused)
        with root.settings.open("a", encoding="utf-8") as file:
            file.write(settings_for(make_receiver(tmp_path / "receiver")))
        drive(app_of(root), partial(steps, wanted="✓ on the stick"))
        drive(app_of(root), partial(steps, wanted="✓ was on the stick"))
        assert sorted(entry.bag_id for entry in index_on(stick.point).entries) == sorted(bags)
