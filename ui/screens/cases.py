"""The numbers of a book: gaps, numbers that stand twice, why one has no page, dates; one key each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.widgets import DataTable, Static

from station.books.cases import explain_missing, parse_date, withdraw_missing
from station.books.ledger import Stands, read_ledger
from station.indexing.dates import written_date
from station.indexing.desk import DATE
from station.model import BookState, Why
from ui.keys import bind, shown_key
from ui.memory import Place
from ui.screens.base import KioskScreen
from ui.widgets.band import Band
from ui.widgets.dialogs import Choice, TextDialog
from ui.widgets.tables import fill
from ui.words import number, say, tell
from ui.words.fields import error_in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from station.books.ledger import Line
    from station.wiring import Station

WINDOW = 500
_COLUMNS = ("number", "stands", "on-pages", "date", "more")
_SIGNS = {Stands.THERE: "✓", Stands.EXPLAINED: "✓", Stands.MISDATED: "●"}


class CasesScreen(KioskScreen):
    """Every number of the book; the cursor goes from one that wants something to the next."""

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "next_open", "void", "blank", "torn", "illegible", "other_book", "withdraw", "case_date", "look_at", "index",
        "close_book", "back",
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        *bind("next_open", "void", "blank", "torn", "illegible", "other_book", "withdraw", "case_date", "look_at"),
        *bind("index", "close_book", "up", "down", "next_page", "previous_page", "next_window", "previous_window"),
    ]

    def __init__(self, book: str, number: str = "") -> None:
        super().__init__(id="cases")
        self.book = book
        self._wanted = number
        self._lines: list[Line] | None = None
        self._offset = 0
        self._go_on = True

    def body(self) -> ComposeResult:
        yield Band()
        yield DataTable(id="numbers", cursor_type="row")
        yield Static("", id="rows", markup=False)

    def title_words(self) -> str:
        return say("cases.title", book=self.book)

    def place(self) -> Place:
        return Place("scan", self.book)

    @property
    def table(self) -> DataTable[Text]:
        return self.query_one(DataTable)

    @property
    def lines(self) -> list[Line]:
        """Every number of the book."""
        return self._lines or []

    @property
    def chosen(self) -> Line | None:
        """The number under the cursor."""
        place = self._offset + self.table.cursor_row
        return self.lines[place] if 0 <= place < len(self.lines) else None

    async def on_mount(self) -> None:
        self.table.can_focus = False
        self.set_focus(None)
        await self.draw()

    async def on_screen_resume(self) -> None:
        await super().on_screen_resume()
        self.look()

    def arrive(self, number: str = "", **_: str) -> None:
        """Another number of the book is to be seen."""
        if number:
            self._wanted, self._go_on = number, True
            self.look()

    def look(self) -> None:
        """Read the book again."""

        def read(station: Station) -> tuple[list[Line], bool]:
            book = station.book(self.book)
            return read_ledger(station, book.id), book.state is BookState.SEALED

        self.read(read, self._show, "cases")

    def _show(self, read: tuple[list[Line], bool]) -> None:
        chosen = self.chosen
        lines, self.sealed = read
        self._lines = lines
        place = next((place for place, line in enumerate(lines) if chosen and line.number >= chosen.number), 0)
        wanted = next((at for at, line in enumerate(lines) if str(line.number) == self._wanted), None)
        self._wanted = ""
        if self._go_on:
            self._go_on = False
            place = self._open_from(place) if wanted is None else wanted
        self._go_to(place)
        self._draw_band()

    async def draw(self) -> None:
        await super().draw()
        self._go_to(self._offset + self.table.cursor_row)
        self._draw_band()

    def _go_to(self, place: int) -> None:
        """Show the window with this line, and put the cursor there."""
        place = max(0, min(place, len(self.lines) - 1))
        self._offset = place - place % WINDOW
        table = self.table
        window = self.lines[self._offset : self._offset + WINDOW]
        fill(table, _COLUMNS, [_cells(line) for line in window])
        if window:
            table.move_cursor(row=place - self._offset)
        first, last = self._offset + 1, self._offset + len(window)
        rows = say("cases.rows", first=number(first), last=number(last), total=number(len(self.lines)))
        self.query_one("#rows", Static).update(rows if window else say("cases.none"))

    def _draw_band(self) -> None:
        if self._lines is None:
            return
        gaps = sum(line.stands is Stands.GAP for line in self.lines)
        still = sum(not line.stands.settled for line in self.lines) - gaps
        there = number(sum(bool(line.pages) for line in self.lines))
        if gaps or still:
            which = "open" if gaps and still else "gaps" if gaps else "others"
            word = say(f"band.cases-{which}", gaps=number(gaps), others=number(still))
            key = shown_key("next_open", self.kiosk.changed_keys)
            self.query_one(Band).show("look", word, say("cases.next", key=key))
        else:
            self.query_one(Band).show("good", say("band.cases-fine", cases=there))

    # Moving

    def _open_from(self, place: int) -> int:
        """The next line at or behind this one that wants something, from the beginning where the end has none."""
        wanting = [at for at, line in enumerate(self.lines) if not line.stands.settled]
        return next((at for at in wanting if at >= place), wanting[0] if wanting else place)

    def action_next_open(self) -> None:
        self._go_to(self._open_from(self._offset + self.table.cursor_row + 1))

    def action_up(self) -> None:
        self.table.action_cursor_up()

    def action_down(self) -> None:
        self.table.action_cursor_down()

    def action_next_page(self) -> None:
        self.table.action_page_down()

    def action_previous_page(self) -> None:
        self.table.action_page_up()

    def action_next_window(self) -> None:
        self._go_to(self._offset + WINDOW)

    def action_previous_window(self) -> None:
        self._go_to(self._offset - WINDOW)

    def action_look_at(self) -> None:
        """To the page of the number."""
        line = self.chosen
        if line and line.pages:
            self.kiosk.go("review", book=self.book, page=line.pages[0])
        elif line:
            self.say(say("cases.no-page", number=line.number))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.action_look_at()

    def action_index(self) -> None:
        line = self.chosen
        if line and line.pages:
            self.kiosk.go("index", book=self.book, number=str(line.number))

    def action_close_book(self) -> None:
        self.kiosk.go("close_book", book=self.book)

    # Changing

    def _to_change(self) -> Line | None:
        """The number under the cursor, unless the book is sealed, which is said."""
        return None if self.refuse_sealed(self.book) else self.chosen

    def action_void(self) -> None:
        self._explain(Why.VOID)

    def action_blank(self) -> None:
        self._explain(Why.BLANK)

    def action_torn(self) -> None:
        self._explain(Why.TORN)

    def action_illegible(self) -> None:
        self._explain(Why.ILLEGIBLE)

    def action_other_book(self) -> None:
        line = self._to_change()
        if line is None:
            return

        def attempt(other: str, taken: Callable[[], Any], refused: Callable[[Exception], None]) -> None:
            if self._is_first_reason(line, Why.OTHER_BOOK, other):
                self._keep_reason(line, Why.OTHER_BOOK, other, taken, refused)
            else:
                taken()
                self._explain(Why.OTHER_BOOK, other)

        self.app.push_screen(TextDialog(say("ask.other-book", number=line.number), line.other, attempt=attempt))

    def _is_first_reason(self, line: Line, why: Why, other: str) -> bool:
        """Whether no other reason was given before."""
        return line.why is None or (line.why, line.other) == (why, other)

    def _explain(self, why: Why, other: str = "") -> None:
        """Keep why the number has no page; a reason that was given before is replaced only when that is meant."""
        line = self._to_change()
        if line is None:
            return
        if self._is_first_reason(line, why, other):
            self._keep_reason(line, why, other)
            return
        before, after = (tell(f"missing.{one}", other=book) for one, book in ((line.why, line.other), (why, other)))

        def chosen(answer: str | None) -> None:
            if answer:
                self._keep_reason(line, why, other)

        text = say("ask.other-reason", number=line.number, before=before, by=line.by)
        self.app.push_screen(Choice(text, [("y", say("cases.replace-reason", why=after), "yes")]), chosen)

    def _keep_reason(
        self,
        line: Line,
        why: Why,
        other: str,
        taken: Callable[[], Any] | None = None,
        refused: Callable[[Exception], None] | None = None,
    ) -> None:
        def explain(station: Station) -> str:
            book = station.book_id(self.book)
            named = station.book_id(other) if other else None
            with station.changing(book):
                explain_missing(station.catalogue, book, [line.number], (why, named), station.operator)
            return say("cases.explained", number=line.number, why=tell(f"missing.{why}", other=named or ""))

        self._amend(explain, taken, refused, go_on=True)

    def action_withdraw(self) -> None:
        """Take back why the number has no page."""
        line = self._to_change()
        if line is None:
            return

        def withdraw(station: Station) -> str:
            book = station.book_id(self.book)
            with station.changing(book):
                withdraw_missing(station.catalogue, book, [line.number], station.operator)
            return say("cases.withdrawn", number=line.number)

        self._amend(withdraw)

    def action_case_date(self) -> None:
        """Ask for the date of registration."""
        line = self._to_change()
        if line is None:
            return
        if not line.pages:
            self.say(say("cases.no-date", number=line.number))
            return

        def date(station: Station, text: str) -> str:
            book, written = station.book_id(self.book), written_date(parse_date(text))
            with station.changing(book):
                outcome = station.desk(book).type_in(line.number, {DATE: written})
                fields = station.desk(book).fields()
            for error in outcome.refused:
                raise error_in_words(error, fields)
            return say("cases.dated", number=line.number, date=written)

        def attempt(text: str, taken: Callable[[], Any], refused: Callable[[Exception], None]) -> None:
            self._amend(lambda station: date(station, text), taken, refused)

        now = written_date(line.date)
        self.app.push_screen(TextDialog(say("ask.date", number=line.number), now, attempt=attempt))

    def _amend(
        self,
        job: Callable[[Station], str],
        taken: Callable[[], Any] | None = None,
        refused: Callable[[Exception], None] | None = None,
        *,
        go_on: bool = False,
    ) -> None:
        def done(said: str) -> None:
            if taken:
                taken()
            self.say(said)
            self._go_on = go_on
            self.look()

        self.try_to_change_book(job, done, refused or self.complain)


def _cells(line: Line) -> list[Text]:
    sign = _SIGNS.get(line.stands, "✗")
    more = ""
    if line.why:
        more = f"{tell(f'missing.{line.why}', other=line.other)} ({line.by})"
    elif line.other:
        more = say("cases.also", book=line.other)
    return [
        Text(str(line.number), justify="right"),
        Text(f"{sign} {say(f'stands.{line.stands}')}"),
        Text(", ".join(map(str, line.orders))),
        Text(written_date(line.date)),
        Text(more),
    ]
