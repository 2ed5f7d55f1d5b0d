"""What arrives in the watched folders: told by events, and read from the folders themselves.

Every place is read at the start, when events were lost, once a minute, and every two seconds where no events come. A
place that goes away (a stick, a share) is looked for until it is back.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.arrivals import Arrivals
from drivers.folder_watch import FolderWatch, NoEvents, What
from drivers.hot_folder import list_folder
from station.capture.hot_folders import watched_places
from station.words import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from drivers.folder_watch import Hint
    from station.capture.hot_folders import Place
    from station.naming import BookId
    from station.root import Root
    from station.settings import Settings

READ_SECONDS = 60.0
POLL_SECONDS = 2.0
_PRESENT_SECONDS = 2.0


@dataclass
class Folder:
    """A folder with files in it, and the book that they go to. `retry_at`: not to be tried before, on the clock."""

    path: Path
    top: Path
    book: BookId | None
    arrivals: Arrivals
    covers: bool = False
    """Whether cover sheets say which book its files go to."""
    retry_at: float = 0.0
    said: set[str] = field(default_factory=set)
    """Why its files wait, as far as somebody was told."""


@dataclass
class _Top:
    """A watched place: which folder it is (device and inode, None while it is away) and when it is read next."""

    place: Place
    identity: tuple[int, int] | None = None
    read_at: float = 0.0
    no_events: NoEvents | None = None


class Watched:
    """The places of a station. `noted` is told what becomes of them; used by one thread but for `wake`."""

    def __init__(self, root: Root, settings: Settings, noted: Callable[[Phrase], None]) -> None:
        """Raises `SettingsError` for folders that cannot be watched by rights."""
        self._settings, self._noted = settings, noted
        self._tops = {place.top: _Top(place) for place in watched_places(root, settings)}
        self._watch = FolderWatch()
        self._look_for_at = 0.0
        self.folders: dict[Path, Folder] = {}
        self._look_for_tops(first=True)

    def listen(self, until: float) -> None:
        """Wait until something happens, or the clock says `until`; enter what came and read what is due."""
        due = min(until, self._look_for_at, *(top.read_at for top in self._tops.values() if top.identity))
        for hint in self._watch.hints(due - time.monotonic()):
            self._enter(hint)
        if time.monotonic() >= self._look_for_at:
            self._look_for_tops()
        for top in self._tops.values():
            if top.identity and time.monotonic() >= top.read_at:
                self._read(top)

    def wake(self) -> None:
        """End the wait of `listen`. May be called by a signal handler."""
        self._watch.wake()

    def close(self) -> None:
        self._watch.close()

    def forget_idle(self) -> None:
        """Folders in which nothing lies are not kept in memory."""
        for path in [path for path, folder in self.folders.items() if folder.arrivals.idle]:
            del self.folders[path]

    def _enter(self, hint: Hint) -> None:
        top = self._tops[hint.top]
        if hint.what is What.GONE:
            self._look_for_at = 0.0
        elif hint.what is What.LOST:
            top.read_at = 0.0
        elif hint.what is What.FOLDER:
            listing = list_folder(hint.path)
            for path in listing.files:
                self._folder_of(top, path).arrivals.heard(path, closed=False)
            if listing.claimed:
                top.read_at = 0.0
        else:
            self._folder_of(top, hint.path).arrivals.heard(hint.path, closed=hint.what is What.CLOSED)

    def _read(self, top: _Top) -> None:
        """What lies there is the truth."""
        listing = list_folder(top.place.top)
        files, claimed = self._by_folder(top, listing.files), self._by_folder(top, listing.claimed)
        for path, folder in self.folders.items():
            if folder.top == top.place.top:
                folder.arrivals.listed(files.get(path, ()), claimed.get(path, ()))
        top.read_at = time.monotonic() + (POLL_SECONDS if self._polls(top) else READ_SECONDS)

    def _polls(self, top: _Top) -> bool:
        """Whether no events come from a place; says so when that begins."""
        reason = self._watch.no_events(top.place.top)
        if reason and reason is not top.no_events:
            why = Phrase(f"watch.no-events.{reason}")
            self._noted(Phrase("watch.polling", {"folder": top.place.top, "why": why, "seconds": int(POLL_SECONDS)}))
        top.no_events = reason
        return reason is not None

    def _by_folder(self, top: _Top, paths: Iterable[Path]) -> dict[Path, list[Path]]:
        found: dict[Path, list[Path]] = defaultdict(list)
        for path in paths:
            found[self._folder_of(top, path).path].append(path)
        return found

    def _folder_of(self, top: _Top, file: Path) -> Folder:
        found = top.place.folder_of(file, self._settings.station.registry)
        folder = self.folders.get(found.path)
        if folder is None:
            local = top.no_events is not NoEvents.SHARE
            arrivals = Arrivals(self._settings.intake.settle_seconds, trust_times=local)
            folder = self.folders[found.path] = Folder(found.path, top.place.top, found.book, arrivals, found.covers)
        return folder

    def _look_for_tops(self, *, first: bool = False) -> None:
        for top in self._tops.values():
            identity = _identity(top.place.top)
            if identity != top.identity or (first and identity is None):
                self._on_change(top, identity, first=first)
        self._look_for_at = time.monotonic() + _PRESENT_SECONDS

    def _on_change(self, top: _Top, identity: tuple[int, int] | None, *, first: bool) -> None:
        """A place went away, came back, or something was mounted over it."""
        path, was_there = top.place.top, top.identity is not None
        self._watch.unwatch(path)
        self.folders = {key: folder for key, folder in self.folders.items() if folder.top != path}
        top.identity = identity
        if identity is None:
            self._noted(Phrase("watch.gone", {"folder": path}))
            return
        self._watch.watch(path)
        if not first and not was_there:
            self._noted(Phrase("watch.back", {"folder": path}))
        self._polls(top)
        self._read(top)


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        info = folder.stat()
    except OSError:
        return None
    return (info.st_dev, info.st_ino) if folder.is_dir() else None
