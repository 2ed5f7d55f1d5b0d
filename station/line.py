"""The straight line, each step one function: scan -> check -> pack -> (outbox sends) -> receipt.

Front ends call these; they hand in what to announce and show what comes back.
"""

from __future__ import annotations

import logging
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.faults import DeviceFault
from drivers.hot_folder import HotFolder, files_below
from drivers.interface import EndOfPaper, Source
from outbox import bagfile, durable
from station import clock
from station.bag import BookContent, SealedBag, seal
from station.capture import Capture, ScanResult
from station.completeness import check_book
from station.errors import Refused, StorageError, UsageError
from station.model import BookState, PageKind
from station.naming import BookId
from station.quarantine import Quarantine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from drivers.interface import Applied, Scanner
    from station.capture import Taken
    from station.model import Book, Copy, Finding, Page
    from station.naming import Numbering
    from station.settings import ScanProfile
    from station.wiring import Station

log = logging.getLogger(__name__)

NO_DESTINATION = "unset"
"""Where a bag goes that was sealed before anybody named a destination."""


@dataclass
class Announcements:
    """Whom to tell of what, in the past tense; a front end fills in what it shows."""

    page: Callable[[Page], None] = lambda _: None
    copy: Callable[[Copy], None] = lambda _: None
    configured: Callable[[Applied], None] = lambda _: None
    recovered: Callable[[Path], None] = lambda _: None
    taken: Callable[[BookId, Taken], None] = lambda *_: None
    next_sheet: Callable[[], None] = lambda: None
    """Between the pages of a flatbed: returns when the next page lies on the glass."""


@dataclass(frozen=True)
class Intent:
    """What pages that come now are: their kind, their numbers, how many covers come first.

    With `join` the first numbered page is another page of the case that has its number already.
    """

    kind: PageKind
    numbering: Numbering | None = None
    join: bool = False
    covers: int = 0


@dataclass(frozen=True)
class ScanRequest:
    """What to scan: how, from where (None: as the profile says), how many pages (None: until the paper ends)."""

    profile: ScanProfile
    intent: Intent
    source: Source | None = None
    pages: int | None = None


@dataclass
class ScanOutcome:
    """A whole scan: what came, what ended it, pages whose copy could not be made, pages without their number."""

    result: ScanResult
    capture: Capture
    unreadable: list[Page] = field(default_factory=list)


@contextmanager
def working(station: Station, announce: Announcements) -> Iterator[None]:
    """Work on a root: after a crash, first put right what it left."""

    def recover() -> None:
        for path in Quarantine(station.root).recover(station.catalogue):
            log.warning("quarantined %s", path.name)
            announce.recovered(path)
        recover_bags(station)

    with station.root.working(recover):
        yield


def recover_bags(station: Station) -> None:
    """Enter and queue bags that were sealed right before a crash; half-built ones are made anew by `pack`."""
    bags = station.root.bags
    known = {bag["id"] for bag in station.catalogue.bags()}
    for folder in sorted(bags.glob("*/")) if bags.is_dir() else []:
        if folder.name.endswith(bagfile.PARTIAL):
            shutil.rmtree(folder)
        elif folder.name not in known and bagfile.is_sealed(folder):
            registry, key, _ = folder.name.rsplit("_", 2)
            content = _content(station, BookId.parse(f"{registry}/{key}"))
            digest = bagfile.payload_digest(folder)
            bag = SealedBag(folder.name, folder, digest, len(content.pages), len(content.cases))
            enter_bag(station, bag, content.book.id)
    if bags.is_dir():
        station.outbox.adopt(bags, default_destination(station))


def scan_book(
    station: Station, book: Book, scanner: Scanner, request: ScanRequest, announce: Announcements
) -> ScanOutcome:
    """Scan into a book: on a feeder until it is empty or the pages asked for came, on a flatbed so many or one.

    Delivery copies are made while the next pages are scanned.
    """
    require_room(station)
    began = time.monotonic()
    with working(station, announce), station.root.holding(book.id):
        processing = station.processing()
        processing.done = announce.copy

        def keep(page: Page) -> None:
            announce.page(page)
            processing.offer(page)

        capture = _capture(station, book, request.intent, keep)
        capture.refuse_taken_number()
        station.pool.warm_up()
        result = _scan(capture, scanner, request, announce)
        processing.finish()
        log.info("scan of %d pages into %s in %.3f s", len(result.pages), book.id, time.monotonic() - began)
        return ScanOutcome(result, capture, [page for page, _ in processing.failures])


def _scan(capture: Capture, scanner: Scanner, request: ScanRequest, announce: Announcements) -> ScanResult:
    """Set the scanner up and let it feed. A fault while setting up ends the scan like any other, before page 1."""
    try:
        applied = scanner.configure(request.profile.settings(request.source))
    except DeviceFault as fault:
        return ScanResult(fault=fault)
    announce.configured(applied)
    return _feed(capture, scanner, request.pages, announce, flatbed=applied.source is Source.FLATBED)


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
) -> tuple[list[Taken], Capture]:
    """Files and folders into a book, in natural order; they stay where they are. A bad one never stops the rest."""
    files = [
        file
        for path in map(Path.absolute, paths)
        for file in (files_below(path) if path.is_dir() and not path.is_symlink() else [path])
    ]
    require_room(station)
    with working(station, announce), station.root.holding(book.id):
        return _take(station, book, files, intent, announce, device="ingest", remove=False)


class HotFolders:
    """The inboxes of the books that are open: `inbox/<registry>/<book key>/`, and `inbox/<book key>/` for our own."""

    def __init__(self, station: Station, announce: Announcements) -> None:
        self._station, self._announce = station, announce
        self._folders: dict[Path, HotFolder] = {}

    def look(self) -> int:
        """Take what has settled; returns how many folders hold files that have not."""
        for book in self._station.catalogue.books():
            if book.state is BookState.OPEN:
                for folder in self._of(book.id):
                    self._take_from(folder, book)
        return sum(folder.pending() for folder in self._folders.values())

    def _of(self, book: BookId) -> Iterator[HotFolder]:
        inbox, own = self._station.root.inbox, self._station.settings.station.registry
        paths = [inbox / book.registry / book.key, *([inbox / book.key] if book.registry == own else [])]
        for path in paths:
            if path.is_dir():
                if path not in self._folders:
                    self._folders[path] = HotFolder.at(path, self._station.settings.intake.settle_seconds)
                yield self._folders[path]

    def _take_from(self, folder: HotFolder, book: Book) -> None:
        images = folder.feed(self._station.root.spool)
        files = [image.path for image in images if not isinstance(image, EndOfPaper)]
        if not files:
            return
        require_room(self._station)
        intent, device = Intent(PageKind.PAGE), folder.info.id
        with self._station.root.holding(book.id):
            _take(self._station, book, files, intent, self._announce, device=device, remove=True)


def _take(
    station: Station,
    book: Book,
    files: Iterable[Path],
    intent: Intent,
    announce: Announcements,
    *,
    device: str,
    remove: bool,
) -> tuple[list[Taken], Capture]:
    processing = station.processing()
    processing.done = announce.copy

    def keep(page: Page) -> None:
        announce.page(page)
        processing.offer(page)

    capture = _capture(station, book, intent, keep)
    taken = []
    for one in capture.take_files(files, station.intake, device, remove=remove):
        announce.taken(book.id, one)
        taken.append(one)
    processing.finish()
    return taken, capture


def _capture(station: Station, book: Book, intent: Intent, announce: Callable[[Page], None]) -> Capture:
    capture = Capture(
        station.root, station.catalogue, book, station.operator, announce, intent.kind, intent.numbering, intent.covers
    )
    if intent.join:
        capture.join_first()
    return capture


def process_book(station: Station, book: Book, announce: Announcements) -> list[Page]:
    """Make missing and stale delivery copies; returns the pages of which none could be made."""
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
    with working(station, announce), station.root.holding(book.id):
        bags = station.catalogue.bags(book.id)
        if book.state is BookState.SEALED and bags:
            return _sealed_before(station, bags[-1])
        process_book(station, book, announce)
        blocking = [finding for finding in check(station, book) if finding.blocking]
        if blocking:
            raise Refused("not-complete", book=str(book.id), findings=[finding.as_json() for finding in blocking])
        sealed = seal(station.root, _content(station, book.id), station.naming, station.key)
        enter_bag(station, sealed, book.id)
        return sealed


def enter_bag(station: Station, bag: SealedBag, book: BookId) -> None:
    """The rows of a sealed bag: in the catalogue, then in the outbox."""
    station.catalogue.add_bag(bag.id, book, bag.digest, (bag.pages, bag.cases), clock.now())
    station.outbox.enqueue(bagfile.sealed(bag.folder), default_destination(station))


def default_destination(station: Station) -> str:
    return station.settings.destinations[0].name if station.settings.destinations else NO_DESTINATION


def home_items(station: Station) -> None:
    """Give bags that were sealed before a destination was named, or whose destination is gone, the first one."""
    names = {destination.name for destination in station.settings.destinations}
    for gone in station.outbox.destinations_in_use() - names:
        station.outbox.readdress(gone, default_destination(station))


def _sealed_before(station: Station, bag: dict[str, object]) -> SealedBag:
    bag_id = str(bag["id"])
    folder = station.root.bags / bag_id
    return SealedBag(bag_id, folder, str(bag["digest"]), int(str(bag["pages"])), int(str(bag["cases"])))


def _content(station: Station, book: BookId) -> BookContent:
    found = station.catalogue.book(book)
    if found is None:
        raise UsageError("no-such-book", book=str(book))
    return BookContent.read(station.catalogue, found, station.registry(book.registry), station.recipe.key)


def require_room(station: Station) -> None:
    """Raise `StorageError` before a scan that the disk has no room for."""
    durable.make_folder(station.root.path)
    free = shutil.disk_usage(station.root.path).free // 1_000_000
    if free < station.settings.storage.min_free_mb:
        raise StorageError(
            "disk-low", free=free, needed=station.settings.storage.min_free_mb, root=str(station.root.path)
        )
