"""The desk with the scanner: a thread of its own that scans what the screen orders and tells what comes of it.

The scanner stays open between scans. Between two pages of a flatbed the thread waits for the operator's key, and enters
the copies that were finished meanwhile.
"""

from __future__ import annotations

import threading
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from drivers.faults import FaultKind
from station.announcements import Announcements
from station.capture.feeds import feed_words, find_doubt
from station.capture.requests import Intent, ScanRequest
from station.devices.here import attended, open_scanner
from station.devices.profiles import find_with_profile
from station.errors import UsageError
from station.line import scan_book
from station.model import PageKind
from station.naming import Numbering, parse_layout
from station.standing import numbering_due, pages_to_scan_again, see_page
from station.worklist.exclusions import spans_of
from ui.clerk import Clerk
from ui.messages import (
    Asked,
    CopyMade,
    DeviceMoved,
    News,
    Noted,
    PageCame,
    Question,
    ScanEnded,
    ScanRefused,
    SheetAwaited,
    TriggerAwaited,
)
from ui.scan_report import ScanReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message

    from drivers.hot_folder import HotFolder
    from drivers.interface import Source
    from drivers.session import DeviceSession
    from station.capture.duplex import Turned
    from station.capture.outcomes import ScanOutcome
    from station.devices.profiles import Chosen
    from station.model import Book, Page
    from station.root import Root
    from station.wiring import Station


@dataclass(frozen=True)
class ScanOrder:
    """What the operator wants scanned into a book. `number` None: whatever is due; "" gives no numbers.

    `replaces`, `after` and `before` are page ids: one page then comes into their place, behind or before them.
    """

    book: str
    kind: PageKind = PageKind.PAGE
    number: str | None = None
    covers: int = 0
    layout: str = "1"
    source: Source | None = None
    turned: Turned | None = None
    wait: bool = False
    replaces: str | None = None
    after: str | None = None
    before: str | None = None

    @property
    def in_place(self) -> bool:
        """Whether its page does not go to the end of the book."""
        return any((self.replaces, self.after, self.before))


class ScanDesk:
    """Takes one order at a time. Everything it has to say comes as `News`."""

    def __init__(self, root: Root, post: Callable[[Message], Any]) -> None:
        self.clerk = Clerk("scanner", root, post)
        self._post = post
        self._scanner: DeviceSession | HotFolder | None = None
        self._chosen: Chosen | None = None
        self._wake, self._stopped = threading.Event(), threading.Event()
        self._next = threading.Event()
        self.owner: object = None
        self.visit: ScanOrder | None = None
        """What was ordered last in the book that is open: it stays when its screen is left."""
        self.busy = False
        """Whether an order is under way."""
        self.awaits_sheet = False
        """Whether it waits for the operator to lay the next page on the glass."""

    @property
    def operator(self) -> str | None:
        """In whose name is scanned."""
        return self.clerk.operator

    @operator.setter
    def operator(self, name: str | None) -> None:
        self.clerk.operator = name

    @property
    def moves(self) -> bool:
        """Whether paper may be moving."""
        return self.busy and not self.awaits_sheet

    def warm_up(self) -> None:
        """Let the image workers start while the operator lays the first page down."""
        self.clerk.ask(lambda station: station.pool.warm_up(), lambda _: None, lambda _: None)

    def begin(self, order: ScanOrder, owner: object) -> None:
        """Scan; for the screen's thread, while nothing is under way. `owner` is who the news are for."""
        self.owner = owner
        self.busy, self.awaits_sheet = True, False
        self._stopped.clear()
        self._next.clear()
        self.clerk.ask(lambda station: self._scan(station, order), self._ended, self._refused)

    def go_on(self) -> None:
        """The next page lies on the glass."""
        self.awaits_sheet = False
        self._next.set()
        self._wake.set()

    def stop(self) -> None:
        """End the scan: pages before are kept, the one under way is given up."""
        self._stopped.set()
        self._wake.set()
        scanner = self._scanner
        if scanner and self.moves:
            scanner.cancel()

    def close(self) -> None:
        """End whatever is under way and let the scanner go."""
        self.stop()
        self.clerk.ask(lambda _: self._let_go(), lambda _: None, lambda _: None)
        self.clerk.close()

    def _ended(self, report: ScanReport) -> None:
        self.busy = self.awaits_sheet = False
        self._tell(ScanEnded(report))

    def _refused(self, error: Exception) -> None:
        self.busy = self.awaits_sheet = False
        self._tell(ScanRefused(error))

    def _tell(self, what: object) -> None:
        self._post(News(what))

    # On the desk's own thread

    def _scan(self, station: Station, order: ScanOrder) -> ScanReport:
        book = station.book(order.book)
        scanner, chosen = self._ready(station)
        request = replace(_request_of(station, book, order, chosen), last_page=self._settle(station, book, order))
        announce = self._announcements(station)
        with attended(scanner) if order.wait else nullcontext():
            outcome = scan_book(station, book, scanner, request, announce)
        report = report_of(station, book, outcome)
        if report.fault is FaultKind.CANCELLED and self._stopped.is_set():
            return replace(report, fault=None, stopped=True)
        return report

    def _settle(self, station: Station, book: Book, order: ScanOrder) -> str | None:
        """The last page on the paper, where an earlier feed left that in doubt or was interrupted: the number that is
        due was counted by the station, and nobody has looked at the paper. Raises `UsageError` when nobody says it.
        """
        doubt = find_doubt(station.catalogue, book.id, interrupted=True)
        if doubt is None or order.in_place:
            return None
        answer: str | None = self._ask(doubt)
        if answer is None:
            raise UsageError("last-page-unconfirmed", book=str(book.id), **feed_words(doubt.values))
        return answer

    def _ready(self, station: Station) -> tuple[DeviceSession | HotFolder, Chosen]:
        """The scanner of the settings, which stays open from the first scan on."""
        if self._scanner is None or self._chosen is None:
            kiosk = station.settings.kiosk
            info, self._chosen = find_with_profile(
                kiosk.device or None, kiosk.profile or None, station.root, station.settings
            )
            self._scanner = open_scanner(info, lambda state: self._tell(DeviceMoved(state)), station.root)
        return self._scanner, self._chosen

    def _let_go(self) -> None:
        scanner, self._scanner = self._scanner, None
        if scanner:
            scanner.close()

    def _announcements(self, station: Station) -> Announcements:
        announce = Announcements(
            page=lambda page: self._tell(PageCame(see_page(station, page))),
            copy=lambda copy: self._tell(CopyMade(copy.master_sha256)),
            copied=self._wake.set,
            noted=lambda phrase: self._tell(Noted(phrase)),
            cancelled=self._stopped.is_set,
            waiting=lambda: self._tell(TriggerAwaited()),
            ask_cover=self._ask,
            ask_last_page=self._ask,
        )
        announce.next_sheet = lambda: self._await_sheet(announce)
        return announce

    def _await_sheet(self, announce: Announcements) -> None:
        """Until the operator says that the next page lies there, or stops; finished copies are entered meanwhile."""
        self._next.clear()
        self.awaits_sheet = True
        self._tell(SheetAwaited())
        while not (self._next.is_set() or self._stopped.is_set()):
            self._wake.wait()
            self._wake.clear()
            announce.collect()
        self.awaits_sheet = not self._next.is_set()  # once stopped no paper moves any more

    def _ask(self, about: Any) -> Any:
        """Let the screen ask somebody, and wait for the answer."""
        question = Question(about)
        self._tell(Asked(question))
        return question.wait(self._stopped.is_set)


def _request_of(station: Station, book: Book, order: ScanOrder, chosen: Chosen) -> ScanRequest:
    """The order as the line takes it. Raises `UsageError`, `BadName`."""
    layout = parse_layout(order.layout)
    replaces, after, before = (
        station.page(page) if page else None for page in (order.replaces, order.after, order.before)
    )
    numbering, joins = None, False
    if order.number:
        numbering = Numbering.parse(order.number, order.layout, book.id)
    elif order.number is None and order.kind.in_case and not order.in_place:
        numbering, joins = numbering_due(station, book, layout)
    kind = replaces.kind if replaces else order.kind
    intent = Intent(kind, numbering, joins, order.covers, replaces=replaces, after=after, before=before)
    return ScanRequest(
        chosen.profile,
        intent,
        order.source,
        pages=1 if order.in_place else None,
        profile_name=chosen.name,
        turned=order.turned,
        wait=order.wait,
        until_stopped=not order.in_place,
        layout=layout,
    )


def report_of(station: Station, book: Book, outcome: ScanOutcome) -> ScanReport:
    """What a scan left behind."""
    result, current = outcome.result, outcome.pile.current
    last_book = current.book.id if current else book.id
    pages = station.catalogue.pages(last_book)
    came = [page for page in result.pages if page.book == last_book]
    last: Page | None = result.pages[-1] if result.pages else pages[-1] if pages else None
    numbers = station.catalogue.numbers_of_pages(last_book).get(last.id, []) if last else []
    return ScanReport(
        book=last_book,
        pages=len(result.pages),
        fault=result.fault.kind if result.fault else None,
        paper_ended=result.paper_ended,
        stopped=result.stopped,
        out_of_order=result.out_of_order is not None,
        refused_cover=result.refused_cover,
        next_book=outcome.next_book,
        streak=result.streak,
        pairing=outcome.pairing,
        went_well=outcome.went_well,
        aside=result.aside,
        sheets_fed=result.sheets_fed,
        unreadable=tuple(outcome.unreadable),
        clashes=tuple(outcome.clashes),
        excluded=", ".join(str(span) for span in spans_of(number for _, number in outcome.excluded)),
        last=last,
        last_numbers=tuple(numbers),
        doubt=find_doubt(station.catalogue, last_book),
        again=tuple(page.order for page in pages_to_scan_again(station, came)),
        listed=station.book(str(last_book)),
        total=station.counts_of(last_book)[0],
        printed=sum(page.is_printed for page in result.pages),
    )
