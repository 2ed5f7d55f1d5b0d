"""The province's service: bags judged as they arrive in folders and on sticks, a receipt of each where it is fetched.

It keeps nothing of its own: what was judged stands in the receipts beside the bags, so that it may be killed at any
moment. A folder or stick that goes away is waited for.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from outbox.errors import OutboxError
from outbox.stick import index as stick_index
from outbox.stick.media import removable_media
from outbox.stick.taking import find_hand_overs
from station.handover import receive
from station.handover.arrivals import Arrivals
from station.handover.taking import take

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from station.handover.receive import Arrival, Desk
    from station.handover.taking import Archive, Taken

log = logging.getLogger(__name__)

ROUND_S = 1.0


@dataclass
class Listener:
    """What is told of the rounds."""

    arrived: Callable[[Arrival], None]
    taken: Callable[[Taken], None]
    refused: Callable[[Path, OutboxError], None]
    trouble: Callable[[Exception], None]


@dataclass
class ReceiveWatch:
    """Folders where bags arrive, each of which may be a stick's; with `sticks` every removable medium too."""

    folders: tuple[Path, ...]
    desk: Desk
    archive: Archive
    listener: Listener
    sticks: bool = False
    _arrivals: dict[Path, Arrivals] = field(default_factory=dict)
    _taken: dict[Path, bytes] = field(default_factory=dict)
    _said: dict[Path, str] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Rounds until `stop` is set; the bag in hand is finished first."""
        while not stop.is_set():
            self.round(stop)
            stop.wait(ROUND_S)

    def round(self, stop: threading.Event) -> None:
        """Look everywhere once. What goes wrong in one place is told once and stops no other."""
        for folder in self.folders:
            if self._trying(folder, partial(self._judge, folder, stop)):
                self._said.pop(folder, None)
        for home in self._homes():
            if stop.is_set():
                return
            self._trying(home, partial(self._take, home))

    def _judge(self, folder: Path, stop: threading.Event) -> None:
        arrivals = self._arrivals.setdefault(folder, Arrivals(folder, self.desk))
        for path in arrivals.ready():
            if stop.is_set():
                return
            if not self._trying(path, partial(self._judge_one, path, arrivals)):
                arrivals.later(path)

    def _judge_one(self, path: Path, arrivals: Arrivals) -> None:
        arrival = receive.placed(receive.receive_one(path, self.desk), self.desk.key)
        arrivals.done(path)
        self._said.pop(path, None)
        self.listener.arrived(arrival)

    def _take(self, home: Path) -> None:
        """A list that was taken whole is not taken again while it is the same; a changed one is."""
        listed = (home / stick_index.NAME).read_bytes()
        if self._taken.get(home) == listed:
            return
        taken = take(home, self.desk, self.archive, self.listener.arrived)
        if taken.trouble is None:
            self._taken[home] = listed
            self._said.pop(home, None)
            self.listener.taken(taken)
        else:
            raise taken.trouble

    def _homes(self) -> Iterator[Path]:
        """Every station's folder on whatever is here. One that went away is forgotten: it may come back as another."""
        points = {medium.point for medium in removable_media() if medium.point} if self.sticks else set()
        homes = []
        for place in [*self.folders, *sorted(points)]:
            try:
                homes += find_hand_overs(place)
            except OSError as error:
                log.info("%s: %s", place, error)
        for gone in self._taken.keys() - set(homes):
            del self._taken[gone]
        yield from homes

    def _trying(self, place: Path, work: Callable[[], None]) -> bool:
        """Do it; what goes wrong is told when it is another thing than the last time. Whether it went well."""
        try:
            work()
        except (OutboxError, OSError) as error:
            if self._said.get(place) != (told := _in_short(error)):
                self._said[place] = told
                log.warning("%s: %s", place, error)
                if isinstance(error, OutboxError):
                    self.listener.refused(place, error)
                else:
                    self.listener.trouble(error)
            return False
        return True


def _in_short(error: Exception) -> str:
    """What an error is told apart by; the temporary file that could not be made has another name each time."""
    if isinstance(error, PermissionError) and error.filename:
        return f"{Path(error.filename).parent}: {error.strerror}"
    return str(error)
