"""`station-ui` in a real terminal with pictures: xterm as a VT340 on a screen without a monitor.

xterm takes its keys and its text through a terminal that this process holds the other end of (its option `-S`), so that
keys are typed without a further program, and what is written is read on its way.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.ui.pictures.xvfb import display, pixels_of

WAIT_SECONDS = 90.0
QUIET_SECONDS = 0.6
"""A screen on which nothing has changed for so long is drawn."""
UI = "from ui.command import main; main()"
KEYS = {
    "enter": "\r", "escape": "\x1b", "tab": "\t", "space": " ", "backspace": "\x7f", "up": "\x1b[A", "down": "\x1b[B",
    "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F", "pageup": "\x1b[5~", "pagedown": "\x1b[6~",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~", "f6": "\x1b[17~",
    "f7": "\x1b[18~", "f9": "\x1b[20~", "f10": "\x1b[21~",
}  # fmt: skip
"""What a keyboard sends for the keys that have a name."""
_SEQUENCE = re.compile(r"\x1b(?:P.*?\x1b\\|\[[0-9;?<>=]*[A-Za-z]|[78=>])", re.DOTALL)

missing = [program for program in ("Xvfb", "xterm") if shutil.which(program) is None]
"""Programs without which there is no such terminal."""


@dataclass
class Shown:
    """A kiosk on the screen, and the hands at its keyboard."""

    folder: Path
    size: tuple[int, int]
    """Pixels of the window."""
    keyboard: int
    program: subprocess.Popen[bytes]
    _text: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def press(self, *keys: str) -> None:
        """Type keys by their names, anything else letter by letter."""
        for key in keys:
            os.write(self.keyboard, KEYS.get(key, key).encode())
            time.sleep(0.05)

    def hear(self, piece: str) -> None:
        """What the program wrote."""
        with self._lock:
            self._text += piece

    @property
    def text(self) -> str:
        """All that was written, without what moves the cursor and gives colours."""
        with self._lock:
            return _SEQUENCE.sub("", self._text)

    def forget(self) -> None:
        """What was written until now counts no more."""
        with self._lock:
            self._text = ""

    def read(self, *words: str) -> None:
        """Wait until all of these words were written, and forget what came until then."""
        end = time.monotonic() + WAIT_SECONDS
        while not all(word in self.text for word in words):
            assert self.program.poll() is None, f"it ended with {self.program.returncode}:\n{self.text[-3000:]}"
            assert time.monotonic() < end, f"never read: {words}\n{self.text[-3000:]}"
            time.sleep(0.05)
        self.forget()

    @property
    def pixels(self) -> NDArray[np.int16]:
        width, height = self.size
        return pixels_of(self.folder)[:height, :width]

    def settle(self, wanted: Callable[[NDArray[np.int16]], bool] = lambda _: True) -> NDArray[np.int16]:
        """The screen once it rests and is as wanted."""
        end, before, since = time.monotonic() + WAIT_SECONDS, self.pixels, time.monotonic()
        while time.monotonic() - since < QUIET_SECONDS or not wanted(before):
            if time.monotonic() > end:
                Image.fromarray(before.astype(np.uint8)).save(self.folder / "seen.png")
                raise AssertionError(f"the screen never came to look so; it is in {self.folder / 'seen.png'}")
            time.sleep(0.1)
            pixels = self.pixels
            if not np.array_equal(pixels, before):
                before, since = pixels, time.monotonic()
        return before

    def save(self, file: Path, colours: int = 32) -> None:
        """The screen as a small PNG, once it rests."""
        picture = Image.fromarray(self.settle().astype(np.uint8))
        picture.quantize(colours, dither=Image.Dither.NONE).save(file, optimize=True)


@contextmanager
def kiosk_in_xterm(
    root: Path,
    folder: Path,
    environment: dict[str, str],
    *,
    language: str = "vi",
    font: tuple[str, int] = ("DejaVu Sans Mono", 10),
    cells: tuple[int, int] = (120, 40),
) -> Iterator[Shown]:
    """The kiosk of a root in a window of so many columns and rows; `folder` takes the screen's pixels."""
    outer, inner = pty.openpty(), pty.openpty()
    tty.setraw(outer[1])
    columns, rows = cells
    with display(folder, (columns * 12 + 40, rows * 26 + 40)) as name:
        window = subprocess.Popen(
            ["xterm", f"-S{os.ttyname(outer[1]).removeprefix('/dev/')}/{outer[0]}", "-ti", "vt340", "-fa", font[0],
             "-fs", str(font[1]), "-geometry", f"{columns}x{rows}+0+0", "-b", "0", "-xrm", "XTerm*scrollBar: false",
             "-xrm", "XTerm*pointerMode: 3", "-xrm", "XTerm*maxGraphicSize: 2000x2000"],
            pass_fds=[outer[0]], env={**os.environ, "DISPLAY": name}, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        relay = None
        try:
            _read_window(outer[1])
            size = _fit(outer[1], inner[1])
            with _running(root, language, inner[1], environment) as program:
                shown = Shown(folder, size, inner[0], program)
                relay = threading.Thread(target=_relay, args=(outer[1], inner[0], shown), daemon=True)
                relay.start()
                yield shown
        finally:
            if relay:
                relay.join(20)
            window.terminate()
            window.wait(20)
            for end in (*outer, inner[0]):
                os.close(end)


@contextmanager
def _running(
    root: Path, language: str, terminal: int, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", UI, "--root", str(root), "--language", language],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        start_new_session=True,
    )
    os.close(terminal)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


def _read_window(terminal: int) -> None:
    """xterm's first line is the number of its window; it is there once the window has its size."""
    line, end = b"", time.monotonic() + WAIT_SECONDS
    while not line.endswith(b"\n"):
        assert time.monotonic() < end, "xterm did not start"
        if select.select([terminal], [], [], 0.2)[0]:
            line += os.read(terminal, 1)
    time.sleep(0.5)


def _fit(source: int, target: int) -> tuple[int, int]:
    """The same rows, columns and pixels for both terminals; the pixels across and down."""
    size = fcntl.ioctl(source, termios.TIOCGWINSZ, bytes(8))
    fcntl.ioctl(target, termios.TIOCSWINSZ, size)
    _, _, width, height = struct.unpack("HHHH", size)
    return width, height


def _relay(window: int, program: int, shown: Shown) -> None:
    """Carry what the program writes to the window, and what the window answers to the program, until that is gone."""
    text = b""
    while True:
        ready, _, _ = select.select([window, program], [], [], 0.5)
        if window in ready:
            os.write(program, os.read(window, 1 << 16))
        if program in ready:
            try:
                piece = os.read(program, 1 << 16)
            except OSError:  # Linux: nobody has the other side open any more
                return
            os.write(window, piece)
            text += piece
            whole = text.decode("utf-8", errors="ignore") if _is_whole(text) else ""
            if whole:
                text = b""
                shown.hear(whole)


def _is_whole(text: bytes) -> bool:
    """Whether no letter is cut at the end."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
