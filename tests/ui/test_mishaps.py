"""A defect of the program: the screen begins anew where the operator was, and nothing of people is told."""

from __future__ import annotations

import pytest

from station.root import Root
from station.wiring import Station
from tests.support import BOOK
from tests.ui import terminals
from tests.ui.kiosks import PINS
from tests.ui.terminals import Terminal, terminal, wait
from ui.memory import recall
from ui.mishaps import MOST_PER_MINUTE, Mishaps, note

SECRET = "Nguyễn Văn Kín"
BROKEN = f"""
from ui.app import KioskApp
async def broken(self):
    name = "{SECRET}"
    raise ValueError("not a date: " + name)
KioskApp.action_sound = broken
from ui.command import main
main()
"""
F5, F8 = "\x1b[15~", "\x1b[19~"


def sign_in(kiosk: Terminal, since: int = 0) -> None:
    kiosk.wait_for("Mai", since)
    kiosk.settle()
    kiosk.press(PINS["Mai"] + "\r")


def test_the_screen_begins_anew_at_the_same_book(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminals, "_UI", BROKEN)
    with terminal(root) as kiosk:
        sign_in(kiosk)
        kiosk.wait_for("1–1")
        kiosk.settle()
        kiosk.press("\r")
        wait(lambda: recall(root).book == BOOK)
        kiosk.settle()
        since = kiosk.mark
        kiosk.press(F5)
        kiosk.settle()
        kiosk.press(F8)
        kiosk.wait_for("begins anew", since)
        kiosk.wait_for("bắt đầu lại", since)
        since = kiosk.mark
        sign_in(kiosk)
        kiosk.wait_for("Back in the book", since)
        assert kiosk.process.poll() is None
        assert SECRET.encode() not in kiosk.heard()
        assert b"Traceback" not in kiosk.heard()
    log = root.log.read_text(encoding="utf-8")
    assert "the screen broke: builtins.ValueError at " in log
    assert "broken" in log
    assert SECRET not in log


def test_a_defect_that_comes_again_and_again_ends_the_screen(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminals, "_UI", BROKEN)
    with terminal(root) as kiosk:
        since = 0
        for _ in range(MOST_PER_MINUTE + 1):
            kiosk.wait_for("Mai", since)
            kiosk.settle()
            since = kiosk.mark
            kiosk.press(F8)
        kiosk.wait_for("several times within a minute", since)
        assert kiosk.process.wait(terminals.WAIT_SECONDS) == 1


def test_only_so_many_within_a_minute() -> None:
    mishaps = Mishaps()
    assert [mishaps.lasts(now) for now in (0.0, 1.0, 2.0, 3.0)] == [True] * MOST_PER_MINUTE + [False]
    assert mishaps.lasts(200.0)


def test_a_code_of_the_station_is_noted_and_no_value(root: Root, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("ERROR")
    try:
        with Station.open(root) as station:
            station.book(SECRET)
    except Exception as error:  # noqa: BLE001 - whichever it is
        note(error)
    assert "station.errors." in caplog.text
    assert SECRET not in caplog.text
