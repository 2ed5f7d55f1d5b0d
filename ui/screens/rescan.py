"""Scanning one page of a book again, or one that was left out: laid down first, then scanned by the key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from station import amending
from ui.keys import KEYS
from ui.messages import PageCame, ScanEnded, ScanRefused
from ui.scanning import ScanOrder
from ui.screens.fault import what_happened
from ui.widgets.dialogs import Choice
from ui.words import say

if TYPE_CHECKING:
    from textual.events import Key

    from station.catalogue.amending import Dated
    from station.model import Page
    from ui.scan_report import ScanReport
    from ui.screens.review import ReviewScreen


class LayDown(Choice):
    """Whether the page lies there; any key that scans says so, a pedal too."""

    def __init__(self, text: str, keys: str) -> None:
        super().__init__(text, [("space", say("review.scan-it"), "scan")])
        self._scans = keys.split(",")

    def on_key(self, event: Key) -> None:
        if event.key in self._scans:
            event.stop()
            event.prevent_default()
            self.dismiss("scan")


@dataclass
class Rescan:
    """A page that is scanned for the screen: into the place of `old`, behind the page `after` or before one."""

    screen: ReviewScreen
    old: Page | None = None
    after: str | None = None
    before: str | None = None
    cases: tuple[Dated, ...] = ()
    new: str = ""

    def ask(self) -> None:
        """Have the page laid down; nothing moves before the key."""
        kiosk, visit = self.screen.kiosk, self.screen.kiosk.scanner.visit
        source = say(f"source.{(visit.source if visit and visit.book == self.screen.book else None) or 'none'}")
        if self.old:
            text = say("review.lay-again", order=self.old.order, source=source)
        else:
            text = say("review.lay-missing", source=source)
        keys = kiosk.changed_keys.get("continue", KEYS["continue"])
        kiosk.push_screen(LayDown(text, keys), self._answered)

    def _answered(self, answer: str | None) -> None:
        if answer is None or self.screen.kiosk.scanner.busy:
            self.screen.say(say("review.not-scanned"))
        elif self.old is None:
            self._begin()
        else:
            old = self.old
            self.screen.read(lambda station: amending.cases_on(station, old), self._known)

    def _known(self, cases: list[Dated]) -> None:
        self.cases = tuple(cases)
        self._begin()

    def _begin(self) -> None:
        """In the source that was chosen on this book's visit."""
        desk, book = self.screen.kiosk.scanner, self.screen.book
        visit = desk.visit if desk.visit and desk.visit.book == book else None
        order = ScanOrder(book, source=visit.source if visit else None)
        order = replace(order, replaces=self.old.id if self.old else None, after=self.after, before=self.before)
        self.screen.rescan = self
        self.screen.say(say("review.scanning"))
        desk.begin(order, self.screen)

    def heard(self, news: object) -> None:
        """What the scanner's desk tells of it."""
        match news:
            case PageCame(seen):
                self.new = seen.page.id
                self.screen.kiosk.sound("good")
                self.screen.look(seen.page.id)
            case ScanEnded(report):
                self.screen.rescan = None
                self._ended(report)
            case ScanRefused(error):
                self.screen.rescan = None
                self.screen.complain(error)

    def _ended(self, report: ScanReport) -> None:
        screen, old = self.screen, self.old
        if self.new and old:
            undo = amending.replaced(old, self.new, self.cases)
            screen.changed(undo, say("review.replaced", order=old.order), (old.id, "replaced", {"order": old.order}))
        elif self.new:
            order, key = report.last.order if report.last else "-", screen.key_of("assign")
            undo = amending.inserted(self.new, say("why.bad"))
            said = say("review.inserted", order=order, key=key)
            screen.changed(undo, said, (self.after or self.before or "", "inserted", {"order": order}))
        elif report.fault:
            screen.say(say("failed", why=what_happened(report)))
            screen.kiosk.sound("stop")
        else:
            screen.say(say("scan.nothing"))
        screen.look(self.new)
