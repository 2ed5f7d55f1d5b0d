"""Bags onto a stick, so that it may be pulled out as soon as we say so, and at any other moment without harm.

The order of steps: a bag's file is written, synced, read back and named; then the index that lists it is put in the
place of the last one. Whatever is not in an index of ours with the digest that the medium gives back is written anew.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from outbox import durable
from outbox.bagfile import BagError, BagFile, Sealed
from outbox.errors import Code, Reason
from outbox.stick import age, index
from outbox.stick.faults import StickError, Watched
from outbox.stick.files import Written, forget, read_back, write_bag
from outbox.stick.index import Entry, Index, IndexUnusableError
from outbox.stick.media import is_carried_away, room_on

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from pyrage.x25519 import Recipient

    from outbox.keys import SigningKey

FOLDER = "scan-station"
BAGS = "bags"
RECEIPTS = "receipts"
# What file systems take for names and their own tables, and what the next index needs.
_SPARE = 1 << 20
# An index is written again once so many times its own bytes have been: a twentieth of the time at most goes into it.
_INDEX_SHARE = 20


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be on the stick: `bags` in their order; those of `settled` may leave it, their receipts are here.

    `handed` are those that a sheet lists. Without recipients nothing is encrypted. `next_number` gives the number of a
    further hand-over, each time another. With `machine`, places on this machine's own file systems, only a medium that
    can be taken from it will do; without, any folder.
    """

    bags: Sequence[Sealed]
    recipients: tuple[str, ...]
    key: SigningKey
    next_number: Callable[[], int]
    clock: Callable[[], datetime]
    settled: Collection[str] = ()
    handed: Collection[str] = ()
    machine: Collection[Path] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """A bag that is not on the stick, and why."""

    bag_id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Exported:
    """What is on the stick for certain: every file that `index` lists was read back. None: no bag is there."""

    index: Index | None
    written: tuple[str, ...]
    kept: tuple[str, ...]
    left: tuple[Left, ...]


@dataclass
class _Stick:
    """A stick under way."""

    order: Order
    watched: Watched
    home: Path
    recipients: list[Recipient]
    entries: dict[str, Entry] = field(default_factory=dict)
    number: int | None = None
    listed: bytes = b""
    unlisted: int = 0

    @property
    def bags(self) -> Path:
        return self.home / BAGS


def export(target: Path, order: Order, tell: Callable[[str, str], None] = lambda _what, _bag_id: None) -> Exported:
    """Bring the bags onto the medium at `target`.

    `tell` hears `keeping`, `dropped`, `writing`, `written` and `left`, each with the bag id.

    After it has returned the medium may be removed. Raises `StickError` when the medium fails or goes away, is
    read-only, in use by another export or none at all, or holds what a sheet lists for other receivers;
    `KeyUnusableError` for a recipient that is none.
    """
    recipients = [age.recipient(text) for text in order.recipients]
    watched = _watch(target, order.machine)
    with watched.telling(), _alone(target):
        stick = _Stick(order, watched, target / FOLDER / order.key.key_id, recipients)
        for folder in (stick.bags, stick.home / RECEIPTS):
            durable.make_folder(folder)
            _require_own(folder, target)
        kept = _take_stock(stick, tell)
        written, left = _bring(stick, tell)
        finished = _finish(stick)
        watched.require()
    return Exported(finished, tuple(written), tuple(kept), tuple(left))


def _watch(target: Path, machine: Collection[Path]) -> Watched:
    try:
        if not target.is_dir():
            raise StickError(Code.STICK_MISSING, str(target))
        watched = Watched.at(target)
    except OSError as error:
        raise StickError(Code.STICK_GONE, f"{target}: {error.strerror}") from error
    if machine and not is_carried_away(watched.mount, machine):
        raise StickError(Code.STICK_NOT_MOUNTED, str(target))
    if watched.mount and watched.mount.read_only:
        raise StickError(Code.STICK_READ_ONLY, str(target))
    return watched


def _require_own(folder: Path, target: Path) -> None:
    """Files are removed below here: a link that leads elsewhere is not followed."""
    if folder.resolve() != target.resolve() / folder.relative_to(target):
        raise StickError(Code.STICK_INDEX, f"{folder}: a link")


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    descriptor = os.open(target, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StickError(Code.STICK_BUSY, str(target)) from error
        yield
        _sync_file_system(descriptor)
    finally:
        os.close(descriptor)


def _sync_file_system(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syncfs(descriptor) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


# what is there already


def _take_stock(stick: _Stick, tell: Callable[[str, str], None]) -> list[str]:
    """Re-read all that the last index lists, keep what is right, and remove every other file of ours."""
    durable.sweep(stick.home)
    durable.sweep(stick.bags)
    last = _last_index(stick)
    if last is not None and last.recipients != stick.order.recipients:
        _require_free(stick, last)
    if last is not None and last.recipients == stick.order.recipients:
        wanted = {bag.bag_id: bag.digest for bag in stick.order.bags}
        stick.number = last.number
        stick.listed = last.to_bytes()
        for entry in last.entries:
            if _is_wanted(entry, wanted, stick.order.settled):
                tell("keeping", entry.bag_id)
                if _is_right(stick, entry):
                    stick.entries[entry.bag_id] = entry
        if last.complete and len(stick.entries) < len(last.entries):
            stick.number = None
    if last is not None:
        _tell_dropped(stick, last, tell)
    _remove_others(stick)
    return list(stick.entries)


def _require_free(stick: _Stick, last: Index) -> None:
    """Refuse to take away what was signed for: bags of a sheet, without a receipt, that are for other receivers."""
    order = stick.order
    standing = [
        entry.bag_id
        for entry in last.entries
        if entry.bag_id in order.handed and entry.bag_id not in order.settled and (stick.bags / entry.file).exists()
    ]
    if standing:
        raise StickError(Code.STICK_OTHER_RECIPIENTS, f"{last.number:04}: {', '.join(standing)}")


def _tell_dropped(stick: _Stick, last: Index, tell: Callable[[str, str], None]) -> None:
    """Bags that go from the stick without a receipt, and that this order does not bring back."""
    back = {bag.bag_id for bag in stick.order.bags} | stick.entries.keys() | set(stick.order.settled)
    for entry in last.entries:
        if entry.bag_id not in back:
            tell("dropped", entry.bag_id)


def _is_wanted(entry: Entry, wanted: dict[str, str], settled: Collection[str]) -> bool:
    return entry.bag_id not in settled and wanted.get(entry.bag_id, entry.digest) == entry.digest


def _is_right(stick: _Stick, entry: Entry) -> bool:
    """Whether the medium gives back what it was given; a spot that cannot be read is not right, and no more."""
    try:
        return read_back(stick.bags / entry.file) == Written(entry.file_size, entry.sha256)
    except OSError:
        stick.watched.require()
        return False


def _last_index(stick: _Stick) -> Index | None:
    """The index of the last run, unless it is torn, or is not ours: then nothing of it is believed."""
    try:
        found = read_index(stick.home / index.NAME)
    except IndexUnusableError:
        return None
    return found if found is not None and found.station == stick.order.key.key_id else None


def read_index(path: Path) -> Index | None:
    """The index that lies at a path, None when there is none; raises `IndexUnusableError`."""
    try:
        with path.open("rb") as file:
            forget(file.fileno())
            return index.parse(file.read(index.LARGEST + 1))
    except FileNotFoundError:
        return None


def _remove_others(stick: _Stick) -> None:
    """Files that no verified entry stands for: left by a crash, changed, or settled by a receipt.

    The index goes first, so that none ever lists a file that is not there.
    """
    known = {entry.file for entry in stick.entries.values()}
    others = [path for path in stick.bags.iterdir() if path.name not in known and path.is_file()]
    if not stick.entries:
        (stick.home / index.NAME).unlink(missing_ok=True)
        durable.sync_folder(stick.home)
        stick.listed = b""
    elif others:
        _list(stick, complete=False)
    for path in others:
        path.unlink()


# what is to come


def _bring(stick: _Stick, tell: Callable[[str, str], None]) -> tuple[list[str], list[Left]]:
    """Every bag that fits, in their order; the others with the reason why not."""
    written, left = [], []
    missing = [bag for bag in stick.order.bags if bag.bag_id not in stick.entries]
    for bag in missing:
        reason = _bring_one(stick, bag, tell)
        if reason is None:
            written.append(bag.bag_id)
            if bag is not missing[-1] and stick.unlisted >= _INDEX_SHARE * len(stick.listed):
                _list(stick, complete=False)
        else:
            left.append(Left(bag.bag_id, reason))
        tell("written" if reason is None else "left", bag.bag_id)
    return written, left


def _bring_one(stick: _Stick, bag: Sealed, tell: Callable[[str, str], None]) -> Reason | None:
    """Why a bag is not on the stick; None when it is. The commit point is the index that lists it."""
    if reason := _no_room(stick, bag):
        return reason
    tell("writing", bag.bag_id)
    encrypted = bool(stick.recipients)
    path = stick.bags / index.file_name(bag.bag_id, encrypted=encrypted)
    try:
        with stick.watched.telling():
            written = write_bag(BagFile(bag.folder), path, stick.recipients)
    except BagError as error:
        return error.reason
    except StickError as error:
        return _reason_to_leave(stick, bag, error)
    entry = Entry(
        bag_id=bag.bag_id,
        digest=bag.digest,
        size=bag.size,
        encrypted=encrypted,
        file_size=written.size,
        sha256=written.sha256,
    )
    _add(stick, entry)
    return None


def _reason_to_leave(stick: _Stick, bag: Sealed, error: StickError) -> Reason:
    """A bag that found no room stays behind; raises the error, or that the stick is smaller than it says."""
    if error.code not in {Code.STICK_FULL, Code.STICK_TOO_LARGE}:
        raise error
    if error.code is Code.STICK_FULL and _no_room(stick, bag) is None:
        raise StickError(Code.STICK_WORN, error.detail) from error
    return error.reason


def _add(stick: _Stick, entry: Entry) -> None:
    if stick.listed and not stick.unlisted and index.parse(stick.listed).complete:
        stick.number = None  # the sheet of that number is signed for: what comes now is a hand-over of its own
    stick.entries[entry.bag_id] = entry
    stick.unlisted += entry.file_size


def _no_room(stick: _Stick, bag: Sealed) -> Reason | None:
    needed = age.encrypted_size(bag.size, len(stick.recipients)) if stick.recipients else bag.size
    room = room_on(stick.bags)
    if room.largest is not None and needed > room.largest:
        return Reason(Code.STICK_TOO_LARGE, f"{needed} > {room.largest}")
    if room.free is not None and needed + len(stick.listed) + _SPARE > room.free:
        return Reason(Code.STICK_FULL, f"{needed} > {max(0, room.free - _SPARE)}")
    return None


def room_asked(reason: Reason) -> tuple[int, int] | None:
    """Of a bag that was left for want of room: the bytes that it needs, and those that there are."""
    needed, _, there = reason.detail.partition(" > ")
    is_room = reason.code in {Code.STICK_FULL, Code.STICK_TOO_LARGE} and needed.isdigit() and there.isdigit()
    return (int(needed), int(there)) if is_room else None


def _list(stick: _Stick, *, complete: bool) -> Index:
    """Put an index of all verified files in the place of the last one."""
    if stick.number is None:
        stick.number = stick.order.next_number()
    made = index.sign(
        Index(
            number=stick.number,
            station="",
            public_key="",
            made_at=stick.order.clock(),
            recipients=stick.order.recipients,
            complete=complete,
            entries=tuple(stick.entries.values()),
        ),
        stick.order.key,
    )
    stick.listed, stick.unlisted = made.to_bytes(), 0
    durable.replace(stick.home / index.NAME, stick.listed)
    return made


def _finish(stick: _Stick) -> Index | None:
    """The last index, complete, read back; one that says the same already is left as it is."""
    if not stick.entries:
        return None
    last = index.parse(stick.listed) if stick.listed else None
    unchanged = last is not None and last.complete and last.entries == tuple(stick.entries.values())
    finished = last if last and unchanged else _list(stick, complete=True)
    path = stick.home / index.NAME
    try:
        same = read_index(path) == finished
    except IndexUnusableError:
        same = False
    if not same:
        raise StickError(Code.STICK_WORN, f"{path}: other bytes than were written")
    return finished
