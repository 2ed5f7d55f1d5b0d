"""The numbers of hand-overs: one after the other, none ever used again."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING

from outbox import durable

if TYPE_CHECKING:
    from pathlib import Path

_COUNTER = "counter"


def next_number(folder: Path) -> int:
    """Take a number; the counter is durable before the number is used, so a crash may leave a gap and never a twin.

    Files of hand-overs count too: a counter that was lost or put back from an old copy gives no number again.
    """
    durable.make_folder(folder)
    with (folder / "lock").open("a+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        number = 1 + max(_counted(folder / _COUNTER), *_used(folder), 0)
        durable.replace(folder / _COUNTER, f"{number}\n".encode())
    return number


def file_of(folder: Path, number: int, ending: str) -> Path:
    """A file of a hand-over, as `0007.pdf`."""
    return folder / f"{number:04}.{ending}"


def _counted(counter: Path) -> int:
    try:
        return int(counter.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return 0


def _used(folder: Path) -> list[int]:
    return [0, *(int(path.stem) for path in folder.iterdir() if path.stem.isdecimal())]
