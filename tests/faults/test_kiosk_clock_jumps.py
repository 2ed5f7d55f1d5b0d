"""The system's clock jumps by a year while somebody scans: nothing locks, pages keep their order, nothing waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from station import clock
from station.wiring import Station
from tests.support import BOOK
from tests.ui.kiosks import app_of, at, drive, kiosk_of, sign_in
from tests.ui.scans import kept, loaded, numbered, open_book, turned

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot


@pytest.mark.parametrize("after", ["2025-03-20T08:00:00+07:00", "2027-03-20T08:00:00+07:00"])
def test_between_two_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: str) -> None:
    root = loaded(tmp_path, "page 1", "page 2", feeder=False, kiosk="lock_minutes = 1\n")
    monkeypatch.setattr(clock, "now", lambda: "2026-03-20T08:00:00+07:00")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await turned(pilot, 1)
        monkeypatch.setattr(clock, "now", lambda: after)
        await pilot.press("space")
        await turned(pilot, 2)
        assert not kiosk_of(pilot).is_locked
        await pilot.press("f9")
        await at(pilot, "sign-in")
        await sign_in(pilot)
        await at(pilot, "scan")

    drive(app_of(root), steps)
    assert kept(root) == numbered(2)
    with Station.open(root, "tester") as station:
        taken = [page.origin.taken_at for page in station.catalogue.pages(station.book_id(BOOK))]
    assert taken[1] == after
