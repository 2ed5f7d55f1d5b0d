"""Having a delivered file to oneself while it is taken: out of everybody's sight in one step, and back if need be.

A claimed file lies in a hidden folder beside its place, under its own name. Nobody can write over it there, no other
look at the folder sees it, and a run that broke off has left it where the next one knows what it is.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CLAIMS = ".station-taking"

Mark = tuple[int, int, int]
"""What tells a file from one written anew: inode, bytes, time of the last byte in ns. Survives a rename."""


@dataclass(frozen=True)
class Claim:
    """A file that is in flight. `origin` is where it was delivered."""

    origin: Path
    mark: Mark
    interrupted: bool = False
    """An earlier run claimed it and broke off: its pages may have their rows already."""

    @property
    def file(self) -> Path:
        return _hidden(self.origin)

    @property
    def changed(self) -> bool:
        """Whether somebody who had it open has written on since it was claimed."""
        try:
            return mark_of(self.file) != self.mark
        except FileNotFoundError:
            return False


def mark_of(path: Path) -> Mark:
    """Raises `OSError` where there is no such file."""
    info = path.lstat()
    return info.st_ino, info.st_size, info.st_mtime_ns


def claim(path: Path) -> Claim:
    """Take a file out of sight; one of its name that an earlier run had claimed goes first, and this one stays.

    A crash leaves it claimed. Raises `FileNotFoundError` when it is gone, `OSError` where nothing can be moved.
    """
    hidden = _hidden(path)
    if is_claimed(path):
        return Claim(path, mark_of(hidden), interrupted=True)
    hidden.parent.mkdir(exist_ok=True)
    path.rename(hidden)
    return Claim(path, mark_of(hidden))


def is_claimed(path: Path) -> bool:
    """Whether an earlier run has a file of this name in hand."""
    return os.path.lexists(_hidden(path))


def lies_at(path: Path) -> Path:
    """Where the bytes are that come next under this name."""
    return _hidden(path) if is_claimed(path) else path


def is_here(path: Path) -> bool:
    """Whether a file of this name is there, claimed or not."""
    return os.path.lexists(path) or is_claimed(path)


def release(claimed: Claim) -> None:
    """Put a file back where it was, never over another: then its name gets a number in front."""
    origin = claimed.origin
    target, number = origin, 1
    while not _move_new(claimed.file, target):
        number += 1
        target = origin.with_name(f"{number}-{origin.name}")
    tidy(origin.parent)


def drop(claimed: Claim) -> None:
    """Remove a file whose bytes are safe elsewhere."""
    claimed.file.unlink(missing_ok=True)


def tidy(folder: Path) -> None:
    """Remove the hidden folder once nothing lies in it."""
    with contextlib.suppress(OSError):
        (folder / CLAIMS).rmdir()


def claimed_in(folder: Path) -> list[Path]:
    """Where the files were delivered that lie claimed in a folder."""
    try:
        return [folder / hidden.name for hidden in (folder / CLAIMS).iterdir()]
    except OSError:
        return []


def _hidden(path: Path) -> Path:
    return path.parent / CLAIMS / path.name


def _move_new(source: Path, target: Path) -> bool:
    """Rename without replacing; False where something has the name. A hard link is the step that cannot replace."""
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError:  # file systems of sticks and shares know no links: look first
        if os.path.lexists(target):
            return False
        source.rename(target)
    else:
        source.unlink()
    return True
