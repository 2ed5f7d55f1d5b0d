"""Which bags in a watched folder have arrived whole. Senders are not ours to ask: what still changes is left alone."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from outbox import receipts
from outbox.bagfile import BagError
from outbox.receipts import Verdict, find_arrived
from outbox.verify import bag_id_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from station.handover.receive import Desk

SETTLE_S = 2.0
UNFINISHED_S = 600.0
"""A tar without its end is an upload under way, until nobody has written to it for so long."""
LOOK_ANYWAY_S = 60.0
"""A file that grows, or is written over, does not change its folder: so often all of them are looked at."""
LATER_S = 60.0
"""How long a bag is left alone that could not be read."""
_END = bytes(1024)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes when anything of a bag is written or put in its place."""

    size: int
    newest: int


@dataclass
class _Seen:
    stamp: Stamp
    since: float


@dataclass
class Arrivals:
    """The bags of one folder that are to be judged; `done` is told of each that was, however it went.

    Nothing is kept over a restart: a bag that lies beside our own acceptance and was not touched since is done.
    """

    folder: Path
    desk: Desk
    clock: Callable[[], float] = time.monotonic
    _seen: dict[Path, _Seen] = field(default_factory=dict)
    _done: dict[Path, Stamp] = field(default_factory=dict)
    _looked: float | None = None
    _folder_was: int = -1

    def ready(self) -> Iterator[Path]:
        """Bags that stand still and are not done. Raises `OSError` when the folder cannot be read."""
        changed = self.folder.stat().st_mtime_ns
        now = self.clock()
        due = self._looked is None or now - self._looked >= LOOK_ANYWAY_S
        if changed == self._folder_was and not self._seen and not due:
            return
        self._folder_was, self._looked = changed, now
        there = find_arrived(self.folder)
        self._forget(set(there))
        for path in there:
            stamp = stamp_of(path)
            if stamp is not None and self._done.get(path) != stamp and self._stands_still(path, stamp, now):
                yield path

    def done(self, path: Path) -> None:
        """This bag was judged as it is; it is looked at again when it changes."""
        self._seen.pop(path, None)
        stamp = stamp_of(path)
        if stamp is not None:
            self._done[path] = stamp

    def later(self, path: Path) -> None:
        """This bag could not be read: other bags come first."""
        seen = self._seen.get(path)
        if seen is not None:
            seen.since = self.clock() + LATER_S

    def _forget(self, there: set[Path]) -> None:
        for known in (self._seen, self._done):
            for path in known.keys() - there:
                del known[path]

    def _stands_still(self, path: Path, stamp: Stamp, now: float) -> bool:
        seen = self._seen.get(path)
        if seen is None or seen.stamp != stamp:
            if seen is None and path not in self._done and self._was_accepted(path, stamp):
                self._done[path] = stamp
                return False
            self._seen[path] = _Seen(stamp, now)
            return False
        return now - seen.since >= (SETTLE_S if has_its_end(path) else UNFINISHED_S)

    def _was_accepted(self, path: Path, stamp: Stamp) -> bool:
        try:
            bag_id = bag_id_of(path)
            receipt = receipts.own(self.folder, bag_id, self.desk.key)
            written = (self.folder / receipts.receipt_name(bag_id)).stat().st_ctime_ns
        except (OSError, BagError):
            return False
        return receipt is not None and receipt.verdict is Verdict.ACCEPTED and stamp.newest <= written


def stamp_of(path: Path) -> Stamp | None:
    """Size and last change of a tar, or of all in a folder; None when it went away meanwhile."""
    try:
        if not path.is_dir():
            facts = path.lstat()
            return Stamp(facts.st_size, _newest(facts))
        size, newest = 0, _newest(path.lstat())
        for parent, folders, files in os.walk(path):
            for name in folders + files:
                facts = os.lstat(os.path.join(parent, name))  # noqa: PTH118 - a walk over many names
                size, newest = size + facts.st_size, max(newest, _newest(facts))
    except FileNotFoundError:
        return None
    return Stamp(size, newest)


def has_its_end(path: Path) -> bool:
    """Whether a tar ends as one. A folder has no end: it is whole when it stands still."""
    if path.is_dir():
        return True
    try:
        with path.open("rb") as file:
            file.seek(-len(_END), os.SEEK_END)
            return file.read() == _END
    except OSError:
        return False


def is_under_way(path: Path, now: float) -> bool:
    """Whether a tar without its end may still be growing: somebody wrote to it, or put it here, not long ago.

    For one who looks a single time; `now` is in seconds since the epoch. A file from the future is not waited for, nor
    is one that may not be read.
    """
    stamp = stamp_of(path)
    if stamp is None or not os.access(path, os.R_OK, effective_ids=True) or has_its_end(path):
        return False
    return abs(now - stamp.newest / 1e9) < UNFINISHED_S


def _newest(facts: os.stat_result) -> int:
    return max(facts.st_mtime_ns, facts.st_ctime_ns)
