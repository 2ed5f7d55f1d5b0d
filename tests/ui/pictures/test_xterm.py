"""The whole way in a real terminal: xterm as a VT340 on Xvfb, whose screen is a file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.ui.pictures.samples import COLOURS, quarters
from tests.ui.pictures.xvfb import WAIT_SECONDS, display, pixels_of

pytestmark = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xterm")), reason="Xvfb or xterm is not installed"
)
REPOSITORY = Path(__file__).parents[3]


@contextmanager
def running(*command: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, env={**os.environ, **more}, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def place_of(screen: NDArray[np.int16], colour: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """Left, top, width and height of what has this colour."""
    there = np.abs(screen - colour).max(axis=2) <= 4
    if there.sum() < 100:
        return None
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    width, height = int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1
    assert there.sum() > 0.98 * width * height
    return int(columns[0]), int(rows[0]), width, height


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < end, "the screen never came to look so"
        time.sleep(0.1)


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[tuple[Path, Callable[[str], None]]]:
    """An xterm that shows four coloured quarters; the folder of its pixels, and its keyboard."""
    file = quarters(tmp_path / "page.png", (1000, 1500))
    keyboard = tmp_path / "keys"
    os.mkfifo(keyboard)
    # Opened for both directions, it waits for no reader.
    keys = os.open(keyboard, os.O_RDWR)

    def press(key: str) -> None:
        os.write(keys, key.encode())

    with display(tmp_path) as name, running(
        "xterm", "-ti", "vt340", "-fa", "DejaVu Sans Mono", "-fs", "10", "-geometry", "90x40+0+0", "-b", "0",
        "-xrm", "XTerm*scrollBar: false", "-xrm", "XTerm*maxGraphicSize: 1000x1000",
        "-e", sys.executable, "-m", "tests.ui.pictures.panes", "sixel", str(file), str(keyboard),
        DISPLAY=name, COLORTERM="truecolor", TEXTUAL_ANIMATIONS="none",
    ):  # fmt: skip
        yield tmp_path, press
    os.close(keys)


def test_a_picture_in_xterm_has_its_colours_in_its_place(screen: tuple[Path, Callable[[str], None]]) -> None:
    folder, press = screen
    wait_for(lambda: all(place_of(pixels_of(folder), colour) for colour in COLOURS))
    places = [place for colour in COLOURS if (place := place_of(pixels_of(folder), colour))]
    (left, top, width, height), right, below, last = places
    assert top >= 10  # a line of text stands above
    # Where two colours meet a pixel may have a bit of both.
    assert (right[1], below[0]) == (top, left)
    assert abs(right[0] - left - width) <= 2
    assert abs(below[1] - top - height) <= 2
    assert last[:2] == (right[0], below[1])
    assert abs(width / height - 2 / 3) < 0.02
    assert 2 * height > 0.9 * 38 * top  # 38 of 40 lines are the picture's
    press("n")
    wait_for(lambda: not any(place_of(pixels_of(folder), colour) for colour in COLOURS))
    press("b")
    wait_for(lambda: [place_of(pixels_of(folder), colour) for colour in COLOURS] == places)
    press("z")
    wait_for(lambda: (place_of(pixels_of(folder), COLOURS[0]) or (0, 0, 0, 0))[2] >= 499)
