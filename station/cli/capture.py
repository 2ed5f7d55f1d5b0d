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
from station.errors import Exit, UsageError
from station.model import PageKind
from station.words import both, sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.interface import Applied
    from station.capture import Capture, Taken
    from station.console import Console
    from station.line import Announcements, Intent, ScanOutcome
    from station.model import Book, Page
    from station.naming import BookId
    from station.wiring import Station

_KINDS = click.Choice([kind.value for kind in PageKind])
_SOURCES = click.Choice([source.value for source in Source])
_WATCH_SECONDS = 1.0


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
    from station.devices import find_device, open_scanner
    from station.line import ScanRequest, scan_book

    with common.open_station() as station:
        found, console = station.book(book), common.console
        request = ScanRequest(
            station.settings.scan_profile(profile), _intent(found, **intent), Source(source) if source else None, pages
        )
        announce = _announcements(console, station)
        announce.next_sheet = _ask_for_next_sheet
        scanner = open_scanner(find_device(device))
        _cancel_on_signals(scanner.cancel)
        try:
            outcome = scan_book(station, found, scanner, request, announce)
        finally:
            scanner.close()
        console.data({"book": str(found.id), **_scanned(outcome)})
        return _say_scan(console, found, outcome, pages)


def _scanned(outcome: ScanOutcome) -> dict[str, Any]:
    fault = outcome.result.fault
    return {
        "pages": len(outcome.result.pages),
        "last_page": outcome.result.pages[-1].order if outcome.result.pages else None,
        "paper_ended": outcome.result.paper_ended,
        "fault": fault.kind if fault else None,
        "unreadable": [page.id for page in outcome.unreadable],
        "unnumbered": [page.id for page, _ in outcome.capture.clashes],
    }


def _say_scan(console: Console, book: Book, outcome: ScanOutcome, asked: int | None) -> int:
    """What the operator reads at the end, and the exit code that says the same."""
    result = outcome.result
    last = result.pages[-1].order if result.pages else sentence("scan.none", separator="/")
    if result.fault:
        text = sentence(f"fault.{result.fault.kind}", separator=" · ")
        console.note("scan.fault", fault=text)
        console.note("scan.kept", kept=len(result.pages), last=last)
        _say_how_to_go_on(console, book, outcome.capture)
        return Exit.STORAGE if result.fault.kind == "spool-full" else Exit.DEVICE
    if not result.pages:
        console.note("scan.nothing")
        return Exit.FINDINGS
    console.note("scan.done", pages=len(result.pages), book=book.id, last=last)
    _say_clashes(console, outcome.capture)
    for page in outcome.unreadable:
        console.note("page.unreadable", order=page.order, page=page.id)
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


def _ask_for_next_sheet() -> None:
    """Between the pages of a flatbed somebody must turn the page; a script is not asked."""
    if sys.stdin.isatty():
        click.prompt(
            sentence("scan.next-sheet", separator=" · "), default="", show_default=False, prompt_suffix="", err=True
        )


def _cancel_on_signals(cancel: Callable[[], None]) -> None:
    """Ctrl+C and a service stop end the feed properly: the page under way is given up, the ones before are kept."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: cancel())


@command("ingest")
@click.argument("book")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@_numbering_options
def ingest(common: Common, book: str, paths: tuple[Path, ...], **intent: Any) -> int:
    from station.line import ingest as ingest_files

    with common.open_station() as station:
        found, console = station.book(book), common.console
        announce = _announcements(console, station)
        taken, capture = ingest_files(station, found, paths, _intent(found, **intent), announce)
        pages = sum(len(one.pages) for one in taken)
        refused = [one.refused for one in taken if one.refused]
        console.data(
            {
                "book": str(found.id),
                "files": len(taken),
                "pages": pages,
                "already": sum(len(one.already) for one in taken),
                "refused": [{"file": str(one.path), "reason": one.reason} for one in refused],
                "unnumbered": [page.id for page, _ in capture.clashes],
            }
        )
        console.note("ingest.done", pages=pages, files=len(taken), refused=len(refused), book=found.id)
        _say_clashes(console, capture)
        if refused:
            return Exit.BAD_INPUT
        return Exit.FINDINGS if capture.clashes else Exit.DONE


@command("watch")
@click.option("--once", is_flag=True, help=both("help.opt.once_watch"))
def watch(common: Common, once: bool) -> int:  # noqa: FBT001 - click hands options on by name
    from station.line import HotFolders, working
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
        with working(station, announce):
            folders = HotFolders(station, announce)
            notify("READY=1")
            while not stop.is_set():
                waiting = folders.look()
                if once and not waiting:
                    break
                stop.wait(_WATCH_SECONDS)
    return Exit.BAD_INPUT if once and refused else Exit.DONE


def _intent(book: Book, *, number: str | None, cases_per_page: str, kind: str, join: bool, covers: int) -> Intent:
    from station.line import Intent
    from station.naming import Numbering

    if join and not number:
        raise UsageError("join-needs-number")
    numbering = Numbering.parse(number, cases_per_page, book.id) if number else None
    return Intent(PageKind(kind), numbering, join, covers)


def _announcements(console: Console, station: Station) -> Announcements:
    from station.line import Announcements

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
