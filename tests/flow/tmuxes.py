"""`station-ui` in tmux: a terminal whose letters are asked for at any time, as somebody sees it over a line."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WAIT_SECONDS = 90.0
UI = "from ui.command import main; main()"
KEYS = {
    "enter": "Enter", "escape": "Escape", "tab": "Tab", "space": "Space", "backspace": "BSpace", "up": "Up",
    "down": "Down", "pageup": "PageUp", "pagedown": "PageDown", "f5": "F5", "f10": "F10",
}  # fmt: skip
"""What tmux calls the keys that have a name."""

missing = [program for program in ("tmux",) if shutil.which(program) is None]
"""Programs without which there is no such terminal."""


@dataclass
class Pane:
    """A kiosk in a pane of a tmux of its own."""

    socket: Path
    environment: dict[str, str]

    def run(self, *words: str) -> str:
        command = ("tmux", "-S", str(self.socket), *words)
        ran = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False, env=self.environment)
        assert ran.returncode == 0, f"{words}: {ran.stderr}"
        return ran.stdout

    def press(self, *keys: str) -> None:
        for key in keys:
            if key in KEYS:
                self.run("send-keys", KEYS[key])
            else:
                self.run("send-keys", "-l", key)
            time.sleep(0.05)

    @property
    def text(self) -> str:
        """What stands there, a line under the other."""
        return self.run("capture-pane", "-p")

    def read(self, *words: str) -> None:
        """Wait until all of these words stand there."""
        end = time.monotonic() + WAIT_SECONDS
        while not all(word in self.text for word in words):
            assert time.monotonic() < end, f"never read: {words}\n{self.text}"
            time.sleep(0.1)

    def settle(self) -> None:
        """Until it rests."""
        before, end = "", time.monotonic() + WAIT_SECONDS
        while (now := self.text) != before:
            assert time.monotonic() < end, f"it never rests:\n{now}"
            before = now
            time.sleep(0.4)


@contextmanager
def kiosk_in_tmux(root: Path, folder: Path, environment: dict[str, str], language: str = "vi") -> Iterator[Pane]:
    """The kiosk of a root in 120 columns and 36 rows; `folder` takes tmux's socket."""
    pane = Pane(folder / "tmux", environment | {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color"})
    kiosk = [sys.executable, "-c", UI, "--root", str(root), "--language", language]
    pane.run("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "36", *kiosk)
    try:
        yield pane
    finally:
        subprocess.run(("tmux", "-S", str(pane.socket), "kill-server"), capture_output=True, timeout=20, check=False)
