"""The files of one folder on their way in: which of them are whole, and which have come together.

Whole is a file that its writer closed and left alone for a moment, or that stood still for the settle time. What
arrives together is one batch in natural order: while a file of the folder is still being written, the others wait for
it. Nothing rests on events alone; each file is looked at again before it is called whole.
"""

from __future__ import annotations

import stat
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from natsort import natsort_keygen

from drivers.claims import mark_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

SETTLE_SECONDS = 2.0
GRACE_SECONDS = 0.15
"""How long a file that was closed must be left alone: FTP servers, `touch` and copying programs open files again."""

STUCK_SECONDS = 60.0
"""A file that changes for so long holds up the others no more: it is a log, or a line that is hardly moving."""

_LOOK_SECONDS = 0.5

_natural_key = natsort_keygen(key=lambda path: path.as_posix().casefold())


def natural_order(path: Path) -> tuple[Any, str]:
    """2 before 10. Names that are equal but for their case or leading zeros come in one fixed order too."""
    return _natural_key(path), path.as_posix()


@dataclass(slots=True)
class _File:
    """What was seen of a file: `since` when it is unchanged, when it was seen `first`, whether its writer closed it."""

    mark: tuple[int, ...]
    since: float
    first: float
    closed: bool
    whole: bool = False


@dataclass
class Arrivals:
    """What one folder holds: files that arrive, and `ready` ones in their order, which stay there until they are done.

    `clock` is monotonic, in seconds. With `trust_times` a file whose times lie far back is whole at the first look;
    those of a share are another machine's and say nothing.
    """

    settle_seconds: float = SETTLE_SECONDS
    trust_times: bool = True
    clock: Callable[[], float] = time.monotonic
    wall_clock: Callable[[], float] = time.time
    ready: dict[Path, _File] = field(default_factory=dict)
    next_look: float = 0.0
    """When a look may find more ready; before that only `heard` and `listed` change anything."""
    _arriving: dict[Path, _File] = field(default_factory=dict)
    _claimed: set[Path] = field(default_factory=set)

    @property
    def pending(self) -> int:
        """How many files arrive that are not ready."""
        return len(self._arriving) + len(self._claimed)

    @property
    def idle(self) -> bool:
        return not self.ready and not self.pending

    def heard(self, path: Path, *, closed: bool) -> None:
        """An event told of a file: it appeared, or its writer `closed` it (or moved it here whole)."""
        now = self.clock()
        before = self._arriving.pop(path, None)
        file = self._look_at(path, now)
        if file is None:
            return
        file.first = before.first if before else now
        file.closed = closed or (before is not None and before.closed and before.mark[:3] == file.mark[:3])
        self._arriving[path] = file
        self.next_look = now + min(GRACE_SECONDS, self.settle_seconds)

    def listed(self, files: Iterable[Path], claimed: Iterable[Path] = ()) -> None:
        """The folder as it is: the truth. Files that nobody told of are entered, those that are gone forgotten.

        `claimed` are those that an interrupted run had in hand: they come first, at once.
        """
        now = self.clock()
        there = set(files)
        self._claimed = {path for path in claimed if path not in self.ready}
        for path in there - self._arriving.keys() - self.ready.keys():
            file = self._look_at(path, now)
            if file:
                self._arriving[path] = file
        for path in self._arriving.keys() - there:
            del self._arriving[path]
        self.next_look = min(self.next_look, now)

    def look(self) -> None:
        """Make a batch of what is whole, unless a file is still being written that belongs to it."""
        now = self.clock()
        for path in sorted(self._claimed, key=natural_order):
            self.ready[path] = _File((), now, now, closed=False)
        self._claimed.clear()
        # Files that nobody closed decide first: until they settle, the many that are closed need not be looked at.
        for closed in (False, True):
            waiting = [path for path, file in list(self._arriving.items()) if file.closed is closed]
            unsettled = [self._arriving[path] for path in waiting if not self._settles(path, now)]
            if unsettled:
                self.next_look = self._next_look(unsettled, now)
                return
        whole = [path for path, file in self._arriving.items() if file.whole and path not in self.ready]
        whole.sort(key=natural_order)
        for path in whole:
            self.ready[path] = self._arriving.pop(path)
        self.next_look = now + _LOOK_SECONDS if self._arriving else float("inf")

    def done(self, path: Path) -> None:
        """A ready file was taken or is gone."""
        self.ready.pop(path, None)

    def may_grow(self, path: Path) -> bool:
        """Whether a ready file may be unfinished: closed, but not still for long enough."""
        seen = self.ready.get(path)
        if seen is None or not seen.mark:
            return False
        try:
            return mark_of(path) != seen.mark[:3] or self.clock() - seen.since < self.settle_seconds
        except OSError:
            return False

    def put_back(self, path: Path) -> None:
        """A ready file turned out to be unfinished: it must stand still first, and the batch waits with it."""
        for other, file in self.ready.items():
            file.whole = False
            if file.mark:
                self._arriving[other] = file
            else:
                self._claimed.add(other)
        self.ready.clear()
        self._arriving.pop(path, None)
        self.heard(path, closed=False)

    def _settles(self, path: Path, now: float) -> bool:
        """Whether a file is whole, or nothing that the others should wait for; notes which."""
        known = self._arriving[path]
        if known.closed and now < known.since + self._needed(known):
            return False
        file = self._look_at(path, now)
        if file is None:
            del self._arriving[path]
            return True
        if file.mark != known.mark:
            known.mark, known.since = file.mark, now
        if file.whole:
            known.since = min(known.since, now - self.settle_seconds)
        known.whole = file.whole or now >= known.since + self._needed(known)
        return known.whole or now - known.first >= STUCK_SECONDS

    def _next_look(self, unsettled: list[_File], now: float) -> float:
        """Events tell of files that are closed; those that nobody closed have to be looked at now and then."""
        if unsettled[0].closed:
            return max(file.since + self._needed(file) for file in unsettled)
        return now + min(_LOOK_SECONDS, max(self.settle_seconds / 4, 0.02))

    def _needed(self, file: _File) -> float:
        return min(GRACE_SECONDS, self.settle_seconds) if file.closed else self.settle_seconds

    def _look_at(self, path: Path, now: float) -> _File | None:
        """A file as it is. What is no regular file is whole at once: the taker refuses it, so that somebody sees it."""
        try:
            info = path.lstat()
        except OSError:
            return None
        mark = (info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
        # A copying program may give a file an old time long before its last byte, but not an old change time.
        age = self.wall_clock() - max(info.st_mtime, info.st_ctime)
        whole = not stat.S_ISREG(info.st_mode) or (self.trust_times and age >= self.settle_seconds)
        return _File(mark, now, now, closed=False, whole=whole)
