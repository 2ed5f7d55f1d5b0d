"""Whether this station is ready: each thing that has to be there, looked at once."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from typing import TYPE_CHECKING

from station.amounts import size
from station.devices.readiness import Examined, examine_scanners
from station.displays import examine_display
from station.errors import StationError
from station.settings import Settings
from station.wiring import Station
from station.words import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from station.root import Root

# A4 at 300 dpi in colour, uncompressed: what one page takes until its book has been received.
_PAGE_MB = 26.1


def examine(root: Root, *, display: bool = True) -> list[Examined]:
    """Everything that `station doctor` looks at; nothing is changed but what opening a station does.

    `display`: the terminal is asked what pictures it shows, which a screen that runs in it cannot bear.
    """
    results = [*_programs(), *_room(root)]
    if not root.exists:
        return [*results, *examine_scanners(None, Settings()), Examined("root", "stop", str(root.path))]
    try:
        with Station.open(root) as station:
            pictures = [examine_display(station.settings.kiosk.picture)] if display else []
            return [*results, *examine_scanners(root, station.settings), *pictures, *_station(station)]
    except StationError as error:
        return [*results, Examined("settings", "stop", str(error), Phrase(error.code, error.values))]


def _programs() -> Iterator[Examined]:
    for program in ("scanimage", "airscan-discover"):
        path = shutil.which(program)
        told = None if path else Phrase("doctor.program-missing")
        yield Examined(program, "ok" if path else "look", path or "apt install sane-utils sane-airscan", told)


def _room(root: Root) -> Iterator[Examined]:
    place = next(path for path in (root.path, *root.path.parents) if path.exists())
    free = shutil.disk_usage(place).free / 1e6
    pages = int(free / _PAGE_MB)
    told = Phrase("doctor.room", {"free": size(free * 1e6), "place": place, "pages": pages})
    detail = f"{free / 1000:.1f} GB free at {place}, about {pages} pages"
    yield Examined("disk", "ok" if pages > 1000 else "look", detail, told)


def _station(station: Station) -> Iterator[Examined]:
    yield Examined("root", "ok", str(station.root.path))
    for name, database in (("catalogue", station.root.catalogue), ("outbox", station.root.outbox)):
        _ = station.catalogue, station.outbox
        yield Examined(name, *_integrity(database))
    yield _masters(station)
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
    """A row never lacks its file: if one does, somebody or the disk took it."""
    files = station.catalogue.master_files()
    lost = [file for file in files if not (station.root.path / file).is_file()]
    if not lost:
        return Examined("masters", "ok", f"{len(files)} pages", Phrase("doctor.masters", {"count": len(files)}))
    told = Phrase("doctor.masters-lost", {"count": len(lost), "first": lost[0]})
    return Examined("masters", "stop", f"{len(lost)} lost, first: {lost[0]}", told)


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
