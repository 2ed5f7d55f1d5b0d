"""What stopped a scan: what happened, what to do, the last good page, and one key to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from drivers.faults import FaultKind
from ui.keys import bind
from ui.memory import Place
from ui.screens.base import KioskScreen
from ui.typing.patience import READING_SECONDS, Patience
from ui.widgets.band import Band
from ui.widgets.picture import PagePicture
from ui.words import joined, say, tell

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from ui.scan_report import ScanReport

_DEVICE = frozenset(
    {FaultKind.OFFLINE, FaultKind.IO_ERROR, FaultKind.STALLED, FaultKind.WORKER_CRASHED, FaultKind.NO_MEMORY}
)
_TECHNICIAN = frozenset({FaultKind.ACCESS_DENIED, FaultKind.DRIVER_MISSING, FaultKind.UNSUPPORTED_SETTING})
_PAGE = frozenset({FaultKind.SHORT_PAGE, FaultKind.EMPTY_PAGE, FaultKind.FEEDER_EMPTY})
_ADVISED = frozenset({FaultKind.OFFLINE, FaultKind.IO_ERROR, FaultKind.ACCESS_DENIED, FaultKind.DRIVER_MISSING})
"""Faults whose sentence gives the advice that stands below it."""
_PAPER = frozenset(
    {FaultKind.COVER_OPEN, FaultKind.STOPPED_AT_DEVICE, FaultKind.CANCELLED, FaultKind.JAM, FaultKind.DOUBLE_FEED}
)


def what_happened(report: ScanReport) -> str:
    """The fault in a sentence."""
    if report.out_of_order:
        return say("fault.out-of-order")
    if report.streak is not None:
        return say("fault.dirty-glass", pages=", ".join(map(str, report.streak.pages)))
    return tell(f"fault.{report.fault}")


def headline(report: ScanReport) -> str:
    """The same beside `what_to_do`: without the advice that stands there."""
    fault = None if report.out_of_order or report.streak is not None else report.fault
    return say(f"fault.what.{fault}") if fault in _ADVISED else what_happened(report)


def what_to_do(report: ScanReport) -> str:
    """What the operator does next: first about the cause, then about the paper."""
    causes = (
        (report.streak is not None, "glass"),
        (report.out_of_order or report.fault in _TECHNICIAN, "technician"),
        (report.fault in _DEVICE, "device"),
        (report.fault is FaultKind.SPOOL_FULL, "room"),
    )
    cause = [say(f"fault.do.{kind}") for holds, kind in causes if holds]
    return joined(*cause, *_what_to_do_with_paper(report, alone=not cause))


def _what_to_do_with_paper(report: ScanReport, *, alone: bool) -> list[str]:
    """Which sheets go back: those behind the last page where more went in than was kept, whatever stopped the scan."""
    last = report.last.order if report.last else 0
    if report.doubt:
        numbers = ", ".join(map(str, report.last_numbers)) or "-"
        return [say("fault.do.doubt" if last else "fault.do.doubt-all", last=last, numbers=numbers)]
    if report.fault in _PAPER:
        return [say("fault.do.paper" if last else "fault.do.paper-all", last=last)]
    if report.fault in _PAGE or (report.fault in _DEVICE and (report.pages or report.sheets_fed)):
        return [say("fault.do.page")]
    return [say("fault.do.again")] if alone else []


class FaultScreen(KioskScreen):
    """One screen for every kind of fault; its words are of the kind."""

    ACTIONS: ClassVar[tuple[str, ...]] = ("continue", "review")
    BINDINGS: ClassVar[list[BindingType]] = [*bind("continue", "review")]

    def __init__(self, report: ScanReport) -> None:
        super().__init__(id="fault")
        self.report = report
        self._patience = Patience(READING_SECONDS)

    @property
    def takes_keys(self) -> bool:
        """Whether the key that goes on is heard: not before somebody could read what happened."""
        return self._patience.is_over

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
        self.query_one(Band).show("stop", headline(report))
        self.query_one("#what-to-do", Static).update(what_to_do(report))
        self.query_one("#last-good", Static).update("\n".join(lines))

    async def on_mount(self) -> None:
        self._patience.begin()
        await self.draw()
        if self.report.last:
            self.query_one(PagePicture).show(self.kiosk.root.path / self.report.last.file)

    async def action_continue(self) -> None:
        if self._patience.hears(self.pressed_at):
            self.kiosk.go_back()

    async def action_review(self) -> None:
        report = self.report
        self.kiosk.go_back()
        if report.book and report.last:
            self.kiosk.go("review", book=str(report.book), page=report.last.id)
