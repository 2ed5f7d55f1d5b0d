"""Whether what was met at a destination was met with the settings of today, and with the files that they name."""

import hashlib
import os
from pathlib import Path

import msgspec

from outbox.destinations.credentials import CREDENTIALS_DIRECTORY
from outbox.destinations.settings import DestinationSettings, write_path


def version_of(settings: DestinationSettings) -> str:
    """Another text when a setting changed, or a file that one names came, went or was written; nothing is read."""
    values = (getattr(settings, name) for name in settings.__struct_fields__)
    seen = [_seen(value) for value in values if isinstance(value, Path)]
    plain = msgspec.json.encode([settings, seen], enc_hook=write_path)
    return hashlib.sha256(plain).hexdigest()[:16]


def _seen(file: Path) -> list[int]:
    """What tells that a file changed: empty for one that is not there, of a folder whether it is one."""
    folder = os.environ.get(CREDENTIALS_DIRECTORY)
    path = Path(folder) / file if folder and file.name == str(file) else file
    try:
        facts = path.stat()
    except OSError:
        return []
    return [facts.st_mode] if path.is_dir() else [facts.st_mode, facts.st_size, facts.st_mtime_ns]
