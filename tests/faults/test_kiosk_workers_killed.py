"""All helpers of the kiosk are killed at once, image workers and scanner's: pages stand, and the same key goes on."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from tests.ui.kiosks import PINS
from tests.ui.scans import kept, loaded, numbered
from tests.ui.terminals import Terminal, terminal, wait


def helpers(session: int) -> list[int]:
    """Every process of a session but its first."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it is gone meanwhile
            fields = file.read_text(encoding="utf-8").rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(file.parent.name))
    return [process for process in found if process != session]


def press_until(screen: Terminal, words: str) -> int:
    """The key that means go on, whatever the screen asks for; how often."""
    for times in range(1, 6):
        since = screen.mark
        screen.press(" ")
        with suppress(AssertionError):
            screen.wait_for(words, since, seconds=8)
            return times
    raise AssertionError(words)


def test_killed_between_two_pages(tmp_path: Path) -> None:
    root = loaded(tmp_path, *[f"page {number}" for number in range(1, 5)], feeder=False, kiosk="lock_minutes = 0\n")
    with terminal(root) as screen:
        screen.wait_for("Mai")
        since = screen.mark
        screen.press(PINS["Mai"] + "\r")
        screen.wait_for("books sealed", since)
        screen.settle()
        screen.press("\r")
        screen.wait_for("Lay the page down", since)
        screen.settle()
        press_until(screen, "Pages 1 ")
        screen.settle()
        killed = helpers(screen.process.pid)
        assert len(killed) >= 2
        for process in killed:
            os.kill(process, signal.SIGKILL)
        wait(lambda: not set(killed) & set(helpers(screen.process.pid)), what="their end")
        presses = press_until(screen, "Pages 2 ")
        assert presses <= 3
        screen.settle()
        press_until(screen, "Pages 3 ")
        screen.settle()
        assert screen.process.poll() is None
    assert kept(root) == numbered(3)
