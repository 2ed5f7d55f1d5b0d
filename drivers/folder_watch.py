"""Events of watched folders: one inotify instance (watchdog's) for all of them, with everything below each.

Events are hints and the directory is the truth: they may be lost in a burst, and a share gives none. Whoever watches
reads each folder when it begins, on `LOST`, and now and then; where no events come it reads the folder every few
seconds, and is told why. watchdog's own observers are not used: they report neither lost events nor folders that could
not be watched, and hold a thread for each watch.
"""

from __future__ import annotations

import errno
import logging
import os
import queue
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, cast

from drivers.hot_folder import is_hidden, is_unfinished
from drivers.mounts import is_remote

if TYPE_CHECKING:
    from watchdog.observers.inotify_c import CallbackId, InotifyEvent, InotifyFD, Mask, WatchDescriptor

log = logging.getLogger(__name__)

HINTS_KEPT = 20_000
"""Hints that wait for the watcher; in a greater burst they are dropped and the folder is read instead."""

# Flags of inotify(7).
_MOVED_FROM, _MOVED_TO, _CREATE, _CLOSE_WRITE = 0x40, 0x80, 0x100, 0x8
_DELETE_SELF, _MOVE_SELF, _UNMOUNT, _ISDIR = 0x400, 0x800, 0x2000, 0x40000000
_ONLY_FOLDERS, _NO_LINKS = 0x01000000, 0x02000000
_MASK = _MOVED_FROM | _MOVED_TO | _CREATE | _CLOSE_WRITE | _DELETE_SELF | _MOVE_SELF | _ONLY_FOLDERS | _NO_LINKS


class What(StrEnum):
    """What an event tells."""

    APPEARED = "appeared"
    CLOSED = "closed"
    """Its writer closed the file, or it was moved here."""
    FOLDER = "folder"
    """A folder came; what lies in it was not told of."""
    LOST = "lost"
    """More happened than was told: everything has to be read."""
    GONE = "gone"
    """The watched folder itself went away."""


class NoEvents(StrEnum):
    """Why a folder has to be read every few seconds."""

    SHARE = "share"
    LIMIT = "limit"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Hint:
    """An event, with the watched folder that it belongs to."""

    top: Path
    path: Path
    what: What


class FolderWatch:
    """Watches folders and hands out hints. Everything but `wake` is called by one thread."""

    def __init__(self) -> None:
        self._hints: queue.SimpleQueue[Hint | None] = queue.SimpleQueue()
        self._trees: dict[Path, _Tree] = {}
        self._inotify = _open_inotify()

    def watch(self, top: Path) -> None:
        """Watch a folder with everything below it, from this moment on; what is there already is not told of."""
        tree = _Tree(top, self._hints, self._inotify)
        self._trees[top] = tree
        if is_remote(top):
            tree.no_events = NoEvents.SHARE
        elif self._inotify is None:
            tree.no_events = NoEvents.UNAVAILABLE
        else:
            tree.add(top)

    def unwatch(self, top: Path) -> None:
        tree = self._trees.pop(top, None)
        if tree:
            tree.forget(top)

    def no_events(self, top: Path) -> NoEvents | None:
        """Why no events can be relied on; None where they come. May change while a folder is watched."""
        if self._inotify is not None and not self._inotify.is_alive():
            return NoEvents.UNAVAILABLE
        return self._trees[top].no_events

    def hints(self, seconds: float) -> list[Hint]:
        """What happened, as soon as something does; empty after so many seconds, or when woken."""
        found: list[Hint | None] = []
        try:
            found.append(self._hints.get(timeout=max(0.0, seconds)))
            while len(found) < HINTS_KEPT:
                found.append(self._hints.get_nowait())
        except queue.Empty:
            pass
        return [hint for hint in found if hint]

    def wake(self) -> None:
        """End the wait of `hints`. May be called by any thread and by a signal handler."""
        self._hints.put(None)

    def close(self) -> None:
        """Stop watching. May be called twice."""
        if self._inotify is not None and self._inotify.is_alive():
            self._inotify.stop()
            self._inotify.join()
        self._trees.clear()


@dataclass
class _Tree:
    """The watches of one folder and those below it. Events come in watchdog's thread."""

    top: Path
    hints: queue.SimpleQueue[Hint | None]
    inotify: InotifyFD | None
    no_events: NoEvents | None = None
    _folders: dict[WatchDescriptor, Path] = field(default_factory=dict)
    _watched: set[Path] = field(default_factory=set)
    _told_of_loss: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def _id(self) -> CallbackId:
        return cast("CallbackId", id(self))

    # Called by watchdog.

    def on_event(self, event: InotifyEvent) -> None:
        with self._lock:
            folder = self._folders.get(event.wd)
        if folder is None:
            return
        path = folder / os.fsdecode(event.name) if event.name else folder
        if event.mask & (_DELETE_SELF | _MOVE_SELF | _UNMOUNT):
            if path == self.top:
                self._tell(path, What.GONE)
        elif event.mask & _ISDIR:
            self._on_folder(path, event.mask)
        elif event.name and not is_unfinished(path.name) and not event.mask & _MOVED_FROM:
            self._tell(path, What.APPEARED if event.mask & _CREATE else What.CLOSED)

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        with self._lock:
            folder = self._folders.pop(wd, None)
            if folder:
                self._watched.discard(folder)

    def on_queue_overflow(self) -> None:
        """Folders may have come that nobody told of: they are watched from now on."""
        log.warning("more happened in %s than the kernel's queue holds", self.top)
        self.add(self.top)
        self._tell(self.top, What.LOST)

    # Called by both threads.

    def add(self, top: Path) -> None:
        """Watch a folder and those below it, unless they are watched."""
        for parent, folders, _ in os.walk(top, followlinks=False):
            folders[:] = [name for name in folders if not is_hidden(name)]
            if not self._add_one(Path(parent)):
                return

    def forget(self, top: Path) -> None:
        """Stop watching a folder and those below it."""
        with self._lock:
            gone = [wd for wd, path in self._folders.items() if path.is_relative_to(top)]
            for wd in gone:
                self._watched.discard(self._folders.pop(wd))
        if self.inotify is not None:
            self.inotify.remove_callbacks([(wd, self._id) for wd in gone])

    def _add_one(self, folder: Path) -> bool:
        """False where no more folders can be watched; one that vanished meanwhile or is a link is no matter."""
        assert self.inotify is not None
        with self._lock:
            if folder in self._watched:
                return True
            # The folder that was named may be a link; those below it are what they are.
            place = folder.resolve() if folder == self.top else folder
            try:
                wd = self.inotify.add_callback(os.fsencode(place), cast("Mask", _MASK), self, self._id)
            except OSError as error:
                return self._not_watched(folder, error)
            if wd >= 0:  # else it may not be read, now or by whoever takes the files
                self._folders[wd] = folder
                self._watched.add(folder)
        return True

    def _not_watched(self, folder: Path, error: OSError) -> bool:
        if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
            return True
        log.warning("%s cannot be watched: %s", folder, error)
        self.no_events = NoEvents.LIMIT if error.errno == errno.ENOSPC else NoEvents.UNAVAILABLE
        return False

    def _on_folder(self, path: Path, mask: int) -> None:
        if mask & _MOVED_FROM:
            self.forget(path)
        elif not is_hidden(path.name):
            self.add(path)
            self._tell(path, What.FOLDER)

    def _tell(self, path: Path, what: What) -> None:
        full = self.hints.qsize() >= HINTS_KEPT
        if not full:
            self.hints.put(Hint(self.top, path, what))
        elif not self._told_of_loss:
            self.hints.put(Hint(self.top, self.top, What.LOST))
        self._told_of_loss = full


def _open_inotify() -> InotifyFD | None:
    """None where this machine or this user has no inotify to give."""
    try:
        from watchdog.observers.inotify_c import InotifyFD

        inotify = InotifyFD()
    except (ImportError, OSError) as error:
        log.warning("no events of folders: %s", error)
        return None
    inotify.start()
    return inotify
