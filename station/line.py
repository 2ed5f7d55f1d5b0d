"""The straight line, each step one function: scan -> check -> pack -> (outbox sends) -> receipt.

Front ends call these; they hand in what to announce and show what comes back.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.hot_folder import files_below
from drivers.interface import Side
from outbox import durable
from station.books.mending import told
from station.books.numbers import next_numbering
from station.books.rework import let_go, lineage_of
from station.books.spreads import split_came, split_due, tell
from station.capture.duplex import AMONG_BACKS, ENDS_FRONTS, pair_waiting, refuse_between
from station.capture.feeds import ended_dirty, settle_doubt
from station.capture.keeping import Capture
from station.capture.outcomes import IntakeOutcome, ScanOutcome
from station.capture.requests import Batch
from station.capture.scanning import Scan
from station.capture.streaks import StreakWatch
from station.completeness import check_book, check_books
from station.covers.admission import let_in
from station.covers.pile import CoverRefused, Pile
from station.duplicates.deciding import without_kept
from station.duplicates.uncompared import find_doubles
from station.errors import BadInput, Refused, StorageError, UsageError
from station.model import BookState
from station.recipes import renew_key
from station.recovery import content_of, enter_bag, loose_paper, working_on
from station.root import work_name
from station.sealing.bag import SealedBag, seal
from station.words import Phrase
from station.worklist.exclusions import refuse_excluded_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from drivers.interface import Scanner
    from station.announcements import Announcements
    from station.books.spreads import Divided
    from station.capture.duplex import Pairing
    from station.capture.requests import Intent, ScanRequest
    from station.covers.admission import Standing
    from station.model import Book, Copy, Finding, Page
    from station.naming import BookId
    from station.processing import Processing
    from station.wiring import Station

log = logging.getLogger(__name__)


def scan_book(
    station: Station, book: Book | None, scanner: Scanner, request: ScanRequest, announce: Announcements
) -> ScanOutcome:
    """Scan into a book: on a feeder until it is empty or the pages asked for came, on a flatbed so many or one.

    Cover sheets open and switch the book; without one to begin with, the first sheet should be a cover. Delivery copies
    are made while the next pages are scanned. Raises `UsageError`, before any paper moves, while the last page of an
    earlier feed is in doubt and the request does not name it.
    """
    require_room(station)
    began = time.monotonic()
    with ExitStack() as held:
        processing, watch = station.processing(), StreakWatch()

        def done(copy: Copy) -> None:
            watch.checked(copy)
            announce.copy(copy)

        def keep(page: Page) -> None:
            watch.came(page)
            announce.page(page)
            processing.offer(page)

        processing.done = done
        processing.ready = announce.copied
        announce.collect = processing.collect
        keeping = replace(announce, page=keep)
        if book:
            own = held.enter_context(working_on(station, book.id, announce))
            pile = held.enter_context(admit(station, own, request, keeping))
        else:
            spool = held.enter_context(loose_paper(station, scanner.info.id, announce))
            pile = held.enter_context(pile_of(station, request, keeping, spool))
        station.pool.warm_up()
        if pile.looks:
            station.codes.warm_up()
        if not (book and ended_dirty(station.catalogue.feeds(book.id))):
            pile.streak, pile.await_checks = lambda: watch.streak, processing.finish
        outcome = scan_pages(station, pile, scanner, request, announce)
        processing.finish()
        outcome.unreadable = [page for page, _ in processing.failures]
        pages, spent = len(outcome.result.pages), time.monotonic() - began
        log.info("scan of %d pages into %s in %.3f s", pages, book.id if book else "-", spent)
    divided = _split_came(station, outcome, outcome.result.pages, announce)
    outcome.result.pages = [divided.now(page) for page in outcome.result.pages]
    return outcome


def _split_came(
    station: Station, outcome: ScanOutcome | IntakeOutcome, pages: Iterable[Page], announce: Announcements
) -> Divided:
    """Split what the books want split of what came; the pages without their number are told by their halves."""
    divided = split_came(station, {page.book for page in pages}, announce)
    outcome.unreadable += divided.unreadable
    for capture in outcome.pile.captures:
        capture.clashes = divided.renamed(capture.clashes)
    if isinstance(outcome, ScanOutcome) and outcome.pairing:
        outcome.pairing.clashes = divided.renamed(outcome.pairing.clashes)
    return divided


def pile_of(station: Station, request: ScanRequest, announce: Announcements, spool: str) -> Pile:
    """Paper that lies on a scanner, before anybody knows its book. In a stack that is turned by hand, and between other
    pages, no cover sheet is looked for.
    """

    @contextmanager
    def open_book(book: BookId) -> Iterator[Capture]:
        if request.turned:
            raise UsageError(AMONG_BACKS if request.turned.side is Side.BACK else ENDS_FRONTS, book=str(book))
        let_in(station, book, request.on_cover or announce.ask_cover, announce, request.layout)
        with working_on(station, book, announce) as held:
            numbering = next_numbering(station.catalogue, held, request.layout)
            intent = replace(request.intent, numbering=numbering, join=False)
            yield _admit(station, held, replace(request, intent=intent, last_page=None), announce)

    return Pile(station.root, station.catalogue, station.codes, spool, open_book, looks=request.intent.at_end)


def admit(station: Station, book: Book, request: ScanRequest, announce: Announcements) -> Pile:
    """Let a scan begin in a book that the caller holds. Raises `UsageError` for what stands against it."""
    pile = pile_of(station, request, announce, work_name(book.id))
    pile.start_in(_admit(station, book, request, announce))
    return pile


def _admit(station: Station, book: Book, request: ScanRequest, announce: Announcements) -> Capture:
    capture = _capture(station, book, request.intent_now, announce)
    if request.intent.at_end:
        _require_end_of_book(station, book, request, announce)
    capture.numbers.refuse_taken()
    return capture


def scan_pages(
    station: Station, pile: Pile, scanner: Scanner, request: ScanRequest, announce: Announcements
) -> ScanOutcome:
    """The pages of a scan that was let in, without their delivery copies; then the pairs, when these were backs."""
    result = Scan(station, pile, scanner, request, announce).run()
    if result.fault:
        announce.fault(result.fault)
    outcome = ScanOutcome(result, pile)
    if request.turned and request.turned.side is Side.BACK and outcome.went_well and pile.current:
        announce.comparing()
        outcome.pairing = pair_waiting(station, pile.current.book, in_order=request.turned.in_order, as_they_are=False)
    return outcome


def _require_end_of_book(station: Station, book: Book, request: ScanRequest, announce: Announcements) -> None:
    """Raise `UsageError` while the next sheet must not go to the end of the book."""
    if request.turned is None:
        refuse_between(station.catalogue, book.id)
    numbering = request.intent.numbering
    settle_doubt(station, book, request.last_page, numbering.first if numbering else None, announce.ask_last_page)


def pair_stack(station: Station, book: Book, announce: Announcements, *, in_order: bool, as_they_are: bool) -> Pairing:
    """Pair the fronts and backs of a book that lie side by side, once what was in the way is put right; then split what
    the book wants split.
    """
    with working_on(station, book.id, announce) as held:
        announce.comparing()
        pairing = pair_waiting(station, held, in_order=in_order, as_they_are=as_they_are)
    if pairing.paired:
        pairing.clashes = split_came(station, [book.id], announce).renamed(pairing.clashes)
    return pairing


def ingest(
    station: Station,
    book: Book,
    paths: Sequence[Path],
    intent: Intent,
    announce: Announcements,
    on_cover: Standing | None = None,
) -> IntakeOutcome:
    """Files and folders into a book, in natural order; they stay where they are. A bad one never stops the rest.

    `on_cover` says what to do at the cover sheet of a book that must not be opened as it is; None: ask. Raises
    `BadInput`, and takes nothing, where a path is not there.
    """
    gone = next((path for path in paths if not os.path.lexists(path)), None)
    if gone:
        raise BadInput("no-such-file", path=str(gone))
    files = [
        file
        for path in map(Path.absolute, paths)
        for file in (files_below(path) if path.is_dir() and not path.is_symlink() else [path])
    ]
    require_room(station)
    with working_on(station, book.id, announce) as held:
        first = intent.numbering.numbers_of(0) if intent.numbering else ()
        refuse_excluded_numbers(station.catalogue, book.id, first)
        outcome = take(station, held, Batch(files, "ingest"), intent, announce, on_cover)
    came = (page for one in outcome.taken for page in one.pages)
    divided = _split_came(station, outcome, came, announce)
    outcome.taken = [replace(one, pages=tuple(map(divided.now, one.pages))) for one in outcome.taken]
    return outcome


def take(
    station: Station,
    book: Book,
    batch: Batch,
    intent: Intent,
    announce: Announcements,
    on_cover: Standing | None = None,
) -> IntakeOutcome:
    """Delivered files into a book that the caller holds, and their delivery copies."""
    processing = station.processing()
    processing.done = announce.copy

    def keep(page: Page) -> None:
        announce.page(page)
        processing.offer(page)

    keeping = replace(announce, page=keep)

    @contextmanager
    def open_book(other: BookId) -> Iterator[Capture]:
        layout = intent.numbering.layout if intent.numbering else None
        let_in(station, other, on_cover or announce.ask_cover, announce, layout)
        with working_on(station, other, announce) as held:
            numbering = next_numbering(station.catalogue, held, layout)
            yield _capture(station, held, replace(intent, numbering=numbering, join=False), keeping)

    pile = Pile(station.root, station.catalogue, station.codes, work_name(book.id), open_book, looks=intent.at_end)
    outcome = IntakeOutcome(pile)
    with pile:
        pile.start_in(_capture(station, book, intent, keeping))
        try:
            for one in pile.take_files(batch.files, station.intake, batch.device):
                announce.taken(pile.book, one)
                outcome.taken.append(one)
        except CoverRefused as refused:
            outcome.refused_cover = refused
        processing.finish()
    outcome.unreadable = [page for page, _ in processing.failures]
    return outcome


def _capture(station: Station, book: Book, intent: Intent, announce: Announcements) -> Capture:
    if intent.beside and station.catalogue.find_page(intent.beside.id) is None:
        raise UsageError("no-such-page", page=intent.beside.id)
    capture = Capture(
        station.root,
        station.catalogue,
        book,
        station.operator,
        announce.page,
        announce.noted,
        kind=intent.kind,
        numbering=intent.numbering,
        replaces=intent.replaces,
        after=intent.after,
        before=intent.before,
        covers=intent.covers,
    )
    if intent.join:
        capture.numbers.join_first()
    return capture


def process_book(station: Station, book: Book, announce: Announcements, *, sealed: bool = False) -> list[Page]:
    """Make missing and stale delivery copies; returns the pages of which none could be made.

    The copies of a sealed book are those of its bag, and left as they are. With `sealed` those that were lost are made
    again, by the recipe of the bag: raises `UsageError` where that is not there any more.
    """
    with working_on(station, book.id, announce) as held:
        if held.state is not BookState.SEALED:
            return _process(station, held, announce)
        if not sealed:
            announce.noted(Phrase("process.sealed", {"book": held.id}))
            return []
        return _settle(_make_stale(station, held, announce), held)


def _make_stale(station: Station, book: Book, announce: Announcements) -> Processing:
    processing = station.processing()
    processing.done = announce.copy
    processing.offer_stale(book.id)
    processing.finish()
    return processing


def _settle(processing: Processing, book: Book) -> list[Page]:
    processing.settle(book.id)
    processing.finish()
    return [page for page, _ in processing.failures]


def _process(station: Station, book: Book, announce: Announcements) -> list[Page]:
    renew_key(station, book.id)
    processing = _make_stale(station, book, announce)
    if tell(announce, book.id, split_due(station, book.id, processing.offer)):
        processing.finish()
    failed = _settle(processing, book)
    if not failed:
        processing.clear_stale(book.id)
    return failed


def check(station: Station, book: Book) -> list[Finding]:
    """Quality and completeness of one book, what of it stands twice, and what was typed of its cases."""
    suffixes = station.naming.suffixes
    found = check_book(station.catalogue, book, station.recipe.key, station.columns.uncounted, suffixes)
    return [
        *without_kept(station.catalogue.kept_doubles(), book.id, found),
        *find_doubles(station, book.id).get(str(book.id), ()),
        *station.desk(book.id).findings(),
    ]


def check_all(station: Station) -> Iterator[tuple[Book, Finding]]:
    """The same of every book of the work list, in its order, without asking the catalogue book by book."""
    typed, kept = station.catalogue.books_typed(), station.catalogue.kept_doubles()
    twice = find_doubles(station)
    how = station.recipe.key, station.columns.uncounted, station.naming.suffixes
    for book, findings in check_books(station.catalogue, *how):
        yield from ((book, finding) for finding in without_kept(kept, book.id, findings))
        yield from ((book, finding) for finding in twice.get(str(book.id), ()))
        if str(book.id) in typed or station.columns.required_stops:
            yield from ((book, finding) for finding in station.desk(book.id).findings())


def pack_book(station: Station, book: Book, announce: Announcements) -> SealedBag:
    """Seal a book and queue it. Raises `Refused` with all blocking findings when it is not complete.

    Sealed is a book whose bag folder was renamed into place; a crash after that is put right at the next start. A book
    that was opened again and not changed gets its bag again.
    """
    with working_on(station, book.id, announce) as held:
        bags = station.catalogue.bags(book.id)
        if held.state is BookState.SEALED and bags:
            before = _sealed_before(station, bags[-1])
            let_go(station, book.id, before)
            return before
        _process(station, held, announce)
        blocking = [finding for finding in check(station, held) if finding.blocking]
        if blocking:
            raise Refused("not-complete", book=str(book.id), findings=[told(held, finding) for finding in blocking])
        lineage = lineage_of(station.catalogue, book.id)
        sealed = seal(station.root, content_of(station, book.id), station.naming, station.key, lineage)
        enter_bag(station, sealed, book.id)
        let_go(station, book.id, sealed)
        return sealed


def _sealed_before(station: Station, bag: dict[str, object]) -> SealedBag:
    bag_id = str(bag["id"])
    folder = station.root.bags / bag_id
    supersedes = str(bag["supersedes"]) if bag["supersedes"] else None
    return SealedBag(bag_id, folder, str(bag["digest"]), int(str(bag["pages"])), int(str(bag["cases"])), supersedes)


def require_room(station: Station) -> None:
    """Raise `StorageError` before a scan that the disk has no room for."""
    durable.make_folder(station.root.path)
    free = shutil.disk_usage(station.root.path).free // 1_000_000
    if free < station.settings.storage.min_free_mb:
        raise StorageError(
            "disk-low", free=free, needed=station.settings.storage.min_free_mb, root=str(station.root.path)
        )
