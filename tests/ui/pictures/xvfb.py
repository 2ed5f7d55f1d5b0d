"""A screen without a monitor, whose pixels are a file."""

from __future__ import annotations

import os
import select
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WAIT_SECONDS = 40.0


@contextmanager
def display(folder: Path, size: tuple[int, int] = (900, 1000)) -> Iterator[str]:
    """A screen of so many pixels, which are in `Xvfb_screen0` of the folder; its name."""
    ours, theirs = os.pipe()
    width, height = size
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(theirs), "-screen", "0", f"{width}x{height}x24", "-fbdir", str(folder), "-nolisten",
         "tcp", "-nocursor"],
        pass_fds=[theirs], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(theirs)
    try:
        ready, _, _ = select.select([ours], [], [], WAIT_SECONDS)
        assert ready, "Xvfb did not start"
        yield f":{os.read(ours, 20).decode().strip()}"
    finally:
        os.close(ours)
        process.terminate()
        process.wait(20)


def pixels_of(folder: Path) -> NDArray[np.int16]:
    """The screen, read as X11/XWDFile.h says."""
    data = (folder / "Xvfb_screen0").read_bytes()
    header = struct.unpack_from(">25I", data)
    size, width, height, order, bits, stride, colours = (header[at] for at in (0, 4, 5, 7, 11, 12, 19))
    assert (bits, order) == (32, 0)
    start = size + 12 * colours
    rows = np.frombuffer(data, np.uint8, stride * height, start).reshape(height, stride)[:, : width * 4]
    return rows.reshape(height, width, 4)[..., 2::-1].astype(np.int16)
