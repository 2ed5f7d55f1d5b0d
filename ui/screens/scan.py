"""Scanning into a book: one key a page on a flatbed, one a stack on a feeder; the page at once, then its verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical

from drivers.interface import Side
from drivers.states import State
from station.capture.duplex import Turned
from station.errors import StationError
from station.imaging.page import Level
from ui.keys import bind, shown_key
from ui.memory import Place
from ui.messages import (
    Asked,
    CopyMade,
    DeviceMoved,
    Noted,
    PageCame,
    ScanEnded,
    ScanRefused,
    SheetAwaited,
    TriggerAwaited,
)
from ui.screens.catching_up import CatchingUp
from ui.screens.fault import headline, what_to_do
from ui.screens.ordering import OrderingScreen
from ui.screens.questions import ask_about, ask_again_for_backs, ask_to_open
from ui.screens.scan_reading import Desk, read_desk
from ui.screens.scan_words import counts_words, ending_words, fullness_words, last_words, order_words, ready_key
from ui.screens.today import outbox_words, room_words
from ui.typing.patience import Patience
from ui.widgets.band import Band
from ui.widgets.line import Line
from ui.widgets.picture import PagePicture
from ui.widgets.strip import PageStrip
from ui.words import joined, number, say, tell

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from station.standing import Seen, Standing
    from ui.scan_report import ScanReport

_READY = frozenset({"ready", "next"})
"""What the band says while the key for the next page is waited for."""
_OPENED_BY_CHECKER = frozenset({"book-sealed", "book-excluded"})


class ScanScreen(OrderingScreen):
    """What is due, what came, and what the checks say of it."""

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "scan_page", "stop", "review", "number", "cover", "source", "by_hand", "button", "cases", "index",
        "close_book", "back",
    )  # fmt: skip
    TAKES_READINGS: ClassVar[bool] = True
    BINDINGS: ClassVar[list[BindingType]] = [
        *bind("scan_page", "stop", "review", "number", "cover", "source", "by_hand", "button"),
        *bind("cases", "index", "close_book"),
    ]

    def __init__(self, book: str, notice: str = "") -> None:
        super().__init__(book)
        self._notice = notice
        self._seen: Desk | None = None
        self._patience = Patience()
        self._catching_up = CatchingUp(self)
        self._page_due = False
        """The flatbed's next page has been asked for on the screen."""
        self._fault = ""
        """What stopped the last scan and what to do: it stands until the next page has come."""
        self._band: tuple[str, str] = ("busy", "wait")
        self._last: str = ""
        """The id of the page that came last."""

    @property
    def takes_keys(self) -> bool:
        """Whether the key for the next page is heard."""
        return self._patience.is_over

    @property
    def standing(self) -> Standing | None:
        """The book as it was read last."""
        return self._seen.standing if self._seen else None

    def body(self) -> ComposeResult:
        yield Band()
        with Horizontal(id="scan-parts"):
            yield PagePicture(self.kiosk.output)
            with Vertical(id="scan-side"):
                yield Line("counts")
                yield Line("source")
                yield PageStrip()
                yield Line("outbox-line")
                yield Line("room")

    def title_words(self) -> str:
        return say("scan.title", book=self.book)

    def place(self) -> Place:
        return Place("scan", self.book)

    async def on_mount(self) -> None:
        self.desk.warm_up()
        self.take_up_order()
        await self.draw()
        self.say(self._notice)

    async def on_screen_resume(self) -> None:
        await super().on_screen_resume()
        self._patience.begin()
        if self._band[1] == "asked" and self.desk.busy:
            self._set_band("busy", "starting")
        self.look()

    def arrive(self, notice: str = "", **_: str) -> None:
        """Back at the book, with something to say of it."""
        if notice:
            self.say(notice)

    def look(self) -> None:
        """Read how the book stands; the newest reading counts."""
        layout = self.kiosk.settings.kiosk.cases_per_page
        self.read(lambda station: read_desk(station, self.book, layout), self._show, "scan")

    def _show(self, seen: Desk) -> None:
        self._seen = seen
        standing = seen.standing
        if self._covers is None:
            self._covers = 0 if standing.pages else self.kiosk.settings.kiosk.covers
        if not self.desk.busy and self._band == ("busy", "wait"):
            self._band = ("wait", "ready")
        last = standing.last[-1] if standing.last else None
        if last:
            self.query_one(PagePicture).show_page(last)
            if last.page.id == self._last and last.level:
                self._judge(last.level)
        self._say_of_book(standing)
        self.draw_parts()
        self._catching_up.look_at(standing)

    def _say_of_book(self, standing: Standing) -> None:
        """Where work broke off the last page that was kept; while pages come whether they are all there."""
        if self._notice:
            self.say(f"{self._notice} {last_words(standing)}")
            self._notice = ""
        numbers = standing.last[-1].numbers if standing.last else ()
        key = shown_key("close_book", self.kiosk.changed_keys)
        full = fullness_words(standing.book, standing.pages, numbers, key)
        if self.desk.busy and full:
            self.say(full)

    def _judge(self, level: Level) -> None:
        """The verdict on the page that came last: a sound, and the band where the operator has time to look."""
        self._last = ""
        if level is not Level.OK:
            tone = "look" if level is Level.LOOK else "stop"
            self.kiosk.sound(tone)
            self._band = (tone, f"{tone}-page")

    async def draw(self) -> None:
        await super().draw()
        self.draw_parts()

    def draw_parts(self) -> None:
        seen = self._seen
        tone, _ = self._band
        due = str(seen.standing.due or "-") if seen and not self._order.number else self._order.number or ""
        more = ""
        if seen:
            more = say("band.pages", pages=number(seen.standing.pages), due=due or "-")
            self.query_one("#counts", Line).update(counts_words(seen.standing))
            self.query_one(PageStrip).show(seen.standing.last)
            self.query_one("#room", Line).update(room_words(seen.free))
        self.query_one("#source", Line).update(order_words(self._order))
        self.query_one("#outbox-line", Line).update(outbox_words(seen.outbox if seen else None))
        self.query_one(Band).show(tone, self._band_words(), more, due.split("/")[0] if due != "-" else "")

    def _band_words(self) -> str:
        what, key = self._band[1], shown_key("scan_page", self.kiosk.changed_keys)
        order = self.standing.last[-1].page.order if self.standing and self.standing.last else 0
        match what:
            case "wait":
                return say("wait")
            case "ready":
                return say(ready_key(self.standing, self._order, self._covers), key=key)
            case "look-page":
                return say("band.look", order=order)
            case "stop-page":
                return say("band.stop", order=order)
        return say(f"band.{what}", key=key, order=order)

    def _set_band(self, tone: str, what: str) -> None:
        if what in _READY and self._band[1] != what:
            self._patience.begin()
        self._band = (tone, what)
        self.draw_parts()

    # Keys

    async def action_scan_page(self) -> None:
        """The next page; on a feeder the stack. A key pressed while paper moves or in haste takes none, which is said;
        one that is held does nothing.
        """
        desk, heard = self.desk, self._patience.hears(self.pressed_at)
        if heard:
            self.query_one(Band).go_on()
        if heard and self._page_due and desk.awaits_sheet:
            self._page_due = False
            desk.go_on()
            self._set_band("busy", "scanning")
        elif heard and not desk.busy and self._seen is not None:
            self._begin()
        elif not self._patience.repeats:
            self._say_early()

    def _say_early(self) -> None:
        """Let the operator know that this key took no page: whoever turned the leaf for it would lose one."""
        if self.query_one(Band).interrupt("look", say("band.early")):
            self.kiosk.sound("look")

    def _begin(self) -> None:
        standing = self.standing
        if standing and standing.due is None and self._order.number is None and self._order.turned is None:
            key = shown_key("number", self.kiosk.changed_keys)
            self.say(say("scan.no-number", key=key))
            self.kiosk.sound("look")
            return
        self.hush()
        self._page_due = False
        self._set_band("busy", "starting")
        layout = self.kiosk.settings.kiosk.cases_per_page
        self.desk.begin(replace(self._order, covers=self._covers or 0, layout=layout), self)

    async def action_stop(self) -> None:
        if self.desk.busy:
            self.desk.stop()
            self._set_band("busy", "finishing")

    async def action_back(self) -> None:
        """Leaves at once where nothing moves; otherwise the scan has to be stopped first."""
        if self.refuse_moving():
            return
        self.desk.stop()
        self.kiosk.go_back()

    async def action_review(self) -> None:
        self._leave_for("review")

    async def action_cases(self) -> None:
        self._leave_for("cases")

    async def action_index(self) -> None:
        self._leave_for("index")

    async def action_close_book(self) -> None:
        self._leave_for("close_book")

    def _leave_for(self, name: str) -> None:
        """To another screen of the book; a flatbed that waits for a page is stopped, so that the book is free."""
        if self.refuse_moving():
            return
        self.desk.stop()
        self.hush()
        self.kiosk.go(name, book=self.book)

    def hush(self) -> None:
        """What stopped the last scan stays to be read."""
        self.say(self._fault)

    def take_reading(self, text: str) -> None:
        """A cover sheet under the reader opens its book."""
        if self.refuse_moving():
            return
        self.desk.stop()
        self.kiosk.open_book_of(text)

    # What the scanner's desk tells

    def heard(self, news: object) -> None:
        if self.desk.owner is self:
            self._heard_of_end(news)
            self._heard_meanwhile(news)

    def _heard_meanwhile(self, news: object) -> None:
        match news:
            case PageCame(seen):
                self._page_came(seen)
                self._last = seen.page.id
                self.query_one(PagePicture).show_page(seen)
                self.kiosk.sound("good")
                self._set_band("busy", "scanning")
                self.look()
            case CopyMade():
                self.look()
            case SheetAwaited():
                self._page_due = True
                self._patience.begin()
                self._set_band("good", "next")
            case TriggerAwaited():
                self._set_band("wait", "waiting")
            case DeviceMoved(state):
                self._device_moved(state.state, warming=state.warming_up)
            case Noted(phrase):
                self.say(tell(phrase.key, **phrase.values))

    def _heard_of_end(self, news: object) -> None:
        match news:
            case Asked(question):
                self._set_band("look", "asked")
                ask_about(self, question)
            case ScanEnded(report):
                self._ended(report)
            case ScanRefused(error):
                self._refused(error)

    def _page_came(self, seen: Seen) -> None:
        """A number that was typed is meant for the first page that bears one; a cover before it bears none."""
        book = str(seen.page.book)
        if self._fault:
            self._fault = ""
            self.hush()
        if book != self.book:
            self.book = book
            self.order(replace(self._order, book=book, number=None))
            self.say(say("scan.moved-book", book=book))
            self.kiosk.keep_place(self.place())
        if not seen.page.is_printed:
            self._covers = max(0, (self._covers or 0) - 1)
        if seen.page.kind.in_case and self._order.turned is None:
            self.order(replace(self._order, number=None))

    def _device_moved(self, state: State, *, warming: bool) -> None:
        if warming:
            self._set_band("busy", "warming")
        elif state in {State.RECOVERING, State.OFFLINE}:
            self._set_band("stop", "lost")
        elif state is State.SCANNING and self.desk.busy:
            self._set_band("busy", "scanning")

    def _refused(self, error: Exception) -> None:
        self._set_band("wait", "ready")
        if isinstance(error, StationError) and error.code in _OPENED_BY_CHECKER:
            ask_to_open(self, error)
        else:
            self.complain(error)
        self.look()

    def _ended(self, report: ScanReport) -> None:
        self._catching_up.pass_over(report.unreadable)
        self.look()
        self._set_band("wait", "ready")
        self._turn(report)
        if report.fault or report.out_of_order or report.streak is not None:
            self._fault = joined("✗", headline(report), what_to_do(report))
            self.say(self._fault)
            self.kiosk.sound("stop")
            self.kiosk.go("fault", report=report)
            return
        self.say(self._changed or ending_words(report, self.kiosk.changed_keys))
        self._changed = ""
        if report.pairing and not report.pairing.paired:
            ask_again_for_backs(self, report)
        elif report.went_well:
            self.kiosk.sound("done")

    def _turn(self, report: ScanReport) -> None:
        """After the fronts of a stack come its backs; after those the next stack begins with its fronts."""
        turned = self._order.turned
        if turned is None or not report.went_well:
            return
        fronts_done = turned.side is Side.FRONT
        following = Turned(Side.BACK) if fronts_done else Turned(Side.FRONT, both=True)
        self.order(replace(self._order, turned=following))
        self.draw_parts()

    def scan_backs_again(self) -> None:
        """The backs that came are discarded, and come again."""
        self.order(replace(self._order, turned=Turned(Side.BACK, again=True)))
        self.draw_parts()
