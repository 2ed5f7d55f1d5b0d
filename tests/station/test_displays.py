"""Which way of showing pictures fits, by what terminals answer."""

from __future__ import annotations

import os
import pty
import shutil
import sys
import termios
import threading
from pathlib import Path

import pytest

from station.displays import ask_terminal, propose_way

# By the device attributes that each is documented to send; xterm itself is asked below.
VT340 = b"\x1b[?63;1;2;4;6;9;15;16;22;28c"
PLAIN_XTERM = b"\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c"
FOOT = b"\x1b[?62;4;22c"
KITTY = b"\x1b_Gi=31;OK\x1b\\\x1b[?62;c"


@pytest.mark.parametrize(
    ("environment", "answer", "way"),
    [
        ({"TERM": "vt340"}, VT340, "sixel"),
        ({"TERM": "foot"}, FOOT, "sixel"),
        ({"TERM": "xterm-256color"}, PLAIN_XTERM, "blocks"),
        ({"TERM": "xterm-kitty"}, KITTY, "kitty"),
        ({"TERM": "xterm"}, b"", "blocks"),
        ({"TERM": "xterm"}, b"\x1b[?4c", "blocks"),
        ({"TERM": "tmux-256color", "TMUX": "x"}, VT340, "blocks"),
        ({"TERM": "linux"}, b"\x1b[?6c", "framebuffer"),
        ({"TERM": "linux", "SSH_CONNECTION": "x"}, b"\x1b[?6c", "blocks"),
        ({"TERM": "xterm"}, None, None),
    ],
)
def test_the_way_that_fits(tmp_path: Path, environment: dict[str, str], answer: bytes | None, way: str | None) -> None:
    framebuffer = tmp_path / "fb0"
    framebuffer.write_bytes(b"")
    assert propose_way(environment, framebuffer, answer) == way


def test_a_console_without_a_frame_buffer_shows_blocks(tmp_path: Path) -> None:
    assert propose_way({"TERM": "linux"}, tmp_path / "fb0", b"\x1b[?6c") == "blocks"


def test_a_terminal_is_asked_once_and_left_as_it_was() -> None:
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)

    def answer() -> None:
        asked = b""
        while not asked.endswith(b"\x1b[c"):
            asked += os.read(ours, 100)
        os.write(ours, KITTY)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        assert ask_terminal(theirs, 20.0) == KITTY
        assert termios.tcgetattr(theirs) == before
        thread.join(20)
        assert ask_terminal(theirs, 0.05) == b""
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.skipif(not (shutil.which("Xvfb") and shutil.which("xterm")), reason="Xvfb or xterm is not installed")
@pytest.mark.parametrize(("terminal", "way"), [(["-ti", "vt340"], "sixel"), (["-ti", "vt100"], "blocks")])
def test_xterm_says_what_it_can(tmp_path: Path, terminal: list[str], way: str) -> None:
    from tests.ui.pictures.test_xterm import REPOSITORY, running, wait_for
    from tests.ui.pictures.xvfb import display

    out = tmp_path / "out"
    program = (
        "import os, sys, pathlib\n"
        "from station.displays import ask_terminal, propose_way\n"
        "way = propose_way({}, pathlib.Path('/none'), ask_terminal(0, 20.0))\n"
        "pathlib.Path(sys.argv[1]).write_text(f'{way} ', encoding='utf-8')\n"
    )
    with (
        display(tmp_path) as name,
        running(
            "xterm", *terminal, "-e", sys.executable, "-c", program, str(out), DISPLAY=name, PYTHONPATH=str(REPOSITORY)
        ),
    ):
        wait_for(lambda: out.exists() and out.read_text(encoding="utf-8") == f"{way} ")
