"""How much room the disk has for further pages."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from station.settings import Settings

_PAGE_MB = 26.1
"""A4 at 300 dpi in colour, uncompressed: what one page takes until its book has been received."""


def room_left(path: Path, settings: Settings) -> int:
    """Megabytes free where `path` lies, above what is kept free: with none scanning is refused."""
    return max(0, shutil.disk_usage(path).free // 1_000_000 - settings.storage.min_free_mb)


def pages_fitting(megabytes: int) -> int:
    """How many pages there is room for."""
    return int(megabytes / _PAGE_MB)
