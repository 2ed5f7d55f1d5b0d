"""What the terminal can show pictures with: proposed by `station doctor`, set as `[kiosk] picture`.

The kiosk itself never asks its terminal: an answer that comes late would arrive as typed keys.
"""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import time
import tty
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from station.devices.readiness import Examined

if TYPE_CHECKING:
    from collections.abc import Mapping

Way = Literal["blocks", "sixel", "kitty", "framebuffer"]

FRAMEBUFFER = Path("/dev/fb0")
_ANSWER_SECONDS = 0.5
_KITTY_NUMBER = 31
# A picture of one pixel that is only asked about, then "who are you", which every terminal answers: when that answer
# is there, none to the first will come. Attribute 4 among the answers is sixel.
_QUESTION = f"\x1b_Gi={_KITTY_NUMBER},s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c".encode()
_KITTY_ANSWER = re.compile(rb"\x1b_Gi=%d;OK\x1b\\" % _KITTY_NUMBER)
_ATTRIBUTES = re.compile(rb"\x1b\[\?([0-9;]*)c")


def examine_display(chosen: str) -> Examined:
    """How the terminal that the doctor runs in shows pictures, beside what the settings say."""
    proposed = propose_way(os.environ, FRAMEBUFFER, _ask_own_terminal())
    if proposed is None:
        return Examined("pictures", "ok", f"picture = {chosen}; not at a terminal")
    return Examined("pictures", "ok" if proposed == chosen else "look", f"picture = {chosen}; {proposed} fits here")


def propose_way(environment: Mapping[str, str], framebuffer: Path, answer: bytes | None) -> Way | None:
    """The best way by what the terminal answered, its name and the devices; None where there is no terminal.

    In tmux or screen and over SSH a picture may not come through: half-blocks always do.
    """
    name = environment.get("TERM", "")
    if answer is None:
        return None
    if environment.get("TMUX") or name.startswith(("screen", "tmux")):
        return "blocks"
    if name == "linux" and "SSH_CONNECTION" not in environment and os.access(framebuffer, os.R_OK | os.W_OK):
        return "framebuffer"
    if _KITTY_ANSWER.search(answer):
        return "kitty"
    attributes = _ATTRIBUTES.search(answer)
    return "sixel" if attributes and b"4" in attributes[1].split(b";")[1:] else "blocks"


def _ask_own_terminal() -> bytes | None:
    if not (sys.stdin and sys.stdin.isatty()):
        return None
    try:
        with Path("/dev/tty").open("r+b", buffering=0) as terminal:
            return ask_terminal(terminal.fileno())
    except OSError:
        return None


def ask_terminal(terminal: int, seconds: float = _ANSWER_SECONDS) -> bytes:
    """Everything that a terminal answers in that time; it is left as it was. Raises `OSError`."""
    before = termios.tcgetattr(terminal)
    answer, end = b"", time.monotonic() + seconds
    try:
        tty.setcbreak(terminal, termios.TCSAFLUSH)
        os.write(terminal, _QUESTION)
        while not _ATTRIBUTES.search(answer) and (left := end - time.monotonic()) > 0:
            if select.select([terminal], [], [], left)[0]:
                answer += os.read(terminal, 4096)
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
    return answer
