"""The sender dies in the middle of a bag: the kiosk says so, works on, and shows when another sender has sent it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from outbox import bagfile
from station.agenda import read_outbox_line
from station.wiring import Station
from tests.outbox.bags import make_bag
from tests.support import folder_destination, run_station
from tests.ui.kiosks import app_of, at, drive, make, screen_of, sign_in, text, until
from tests.ui.scans import word

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot


def test_a_bag_of_a_dead_sender(tmp_path: Path) -> None:
    root = make(tmp_path / "station")
    with root.settings.open("a", encoding="utf-8") as settings:
        settings.write(folder_destination(tmp_path / "share"))
    bag = bagfile.sealed(make_bag(root.bags))
    with Station.open(root, "tester") as station:
        station.outbox.enqueue(bag, "share")
        claim = station.outbox.claim("dead", "share", timedelta(hours=1), datetime.now(UTC))
        assert claim
        station.outbox.progress(claim, bag.size // 2, 1000.0, timedelta(hours=1))
        assert read_outbox_line(station).sending is None

    async def steps(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "today")
        await pilot.press("f5")
        await at(pilot, "outbox")
        await until(pilot, lambda: word(pilot) == "● The sender has ended")
        assert f"{bag.bag_id} was at 50 %" in text(pilot, "band-more")
        assert text(pilot, "bag-why") == f"{bag.bag_id}: No sender"
        sent = run_station(root.path, "send", "--once")
        assert sent.code == 0, sent.err
        getattr(screen_of(pilot), "look")()  # noqa: B009 - the screen of the outbox
        await until(pilot, lambda: word(pilot) == "✓ Everything is sent")
        await pilot.press("escape")
        await at(pilot, "today")

    drive(app_of(root), steps)
