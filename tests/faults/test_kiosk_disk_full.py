"""The disk fills up: it says so, keeps what there was, and goes on by the same key once there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.test_disk_full import fill, small_disk
from tests.support import draw_pages
from tests.ui.kiosks import app_of, at, drive, load_script, make, until
from tests.ui.scans import kept, numbered, open_book, ready, scanning, turned, word

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

__all__ = ["small_disk"]


def test_the_next_page_is_refused_in_words_and_comes_after_making_room(tmp_path: Path, small_disk: Path) -> None:
    folder = tmp_path / "scanner"
    draw_pages(folder, 3)
    script = load_script(folder, [f'image = "p{number}.jpg"' for number in (1, 2, 3)], feeder=False)
    root = make(small_disk / "station", kiosk=script)

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await turned(pilot, 1)
        await until(pilot, lambda: all(seen.copy for seen in scanning(pilot).standing.last))  # type: ignore[union-attr]
        filler = fill(small_disk, leave_kb=600)
        await pilot.press("space")
        await at(pilot, "fault")
        assert "disk" in word(pilot).lower()
        filler.unlink()
        (folder / "script.toml.at").write_text("1", encoding="utf-8")
        await pilot.press("space")
        await at(pilot, "scan")
        await ready(pilot, 1)
        await pilot.press("space")
        await turned(pilot, 2)
        await pilot.press("space")
        await until(pilot, lambda: scanning(pilot).standing.pages == 3)  # type: ignore[union-attr]
        await pilot.press("s")
        await ready(pilot, 3)

    drive(app_of(root), steps)
    assert kept(root) == numbered(3)
