"""`station export`: what waits in the queue onto a stick, with its sheet. Receipts settle a bag, exports never do."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from outbox import bagfile, durable
from outbox.bagfile import BagError, Sealed
from outbox.errors import Code, OutboxError, Reason
from outbox.states import State, of_all
from outbox.stick import exporting as stick
from outbox.stick import index as stick_index
from outbox.stick.exporting import Left, Order
from outbox.stick.faults import StickError
from outbox.stick.media import MACHINE
from station.books.rework import refuse_outdated
from station.errors import StorageError, UsageError
from station.handover import numbers
from station.handover.sheet import Line, draw_sheet
from station.handover.words import digest_words
from station.purging import purge_of, when
from station.sending import bag_named
from station.training.mode import check_target

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from outbox.items import Item
    from outbox.stick.index import Index
    from station.wiring import Station

log = logging.getLogger(__name__)

# A refusal tells of a copy that came damaged: a person who exports again sends another one.
WAITING = (State.QUEUED, State.WAITING, State.SENDING, State.NEEDS_PERSON, State.REFUSED)
_SETTLED = (State.RECEIVED, State.PURGED)


@dataclass(frozen=True)
class HandOver:
    """What is on the stick, or in a plain `folder`, verified. `index` and `sheet` are None when nothing is."""

    target: Path
    index: Index | None
    sheet: Path | None
    written: tuple[str, ...]
    kept: tuple[str, ...]
    left: tuple[Left, ...]
    awaiting: int = 0
    """Bags that were sent and have no receipt yet: they are exported when they are named."""
    folder: bool = False

    @property
    def brought_nothing(self) -> bool:
        """Whether there was something to bring, and not one bag is there."""
        return bool(self.left) and self.index is None

    @property
    def is_safe(self) -> bool:
        """Whether this is a stick, done with, that has what is to be carried away."""
        return not self.folder and not self.brought_nothing

    def as_json(self) -> dict[str, Any]:
        """`safe_to_remove` stands last."""
        index = self.index
        return {
            "target": str(self.target),
            "number": index.number if index else None,
            "words": digest_words(stick_index.digest(index)) if index else None,
            "index_sha256": stick_index.digest(index) if index else None,
            "encrypted": bool(index and index.recipients),
            "sheet": str(self.sheet) if self.sheet else None,
            "bags": [
                {
                    "id": entry.bag_id,
                    "state": "written" if entry.bag_id in self.written else "kept",
                    "digest": entry.digest,
                    "size": entry.file_size,
                    "sha256": entry.sha256,
                }
                for entry in (index.entries if index else ())
            ],
            "left": [{"id": one.bag_id, "error": one.reason.code, "detail": one.reason.detail} for one in self.left],
            "safe_to_remove": self.is_safe,
        }


def export(
    station: Station,
    target: Path,
    names: Sequence[str],
    tell: Callable[[str, str], None],
    *,
    plain: bool,
    folder: bool = False,
) -> HandOver:
    """Bring the named bags, or all that wait, onto a medium, or into any `folder`; on return it may be removed.

    A crash before the stick's last index: the next run goes on with what is missing. After it: the next run finds all
    in place, draws the sheet and notes the export. Raises `UsageError`, and `StorageError` for a medium that failed.
    """
    check_target(target, station.settings, station.root)
    recipients = () if plain else station.settings.export.recipients
    if not recipients and not plain:
        raise UsageError("export-no-recipient", file=str(station.root.settings))
    items = _by_bag(station)
    wanted, unusable = _bags_of(_chosen(station, items, names))
    order = Order(
        bags=wanted,
        recipients=recipients,
        key=station.key,
        next_number=partial(numbers.next_number, station.root.handovers),
        clock=lambda: datetime.now(UTC),
        settled={bag_id for bag_id, item in items.items() if item.state in _SETTLED},
        handed=station.outbox.exports().keys(),
        machine=() if folder else (*MACHINE, station.root.path),
    )
    try:
        done = stick.export(target, order, tell)
    except StickError as error:
        log.warning("%s: %s", target, error)
        raise StorageError(f"outbox.{error.code}", detail=error.detail) from error
    sheet = _keep(station, done.index) if done.index else None
    awaiting = sum(item.state is State.SENT for item in items.values())
    return HandOver(target, done.index, sheet, done.written, done.kept, (*unusable, *done.left), awaiting, folder)


def _by_bag(station: Station) -> dict[str, Item]:
    """Every bag of the queue, oldest first, with the item that tells how it stands: it may go to several places."""
    found: dict[str, list[Item]] = {}
    for item in station.outbox.items():
        found.setdefault(item.bag_id, []).append(item)
    return {bag_id: _leading(items) for bag_id, items in found.items()}


def _leading(items: list[Item]) -> Item:
    state = of_all([item.state for item in items], any_of=any(item.any_of for item in items))
    return next(item for item in items if item.state is state)


def _chosen(station: Station, items: dict[str, Item], names: Sequence[str]) -> list[Item]:
    """Those of these bag ids or beginnings of one, or without any all that wait. Raises `UsageError`."""
    if not names:
        return [item for item in items.values() if item.state in WAITING]
    chosen = {}
    for name in names:
        item = items[bag_named(station, name)]
        if cleared := purge_of(station, item.bag_id):
            raise UsageError("export-purged", bag=name, at=when(cleared))
        if item.state in _SETTLED:
            raise UsageError("export-settled", bag=name)
        refuse_outdated(station.catalogue, item.bag_id)
        chosen[item.bag_id] = item
    return list(chosen.values())


def _bags_of(items: Sequence[Item]) -> tuple[list[Sealed], list[Left]]:
    """The sealed folders behind items; one that is not what was queued stays where it is, named."""
    bags, left = [], []
    for item in items:
        try:
            bag = bagfile.sealed(item.folder)
            if bag.digest != item.digest:
                left.append(Left(item.bag_id, Reason(Code.BAG_CHANGED, str(item.folder))))
            else:
                bags.append(bag)
        except BagError as error:
            left.append(Left(item.bag_id, error.reason))
    return bags, left


def _keep(station: Station, index: Index) -> Path:
    """The sheet and the list of a hand-over beside each other, and its note in the history of each bag."""
    lines = _lines_of(station, index)
    sheet = numbers.file_of(station.root.handovers, index.number, "pdf")
    durable.replace(sheet.with_suffix(".json"), index.to_bytes())
    durable.replace(sheet, draw_sheet(index, lines, _place_of(station)))
    for entry in index.entries:
        try:
            station.outbox.exported(entry.bag_id, f"{index.number:04}")
        except OutboxError as error:
            if error.code is not Code.ITEM_UNKNOWN:  # of a queue that was set up anew
                raise
    return sheet


def _lines_of(station: Station, index: Index) -> list[Line]:
    known = {str(bag["id"]): bag for bag in station.catalogue.bags()}
    lines = []
    for entry in index.entries:
        bag = known.get(entry.bag_id)
        book = str(bag["book"]) if bag else entry.bag_id.rpartition("_")[0]
        pages, cases = (int(bag["pages"]), int(bag["cases"])) if bag else (None, None)
        lines.append(Line(book, pages, cases, entry.bag_id, entry.digest))
    return lines


def _place_of(station: Station) -> str:
    code = station.settings.station.registry
    registry = station.catalogue.registry(code) if code else None
    return f"{registry.name}, {registry.place} ({code})" if registry else code
