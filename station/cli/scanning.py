"""`station scan`: from a scanner into a book."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from drivers.interface import Side, Source
from station.cli.asking import ON_COVER, answer_of, ask, ask_cover, cover_options, require
from station.cli.capture import announcements, intent_of, numbering_options
from station.cli.options import Common, command
from station.errors import UsageError
from station.model import PageKind
from station.words import Phrase, both

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.states import DeviceState
    from station.announcements import Announcements
    from station.capture.duplex import Turned
    from station.capture.feeds import Doubt
    from station.capture.outcomes import ScanOutcome
    from station.capture.requests import ScanRequest
    from station.console import Console
    from station.model import Book
    from station.wiring import Station

_SOURCES = click.Choice([source.value for source in Source])
_HOW = ("source", "pages", "last_page", "every", "wait")
_TURNING = ("manual_duplex", "side", "again", "backs_in_order")
_OF_A_BOOK = {
    "--number": "number",
    "--join": "join",
    "--last-page": "last_page",
    "--manual-duplex": "manual_duplex",
    "--side": "side",
}
_SIDES = click.Choice([side.value for side in Side])


@command("scan")
@click.argument("book", required=False)
@click.option("--device", help=both("help.opt.device"))
@click.option("--source", type=_SOURCES, help=both("help.opt.source"))
@click.option("--pages", type=click.IntRange(1, 10_000), help=both("help.opt.pages"))
@click.option("--profile", help=both("help.opt.profile"))
@click.option("--last-page", help=both("help.opt.last_page"))
@click.option("--manual-duplex", is_flag=True, help=both("help.opt.manual_duplex"))
@click.option("--side", type=_SIDES, help=both("help.opt.side"))
@click.option("--again", is_flag=True, help=both("help.opt.again"))
@click.option("--backs-in-order", is_flag=True, help=both("help.opt.backs_in_order"))
@click.option("--every", type=click.FloatRange(0.1, 3600), help=both("help.opt.every"))
@click.option("--wait", is_flag=True, help=both("help.opt.wait"))
@cover_options
@numbering_options
def scan(common: Common, book: str | None, device: str | None, profile: str | None, **options: Any) -> int:
    if book is None:
        require("ID", {option: bool(options[name]) for option, name in _OF_A_BOOK.items()})
    turned = _turned(**{name: options.pop(name) for name in _TURNING})
    _refuse_both({"--every": options["every"], "--wait": options["wait"], "--manual-duplex": turned})
    with common.open_station() as station:
        found = station.book(book) if book else None
        request = _request(station, found, profile, options, turned)
        return scan_into(common, station, found, device, request, profile)


def _request(
    station: Station, book: Book | None, profile: str | None, options: dict[str, Any], turned: Turned | None
) -> ScanRequest:
    from station.capture.requests import Intent, ScanRequest
    from station.naming import parse_layout

    source, pages, last_page, every, wait = (options.pop(name) for name in _HOW)
    on_cover = answer_of(**{name: options.pop(name) for name in ON_COVER})
    layout = parse_layout(options["cases_per_page"]) if options["number"] or book is None else None
    of_covers = Intent(PageKind(options["kind"]), covers=options["covers"])
    return ScanRequest(
        station.settings.scan_profile(profile),
        intent_of(book, **options) if book else of_covers,
        Source(source) if source else None,
        pages,
        last_page=last_page,
        turned=turned,
        every=every,
        wait=wait,
        on_cover=on_cover,
        layout=layout,
    )


def _turned(*, manual_duplex: bool, side: str | None, again: bool, backs_in_order: bool) -> Turned | None:
    """The side that the options mean; both of them begin with the fronts. Raises `UsageError`."""
    from station.capture.duplex import Turned

    if not (manual_duplex or side):
        require("--side back", {"--again": again, "--backs-in-order": backs_in_order})
        return None
    if side != Side.BACK:
        require("--side back", {"--again": again})
    if not side and not sys.stdin.isatty():
        raise UsageError("turned-needs-terminal")
    return Turned(Side(side or Side.FRONT), again, backs_in_order, both=not side)


def _refuse_both(options: dict[str, object]) -> None:
    given = [name for name, value in options.items() if value]
    if len(given) > 1:
        raise UsageError("choose-one", options=", ".join(given))


def scan_into(
    common: Common,
    station: Station,
    book: Book | None,
    device: str | None,
    request: ScanRequest,
    profile: str | None = None,
) -> int:
    """Scan, say what happened, and return the exit code that says the same.

    For both sides of a stack the operator is asked to turn it over after its fronts, and its backs follow.
    """
    from station.cli.scanned import say_scan, scanned
    from station.devices.here import attended, open_scanner
    from station.devices.profiles import find_with_profile
    from station.line import scan_book

    info, chosen = find_with_profile(device, profile, station.root, station.settings)
    request = replace(request, profile=chosen.profile, profile_name=chosen.name)
    announce = _scan_announcements(common.console, station)
    scanner = open_scanner(info, tell_states(common.console), station.root)
    announce.cancelled = _cancel_on_signals(scanner.cancel)
    try:
        with attended(scanner) if request.wait else nullcontext():
            outcome = scan_book(station, book, scanner, request, announce)
        if request.turned and request.turned.both and outcome.went_well:
            if outcome.next_book:
                common.console.note("turned.next-book", book=outcome.next_book, fronts=len(outcome.result.pages))
            ask("turned.turn")
            backs = replace(request, turned=replace(request.turned, side=Side.BACK), last_page=None)
            outcome = _joined(outcome, scan_book(station, book, scanner, backs, announce))
    finally:
        scanner.close()
    named = book.id if book else outcome.pile.book
    common.console.data({"book": str(named) if named else None, **scanned(outcome)})
    return say_scan(common.console, station, outcome, request)


def _joined(fronts: ScanOutcome, backs: ScanOutcome) -> ScanOutcome:
    """Both sides as one scan, which ended as the second did; that a cover sheet ended the first is not forgotten."""
    next_book = fronts.result.refused_cover
    fronts.result.add(backs.result)
    fronts.result.refused_cover = fronts.result.refused_cover or next_book
    return replace(backs, result=fronts.result, unreadable=[*fronts.unreadable, *backs.unreadable])


def _scan_announcements(console: Console, station: Station) -> Announcements:
    announce = announcements(console, station)
    announce.next_sheet = _ask_for_next_sheet
    announce.ask_last_page = _ask_last_page
    announce.ask_cover = ask_cover
    announce.fault = lambda fault: console.note("scan.fault", fault=Phrase(f"fault.{fault.kind}"))
    announce.waiting = lambda: console.note("scan.waiting")
    announce.comparing = lambda: console.note("turned.comparing")
    announce.fed = lambda result: console.note(
        "scan.fed" if result.pages else "scan.fed-nothing", pages=len(result.pages)
    )
    return announce


def tell_states(console: Console) -> Callable[[DeviceState], None]:
    """Narrates what an operator waits for: a lamp that warms up, a connection that is lost and comes back."""
    from drivers.states import State

    lost = False

    def changed(state: DeviceState) -> None:
        nonlocal lost
        if state.warming_up:
            console.note("state.warming-up")
        elif state.state in {State.RECOVERING, State.OFFLINE}:
            lost = True
            console.note(f"state.{state.state}")
        elif lost and state.state is State.READY:
            lost = False
            console.note("state.ready")

    return changed


def _ask_for_next_sheet() -> None:
    ask("scan.next-sheet")


def _ask_last_page(doubt: Doubt) -> str | None:
    from station.capture.feeds import feed_words

    return ask("scan.ask-last-page", " ", **feed_words(doubt.values)).strip() or None


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
