"""A watched folder as a source of images: overhead scanners, phones and multifunction devices save files there.

The folder is distrusted: links are not followed, unfinished files are left alone, and what a file holds is for the
taker to find out. Events are not needed for correctness: the directory is the truth and is read again each time.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drivers.arrivals import SETTLE_SECONDS, Arrivals, natural_order
from drivers.claims import CLAIMS, claimed_in
from drivers.faults import DeviceFault, FaultKind
from drivers.interface import Applied, Capabilities, DeviceInfo, EndOfPaper, Mode, RawImage, ScanSettings, Source
from drivers.mounts import is_remote

if TYPE_CHECKING:
    from collections.abc import Iterator

# Names that devices and synchronising programs give to files they are still writing.
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".swp", "~")
# Names that operating systems put into every folder or onto every stick.
_SYSTEM_NAMES = {"thumbs.db", "desktop.ini", "system volume information", "$recycle.bin", "lost+found"}


def is_hidden(name: str) -> bool:
    """Whether a name wants to be left alone. One that begins with two dots hides nothing honest: it must be seen."""
    return (name.startswith((".", "~")) and not name.startswith("..")) or name.lower() in _SYSTEM_NAMES


def is_unfinished(name: str) -> bool:
    """Whether a name says that somebody is still writing, or wants to be left alone."""
    return is_hidden(name) or name.lower().endswith(_UNFINISHED)


@dataclass(frozen=True)
class Listing:
    """What lies in a folder and below: files as they were delivered, and where those lay that are claimed."""

    files: list[Path]
    claimed: list[Path]


def list_folder(folder: Path) -> Listing:
    """Everything that is not a directory, in no order; links are listed, never followed. Folders that go meanwhile
    or may not be read are left out.
    """
    listing = Listing([], [])
    for parent, folders, names in os.walk(folder, followlinks=False):
        place = Path(parent)
        if CLAIMS in folders:
            listing.claimed.extend(claimed_in(place))
        folders[:] = [name for name in folders if not is_hidden(name)]
        links = [name for name in folders if (place / name).is_symlink()]
        listing.files.extend(place / name for name in [*names, *links] if not is_unfinished(name))
    return listing


def files_below(folder: Path) -> list[Path]:
    """The files of a folder in natural order of their names."""
    return sorted(list_folder(folder).files, key=natural_order)


@dataclass
class HotFolder:
    """One folder behind the interface of a scanner. A file is taken when its size and time stood still."""

    info: DeviceInfo
    arrivals: Arrivals = field(default_factory=Arrivals)

    def __post_init__(self) -> None:
        self.arrivals.trust_times = not is_remote(self.folder)

    @classmethod
    def at(cls, folder: Path, settle_seconds: float = SETTLE_SECONDS) -> HotFolder:
        return cls(DeviceInfo(f"folder:{folder}", "folder", kind="hot folder"), Arrivals(settle_seconds))

    @property
    def folder(self) -> Path:
        return Path(self.info.address)

    def capabilities(self) -> Capabilities:
        return Capabilities((Source.ADF,), (Mode.COLOUR, Mode.GREY), (), 0.0, 0.0)

    def configure(self, settings: ScanSettings) -> Applied:
        """A folder takes what comes; there is nothing to set."""
        return Applied(Source.ADF, settings.mode, settings.dpi, 0.0, 0.0)

    def feed(self, spool: Path, limit: int | None = None) -> Iterator[RawImage | EndOfPaper]:  # noqa: ARG002
        """Settled files in natural order, once all are settled. They stay: the taker removes what it has made safe."""
        if not self.folder.is_dir():
            raise DeviceFault(FaultKind.OFFLINE, f"{self.folder} is not there")
        listing = list_folder(self.folder)
        self.arrivals.listed(listing.files, listing.claimed)
        self.arrivals.look()
        files = list(self.arrivals.ready)
        self.arrivals.ready.clear()
        count = 0
        for path in files:
            count += 1
            yield RawImage(path, sheet=count)
            if count == limit:
                return
        yield EndOfPaper(count)

    def pending(self) -> bool:
        """Whether files are there that have not settled yet."""
        return self.arrivals.pending > 0

    def sensors(self) -> dict[str, Any]:
        return {"page-loaded": bool(list_folder(self.folder).files)}

    def cancel(self) -> None:
        """Nothing moves here."""

    def close(self) -> None:
        self.arrivals = Arrivals(self.arrivals.settle_seconds, self.arrivals.trust_times)
