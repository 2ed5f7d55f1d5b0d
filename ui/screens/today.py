"""Today: the books by where they stand, one window of a list at a time, and how far the work is.

The field at the top has the focus always: letters search, a barcode reader types the code of a cover sheet into it, and
up and down move in the table below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.text import Text
from textual.widgets import DataTable, Input

from station.agenda import (
    Agenda,
    OutboxLine,
    Shelf,
    free_megabytes,
    read_agenda,
    read_outbox_line,
    read_stamp,
)
from station.covers.code import is_ours
from ui.keys import bind
from ui.memory import Place
from ui.screens.base import KioskScreen
from ui.widgets.line import Line
from ui.widgets.tables import fill
from ui.words import number, say, size, when
from ui.words.books import excluded_words

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from station.agenda import Entry, Excluded
    from station.wiring import Station

WINDOW = 200
"""Books of a window; a page of it is a screen, Ctrl PgDn goes to the next window."""
_REFRESH_SECONDS = 5.0
_SHELVES = tuple(Shelf)
_COLUMNS = ("book", "pages", "cases", "place", "assigned", "due")


class Asked(NamedTuple):
    """What the list is to show."""

    shelf: Shelf
    find: str = ""
    offset: int = 0


@dataclass(frozen=True)
class Today:
    """Everything on the screen at one moment. `stamp` tells whether the agenda would be the same by now."""

    asked: Asked
    stamp: tuple[int, ...]
    agenda: Agenda
    outbox: OutboxLine
    free: int


def outbox_words(line: OutboxLine | None) -> str:
    """The outbox in a line."""
    if line is None:
        return say("outbox.line-unknown")
    key = "outbox.line"
    if line.needs_person:
        key = "outbox.line-person"
    elif line.sending is not None:
        key = "outbox.line-sending"
    elif line.unattended:
        key = "outbox.line-unattended"
    return say(
        key,
        to_go=number(line.to_go),
        awaiting=number(line.awaiting),
        needs_person=number(line.needs_person),
        percent=line.sending,
    )


def room_words(megabytes: int, low: int = 5_000) -> str:
    """The room on the disk; below `low` megabytes with a sign."""
    return say("room-low" if megabytes < low else "room", size=size(1e6 * megabytes))


class TodayScreen(KioskScreen):
    """The books to do, in work, waiting and done."""

    GOES_BACK: ClassVar[bool] = False
    ACTIONS: ClassVar[tuple[str, ...]] = ("open", "next_shelf", "next_window", "outbox", "readiness", "technician")
    FRAME: ClassVar[tuple[str, ...]] = ("help", "language", "text_size", "contrast", "sound", "lock", "leave")
    TAKES_READINGS: ClassVar[bool] = True
    BINDINGS: ClassVar[list[BindingType]] = [
        *bind("up", "down", "next_page", "previous_page", priority=True),
        *bind("next_shelf", "previous_shelf", "next_window", "previous_window", priority=True),
    ]

    def __init__(self) -> None:
        super().__init__(id="today")
        self._shelf = Shelf.IN_WORK
        self._offset = 0
        self._chosen = False
        self._seen: Today | None = None
        self._opening = False
        """Whether it is being looked up what Enter opens."""

    def body(self) -> ComposeResult:
        yield Input(id="find")
        yield Line("shelves")
        yield DataTable(id="books", cursor_type="row")
        yield Line("rows")
        yield Line("progress")
        yield Line("outbox-line")
        yield Line("room")

    def title_words(self) -> str:
        return say("today.title")

    def place(self) -> Place:
        return Place("today")

    @property
    def table(self) -> DataTable[Text]:
        return self.query_one("#books", DataTable)

    @property
    def rows(self) -> tuple[Entry, ...]:
        """The books of the window."""
        return self._seen.agenda.rows if self._seen else ()

    async def on_mount(self) -> None:
        self.table.can_focus = False
        await self.draw()
        self.query_one(Input).focus()
        self.set_interval(_REFRESH_SECONDS, self.refresh_list)

    async def on_screen_resume(self) -> None:
        await super().on_screen_resume()
        self.query_one(Input).focus()
        self.refresh_list()

    def refresh_list(self) -> None:
        """Read what the list shows; the newest reading counts."""
        if not self.is_current:
            return
        asked, before = self._asked(), self._seen
        self.read(lambda station: _look(station, asked, before), self._show, "today")

    def _asked(self) -> Asked:
        return Asked(self._shelf, self._words(), self._offset)

    def _words(self) -> str:
        typed = self.query_one(Input).value
        return "" if is_ours(typed) else typed

    def _show(self, seen: Today) -> None:
        if seen.asked != self._asked():
            return  # the answer to what is asked by now is under way
        before, self._seen = self._seen, seen
        self._offset = seen.agenda.offset
        if not seen.agenda.total and not self._chosen:
            fuller = next((shelf for shelf in _SHELVES if seen.agenda.on_shelves[shelf]), None)
            if fuller and fuller is not self._shelf:
                self._shelf = fuller
                self.refresh_list()
                return
        if before is None or before.agenda.rows != seen.agenda.rows or before.agenda.shelf != seen.agenda.shelf:
            self._fill()
        self._draw_lines()

    def _fill(self) -> None:
        """The rows of the window; the cursor stays at its book while that is there."""
        table, old = self.table, self._cursor_book()
        fill(table, _COLUMNS, [_cells(entry) for entry in self.rows])
        books = [entry.book for entry in self.rows]
        if books:
            table.move_cursor(row=books.index(old) if old in books else 0)

    def _cursor_book(self) -> str:
        table = self.table
        return str(table.get_row_at(table.cursor_row)[0]) if table.row_count else ""

    async def draw(self) -> None:
        await super().draw()
        self.query_one(Input).placeholder = say("today.find")
        self._fill()
        self._draw_lines()

    def _draw_lines(self) -> None:
        seen = self._seen
        self.query_one("#shelves", Line).update(self._shelf_words())
        self.query_one("#outbox-line", Line).update(outbox_words(seen.outbox if seen else None))
        if seen is None:
            return
        progress = seen.agenda.progress
        self.query_one("#rows", Line).update(_rows_words(seen))
        self.query_one("#progress", Line).update(
            say(
                "today.progress",
                sealed=number(progress.sealed),
                books=number(progress.books),
                percent=100 * progress.sealed // max(1, progress.books),
                pages=number(progress.pages),
                cases=number(progress.cases),
            )
        )
        self.query_one("#room", Line).update(room_words(seen.free))

    def _shelf_words(self) -> Text:
        words = Text()
        for shelf in _SHELVES:
            count = number(self._seen.agenda.on_shelves[shelf]) if self._seen else "-"
            text = f" {say(f'shelf.{shelf}')} {count} "
            words.append(f"▶{text}" if shelf is self._shelf else f" {text}", "reverse" if shelf is self._shelf else "")
        return words

    # Keys

    def action_up(self) -> None:
        self.table.action_cursor_up()

    def action_down(self) -> None:
        self.table.action_cursor_down()

    def action_next_page(self) -> None:
        self.table.action_page_down()

    def action_previous_page(self) -> None:
        self.table.action_page_up()

    def action_next_shelf(self) -> None:
        self._go_to_shelf(1)

    def action_previous_shelf(self) -> None:
        self._go_to_shelf(-1)

    def _go_to_shelf(self, step: int) -> None:
        self._shelf = _SHELVES[(_SHELVES.index(self._shelf) + step) % len(_SHELVES)]
        self._chosen, self._offset = True, 0
        self.refresh_list()

    def action_next_window(self) -> None:
        if self._seen and self._offset + WINDOW < self._seen.agenda.total:
            self._offset += WINDOW
            self.refresh_list()

    def action_previous_window(self) -> None:
        self._offset = max(0, self._offset - WINDOW)
        self.refresh_list()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._offset, self._chosen = 0, False
        self.refresh_list()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._find(event.value.strip())

    def take_reading(self, text: str) -> None:
        """What opens nothing stays, marked: the next letter or reading takes its place."""
        field = self.query_one(Input)
        field.value = text
        field.select_all()
        self._find(text.strip())

    def _find(self, typed: str) -> None:
        if is_ours(typed):
            self.query_one(Input).value = ""
            self.kiosk.open_book_of(typed)
        elif typed:
            self._open_found(typed)
        else:
            self.action_open()

    def _open_found(self, typed: str) -> None:
        """Enter right behind the letters: the list may still show what was there before them."""
        if self._opening:
            return
        self._opening = True
        shelf, chosen = self._shelf, self._cursor_book()

        def found(answer: str | Excluded | None) -> None:
            self._opening = False
            if isinstance(answer, str):
                self._open(answer)
            else:
                self.say(_not_found_words(typed, answer))
                self.kiosk.sound("look")

        def failed(error: Exception) -> None:
            self._opening = False
            self.complain(error)

        self.kiosk.reader.ask(
            lambda station: _search(station, shelf, typed, chosen), self._if_here(found), self._if_here(failed)
        )

    def action_open(self) -> None:
        book = self._cursor_book()
        if book:
            self._open(book)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.action_open()

    def _open(self, book: str) -> None:
        if self.is_current:
            self.query_one(Input).value = ""
            self.kiosk.go("scan", book=book)


def _look(station: Station, asked: Asked, before: Today | None) -> Today:
    """What is asked for; the agenda of before where nothing was committed meanwhile: it is all that takes long."""
    stamp = read_stamp(station)
    if before and (before.asked, before.stamp) == (asked, stamp):
        agenda = before.agenda
    else:
        agenda = read_agenda(station, *asked, WINDOW)
    return Today(asked, stamp, agenda, read_outbox_line(station), free_megabytes(station))


def _search(station: Station, shelf: Shelf, find: str, chosen: str) -> str | Excluded | None:
    """The book that a search means: the chosen one if it fits, else the first on this shelf, else on any other."""
    agenda = read_agenda(station, shelf, find, 0, WINDOW)
    fuller = next((one for one in _SHELVES if agenda.on_shelves[one]), None)
    if not agenda.rows and fuller:
        agenda = read_agenda(station, fuller, find, 0, WINDOW)
    books = [entry.book for entry in agenda.rows]
    if chosen in books:
        return chosen
    return books[0] if books else agenda.excluded


def _rows_words(seen: Today) -> str:
    """Which books of how many are shown; where there are none, why."""
    agenda = seen.agenda
    if agenda.rows:
        first, last = agenda.offset + 1, agenda.offset + len(agenda.rows)
        return say("today.rows", first=number(first), last=number(last), total=number(agenda.total))
    if seen.asked.find.strip() and not any(agenda.on_shelves.values()):
        return _not_found_words(seen.asked.find, agenda.excluded)
    return say("today.none")


def _not_found_words(find: str, excluded: Excluded | None) -> str:
    if excluded:
        return excluded_words(excluded.book, excluded.reason)
    return say("today.not-found", words=find.strip())


def _cells(entry: Entry) -> list[Text]:
    pages = f"{number(entry.pages)} / {number(entry.expected)}" if entry.expected else number(entry.pages)
    return [
        Text(entry.book),
        Text(pages, justify="right"),
        Text(number(entry.cases), justify="right"),
        Text(entry.place),
        Text(entry.assigned),
        Text(when(entry.due)),
    ]
