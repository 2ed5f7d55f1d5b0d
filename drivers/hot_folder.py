"""A watched folder as a source of images: overhead scanners, phones and multifunction devices save files there.

The folder is distrusted: links are not followed, unfinished files are left alone, and what a file holds is for the
taker to find out. Events are not needed for correctness: the directory is the truth and is read again each time.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from natsort import natsort_keygen

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import Applied, Capabilities, DeviceInfo, EndOfPaper, Mode, RawImage, ScanSettings, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SETTLE_SECONDS = 2.0
# Names that devices and synchronising programs give to files they are still writing.
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".swp", "~")
# Names that operating systems put into every folder or onto every stick.
_SYSTEM_NAMES = {"thumbs.db", "desktop.ini", "system volume information", "$recycle.bin", "lost+found"}

_natural_key = natsort_keygen(key=lambda path: path.as_posix().casefold())


def natural_order(path: Path) -> tuple[Any, str]:
    """2 before 10. Names that are equal but for their case or leading zeros come in one fixed order too."""
    return _natural_key(path), path.as_posix()


def is_hidden(name: str) -> bool:
    """Whether a name wants to be left alone. One that begins with two dots hides nothing honest: it must be seen."""
    return (name.startswith((".", "~")) and not name.startswith("..")) or name.lower() in _SYSTEM_NAMES


def is_unfinished(name: str) -> bool:
    """Whether a name says that somebody is still writing, or wants to be left alone."""
    return is_hidden(name) or name.lower().endswith(_UNFINISHED)


def files_below(folder: Path) -> list[Path]:
    """Everything that is not a directory, in natural order of the names; links are listed, never followed."""
    found = []
    for parent, folders, names in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if not is_hidden(name)]
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        found += [Path(parent) / name for name in [*names, *links] if not is_unfinished(name)]
    return sorted(found, key=natural_order)


@dataclass
class HotFolder:
    """One folder behind the interface of a scanner. A file is taken when its size and time stood still."""

    info: DeviceInfo
    settle_seconds: float = SETTLE_SECONDS
    clock: Callable[[], float] = time.monotonic
    wall_clock: Callable[[], float] = time.time
    _seen: dict[Path, tuple[tuple[int, ...], float]] = field(default_factory=dict)

    @classmethod
    def at(cls, folder: Path, settle_seconds: float = SETTLE_SECONDS) -> HotFolder:
        return cls(DeviceInfo(f"folder:{folder}", "folder", kind="hot folder"), settle_seconds)

    @property
    def folder(self) -> Path:
        return Path(self.info.address)

    def capabilities(self) -> Capabilities:
        return Capabilities((Source.ADF,), (Mode.COLOUR, Mode.GREY), (), 0.0, 0.0)

    def configure(self, settings: ScanSettings) -> Applied:
        """A folder takes what comes; there is nothing to set."""
        return Applied(Source.ADF, settings.mode, settings.dpi, 0.0, 0.0)

    def feed(self, spool: Path, limit: int | None = None) -> Iterator[RawImage | EndOfPaper]:  # noqa: ARG002
        """Settled files in natural order. They stay where they are: the taker removes what it has made safe."""
        if not self.folder.is_dir():
            raise DeviceFault(FaultKind.OFFLINE, f"{self.folder} is not there")
        count = 0
        for path in self._settled():
            count += 1
            yield RawImage(path, sheet=count)
            if count == limit:
                return
        yield EndOfPaper(count)

    def pending(self) -> bool:
        """Whether files are there that have not settled yet."""
        return bool(self._seen)

    def sensors(self) -> dict[str, Any]:
        return {"page-loaded": bool(files_below(self.folder))}

    def cancel(self) -> None:
        """Nothing moves here."""

    def close(self) -> None:
        self._seen.clear()

    def _settled(self) -> list[Path]:
        """Files that stood still since an earlier look, or that were last written long before this one."""
        now = self.clock()
        settled: list[Path] = []
        seen: dict[Path, tuple[tuple[int, ...], float]] = {}
        for path in files_below(self.folder):
            try:
                info = path.lstat()
            except OSError:
                continue
            mark = (info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
            before, since = self._seen.get(path, (None, now))
            since = since if before == mark else now
            # A copying program may give a file an old time long before its last byte, but not an old change time.
            still = max(now - since, self.wall_clock() - max(info.st_mtime, info.st_ctime))
            if not stat.S_ISREG(info.st_mode) or still >= self.settle_seconds:
                settled.append(path)
            else:
                seen[path] = (mark, since)
        self._seen = seen
        return settled
