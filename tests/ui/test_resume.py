"""After kill -9: the same book and page, and a sentence that says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from textual.pilot import Pilot

from station.root import Root
from station.wiring import Station
from tests.support import BOOK
from tests.ui.kiosks import app_of, at, drive, kiosk_of, make, screen_of, sign_in, text, until
from tests.ui.scans import loaded, open_book, ready, scanning
from ui.memory import Place, recall, remember

SECONDS = 60.0
KILLED = """
import asyncio, sys
from pathlib import Path
from station.root import Root
from tests.ui.kiosks import app_of
from tests.ui.scans import open_book, ready
from tests.ui.test_review import review

async def main():
    async with app_of(Root(Path(sys.argv[1]))).run_test(size=(120, 40)) as pilot:
        await review(pilot, 3)
        await pilot.press("pageup")
        await asyncio.sleep(600)

asyncio.run(main())
"""


def test_after_kill_9_it_comes_back_to_the_same_page(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", "page 3")
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(root.path)], cwd=Path(__file__).parents[2])
    try:
        end = time.monotonic() + SECONDS
        while page_of(root) != 2 and time.monotonic() < end:
            assert process.poll() is None
            time.sleep(0.05)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert (recall(root).screen, page_of(root)) == ("review", 2)

    async def steps(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: BOOK in text(pilot, "sign-in-how"))
        await sign_in(pilot)
        await at(pilot, "review")
        await until(pilot, lambda: text(pilot, "page-line").startswith("Page 2 / 3"))
        assert screen_of(pilot).said == f"The last time broke off. Back in the book {BOOK}, page 2."

    drive(app_of(root), steps)


def page_of(root: Root) -> int:
    place = recall(root)
    if not place.page:
        return 0
    with Station.open(root, "tester") as station:
        page = station.catalogue.find_page(place.page)
    return page.order if page else 0


def test_who_left_as_one_should_begins_at_today(tmp_path: Path) -> None:
    root = make(tmp_path / "station")
    remember(root, Place("review", BOOK, "p0123456789ab", "Mai", left=True))

    async def steps(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "today")

    drive(app_of(root), steps)


def test_a_place_that_is_gone_or_cannot_be_read_is_no_trouble(tmp_path: Path) -> None:
    root = make(tmp_path / "station")
    remember(root, Place("scan", "19441/KT.1990.01", "", "Mai"))

    async def steps(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "today")

    drive(app_of(root), steps)
    root.screen.write_bytes(b'{"screen": ')
    assert recall(root) == Place()
    drive(app_of(root), steps)


@pytest.mark.parametrize("key", ["f5", "f6", "f1", "f9"])
def test_a_screen_over_a_book_leaves_the_place_in_the_book(tmp_path: Path, key: str) -> None:
    root = make(tmp_path / "station")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        app = kiosk_of(pilot)
        await until(pilot, lambda: recall(root).book == BOOK)
        await pilot.press(key)
        await until(pilot, lambda: app.screen.id != "scan")
        await pilot.pause()
        await until(pilot, lambda: not app.desk.busy)
        assert recall(root) == Place("scan", BOOK, "", "Mai")

    drive(app_of(root), steps)


def test_the_place_is_kept_while_a_book_is_open(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await until(pilot, lambda: recall(root) == Place("scan", BOOK, "", "Mai"))
        await pilot.press("space")
        await ready(pilot, 1)
        await pilot.press("escape")
        await at(pilot, "today")
        await until(pilot, lambda: not recall(root).broke_off)

    drive(app_of(root), steps)


def test_a_page_that_nobody_judged_before_a_crash_is_judged_on_coming_back(tmp_path: Path) -> None:
    root = loaded(tmp_path, *[f"page {number}" for number in range(1, 7)])

    async def before(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await ready(pilot, 6)

    async def after(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await ready(pilot, 6)
        await until(pilot, lambda: all(seen.level for seen in scanning(pilot).standing.last))  # type: ignore[union-attr]

    drive(app_of(root), before)
    with Station.open(root, "tester") as station:  # as kill -9 leaves it: masters and rows, no copies
        station.catalogue._db.execute("delete from copy")
    drive(app_of(root), after)


def test_who_was_closing_a_book_is_told_so(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1")

    async def before(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("d")
        await at(pilot, "close_book")
        await until(pilot, lambda: recall(root).screen == "close_book")

    async def after(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "scan")
        await until(pilot, lambda: "It is not sealed: D checks and seals it." in screen_of(pilot).said)

    drive(app_of(root), before)
    drive(app_of(root), after)


def test_a_stick_that_was_not_whole_is_told_of(tmp_path: Path) -> None:
    root = make(tmp_path / "station")
    going = threading.Event()

    async def before(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "today")
        kiosk_of(pilot).courier.ask(lambda _: going.wait(20), lambda _: None, lambda _: None)
        await until(pilot, lambda: recall(root).stick)
        going.set()

    async def after(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: "stick" in text(pilot, "sign-in-how"))
        await sign_in(pilot)
        await at(pilot, "today")
        await until(pilot, lambda: "it is not whole, do not hand it over" in screen_of(pilot).said)

    drive(app_of(root), before)
    drive(app_of(root), after)
