"""A stick at the receiver: every bag into the archive once, verified, and a receipt of each back onto the stick."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from outbox import durable, receipts
from outbox.bagfile import TAR
from outbox.errors import Code
from outbox.keys import KeyUnusableError
from outbox.stick import age
from outbox.stick import index as stick_index
from outbox.stick.faults import StickError, Watched
from outbox.stick.media import MACHINE, is_carried_away
from outbox.stick.taking import OtherReceiver, fetch, open_hand_over, put_receipts, refusal
from station.handover import receive
from station.handover.receive import Arrival
from station.handover.words import digest_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pyrage.x25519 import Identity

    from outbox.receipts import Receipt
    from outbox.stick.index import Entry
    from outbox.stick.taking import HandOver
    from outbox.verify import Finding
    from station.handover.receive import Desk


@dataclass
class Archive:
    """Where bags off sticks go, and with which key they are opened; the key is read when the first one needs it."""

    folder: Path
    identity_file: Path

    @cached_property
    def identity(self) -> Identity | None:
        """None where no key was made here. Raises `KeyUnusableError` for one that others may read."""
        if not self.identity_file.exists() and not age.handed_over():
            return None
        return age.load_identity(self.identity_file)

    @property
    def recipient(self) -> str | None:
        """The public half of the key; None where no key was made here."""
        return str(self.identity.to_public()) if self.identity else None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One program takes a stick at a time; what a crash left of another one is swept."""
        durable.make_folder(self.folder)
        with (self.folder / ".lock").open("a+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            durable.sweep(self.folder)
            yield


@dataclass(frozen=True)
class Taken:
    """One station's bags off a stick. `trouble` is why the stick could not be gone on with, or take its receipts."""

    number: int
    station: str
    words: str
    complete: bool
    arrivals: tuple[Arrival, ...]
    trouble: StickError | None = None
    recipients: tuple[str, ...] = ()
    """For whom the bags are encrypted."""
    folder: Path | None = None
    """Where the bags were, if that is a folder of this machine and no stick."""

    @property
    def is_safe(self) -> bool:
        """Whether this is a stick that has got its receipts."""
        return self.trouble is None and self.folder is None

    @property
    def opens_nothing(self) -> bool:
        """Whether every bag is encrypted for a key that is not here."""
        return bool(self.arrivals) and all(one.error == Code.STICK_OTHER_KEY for one in self.arrivals)

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "station": self.station,
            "words": self.words,
            "complete": self.complete,
            "bags": [one.as_json() for one in self.arrivals],
            "error": self.trouble.code if self.trouble else None,
            "recipients": list(self.recipients),
            "safe_to_remove": self.is_safe,
        }


def take(home: Path, desk: Desk, archive: Archive, tell: Callable[[Arrival], None]) -> Taken:
    """Take what a station put on a stick. Raises `OutboxError` for a list that does not count or cannot be read.

    A bag's receipt in the archive is its commit point. A crash before the receipts are back on the stick: the next run
    finds them in the archive and puts them there.
    """
    watched = _watch(home)
    with watched.telling():
        hand_over = open_hand_over(home, desk.stations)
    arrivals: list[Arrival] = []
    trouble = None
    try:
        with archive.alone():
            for entry in hand_over.index.entries:
                arrival = _take_one(hand_over, entry, desk, archive, watched)
                arrivals.append(arrival)
                tell(arrival)
        with watched.telling():
            put_receipts(hand_over, [one.receipt for one in arrivals if one.receipt])
            watched.require()
    except StickError as error:
        trouble = error
    index = hand_over.index
    words = digest_words(stick_index.digest(index))
    is_stick = is_carried_away(watched.mount, (*MACHINE, archive.folder))
    return Taken(
        index.number,
        index.station,
        words,
        index.complete,
        tuple(arrivals),
        trouble,
        index.recipients,
        folder=None if is_stick else home,
    )


def _watch(home: Path) -> Watched:
    try:
        return Watched.at(home)
    except OSError as error:
        raise StickError(Code.STICK_GONE, f"{home}: {error.strerror}") from error


def _take_one(hand_over: HandOver, entry: Entry, desk: Desk, archive: Archive, watched: Watched) -> Arrival:
    source = hand_over.file_of(entry)
    earlier = desk.accepted(entry.bag_id)
    if earlier is not None:
        if earlier.digest == entry.digest:
            return Arrival(source, earlier, already_here=True)
        return Arrival(source, error=Code.BAG_CONFLICT, detail=f"{entry.bag_id}: {entry.digest}, {earlier.digest}")
    try:
        finding = _fetch_once(hand_over, entry, archive)
    except (OtherReceiver, KeyUnusableError) as error:
        return Arrival(source, error=error.code, detail=error.detail)
    except OSError:
        watched.require()
        raise
    if finding is not None:
        if finding.detail:  # the system's words: a stick that was pulled out is no reason to refuse what was on it
            watched.require_after_trouble()
        return Arrival(source, _refused(entry, finding, desk, archive))
    arrival = receive.receive_one(archive.folder / (entry.bag_id + TAR), desk, promised=entry.digest)
    return receive.placed(arrival, desk.key)


def _fetch_once(hand_over: HandOver, entry: Entry, archive: Archive) -> Finding | None:
    """A tar that a crash left without a receipt is judged as it is; it has its name only whole."""
    if (archive.folder / (entry.bag_id + TAR)).exists():
        return None
    return fetch(hand_over, entry, archive.folder, archive.identity)


def _refused(entry: Entry, finding: Finding, desk: Desk, archive: Archive) -> Receipt:
    """A refusal without a bag, kept in the archive as others are; the same stick again gets the same."""
    earlier = receipts.own(archive.folder, entry.bag_id, desk.key)
    if earlier is not None and (earlier.findings, earlier.digest) == ((finding,), entry.digest):
        return earlier
    made = refusal(entry, finding, desk.key, datetime.now(UTC))
    receipts.write(made, archive.folder, desk.receipt_mode)
    return made
