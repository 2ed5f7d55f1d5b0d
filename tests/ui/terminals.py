"""`station-ui` as a process in a terminal of its own: what is typed into it, and what it writes and when."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from station.root import Root
from tests.support import environment

WAIT_SECONDS = 60.0
ROWS, COLUMNS = 40, 120
CELL = (10, 20)
"""Pixels of a cell, as the terminal tells them."""

_UI = "from ui.command import main; main()"
_SIXEL = re.compile(rb"\x1bP[0-9;]*q(.*?)\x1b\\", re.DOTALL)


@dataclass
class Terminal:
    """The other end of the terminal. `heard` is all that came, with the time at which each piece ended."""

    process: subprocess.Popen[bytes]
    _end: int
    _heard: bytearray = field(default_factory=bytearray)
    _times: list[tuple[int, float]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def listen(self) -> None:
        """For a thread: take in everything until the program is gone."""
        while True:
            select.select([self._end], [], [])
            try:
                piece = os.read(self._end, 1 << 20)
            except OSError:  # Linux: nobody has the other side open any more
                return
            with self._lock:
                self._heard += piece
                self._times.append((len(self._heard), time.monotonic()))

    @property
    def mark(self) -> int:
        """How much has come until now."""
        with self._lock:
            return len(self._heard)

    def heard(self, since: int = 0) -> bytes:
        with self._lock:
            return bytes(self._heard[since:])

    def press(self, keys: str) -> float:
        """Type; the time at which it was done."""
        os.write(self._end, keys.encode())
        return time.monotonic()

    def at(self, place: int) -> float:
        """When the byte at this place came."""
        with self._lock:
            return next(when for upto, when in self._times if upto > place)

    def wait_for(self, words: str, since: int = 0, seconds: float = WAIT_SECONDS) -> float:
        """When these words were written, as one piece."""
        wanted = words.encode()
        return self.at(since + wait(lambda: self.heard(since).find(wanted) + 1, seconds, words) - 1)

    def pictures(self, since: int = 0) -> list[tuple[float, bytes]]:
        """The sixel pictures that came whole, each with the time of its end."""
        return [(self.at(since + found.end() - 1), found[1]) for found in _SIXEL.finditer(self.heard(since))]

    def settle(self, quiet: float = 0.3, seconds: float = WAIT_SECONDS) -> None:
        """Until nothing has come for a while."""
        last, end = (self.mark, time.monotonic()), time.monotonic() + seconds
        while time.monotonic() - last[1] < quiet:
            assert time.monotonic() < end, "the screen never rested"
            time.sleep(0.02)
            if self.mark != last[0]:
                last = (self.mark, time.monotonic())


def wait(condition: Callable[[], int], seconds: float = WAIT_SECONDS, what: str = "") -> int:
    """The first answer of a condition that is not 0."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(0.002)
    return answer


@contextmanager
def terminal(root: Root, language: str = "en", **more: str) -> Iterator[Terminal]:
    """A kiosk that was just started; it is killed in the end."""
    ours, theirs = pty.openpty()
    size = struct.pack("HHHH", ROWS, COLUMNS, COLUMNS * CELL[0], ROWS * CELL[1])
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
    process = subprocess.Popen(
        [sys.executable, "-c", _UI, "--root", str(root.path), "--language", language],
        env=environment(**more) | {"TERM": "xterm-256color"},
        cwd=Path(__file__).parents[2],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = Terminal(process, ours)
    ear = threading.Thread(target=shown.listen, daemon=True)
    ear.start()
    try:
        yield shown
    finally:
        process.kill()
        process.wait(WAIT_SECONDS)
        ear.join(WAIT_SECONDS)
        os.close(ours)
