"""The straight line, each step one function: scan -> check -> pack -> (outbox sends) -> receipt.

Front ends call these; they hand in what to announce and show what comes back.
"""

from __future__ import annotations

import logging
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.faults import DeviceFault, FaultKind
from drivers.hot_folder import HotFolder, files_below
from drivers.interface import RawImage, Source
from outbox import durable
from station.bag import SealedBag, seal
from station.capture import Capture, ScanResult
from station.completeness import check_book
from station.errors import Refused, StorageError, UsageError
from station.model import BookState, PageKind
from station.recovery import content_of, default_destination, enter_bag, working_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from drivers.interface import Scanner
    from station.announcements import Announcements
    from station.capture import Taken
    from station.model import Book, Finding, Page
    from station.naming import Numbering
    from station.settings import ScanProfile
    from station.wiring import Station

log = logging.getLogger(__name__)

_SETTLE_STEP_SECONDS = 0.2


@dataclass(frozen=True)
class Intent:
    """What pages that come now are: their kind, their numbers, how many covers come first.

    With `join` the first numbered page is another page of the case that has its number already. `replaces` and `after`
    are pages of the book: see `Capture`.
    """

    kind: PageKind
    numbering: Numbering | None = None
    join: bool = False
    covers: int = 0
    replaces: Page | None = None
    after: Page | None = None


@dataclass(frozen=True)
class ScanRequest:
    """What to scan: how, from where (None: as the profile says), how many pages (None: until the paper ends)."""

    profile: ScanProfile
    intent: Intent
    source: Source | None = None
    pages: int | None = None


@dataclass(frozen=True)
class Batch:
    """Delivered files in their order. `remove`: they leave their place once they are safe, as in a hot folder."""

    files: Iterable[Path]
    device: str
    remove: bool


@dataclass
class IntakeOutcome:
    """What became of a batch: each file, pages whose copy could not be made, pages without their number."""

    capture: Capture
    taken: list[Taken] = field(default_factory=list)
    unreadable: list[Page] = field(default_factory=list)


@dataclass
class ScanOutcome:
    """A whole scan: what came, what ended it, pages whose copy could not be made, pages without their number."""

    result: ScanResult
    capture: Capture
    unreadable: list[Page] = field(default_factory=list)


def scan_book(
    station: Station, book: Book, scanner: Scanner, request: ScanRequest, announce: Announcements
) -> ScanOutcome:
    """Scan into a book: on a feeder until it is empty or the pages asked for came, on a flatbed so many or one.

    Delivery copies are made while the next pages are scanned.
    """
    require_room(station)
    began = time.monotonic()
    with working_on(station, book.id, announce) as held:
        processing = station.processing()
        processing.done = announce.copy

        def keep(page: Page) -> None:
            announce.page(page)
            processing.offer(page)

        capture = _capture(station, held, request.intent, keep)
        capture.refuse_taken_number()
        station.pool.warm_up()
        result = _scan(station, capture, scanner, request, announce)
        processing.finish()
        log.info("scan of %d pages into %s in %.3f s", len(result.pages), book.id, time.monotonic() - began)
        return ScanOutcome(result, capture, [page for page, _ in processing.failures])


def _scan(
    station: Station, capture: Capture, scanner: Scanner, request: ScanRequest, announce: Announcements
) -> ScanResult:
    """Set the scanner up and let it feed. A fault while setting up ends the scan like any other, before page 1."""
    if isinstance(scanner, HotFolder):
        return _scan_folder(station, capture, scanner, request, announce)
    try:
        applied = scanner.configure(request.profile.settings(request.source))
    except DeviceFault as fault:
        return ScanResult(fault=fault)
    announce.configured(applied)
    if announce.cancelled():
        return ScanResult(fault=DeviceFault(FaultKind.CANCELLED, "before the first page"))
    return _feed(capture, scanner, request.pages, announce, flatbed=applied.source is Source.FLATBED)


def _scan_folder(
    station: Station, capture: Capture, folder: HotFolder, request: ScanRequest, announce: Announcements
) -> ScanResult:
    """A folder as the scanner: what lies there now, `pages` files of it or all."""
    result = ScanResult(paper_ended=True)
    folder.settle_seconds = station.settings.intake.settle_seconds
    try:
        files = _settled_files(folder, station.root.spool, request.pages)
    except DeviceFault as fault:
        return ScanResult(fault=fault)
    for taken in capture.take_files(files, station.intake, folder.info.id, remove=True):
        announce.taken(capture.book.id, taken)
        result.pages += taken.pages
        result.refused += [taken.refused] if taken.refused else []
    return result


def _settled_files(folder: HotFolder, spool: Path, limit: int | None) -> list[Path]:
    """The files of a folder once none of them is being written any more."""
    while True:
        files = [image.path for image in folder.feed(spool, limit) if isinstance(image, RawImage)]
        if not folder.pending():
            return files
        time.sleep(_SETTLE_STEP_SECONDS)


def _feed(
    capture: Capture, scanner: Scanner, pages: int | None, announce: Announcements, *, flatbed: bool
) -> ScanResult:
    if not flatbed:
        return capture.scan(scanner, pages)
    whole = ScanResult()
    for number in range(pages or 1):
        if number:
            announce.next_sheet()
        one = capture.scan(scanner, 1)
        whole.pages += one.pages
        whole.fault = one.fault
        if one.fault or not one.pages:
            break
    return whole


def ingest(
    station: Station, book: Book, paths: Sequence[Path], intent: Intent, announce: Announcements
) -> IntakeOutcome:
    """Files and folders into a book, in natural order; they stay where they are. A bad one never stops the rest."""
    files = [
        file
        for path in map(Path.absolute, paths)
        for file in (files_below(path) if path.is_dir() and not path.is_symlink() else [path])
    ]
    require_room(station)
    with working_on(station, book.id, announce) as held:
        return take(station, held, Batch(files, "ingest", remove=False), intent, announce)


def take(station: Station, book: Book, batch: Batch, intent: Intent, announce: Announcements) -> IntakeOutcome:
    """Delivered files into a book that the caller holds, and their delivery copies."""
    processing = station.processing()
    processing.done = announce.copy

    def keep(page: Page) -> None:
        announce.page(page)
        processing.offer(page)

    capture = _capture(station, book, intent, keep)
    outcome = IntakeOutcome(capture)
    for one in capture.take_files(batch.files, station.intake, batch.device, remove=batch.remove):
        announce.taken(book.id, one)
        outcome.taken.append(one)
    processing.finish()
    outcome.unreadable = [page for page, _ in processing.failures]
    return outcome


def _capture(station: Station, book: Book, intent: Intent, announce: Callable[[Page], None]) -> Capture:
    for place in (intent.replaces, intent.after):
        if place and station.catalogue.find_page(place.id) is None:
            raise UsageError("no-such-page", page=place.id)
    capture = Capture(
        station.root,
        station.catalogue,
        book,
        station.operator,
        announce,
        kind=intent.kind,
        numbering=intent.numbering,
        replaces=intent.replaces,
        after=intent.after,
        covers=intent.covers,
    )
    if intent.join:
        capture.join_first()
    return capture


def process_book(station: Station, book: Book, announce: Announcements) -> list[Page]:
    """Make missing and stale delivery copies; returns the pages of which none could be made."""
    with working_on(station, book.id, announce) as held:
        return _process(station, held, announce)


def _process(station: Station, book: Book, announce: Announcements) -> list[Page]:
    processing = station.processing()
    processing.done = announce.copy
    processing.offer_stale(book.id)
    processing.finish()
    return [page for page, _ in processing.failures]


def check(station: Station, book: Book) -> list[Finding]:
    """Quality and completeness of one book."""
    return check_book(station.catalogue, book, station.recipe.key)


def pack_book(station: Station, book: Book, announce: Announcements) -> SealedBag:
    """Seal a book and queue it. Raises `Refused` with all blocking findings when it is not complete.

    Sealed is a book whose bag folder was renamed into place; a crash after that is put right at the next start.
    """
    with working_on(station, book.id, announce) as held:
        bags = station.catalogue.bags(book.id)
        if held.state is BookState.SEALED and bags:
            return _sealed_before(station, bags[-1])
        _process(station, held, announce)
        blocking = [finding for finding in check(station, held) if finding.blocking]
        if blocking:
            raise Refused("not-complete", book=str(book.id), findings=[finding.as_json() for finding in blocking])
        sealed = seal(station.root, content_of(station, book.id), station.naming, station.key)
        enter_bag(station, sealed, book.id)
        return sealed


def home_items(station: Station) -> None:
    """Give bags that were sealed before a destination was named, or whose destination is gone, the first one."""
    names = {destination.name for destination in station.settings.destinations}
    for gone in station.outbox.destinations_in_use() - names:
        station.outbox.readdress(gone, default_destination(station))


def _sealed_before(station: Station, bag: dict[str, object]) -> SealedBag:
    bag_id = str(bag["id"])
    folder = station.root.bags / bag_id
    return SealedBag(bag_id, folder, str(bag["digest"]), int(str(bag["pages"])), int(str(bag["cases"])))


def require_room(station: Station) -> None:
    """Raise `StorageError` before a scan that the disk has no room for."""
    durable.make_folder(station.root.path)
    free = shutil.disk_usage(station.root.path).free // 1_000_000
    if free < station.settings.storage.min_free_mb:
        raise StorageError(
            "disk-low", free=free, needed=station.settings.storage.min_free_mb, root=str(station.root.path)
        )
