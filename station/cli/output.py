"""Files that a command writes where somebody wants them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from station.errors import UsageError, is_storage_trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def place_of(file: Path) -> Path:
    """The absolute path of a file to write. Raises `UsageError` when its folder is not there, or it is one itself."""
    target = file.absolute()
    with _told(file):
        if not target.parent.is_dir():
            raise UsageError("output-no-folder", file=str(file), folder=str(target.parent))
        if target.is_dir():
            raise UsageError("output-is-folder", file=str(file))
    return target


@contextmanager
def writing(file: Path) -> Iterator[Path]:
    """The place of a file while it is written. Raises `UsageError` also when the system refuses; a disk that is full or
    read-only is left to whoever tells of storage.
    """
    target = place_of(file)
    with _told(file):
        yield target


@contextmanager
def _told(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if is_storage_trouble(error):
            raise
        raise UsageError("output-refused", file=str(file), detail=error.strerror or str(error)) from error
