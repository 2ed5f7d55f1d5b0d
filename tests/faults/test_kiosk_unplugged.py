"""The scanner's cable is pulled while the kiosk holds it: a screen says so, and one key goes on once it is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ui.kiosks import app_of, at, drive, kiosk_of, make, screen_of, text, until
from tests.ui.scans import kept, numbered, open_book, pages_shown, ready, word

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from tests.drivers.scriptable import ScriptableScanner


def test_unplugged_between_two_stacks(feeder: ScriptableScanner, tmp_path: Path) -> None:
    root = make(tmp_path / "station", kiosk=f'device = "{feeder.id}"')

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        feeder.load("10", "60")
        await pilot.press("g", "g")
        await until(pilot, lambda: "feeder" in screen_of(pilot).said.lower())
        await pilot.press("space")
        await until(pilot, lambda: pages_shown(pilot) == 2)
        await ready(pilot, 2)
        feeder.unplug()
        await pilot.press("space")
        await at(pilot, "fault")
        assert "connection" in word(pilot)
        assert "cable" in text(pilot, "what-to-do")
        feeder.plug()
        feeder.load("110", "160")
        await pilot.press("space")
        await at(pilot, "scan")
        await until(pilot, lambda: not kiosk_of(pilot).scanner.busy)
        await pilot.press("space")
        await until(pilot, lambda: pages_shown(pilot) == 4)
        await ready(pilot, 4)

    drive(app_of(root), steps)
    assert kept(root) == numbered(4)
