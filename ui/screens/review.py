"""Looking at the pages of a book one by one, and putting them right; the last changes can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.containers import Horizontal, Vertical

from station import amending
from station.books import folding
from station.capture.paper import confirm_page
from station.model import PageKind
from station.standing import Seen, read_pages
from ui.keys import bind, shown_key
from ui.memory import Place
from ui.messages import PageCame, ScanEnded, ScanRefused
from ui.scanning import ScanOrder
from ui.screens.base import KioskScreen
from ui.screens.fault import what_happened
from ui.screens.gutter import STEP, Gutter
from ui.screens.numbers import ask_numbers
from ui.widgets.dialogs import Choice, TextDialog
from ui.widgets.line import Line
from ui.widgets.picture import PagePicture
from ui.widgets.strip import numbers_of, verdict_words
from ui.words import number, say, tell, when

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from station.amending import Undo
    from station.catalogue.amending import Dated
    from station.model import Page
    from station.wiring import Station
    from ui.scan_report import ScanReport

T = TypeVar("T")
_PAN = 0.5
_MOST_UNDOS = 20
_REASONS = (("1", "twice"), ("2", "bad"), ("3", "foreign"), ("4", "other"))


@dataclass(frozen=True)
class Rescan:
    """A page that is being scanned: into whose place with which cases, or None for one in between."""

    old: Page | None
    cases: tuple[Dated, ...] = ()
    new: str = ""


class ReviewScreen(KioskScreen):
    """One page at a time, with its verdicts and cases."""

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "next_page", "previous_page", "zoom", "replace", "insert_after", "insert_before", "discard", "mark", "assign",
        "renumber", "split", "confirm", "undo", "close_book", "back",
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        *bind("next_page", "previous_page", "first_page", "last_page", "zoom", "left", "right", "up", "down"),
        *bind("replace", "insert_before", "insert_after", "discard", "mark", "assign", "renumber", "split"),
        *bind("confirm", "undo", "close_book"),
    ]

    def __init__(self, book: str, page: str = "", notice: str = "") -> None:
        super().__init__(id="review")
        self.book = book
        self._wanted = page
        self._notice = notice
        self._pages: list[Seen] = []
        self._at = 0
        self._undos: list[Undo] = []
        self._rescan: Rescan | None = None
        self._gutter: Gutter | None = None

    @property
    def seen(self) -> Seen | None:
        """The page that is looked at."""
        return self._pages[self._at] if self._pages else None

    def body(self) -> ComposeResult:
        with Horizontal(id="review-parts"):
            yield PagePicture(self.kiosk.output)
            with Vertical(id="review-side"):
                yield Line("page-line")
                yield Line("page-more")
                yield Line("verdicts")

    def title_words(self) -> str:
        return say("review.title", book=self.book)

    def place(self) -> Place:
        return Place("review", self.book, self.seen.page.id if self.seen else self._wanted)

    async def on_mount(self) -> None:
        await self.draw()
        self.say(self._notice)

    async def on_screen_resume(self) -> None:
        await super().on_screen_resume()
        self.look()

    def look(self, page: str = "") -> None:
        """Read the book again; the page that is looked at stays, or the given one comes."""
        self._wanted = page or self._wanted
        self.read(lambda station: read_pages(station, station.book_id(self.book)), self._show, "review")

    def _show(self, pages: list[Seen]) -> None:
        """Keys may have gone to another page while this was read: that one stays."""
        wanted, self._wanted = self._wanted or (self.seen.page.id if self.seen else ""), ""
        ids, last, first_time = [seen.page.id for seen in pages], max(0, len(pages) - 1), not self._pages
        self._pages = pages
        self._at = ids.index(wanted) if wanted in ids else last if first_time else min(self._at, last)
        self._draw_page()

    async def draw(self) -> None:
        await super().draw()
        self._draw_page()

    def _draw_page(self) -> None:
        seen = self.seen
        if self._gutter is None:
            self.query_one(PagePicture).show_page(seen)
        lines = ("", "", "")
        if seen:
            page = seen.page
            size = f"{number(page.width)} x {number(page.height)}"
            lines = (
                say(
                    "review.page" if seen.numbers else "review.page-plain",
                    order=page.order,
                    pages=number(len(self._pages)),
                    kind=say(f"kind.{page.kind}"),
                    numbers=numbers_of(seen),
                ),
                say("review.taken", size=size, at=when(page.origin.taken_at), operator=page.origin.operator),
                "\n".join(self._doubts(seen)),
            )
            self.kiosk.keep_place(self.place())
        elif self.is_attached:
            lines = (say("review.none"), "", "")
        for widget, text in zip(("page-line", "page-more", "verdicts"), lines, strict=True):
            self.query_one(f"#{widget}", Line).update(text)

    @staticmethod
    def _doubts(seen: Seen) -> list[str]:
        lines = [say("review.half")] if seen.page.part else []
        if seen.page.review:
            lines.append(f"{say('strip.review')}: {tell(f'review.{seen.page.review}')}")
        lines += verdict_words(seen)
        if seen.level is None:
            lines.append(say("strip.waiting"))
        return lines or [say("review.fine")]

    # Moving

    def _go_to(self, place: int) -> None:
        self._at = max(0, min(place, len(self._pages) - 1))
        self._drop_gutter()
        self.query_one(PagePicture).zoom_out()
        self._draw_page()

    def action_next_page(self) -> None:
        self._go_to(self._at + 1)

    def action_previous_page(self) -> None:
        self._go_to(self._at - 1)

    def action_first_page(self) -> None:
        self._go_to(0)

    def action_last_page(self) -> None:
        self._go_to(len(self._pages))

    def action_zoom(self) -> None:
        pane = self.query_one(PagePicture)
        if pane.is_zoomed:
            pane.zoom_out()
        else:
            pane.zoom_in()

    def action_left(self) -> None:
        self._go_aside(-1)

    def action_right(self) -> None:
        self._go_aside(1)

    def _go_aside(self, way: int) -> None:
        if self._gutter:
            self._gutter.move(way * STEP)
        else:
            self.query_one(PagePicture).pan(way * _PAN, 0)

    def action_up(self) -> None:
        self.query_one(PagePicture).pan(0, -_PAN)

    def action_down(self) -> None:
        self.query_one(PagePicture).pan(0, _PAN)

    def action_close_book(self) -> None:
        if not self.kiosk.scanner.busy:
            self.kiosk.go("close_book", book=self.book)

    # Changing

    def amend(self, job: Callable[[Station], Undo | None], said: str) -> None:
        """Have a change made, say so, and keep what takes it back."""
        self.change_book(job, lambda undo: self.changed(undo, said))

    def try_to_change(
        self, job: Callable[[Station], T], then: Callable[[T], None], failed: Callable[[Exception], None]
    ) -> None:
        """Have a change made that may be refused for a reason that somebody can clear up."""
        self.kiosk.scanner.clerk.ask(job, self._if_here(then), self._if_here(failed))

    def changed(self, undo: Undo | None, said: str) -> None:
        """Something was changed: say so, and keep what takes it back."""
        if undo:
            self._undos = [*self._undos[1 - _MOST_UNDOS :], undo]
        self._drop_gutter()
        self.say(said)
        self.look()

    def action_undo(self) -> None:
        if not self._undos:
            self.say(say("review.nothing-to-undo"))
            return
        undo = self._undos.pop()
        self.amend(undo, say("review.undone"))

    def action_discard(self) -> None:
        seen = self.seen
        if seen is None:
            return
        order = seen.page.order

        def chosen(reason: str | None) -> None:
            if reason == "other":
                self.app.push_screen(TextDialog(say("ask.discard", order=order), words=True), discard)
            elif reason:
                discard(say(f"why.{reason}"))

        def discard(why: str | None) -> None:
            if why:
                self.amend(
                    lambda station: amending.discard(station, seen.page.id, why), say("review.discarded", order=order)
                )

        answers = [(key, say(f"why.{reason}"), reason) for key, reason in _REASONS]
        self.app.push_screen(Choice(say("ask.discard", order=order), answers), chosen)

    def action_mark(self) -> None:
        seen = self.seen
        if seen is None:
            return
        order = seen.page.order

        def chosen(kind: str | None) -> None:
            if kind:
                self.amend(
                    lambda station: amending.mark(station, seen.page.id, PageKind(kind)),
                    say("review.marked", order=order, kind=say(f"kind.{kind}")),
                )

        answers = [(str(place), say(f"kind.{kind}"), kind.value) for place, kind in enumerate(PageKind, 1)]
        self.app.push_screen(Choice(say("ask.kind", order=order), answers), chosen)

    def action_assign(self) -> None:
        if self.seen:
            ask_numbers(self, self.seen)

    def action_renumber(self) -> None:
        seen = self.seen
        if seen is None:
            return
        order = seen.page.order

        def typed(text: str | None) -> None:
            if text:
                said = say("review.renumbered", order=order, numbers=text)
                self.amend(lambda station: amending.renumber(station, seen.page.id, text), said)

        now = str(seen.numbers[0]) if seen.numbers else ""
        self.app.push_screen(TextDialog(say("ask.renumber", order=order), now), typed)

    def action_confirm(self) -> None:
        seen = self.seen
        if seen is None:
            return

        def confirm(station: Station) -> None:
            with station.changing(seen.page.book):
                confirm_page(station.catalogue, station.page(seen.page.id), station.operator)

        self.amend(confirm, say("review.confirmed", order=seen.page.order))

    def action_split(self) -> None:
        """An open book in two pages at the line that is shown first, or two halves in one again."""
        seen = self.seen
        if seen is None:
            return
        if seen.page.part:
            self.amend(
                lambda station: folding.unsplit(station, seen.page.id), say("review.whole", order=seen.page.order)
            )
        elif self._gutter and self._gutter.fold:
            self._gutter.split()
        else:
            self.query_one(PagePicture).zoom_out()
            self._gutter = Gutter(self, seen)
            self._gutter.find()

    def _drop_gutter(self) -> None:
        if self._gutter:
            self._gutter.drop()
            self._gutter = None

    # Scanning single pages

    def action_replace(self) -> None:
        seen = self.seen
        if seen is None or self.kiosk.scanner.busy:
            return
        order = ScanOrder(self.book, replaces=seen.page.id)
        self.say(say("review.replacing", order=seen.page.order))

        def begin(cases: list[Dated]) -> None:
            self._rescan = Rescan(seen.page, tuple(cases))
            self.kiosk.scanner.begin(order, self)

        self.read(lambda station: amending.cases_on(station, seen.page), begin)

    def action_insert_after(self) -> None:
        self._insert(self.seen)

    def action_insert_before(self) -> None:
        if self._at:
            self._insert(self._pages[self._at - 1])
        else:
            self.say(say("review.first-page"))

    def _insert(self, after: Seen | None) -> None:
        if after is None or self.kiosk.scanner.busy:
            return
        self._rescan = Rescan(None)
        self.say(say("review.inserting"))
        self.kiosk.scanner.begin(ScanOrder(self.book, after=after.page.id), self)

    def heard(self, news: object) -> None:
        if self.kiosk.scanner.owner is not self:
            return
        match news:
            case PageCame(seen) if self._rescan:
                self._rescan = Rescan(self._rescan.old, self._rescan.cases, seen.page.id)
                self.kiosk.sound("good")
                self.look(seen.page.id)
            case ScanEnded(report):
                self._ended(report)
            case ScanRefused(error):
                self.complain(error)

    def _ended(self, report: ScanReport) -> None:
        rescan, self._rescan = self._rescan, None
        if rescan and rescan.new:
            old = rescan.old
            if old:
                self._undos.append(amending.replaced(old, rescan.new, rescan.cases))
                self.say(say("review.replaced", order=old.order))
            else:
                key = shown_key("assign", self.kiosk.changed_keys)
                self._undos.append(amending.inserted(rescan.new, say("why.bad")))
                order = report.last.order if report.last else "-"
                self.say(say("review.inserted", order=order, key=key))
        elif report.fault:
            self.say(say("failed", why=what_happened(report)))
            self.kiosk.sound("stop")
        else:
            self.say(say("scan.nothing"))
        self.look(rescan.new if rescan else "")

    async def action_back(self) -> None:
        if self._gutter:
            self._drop_gutter()
            self.say("")
            self._draw_page()
        elif not self.kiosk.scanner.moves:
            self.kiosk.go_back()
