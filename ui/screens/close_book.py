"""Closing a book: what is missing or doubtful, each with the key that mends it, and the seal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.widgets import DataTable

from station import amending
from station.announcements import Announcements
from station.books.cases import explain_missing
from station.books.mending import told
from station.finding_words import finding_text
from station.line import check, pack_book, process_book
from station.model import Why
from station.naming import CaseNumber
from station.operators import Role
from ui.keys import bind, shown_key
from ui.memory import Place
from ui.screens.base import KioskScreen
from ui.screens.doubts import by_order
from ui.widgets.band import Band
from ui.widgets.dialogs import Choice, PinDialog
from ui.widgets.tables import fill
from ui.words import number, say, tell
from ui.words.fields import with_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from station.operators import Operator
    from station.registers.columns import Field
    from station.sealing.bag import SealedBag
    from station.wiring import Station

MOST_ROWS = 500
_COLUMNS = ("weight", "finding", "mend")
_WHYS = (Why.VOID, Why.BLANK, Why.TORN, Why.ILLEGIBLE)
_MENDED_BY = {
    "gap": "missing",
    "gap-between": "missing",
    "second-missing": "cases",
    "page-count": "count",
    "no-pages": "scan",
    "stack-waits": "scan",
    "no-copy": "pack",
    "copies-gone": "pack",
    "beyond-list": "cases",
    "case-without-page": "cases",
    "explained-but-there": "cases",
    "explained-but-elsewhere": "cases",
    "explained-beyond-list": "cases",
    "not-in-other-book": "cases",
    "year-differs": "cases",
    "entries-differ": "index",
    "field-missing": "index",
}
"""What mends a finding that is of no single page."""


class CloseBookScreen(KioskScreen):
    """The findings of a book, the blocking ones first."""

    ACTIONS: ClassVar[tuple[str, ...]] = ("mend", "pack", "review", "cases", "back")
    BINDINGS: ClassVar[list[BindingType]] = [*bind("mend", "pack", "review", "cases", "up", "down")]

    def __init__(self, book: str) -> None:
        super().__init__(id="close_book")
        self.book = book
        self.findings: list[dict[str, Any]] = []
        self.bag: SealedBag | None = None
        self._state = "checking"
        self._fields: Mapping[str, Field] = {}

    def body(self) -> ComposeResult:
        yield Band()
        yield DataTable(id="findings", cursor_type="row")

    def title_words(self) -> str:
        return say("close.title", book=self.book)

    def place(self) -> Place:
        return Place("close_book" if self.bag is None else "", self.book if self.bag is None else "")

    def buttons(self) -> tuple[str, ...]:
        return self.ACTIONS if self.bag is None else tuple(one for one in self.ACTIONS if one not in {"mend", "pack"})

    @property
    def state(self) -> str:
        """checking, checked, packing or packed."""
        return self._state

    @property
    def table(self) -> DataTable[Text]:
        return self.query_one(DataTable)

    async def on_mount(self) -> None:
        self.table.can_focus = False
        self.set_focus(None)
        await self.draw()

    async def on_screen_resume(self) -> None:
        await super().on_screen_resume()
        if self.bag is None:
            self.look()

    def stays(self) -> str:
        return say("wait") if self._state == "packing" else ""

    def look(self) -> None:
        """Make what copies are missing and check the book."""
        if self._state == "packing":
            return
        self._state = "checking"
        self._draw_band()

        def job(station: Station) -> tuple[list[dict[str, Any]], Mapping[str, Field]]:
            book = station.book(self.book)
            process_book(station, book, Announcements())
            found = [by_order(station, told(book, finding)) for finding in check(station, book)]
            return found, station.desk(book.id).fields()

        self.kiosk.scanner.clerk.ask(job, self._if_here(self._show), self._if_here(self._failed), "check")

    def _show(self, read: tuple[list[dict[str, Any]], Mapping[str, Field]]) -> None:
        found, self._fields = read
        self.findings = sorted(found, key=lambda finding: not finding["blocking"])
        self._state = "checked"
        if self.said == say("too-early"):
            self.hush()
        self._fill()
        self._draw_band()

    def _failed(self, error: Exception) -> None:
        self._state = "checked"
        self.complain(error)
        self._draw_band()

    async def draw(self) -> None:
        await super().draw()
        self._fill()
        self._draw_band()

    def _fill(self) -> None:
        table, row = self.table, self.table.cursor_row
        key = shown_key("mend", self.kiosk.changed_keys)
        rows = [_cells(finding, key, self._fields) for finding in self.findings[:MOST_ROWS]]
        fill(table, _COLUMNS, rows, wraps="finding")
        if self.findings:
            table.move_cursor(row=min(row, len(self.findings) - 1))
        if len(self.findings) > MOST_ROWS:
            self.say(say("close.more", count=number(len(self.findings) - MOST_ROWS)))

    def on_resize(self) -> None:
        self._fill()

    def _draw_band(self) -> None:
        band, key = self.query_one(Band), shown_key("pack", self.kiosk.changed_keys)
        blocking = sum(finding["blocking"] for finding in self.findings)
        if self.bag:
            band.show("good", say("band.packed", cases=number(self.bag.cases), pages=number(self.bag.pages)))
        elif self._state != "checked":
            band.show("busy", say(f"band.{self._state}"))
        elif blocking:
            band.show("stop", say("band.incomplete", count=number(blocking)))
        elif self.findings:
            band.show("look", say("band.look-first", count=number(len(self.findings)), key=key))
        else:
            band.show("good", say("band.complete", key=key))

    # Keys

    def action_up(self) -> None:
        self.table.action_cursor_up()

    def action_down(self) -> None:
        self.table.action_cursor_down()

    def action_review(self) -> None:
        self.kiosk.go("review", book=self.book)

    def action_cases(self) -> None:
        self.kiosk.go("cases", book=self.book)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """A finding was touched."""
        event.stop()
        self.action_mend()

    def _is_early(self) -> bool:
        """Whether the book is under way yet: then it is said that the key did nothing."""
        if self._state in {"checking", "packing"}:
            words = say("too-early")
            if self.said != words:
                self.kiosk.sound("look")
            self.say(words)
        return self._state != "checked"

    def action_mend(self) -> None:
        """To where the finding under the cursor is mended."""
        if self._is_early() or not self.findings:
            return
        finding = self.findings[self.table.cursor_row]
        match way_of(finding):
            case "review":
                self.kiosk.go("review", book=self.book, page=page_of(finding))
            case "missing":
                self._explain(finding)
            case "count":
                self._accept_count(finding)
            case "cases":
                self.kiosk.go("cases", book=self.book, number=str(finding["subject"]))
            case "index":
                self.kiosk.go("index", book=self.book, number=str(finding["subject"]))
            case "scan":
                self.kiosk.go_back()
            case "pack":
                self.look()

    def _explain(self, finding: dict[str, Any]) -> None:
        subject = str(finding["subject"])
        answers = [(str(place), tell(f"missing.{why}"), why.value) for place, why in enumerate(_WHYS, 1)]

        def chosen(answer: str | None) -> None:
            if answer is None:
                return

            def explain(station: Station) -> None:
                book = station.book_id(self.book)
                with station.changing(book):
                    missing = [CaseNumber.parse(subject, book)]
                    explain_missing(station.catalogue, book, missing, (Why(answer), None), station.operator)

            self.change_book(explain, lambda _: self.look())

        self.app.push_screen(Choice(say("ask.missing", number=subject), answers), chosen)

    def _accept_count(self, finding: dict[str, Any]) -> None:
        def allowed(word: tuple[Operator, str] | None) -> None:
            if word:
                self.change_book(lambda station: amending.accept_page_count(station, self.book), lambda _: self.look())

        self.app.push_screen(PinDialog(say("ask.count", found=finding["found"]), Role.CHECKER), allowed)

    def action_pack(self) -> None:
        if self._is_early() or self.bag:
            return
        self._state = "packing"
        self._draw_band()

        def job(station: Station) -> SealedBag:
            return pack_book(station, station.book(self.book), Announcements())

        self.kiosk.scanner.clerk.ask(job, self._if_here(self._packed), self._if_here(self._refused))

    def _packed(self, bag: SealedBag) -> None:
        self.bag, self.findings = bag, []
        self.kiosk.keep_place(self.place())
        self._state = "packed"
        self.kiosk.changes.forget(self.book)
        self.call_later(self.draw)
        self._fill()
        self._draw_band()
        self.say(say("close.packed", bag=bag.id))
        self.kiosk.sound("done")

    def _refused(self, error: Exception) -> None:
        self._state = "checked"
        self.complain(error)
        self.look()

    async def action_back(self) -> None:
        if self._state == "packing":
            return
        if self.bag:
            self.kiosk.go_home()
        else:
            self.kiosk.go_back()


def _cells(finding: dict[str, Any], key: str, fields: Mapping[str, Field]) -> list[Text]:
    phrase = finding_text(with_words(finding, fields))
    weight = say("weight.stop" if finding["blocking"] else "weight.look")
    return [
        Text(weight),
        Text(tell(phrase.key, **phrase.values)),
        Text(say(f"mend.{way_of(finding)}", key=key)),
    ]


def way_of(finding: dict[str, Any]) -> str:
    """How a finding is mended here."""
    way = _MENDED_BY.get(finding["code"])
    if way:
        return way
    return "review" if page_of(finding) else "none"


def page_of(finding: dict[str, Any]) -> str:
    """The page that a finding is about: its id, or nothing."""
    subject = str(finding["subject"])
    return subject if subject.startswith("p") and "/" not in subject else ""
