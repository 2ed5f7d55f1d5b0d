"""`station purge`: what a receipt proves to be received goes from this machine's disk.

Of a sealed book whose last bag is received by every destination that counts: the bags that are received, the delivery
copies, and by an explicit word and a receipt of another machine the masters, which are the only originals. The
catalogue, the receipts and the history stay.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from outbox import durable
from outbox.errors import Code, OutboxError
from outbox.states import State, of_all
from station.errors import Refused, StorageError, UsageError
from station.model import BookState
from station.naming import BookId

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from outbox.items import Item
    from outbox.purges import Purge
    from station.model import Book
    from station.wiring import Station

MASTERS: Final = "masters"
"""How the history names a purge that takes the masters too."""
_SUFFIX: Final = ".purging"
_MAY_GO: Final = (State.RECEIVED, State.PURGED)


@dataclass(frozen=True)
class Part:
    """A folder that goes, with its files and their bytes."""

    what: str
    folder: Path
    files: int
    bytes: int

    def as_json(self) -> dict[str, Any]:
        return {"what": self.what, "folder": str(self.folder), "files": self.files, "bytes": self.bytes}


@dataclass(frozen=True)
class Plan:
    """What goes of a book; nothing does of one that was cleared away before."""

    book: BookId
    bags: tuple[str, ...]
    received_at: datetime
    parts: tuple[Part, ...]
    masters: bool

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self.parts)

    @property
    def files(self) -> int:
        return sum(part.files for part in self.parts)

    def as_json(self) -> dict[str, Any]:
        return {
            "book": str(self.book),
            "bags": list(self.bags),
            "received_at": self.received_at.isoformat(),
            "masters": self.masters,
            "parts": [part.as_json() for part in self.parts],
            "bytes": self.bytes,
        }


def plan_book(station: Station, book: Book, *, masters: bool, days: int = 0) -> Plan:
    """What would go of a book whose receipts are older than so many days. Raises `Refused` with why nothing may."""
    bags = [str(bag["id"]) for bag in station.catalogue.bags(book.id)]
    if book.state is not BookState.SEALED or not bags:
        raise Refused("purge-not-sealed", book=str(book.id))
    received = _require_received(station, book.id, bags[-1])
    if masters and (alone := station.outbox.unproved(bags[-1], station.other_receivers)):
        raise Refused("purge-masters-own-receipt", book=str(book.id), bag=bags[-1], destinations=", ".join(alone))
    if days and received > datetime.now(UTC) - timedelta(days=days):
        at = received.astimezone().strftime("%d/%m/%Y %H:%M")
        raise Refused("purge-too-young", book=str(book.id), bag=bags[-1], at=at, days=days)
    going = tuple(bag for bag in bags if bag == bags[-1] or _may_go(station, bag))
    parts = tuple(_parts(station, book.id, going, masters=masters))
    return Plan(book.id, going, received, parts, masters)


def plan_all(station: Station, *, masters: bool, days: int) -> tuple[list[Plan], list[Refused]]:
    """What would go of every sealed book, and why nothing may go of the others."""
    plans, kept = [], []
    for book in station.catalogue.books():
        if book.state is BookState.SEALED:
            try:
                plan = plan_book(station, book, masters=masters, days=days)
            except Refused as refused:
                kept.append(refused)
            else:
                plans += [plan] if plan.parts else []
    return plans, kept


def purge_book(station: Station, book: BookId, *, masters: bool, days: int = 0) -> Plan:
    """Clear a book away; what went. Raises as `plan_book` does, `UsageError` for a book in use, `StorageError`.

    The commit point is the history of its bags, in which they are purged. A crash before it leaves everything; after
    it, the next purge goes on, whatever book it is of, unless this one was opened again meanwhile. Each folder gets
    another name first, so that none is ever there in part.
    """
    with station.root.holding(book):
        plan = plan_book(station, station.book(str(book)), masters=masters, days=days)
        if plan.parts:
            for bag in plan.bags:
                station.outbox.purged(bag, MASTERS if masters else "")
            _clear(station, plan.bags, plan.parts)
        return plan


def go_on(station: Station) -> list[BookId]:
    """Clear away what earlier purges were to, and were broken off; the books of which something went."""
    _sweep(station)
    unfinished = {bag: purge for bag, purge in station.outbox.purges().items() if not purge.is_done}
    books: dict[BookId, list[str]] = {}
    for bag in station.catalogue.bags() if unfinished else ():
        if bag["id"] in unfinished:
            books.setdefault(BookId.parse(str(bag["book"])), []).append(str(bag["id"]))
    return [book for book, bags in books.items() if _end(station, book, bags, unfinished)]


def unfinished(station: Station) -> list[str]:
    """The bags of which a purge was broken off."""
    return sorted(bag for bag, purge in station.outbox.purges().items() if not purge.is_done)


def purge_of(station: Station, bag: str) -> Purge | None:
    """When a bag was cleared away here, and how much with it; None for one that was not, or is there again."""
    return None if (station.root.bags / bag).is_dir() else station.outbox.purges().get(bag)


def without_masters(station: Station) -> set[BookId]:
    """The books whose masters were cleared away."""
    gone = {bag for bag, purge in station.outbox.purges().items() if MASTERS in purge.ever}
    return {BookId.parse(str(bag["book"])) for bag in (station.catalogue.bags() if gone else ()) if bag["id"] in gone}


def refuse_without_masters(station: Station, book: BookId) -> None:
    """Raise `UsageError` for a book whose masters were cleared away and are not back."""
    if book not in without_masters(station):
        return
    folder = station.root.masters_of(book)
    files = [station.root.path / page.file for page in station.catalogue.pages(book)]
    if not all(file.is_file() for file in files):
        raise UsageError("masters-purged", book=str(book), folder=str(folder))


def spare(station: Station, bag: str) -> None:
    """For whoever opens a book again that he holds: what a broken purge of its last bag has left of it stays."""
    if bag in unfinished(station):
        station.outbox.spared(bag)


def when(purge: Purge) -> str:
    """The time of a purge as sentences say it."""
    return purge.at.astimezone().strftime("%d/%m/%Y %H:%M")


def _require_received(station: Station, book: BookId, bag: str) -> datetime:
    """When the last receipt of a bag came. Raises `Refused` unless every destination that counts has one that holds."""
    routes = _routes(station, bag)
    state = of_all([route.state for route in routes], any_of=any(route.any_of for route in routes)) if routes else "-"
    received = [route.received_at for route in routes if route.received_at]
    if state not in _MAY_GO or not received:
        waits = ", ".join(route.destination for route in routes if route.state not in _MAY_GO) or "-"
        raise Refused("purge-not-received", book=str(book), bag=bag, state=str(state), destinations=waits)
    if unproved := station.outbox.unproved(bag, station.trusted_receivers):
        raise Refused("purge-unproved", book=str(book), bag=bag, destinations=", ".join(unproved))
    return max(received)


def _may_go(station: Station, bag: str) -> bool:
    """Whether a bag whose place another one has taken was received too."""
    routes = _routes(station, bag)
    state = of_all([route.state for route in routes], any_of=any(route.any_of for route in routes)) if routes else None
    return state in _MAY_GO and not station.outbox.unproved(bag, station.trusted_receivers)


def _routes(station: Station, bag: str) -> list[Item]:
    try:
        return station.outbox.routes(bag)
    except OutboxError as error:
        if error.code is not Code.ITEM_UNKNOWN:
            raise
        return []


def _parts(station: Station, book: BookId, bags: Iterable[str], *, masters: bool) -> Iterator[Part]:
    """The folders that are there."""
    root = station.root
    folders = [("bag", root.bags / bag) for bag in bags] + [("copies", root.copies_of(book))]
    if masters:
        folders += [(MASTERS, root.masters_of(book)), ("sources", root.sources_of(book))]
    for what, folder in folders:
        if folder.is_dir():
            sizes = [path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()]
            yield Part(what, folder, len(sizes), sum(sizes))


def _end(station: Station, book: BookId, bags: list[str], unfinished: dict[str, Purge]) -> bool:
    """Go on with the purge of a book; false while somebody else works on it."""
    try:
        with station.root.holding(book):
            masters = any(unfinished[bag].what == MASTERS for bag in bags)
            _clear(station, bags, _parts(station, book, bags, masters=masters))
    except UsageError:
        return False
    return True


def _clear(station: Station, bags: Iterable[str], parts: Iterable[Part]) -> None:
    with _told():
        for part in parts:
            _remove(part.folder)
    for bag in bags:
        station.outbox.cleared(bag)


@contextmanager
def _told() -> Iterator[None]:
    """Say what could not be erased, as a `StorageError`."""
    try:
        yield
    except OSError as error:
        raise StorageError("purge-failed", detail=f"{error.filename}: {error.strerror}") from error


def _remove(folder: Path) -> None:
    """All of a folder or, after a crash, all of it under a name that nobody reads."""
    condemned = folder.with_name(f".{folder.name}{_SUFFIX}")
    _erase(condemned)
    durable.move_new(folder, condemned)
    _erase(condemned)


def _erase(folder: Path) -> None:
    """A folder that has its other name; what another purge erases of it at the same moment is no fault."""
    while folder.exists():
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)


def _sweep(station: Station) -> None:
    """Erase what a crash left of folders that had their other name already."""
    root, pattern = station.root, f".*{_SUFFIX}"
    tops = [top for top in (root.copies, root.masters, root.path / "sources") if top.is_dir()]
    places = [root.bags, *(place for top in tops for place in top.iterdir())]
    with _told():
        for condemned in [path for place in places for path in place.glob(pattern)]:
            _erase(condemned)
