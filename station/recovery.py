"""Having a book to oneself, and putting right what a crash left of it.

Everything that changes a book holds it; so whoever holds it knows that a file without a row is an orphan and not
another program's commit under way.
"""

from __future__ import annotations

import logging
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from outbox import bagfile
from station import clock
from station.capture.quarantine import Quarantine
from station.errors import BadName, UsageError
from station.recipes import copies_key
from station.root import LOOSE, book_of, loose_name, work_name
from station.sealing.bag import BookContent, SealedBag, partial_bag, recipe_of_bag
from station.worklist.exclusions import refuse_excluded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from station.announcements import Announcements
    from station.model import Book
    from station.naming import BookId
    from station.wiring import Station

log = logging.getLogger(__name__)


@contextmanager
def working_on(station: Station, book_id: BookId, announce: Announcements) -> Iterator[Book]:
    """Have a book to oneself, once what a crash left of it has been put right; yields it as it is now.

    What a crash left of other books is put right too, unless somebody is working on them. Raises `UsageError`, also for
    an excluded book.
    """
    recover_others(station, book_id, announce)
    with station.root.holding(book_id):
        recover_book(station, book_id, announce)
        book = station.catalogue.book(book_id)
        if book is None:
            raise UsageError("no-such-book", book=str(book_id))
        refuse_excluded(station.catalogue, book_id)
        yield book


def recover_others(station: Station, own: BookId | None, announce: Announcements) -> None:
    """Put right what crashes left of every book that nobody holds, and of paper that belonged to none."""
    _recover_loose(station, announce)
    for book in sorted(_interrupted(station) - {own}):
        try:
            with station.root.holding(book):
                recover_book(station, book, announce)
        except UsageError:
            log.info("%s is in use; whoever has it puts it right", book)


@contextmanager
def loose_paper(station: Station, device: str, announce: Announcements) -> Iterator[str]:
    """Have the paper of a device to oneself that belongs to no book yet; yields the name of its spools.

    Raises `UsageError` when another program scans with it.
    """
    recover_others(station, None, announce)
    name = loose_name(device)
    with station.root.holding_loose(name):
        yield name


def _recover_loose(station: Station, announce: Announcements) -> None:
    """Images of no book that nobody has in hand go to quarantine."""
    for spool in sorted(station.root.spool.glob(f"scan/{LOOSE}*")):
        if any(spool.iterdir()):
            try:
                with station.root.holding_loose(spool.name):
                    for path in Quarantine(station.root).recover_loose(spool.name):
                        announce.recovered(path)
            except UsageError:
                log.info("%s is in use", spool.name)


def _interrupted(station: Station) -> set[BookId]:
    """Books with something in the spool, or a bag that is half-built or has no row yet."""
    root, known = station.root, {bag["id"] for bag in station.catalogue.bags()}
    spools = [path.name for path in root.spool.glob("scan/*") if any(path.iterdir())]
    bags = [path.name for path in root.bags.glob("*/") if path.name not in known]
    halves = [name.removesuffix(bagfile.PARTIAL) for name in bags if name.endswith(bagfile.PARTIAL)]
    sealed = [name.rpartition("_")[0] for name in bags if not name.endswith(bagfile.PARTIAL)]
    return {book for name in [*spools, *halves, *sealed] if (book := _book_or_none(name))}


def _book_or_none(name: str) -> BookId | None:
    """What is not called after a book is not ours: `lost+found`, a folder that somebody put there."""
    try:
        return book_of(name)
    except BadName:
        return None


def recover_book(station: Station, book: BookId, announce: Announcements) -> None:
    """For whoever holds the book: orphaned images to quarantine, half a bag away, a whole one entered and queued."""
    for path in Quarantine(station.root).recover(station.catalogue, book):
        log.warning("quarantined %s", path.name)
        announce.recovered(path)
    shutil.rmtree(partial_bag(station.root, book), ignore_errors=True)
    known = {bag["id"] for bag in station.catalogue.bags(book)}
    for folder in sorted(station.root.bags.glob(f"{work_name(book)}_*")):
        if folder.name not in known and bagfile.is_sealed(folder):
            content = content_of(station, book)
            digest = bagfile.payload_digest(folder)
            bag = SealedBag(folder.name, folder, digest, len(content.pages), len(content.cases))
            enter_bag(station, bag, book)
    if station.root.bags.is_dir():
        station.outbox.adopt(station.root.bags, *station.routing.destinations, any_of=station.routing.any_of)


def enter_bag(station: Station, bag: SealedBag, book: BookId) -> None:
    """The rows of a sealed bag: in the catalogue, then in the outbox."""
    recipe = recipe_of_bag(bag.folder)
    station.catalogue.add_bag(bag.id, book, bag.digest, (bag.pages, bag.cases), clock.now(), recipe)
    routing = station.routing
    station.outbox.enqueue(bagfile.sealed(bag.folder), *routing.destinations, any_of=routing.any_of)


def content_of(station: Station, book: BookId) -> BookContent:
    found = station.catalogue.book(book)
    if found is None:
        raise UsageError("no-such-book", book=str(book))
    registry = station.registry(book.registry)
    return BookContent.read(station.catalogue, found, registry, copies_key(station, book), station.columns)
