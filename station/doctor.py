"""Whether this station is ready: each thing that has to be there, looked at once."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from outbox.bagfile import is_sealed
from outbox.states import State
from station.amounts import size
from station.devices.readiness import Examined, examine_scanners
from station.displays import examine_display
from station.errors import StationError
from station.purging import unfinished, without_masters
from station.room import pages_fitting, room_left
from station.settings import Settings
from station.wiring import Station
from station.words import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from station.root import Root

_SETTLED: Final = (State.RECEIVED, State.PURGED, State.CANCELLED)
_PLENTY = 1000
"""Pages for which a disk should have room."""


def examine(root: Root, *, display: bool = True) -> list[Examined]:
    """Everything that `station doctor` looks at; nothing is changed but what opening a station does.

    `display`: the terminal is asked what pictures it shows, which a screen that runs in it cannot bear.
    """
    results = [*_programs()]
    if not root.exists:
        missing = Examined("root", "stop", str(root.path))
        return [*results, _room(root, Settings()), *examine_scanners(None, Settings()), missing]
    try:
        with Station.open(root) as station:
            pictures = [examine_display(station.settings.kiosk.picture)] if display else []
            room = _room(root, station.settings)
            return [*results, room, *examine_scanners(root, station.settings), *pictures, *_station(station)]
    except StationError as error:
        return [
            *results,
            _room(root, Settings()),
            Examined("settings", "stop", str(error), Phrase(error.code, error.values)),
        ]


def _programs() -> Iterator[Examined]:
    for program in ("scanimage", "airscan-discover"):
        path = shutil.which(program)
        told = None if path else Phrase("doctor.program-missing")
        yield Examined(program, "ok" if path else "look", path or "apt install sane-utils sane-airscan", told)


def _room(root: Root, settings: Settings) -> Examined:
    """By the rule that scanning goes by: where there is room for no page, it is refused."""
    place = next(path for path in (root.path, *root.path.parents) if path.exists())
    free, pages = shutil.disk_usage(place).free, pages_fitting(room_left(place, settings))
    state = "stop" if not pages else "look" if pages <= _PLENTY else "ok"
    told = Phrase("doctor.room" if pages else "doctor.no-room", {"free": size(free), "place": place, "pages": pages})
    return Examined("disk", state, f"{free / 1e9:.1f} GB free at {place}, about {pages} pages", told)


def _station(station: Station) -> Iterator[Examined]:
    yield Examined("root", "ok", str(station.root.path))
    for name, database in (("catalogue", station.root.catalogue), ("outbox", station.root.outbox)):
        _ = station.catalogue, station.outbox
        yield Examined(name, *_integrity(database))
    yield _masters(station)
    yield _bags(station)
    yield from _purge(station)
    yield _naming(station)
    yield Examined("recipe", "ok", station.recipe.key)
    waiting, place = len(list(station.root.quarantine.glob("*.why.txt"))), station.root.quarantine
    told = Phrase("doctor.quarantine", {"count": waiting, "place": place})
    yield Examined("quarantine", "look" if waiting else "ok", f"{waiting} at {place}", told)
    yield from _sender(station)
    yield from asyncio.run(_destinations(station))


def _integrity(database: Path) -> tuple[str, str]:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        (answer,) = connection.execute("pragma quick_check").fetchone()
    connection.close()
    return ("ok", str(database)) if answer == "ok" else ("stop", f"{database}: {answer}")


def _naming(station: Station) -> Examined:
    profile = station.naming
    if profile.confirmed_by:
        return Examined("naming", "ok", profile.name)
    told = Phrase("doctor.naming-unconfirmed", {"name": profile.name})
    return Examined("naming", "look", f"{profile.name}: not confirmed", told)


def _sender(station: Station) -> Iterator[Examined]:
    """A station that names destinations needs a sender; one that hands everything over on sticks does not."""
    if not station.settings.destinations:
        return
    waiting = len(station.outbox.to_go())
    if station.outbox.has_sender():
        yield Examined("sender", "ok", "running", Phrase("doctor.sender"))
    else:
        told = Phrase("doctor.no-sender", {"count": waiting})
        yield Examined("sender", "look", f"not running, {waiting} bags wait", told)


def _masters(station: Station) -> Examined:
    """A row never lacks its file: if one does, somebody or the disk took it, or a purge did that was told to."""
    files = station.catalogue.master_files()
    cleared = {station.root.relative(station.root.masters_of(book)) for book in without_masters(station)}
    missing = sorted(file for file in files if not (station.root.path / file).is_file())
    lost = [file for file in missing if str(PurePosixPath(file).parent) not in cleared]
    if missing and not lost:
        books = len({PurePosixPath(file).parent for file in missing})
        told = Phrase("doctor.masters-purged", {"count": len(files) - len(missing), "books": books})
        return Examined("masters", "ok", f"{len(files) - len(missing)} pages, {books} books cleared away", told)
    if not lost:
        return Examined("masters", "ok", f"{len(files)} pages", Phrase("doctor.masters", {"count": len(files)}))
    told = Phrase("doctor.masters-lost", {"count": len(lost), "first": lost[0]})
    return Examined("masters", "stop", f"{len(lost)} lost, first: {lost[0]}", told)


def _bags(station: Station) -> Examined:
    """What may still have to be sent lies at its place."""
    items = [item for item in station.outbox.items() if item.state not in _SETTLED]
    bags = {item.bag_id: item.folder for item in items}
    lost = sorted(bag for bag, folder in bags.items() if not is_sealed(folder))
    if not lost:
        return Examined("bags", "ok", f"{len(bags)} bags", Phrase("doctor.bags", {"count": len(bags)}))
    told = Phrase("doctor.bags-lost", {"count": len(lost), "place": station.root.bags, "first": lost[0]})
    return Examined("bags", "stop", f"{len(lost)} lost, first: {lost[0]}", told)


def _purge(station: Station) -> Iterator[Examined]:
    if left := unfinished(station):
        told = Phrase("doctor.purge-unfinished", {"first": left[0]})
        yield Examined("purge", "look", f"broken off, first: {left[0]}", told)


async def _destinations(station: Station) -> list[Examined]:
    results = []
    for destination in station.destinations():
        reason = await destination.check()
        await destination.close()
        if reason is None:
            results.append(Examined("destination", "ok", destination.name))
            continue
        text = Phrase(f"outbox.{reason.code}", {"detail": reason.detail})
        told = Phrase("doctor.destination-fault", {"name": destination.name, "text": text})
        detail = f"{destination.name}: {reason.code} {reason.detail}"
        results.append(Examined("destination", "look", detail, told))
    none = Phrase("doctor.no-destination", {"file": station.root.settings})
    return results or [Examined("destination", "look", f"none in {station.root.settings}", none)]
