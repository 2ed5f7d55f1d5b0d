"""What stopped a scan: what happened, what to do, the last good page, and one key to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from drivers.faults import FaultKind
from station.capture.feeds import DOUBTFUL
from ui.keys import bind
from ui.memory import Place
from ui.screens.base import KioskScreen
from ui.widgets.band import Band
from ui.widgets.picture import PagePicture
from ui.words import say, tell

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from ui.scan_report import ScanReport

_DEVICE = frozenset(
    {FaultKind.OFFLINE, FaultKind.IO_ERROR, FaultKind.STALLED, FaultKind.WORKER_CRASHED, FaultKind.NO_MEMORY}
)
_TECHNICIAN = frozenset({FaultKind.ACCESS_DENIED, FaultKind.DRIVER_MISSING, FaultKind.UNSUPPORTED_SETTING})
_PAGE = frozenset({FaultKind.SHORT_PAGE, FaultKind.EMPTY_PAGE, FaultKind.FEEDER_EMPTY})
_PAPER = frozenset({FaultKind.COVER_OPEN, FaultKind.STOPPED_AT_DEVICE, FaultKind.CANCELLED})


def what_happened(report: ScanReport) -> str:
    """The fault in a sentence."""
    if report.out_of_order:
        return say("fault.out-of-order")
    if report.streak is not None:
        return say("fault.dirty-glass", pages=", ".join(map(str, report.streak.pages)))
    return tell(f"fault.{report.fault}")


def what_to_do(report: ScanReport) -> str:
    """What the operator does next."""
    last = report.last.order if report.last else 0
    kinds = (
        (bool(report.streak), "glass"),
        (report.out_of_order, "technician"),
        (report.fault in DOUBTFUL, "doubt"),
        (report.fault in _DEVICE, "device"),
        (report.fault in _TECHNICIAN, "technician"),
        (report.fault in _PAGE, "page"),
        (report.fault in _PAPER, "paper"),
        (report.fault is FaultKind.SPOOL_FULL, "room"),
    )
    return say(f"fault.do.{next((kind for holds, kind in kinds if holds), 'again')}", last=last)


class FaultScreen(KioskScreen):
    """One screen for every kind of fault; its words are of the kind."""

    ACTIONS: ClassVar[tuple[str, ...]] = ("continue", "review")
    BINDINGS: ClassVar[list[BindingType]] = [*bind("continue", "review")]

    def __init__(self, report: ScanReport) -> None:
        super().__init__(id="fault")
        self.report = report

    def body(self) -> ComposeResult:
        yield Band()
        with Horizontal(id="fault-parts"):
            with Vertical(id="fault-words"):
                yield Static("", id="what-to-do", markup=False)
                yield Static("", id="last-good", markup=False)
            yield PagePicture(self.kiosk.output)

    def title_words(self) -> str:
        return say("fault.title")

    def place(self) -> Place:
        return Place("scan", str(self.report.book or ""))

    async def draw(self) -> None:
        await super().draw()
        report = self.report
        numbers = ", ".join(map(str, report.last_numbers)) or "-"
        lines = [say("fault.last-none")]
        if report.last:
            lines = [say("fault.last", last=report.last.order, numbers=numbers, pages=report.pages)]
        if report.sheets_fed is not None:
            lines.append(say("fault.fed", fed=report.sheets_fed, pages=report.pages))
        self.query_one(Band).show("stop", what_happened(report))
        self.query_one("#what-to-do", Static).update(what_to_do(report))
        self.query_one("#last-good", Static).update("\n".join(lines))

    async def on_mount(self) -> None:
        await self.draw()
        if self.report.last:
            self.query_one(PagePicture).show(self.kiosk.root.path / self.report.last.file)

    async def action_continue(self) -> None:
        self.kiosk.go_back()

    async def action_review(self) -> None:
        report = self.report
        self.kiosk.go_back()
        if report.book and report.last:
            self.kiosk.go("review", book=str(report.book), page=report.last.id)
