"""A stick at the station: the receipts that it brings back are taken first, then what waits goes onto it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from outbox import receipts
from outbox.errors import OutboxError
from outbox.stick.exporting import FOLDER, RECEIPTS
from station.errors import StationError
from station.handover.exporting import WAITING, export
from station.handover.receive import import_receipts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from station.handover.exporting import HandOver
    from station.handover.receive import ImportedReceipt
    from station.wiring import Station


@dataclass(frozen=True)
class Visit:
    """What a stick brought and took; it may be removed.

    `receipts` are those that settled something, or do not count. `done` is None where nothing was to go onto it, or
    where `error` says why it could not.
    """

    receipts: tuple[ImportedReceipt, ...]
    done: HandOver | None = None
    error: StationError | OutboxError | None = None


def visit(station: Station, target: Path, tell: Callable[[str, str, int], None]) -> Visit:
    """Take the receipts on a medium, then bring what waits onto it, encrypted.

    `tell` hears what `export` tells, and how many bags wait. A crash in between: every receipt is a commit of its own,
    the next visit finds them taken. Raises `OSError` for a medium that cannot be read, and as `export` where the stick
    brought nothing.
    """
    taken = take_receipts(station, target)
    waiting = len(station.outbox.bags_in(*WAITING))
    if not waiting and not station.settings.export.recipients:
        return Visit(taken)
    try:
        done = export(station, target, (), lambda what, bag: tell(what, bag, waiting), plain=False)
    except (StationError, OutboxError) as error:
        if not taken:
            raise
        return Visit(taken, error=error)
    return Visit(taken, done)


def take_receipts(station: Station, target: Path) -> tuple[ImportedReceipt, ...]:
    """The receipts at the top of a medium and those in this station's folder on it, without those that say nothing
    more. Other stations' receipts on the same medium are left for them.
    """
    places = sorted(target.glob(f"*{receipts.SUFFIX}"))
    home = target / FOLDER / station.key.key_id / RECEIPTS
    places += [home] if home.is_dir() and not home.is_symlink() else []
    found = [one for place in places for one in import_receipts(station.outbox, place, station.trusted_receivers)]
    return tuple(one for one in found if one.changed or one.error)
