"""The outbox: what its keys do to a real queue, and bags onto a real stick."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot

from outbox import bagfile, owners
from outbox.bagfile import Sealed
from outbox.errors import Code, Reason
from outbox.states import State
from outbox.stick import media
from station.root import Root
from station.wiring import Station
from tests.outbox.stick import sticks
from tests.station.handover.rigs import index_on, make_good_bag, make_receiver, settings_for
from tests.station.handover.test_sticks import call_removable
from tests.support import folder_destination, succeed
from tests.ui.kiosks import app_of, at, drive, kiosk_of, screen_of, sign_in, text, until
from tests.ui.scans import word
from ui.screens.outbox import WINDOW, OutboxScreen


def queue(root: Root, count: int = 1, *, size: int = 0) -> list[str]:
    """Bags that wait to go."""
    with Station.open(root, "tester") as station:
        for seed in range(count):
            station.outbox.enqueue(bagfile.sealed(make_good_bag(root.bags, seed, pad=size)), "unset")
        return station.outbox.to_go()


def add_settings(root: Root, text: str) -> None:
    with root.settings.open("a", encoding="utf-8") as file:
        file.write(text)


@contextmanager
def sender(root: Root) -> Iterator[None]:
    """A sender runs, and waits for its next round."""
    with Station.open(root, "tester") as station:
        locks = station.outbox.locks
    with owners.Owner(locks):
        yield


def state_of(root: Root, bag: str) -> State:
    with Station.open(root, "tester") as station:
        return station.outbox.item(bag).state


@contextmanager
def pulled_out_in_mid_write(point: Path) -> Iterator[None]:
    """Somebody pulls the stick out as soon as a file is begun on it."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.001):
            if any(point.rglob("*.part")):
                sticks.run("umount", "--lazy", str(point))
                return

    hand = threading.Thread(target=watch)
    hand.start()
    try:
        yield
    finally:
        over.set()
        hand.join()


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


def test_a_bag_is_held_let_go_and_sending_is_paused(root: Root, tmp_path: Path) -> None:
    (bag,) = queue(root)
    add_settings(root, folder_destination(tmp_path / "share"))

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

    with sender(root):
        drive(app_of(root), steps)


def test_it_says_that_no_sender_runs_here_and_in_the_line_of_today(root: Root, tmp_path: Path) -> None:
    (bag,) = queue(root)

    async def by_stick(pilot: Pilot[None]) -> None:
        await open_outbox(pilot, 1)
        assert word(pilot) == "▶ No destination is set"
        assert text(pilot, "band-more") == "1 bags wait. Press E to write them onto a stick."

    async def unattended(pilot: Pilot[None]) -> None:
        await open_outbox(pilot, 1)
        assert word(pilot) == "● No sender runs"
        assert text(pilot, "band-more").startswith("1 bags wait to go. Call a technician to start the sender")
        await pilot.press("r")
        await until(pilot, lambda: screen_of(pilot).said == f"● {bag}: to go. There is nothing to send again.")
        await pilot.press("escape")
        await at(pilot, "today")
        line = "● Outbox: no sender runs · 1 to go · 0 without receipt"
        await until(pilot, lambda: text(pilot, "outbox-line") == line)

    drive(app_of(root), by_stick)
    add_settings(root, folder_destination(tmp_path / "share"))
    drive(app_of(root), unattended)


def test_sizes_are_written_as_the_language_writes_numbers(root: Root) -> None:
    with Station.open(root, "tester") as station:
        station.outbox.enqueue(Sealed(root.bags / "b", "b", "d" * 64, 2_124_912), "unset")

    async def steps(pilot: Pilot[None]) -> None:
        await open_outbox(pilot, 1)
        for wanted in ("2.1 MB", "2,1 MB"):
            await until(pilot, lambda wanted=wanted: str(outbox(pilot).table.get_row_at(0)[3]) == wanted)  # type: ignore[misc]
            await pilot.press("f2")

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
        assert "does not show the key that is pinned" in text(pilot, "bag-why")
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
        add_settings(root, settings_for(make_receiver(tmp_path / "receiver")))
        drive(app_of(root), partial(steps, wanted="✓ on the stick"))
        drive(app_of(root), partial(steps, wanted="✓ was on the stick"))
        assert sorted(entry.bag_id for entry in index_on(stick.point).entries) == sorted(bags)


def test_a_full_stick_is_said_in_one_sentence_with_sizes(
    root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(root, 2, size=9_000_000)
    add_settings(root, settings_for(make_receiver(tmp_path / "receiver")))

    async def steps(pilot: Pilot[None]) -> None:
        await open_outbox(pilot, 2)
        await pilot.press("e")
        await until(pilot, lambda: word(pilot) == "✗ No bag went onto the stick; it is safe to remove it")
        more = text(pilot, "band-more")
        assert more.startswith("The stick has no room for 2 bags: 18.0 MB needed, ")
        assert " free. Use another one" in more
        assert "nothing" not in more
        assert screen_of(pilot).said == ""

    with sticks.ext4(tmp_path / "medium", 8) as stick:
        call_removable(stick, tmp_path / "sys", monkeypatch)
        drive(app_of(root), steps)


def test_a_stick_that_was_pulled_out_is_no_longer_safe_to_remove(
    root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(root)
    add_settings(root, settings_for(make_receiver(tmp_path / "receiver")))

    async def steps(pilot: Pilot[None], point: Path) -> None:
        await open_outbox(pilot, 1)
        await pilot.press("e")
        await until(pilot, lambda: word(pilot).startswith("✓ It is safe to remove the stick"))
        outbox(pilot).look()
        await until(pilot, lambda: not kiosk_of(pilot).reader.busy)
        assert word(pilot).startswith("✓ It is safe to remove the stick")
        sticks.run("umount", str(point))
        outbox(pilot).look()
        await until(pilot, lambda: word(pilot) == "▶ No destination is set")

    with sticks.ext4(tmp_path / "medium") as stick:
        call_removable(stick, tmp_path / "sys", monkeypatch)
        drive(app_of(root), partial(steps, point=stick.point))


def test_a_stick_that_is_pulled_out_in_mid_write_is_not_finished_until_the_next_export(
    root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bags = queue(root, 2, size=30_000_000)
    add_settings(root, settings_for(make_receiver(tmp_path / "receiver")))

    async def steps(pilot: Pilot[None], point: Path) -> None:
        await open_outbox(pilot, 2)
        with pulled_out_in_mid_write(point):
            await pilot.press("e")
            await until(pilot, lambda: not os.path.ismount(point))
        await until(pilot, lambda: word(pilot) == "✗ The stick is not finished")
        assert text(pilot, "band-more") == "Plug it or another one in and press E; what was finished is kept."
        assert "The stick was pulled out in the middle. Plug it in" in screen_of(pilot).said
        assert str(point) not in screen_of(pilot).said
        outbox(pilot).look()
        await until(pilot, lambda: not kiosk_of(pilot).reader.busy)
        assert word(pilot) == "✗ The stick is not finished"
        table = outbox(pilot).table
        assert "✗ not on the stick" in [str(table.get_row_at(row)[1]) for row in range(len(bags))]

    with sticks.ext4(tmp_path / "medium", 128) as stick:
        call_removable(stick, tmp_path / "sys", monkeypatch)
        drive(app_of(root), partial(steps, point=stick.point))


def test_receipts_that_a_stick_brings_back_are_taken_first(
    root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bag,) = queue(root)
    receiver = tmp_path / "receiver"
    add_settings(root, settings_for(make_receiver(receiver)))

    async def goes(pilot: Pilot[None]) -> None:
        await open_outbox(pilot, 1)
        await pilot.press("e")
        await until(pilot, lambda: word(pilot).startswith("✓ It is safe to remove the stick: 1 bags"))
        assert screen_of(pilot).said == ""

    async def comes_back(pilot: Pilot[None]) -> None:
        await open_outbox(pilot, 1)
        await pilot.press("e")
        await until(pilot, lambda: screen_of(pilot).said == "✓ 1 receipts were taken from the stick.")
        assert word(pilot) == "✓ It is safe to remove the stick: no bag waited for it"
        await until(pilot, lambda: states(pilot) == ["received"])

    async def again(pilot: Pilot[None]) -> None:
        await open_outbox(pilot, 1)
        await pilot.press("e")
        await until(pilot, lambda: word(pilot) == "● It is safe to remove the stick: no bag waited for it")
        assert screen_of(pilot).said == ""

    with sticks.ext4(tmp_path / "medium") as stick:
        call_removable(stick, tmp_path / "sys", monkeypatch)
        drive(app_of(root), goes)
        succeed(receiver, "receive", str(stick.point))
        drive(app_of(root), comes_back)
        assert state_of(root, bag) is State.RECEIVED
        drive(app_of(root), again)
