"""`station scan`, `station ingest`, `station watch`: pages into books."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from drivers.interface import Source
from station.cli.options import Common, command
from station.errors import Exit, StorageError, UsageError, is_storage_trouble
from station.model import PageKind
from station.words import Phrase, both, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drivers.interface import Applied
    from station.announcements import Announcements
    from station.capture import Capture, Taken
    from station.console import Console
    from station.hot_folders import HotFolders
    from station.line import Intent, ScanOutcome, ScanRequest
    from station.model import Book, Page
    from station.naming import BookId
    from station.wiring import Station

_KINDS = click.Choice([kind.value for kind in PageKind])
_SOURCES = click.Choice([source.value for source in Source])
_WATCH_SECONDS = 1.0
_NO_ROOM_SECONDS = 60.0


def _numbering_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--number", help=both("help.opt.number")),
        click.option("--cases-per-page", default="1", show_default=True, help=both("help.opt.cases_per_page")),
        click.option("--kind", type=_KINDS, default=PageKind.PAGE.value, show_default=True, help=both("help.opt.kind")),
        click.option("--covers", type=click.IntRange(0, 20), default=0, help=both("help.opt.covers")),
        click.option("--join", is_flag=True, help=both("help.opt.join_first")),
    ):
        function = option(function)
    return function


@command("scan")
@click.argument("book")
@click.option("--device", help=both("help.opt.device"))
@click.option("--source", type=_SOURCES, help=both("help.opt.source"))
@click.option("--pages", type=click.IntRange(1, 10_000), help=both("help.opt.pages"))
@click.option("--profile", help=both("help.opt.profile"))
@_numbering_options
def scan(
    common: Common,
    book: str,
    device: str | None,
    source: str | None,
    pages: int | None,
    profile: str | None,
    **intent: Any,
) -> int:
    from station.line import ScanRequest

    with common.open_station() as station:
        found = station.book(book)
        how = station.settings.scan_profile(profile)
        request = ScanRequest(how, _intent(found, **intent), Source(source) if source else None, pages)
        return scan_into(common, station, found, device, request)


def scan_into(common: Common, station: Station, book: Book, device: str | None, request: ScanRequest) -> int:
    """Scan, say what happened, and return the exit code that says the same."""
    from station.devices import find_device, open_scanner
    from station.line import scan_book

    announce = _announcements(common.console, station)
    announce.next_sheet = _ask_for_next_sheet
    scanner = open_scanner(find_device(device))
    announce.cancelled = _cancel_on_signals(scanner.cancel)
    try:
        outcome = scan_book(station, book, scanner, request, announce)
    finally:
        scanner.close()
    common.console.data({"book": str(book.id), **_scanned(outcome)})
    return _say_scan(common.console, book, outcome, request.pages)


def _scanned(outcome: ScanOutcome) -> dict[str, Any]:
    fault = outcome.result.fault
    return {
        "pages": len(outcome.result.pages),
        "last_page": outcome.result.pages[-1].order if outcome.result.pages else None,
        "paper_ended": outcome.result.paper_ended,
        "fault": fault.kind if fault else None,
        "refused": [{"file": str(one.path), "reason": one.reason} for one in outcome.result.refused],
        "unreadable": [page.id for page in outcome.unreadable],
        "unnumbered": [page.id for page, _ in outcome.capture.clashes],
    }


def _say_scan(console: Console, book: Book, outcome: ScanOutcome, asked: int | None) -> int:
    """What the operator reads at the end, and the exit code that says the same."""
    result = outcome.result
    last = result.pages[-1].order if result.pages else Phrase("scan.none")
    if result.fault:
        console.note("scan.fault", fault=Phrase(f"fault.{result.fault.kind}"))
        console.note("scan.kept", kept=len(result.pages), last=last)
        _say_how_to_go_on(console, book, outcome.capture)
        return Exit.STORAGE if result.fault.kind == "spool-full" else Exit.DEVICE
    if result.refused:
        console.note("scan.done", pages=len(result.pages), book=book.id, last=last)
        return Exit.BAD_INPUT
    if not result.pages:
        console.note("scan.nothing")
        return Exit.FINDINGS
    console.note("scan.done", pages=len(result.pages), book=book.id, last=last)
    _say_clashes(console, outcome.capture)
    _say_unreadable(console, outcome.unreadable)
    if asked and len(result.pages) < asked:
        console.note("scan.fewer", asked=asked, pages=len(result.pages))
        return Exit.FINDINGS
    return Exit.FINDINGS if outcome.unreadable or outcome.capture.clashes else Exit.DONE


def _say_how_to_go_on(console: Console, book: Book, capture: Capture) -> None:
    if capture.next_number:
        console.note("scan.go-on", book=book.id, number=capture.next_number)


def _say_clashes(console: Console, capture: Capture) -> None:
    for page, number in capture.clashes:
        console.note("page.unnumbered", order=page.order, number=number, page=page.id, book=page.book)


def _say_unreadable(console: Console, pages: list[Page]) -> None:
    for page in pages:
        console.note("page.unreadable", order=page.order, page=page.id)


def _ask_for_next_sheet() -> None:
    """Between the pages of a flatbed somebody must turn the page; a script is not asked. Ctrl+C ends the command."""
    if not sys.stdin.isatty():
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        text = sentence("scan.next-sheet", separator=" · ")
        click.prompt(text, default="", show_default=False, prompt_suffix="", err=True)
    finally:
        signal.signal(signal.SIGINT, before)


def _cancel_on_signals(cancel: Callable[[], None]) -> Callable[[], bool]:
    """Ctrl+C and a service stop end the feed properly: the page under way is given up, the ones before are kept.

    Returns whether that was asked for: while a device is being set up there is no feed yet that could be cancelled.
    """
    asked = threading.Event()

    def stop(*_: object) -> None:
        asked.set()
        cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return asked.is_set


@command("ingest")
@click.argument("book")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@_numbering_options
def ingest(common: Common, book: str, paths: tuple[Path, ...], **intent: Any) -> int:
    with common.open_station() as station:
        found = station.book(book)
        return ingest_into(common, station, found, paths, _intent(found, **intent))


def ingest_into(common: Common, station: Station, book: Book, paths: Sequence[Path], intent: Intent) -> int:
    """Take files, say what happened, and return the exit code that says the same."""
    from station.line import ingest as ingest_files

    console = common.console
    outcome = ingest_files(station, book, paths, intent, _announcements(console, station))
    pages = sum(len(one.pages) for one in outcome.taken)
    refused = [one.refused for one in outcome.taken if one.refused]
    console.data(
        {
            "book": str(book.id),
            "files": len(outcome.taken),
            "pages": pages,
            "already": sum(len(one.already) for one in outcome.taken),
            "refused": [{"file": str(one.path), "reason": one.reason} for one in refused],
            "unreadable": [page.id for page in outcome.unreadable],
            "unnumbered": [page.id for page, _ in outcome.capture.clashes],
        }
    )
    console.note("ingest.done", pages=pages, files=len(outcome.taken), refused=len(refused), book=book.id)
    _say_clashes(console, outcome.capture)
    _say_unreadable(console, outcome.unreadable)
    if refused:
        return Exit.BAD_INPUT
    nothing_replaced = intent.replaces is not None and not pages
    return Exit.FINDINGS if outcome.capture.clashes or outcome.unreadable or nothing_replaced else Exit.DONE


@command("watch")
@click.option("--once", is_flag=True, help=both("help.opt.once_watch"))
def watch(common: Common, once: bool) -> int:  # noqa: FBT001 - click hands options on by name
    from station.hot_folders import HotFolders
    from station.recovery import recover_others
    from station.service import notify

    stop = threading.Event()
    refused: list[Taken] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with common.open_station() as station:
        announce = _announcements(common.console, station)
        say = announce.taken

        def remember(book: BookId, one: Taken) -> None:
            say(book, one)
            if one.refused:
                refused.append(one)

        announce.taken = remember
        recover_others(station, None, announce)
        folders = HotFolders(station, announce)
        notify("READY=1")
        if once:
            while folders.look() and not stop.wait(_WATCH_SECONDS):
                pass
        else:
            _watch_for_ever(folders, stop, common.console)
    return Exit.BAD_INPUT if once and refused else Exit.DONE


def _watch_for_ever(folders: HotFolders, stop: threading.Event, console: Console) -> None:
    """A full disk does not end the service: the files wait where they are, and it says so until there is room."""
    pause = _WATCH_SECONDS
    while not stop.wait(pause):
        try:
            folders.look()
            pause = _WATCH_SECONDS
        except StorageError as error:
            console.error(error)
            pause = _NO_ROOM_SECONDS
        except Exception as error:
            if not is_storage_trouble(error):
                raise
            console.note("storage-failed", detail=str(error))
            pause = _NO_ROOM_SECONDS


def _intent(book: Book, *, number: str | None, cases_per_page: str, kind: str, join: bool, covers: int) -> Intent:
    from station.line import Intent
    from station.naming import Numbering

    if join and not number:
        raise UsageError("join-needs-number")
    numbering = Numbering.parse(number, cases_per_page, book.id) if number else None
    return Intent(PageKind(kind), numbering, join, covers)


def _announcements(console: Console, station: Station) -> Announcements:
    from station.announcements import Announcements

    def page(page: Page) -> None:
        console.note("page.kept", order=page.order, page=page.id)

    def configured(applied: Applied) -> None:
        console.note("scan.settings", source=applied.source, dpi=applied.dpi, mode=applied.mode)
        for difference in applied.differences:
            console.note("scan.clamped", option=difference.option, asked=difference.asked, got=difference.got)

    def taken(book: BookId, one: Taken) -> None:
        if one.refused:
            reason = sentence(
                f"refused.{one.refused.reason}", separator=" · ", file=str(one.path), detail=one.refused.detail
            )
            console.note("file.refused", reason=reason)
        elif one.already and not one.pages:
            console.note("file.already", file=one.path.name, book=book)

    def recovered(path: Path) -> None:
        console.note("recovered", path=path, root=station.root.path)

    return Announcements(page=page, configured=configured, taken=taken, recovered=recovered)
