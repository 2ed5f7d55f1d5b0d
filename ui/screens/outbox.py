"""The outbox: what goes when and why not, what a person does about it, and bags onto a stick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.widgets import DataTable

from outbox.states import TransitionRefusedError
from station.handover.sticks import StickState, sticks_here
from station.sending import read_queue, send_again
from ui.keys import bind, shown_key
from ui.messages import Answered
from ui.screens.base import KioskScreen
from ui.screens.outbox_words import cells, how, why_of
from ui.widgets.band import Band
from ui.widgets.dialogs import Choice
from ui.widgets.line import Line
from ui.widgets.tables import fill
from ui.words import joined, number, say, say_again, tell

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from outbox.listing import Plain
    from station.handover.sticks import Stick
    from station.handover.visiting import Visit
    from station.sending import Queue
    from station.wiring import Station

WINDOW = 200
_REFRESH_SECONDS = 3.0
_MOST_STICKS = 9
_OVER = frozenset({"keeping", "written", "left"})
"""What an export says of a bag that it is done with."""
_COLUMNS = ("bag", "state", "destination", "size", "percent", "speed", "left", "error")


class OutboxScreen(KioskScreen):
    """The bags, those that need a person first."""

    ACTIONS: ClassVar[tuple[str, ...]] = ("retry_now", "hold", "pause", "export", "next_window", "back")
    BINDINGS: ClassVar[list[BindingType]] = [
        *bind("retry_now", "hold", "pause", "export", "next_window", "previous_window"),
        *bind("up", "down", "next_page", "previous_page"),
    ]

    def __init__(self) -> None:
        super().__init__(id="outbox")
        self._offset = 0
        self._queue: Queue | None = None
        self._stick: tuple[str, str, str] | None = None
        self._stick_at: Path | None = None
        """Where the stick lies of which the band tells, once it may be removed."""
        self._at_stick: dict[str, str] = {}
        """What the export said last of each bag."""

    def body(self) -> ComposeResult:
        yield Band()
        yield DataTable(id="bags", cursor_type="row")
        yield Line("rows")
        yield Line("bag-why")

    def title_words(self) -> str:
        return say("key.outbox")

    def stays(self) -> str:
        return say("export.busy") if self.exporting else ""

    @property
    def table(self) -> DataTable[Text]:
        return self.query_one(DataTable)

    @property
    def rows(self) -> tuple[Plain, ...]:
        """The items of the window."""
        return self._queue.rows if self._queue else ()

    async def on_mount(self) -> None:
        self.table.can_focus = False
        self.set_focus(None)
        await self.draw()
        self.set_interval(_REFRESH_SECONDS, self.look)

    async def on_screen_resume(self) -> None:
        await super().on_screen_resume()
        self.look()

    def look(self) -> None:
        """Read the window again; the newest reading counts."""
        if not self.is_current:
            return
        offset, stick = self._offset, None if self.exporting else self._stick_at

        def job(station: Station) -> tuple[Queue, Path | None]:
            return read_queue(station, offset, WINDOW), stick if stick and not _is_here(stick) else None

        self.read(job, self._show, "outbox")

    def _show(self, seen: tuple[Queue, Path | None]) -> None:
        queue, gone = seen
        if gone and gone == self._stick_at and not self.exporting:
            self._stick = self._stick_at = None
        before, self._queue = self.rows, queue
        self._offset = queue.offset
        if before != queue.rows:
            self._fill()
        self._draw_lines()

    async def draw(self) -> None:
        await super().draw()
        self._fill()
        self._draw_lines()

    def _fill(self) -> None:
        table, old = self.table, self._cursor_id()
        ids = [str(item["id"]) for item in self.rows]
        fill(table, _COLUMNS, [cells(item, self._state_of(item)) for item in self.rows], keys=ids)
        if ids:
            table.move_cursor(row=ids.index(old) if old in ids else 0)

    def _state_of(self, item: Plain) -> Text:
        at_stick = self._at_stick.get(item["bag_id"])
        if at_stick:
            return Text(say(f"export.bag.{at_stick}"))
        return Text(say("bag.no-sender" if item["abandoned"] else f"bag.{item['state']}"))

    def _cursor_id(self) -> str:
        table = self.table
        return str(table.ordered_rows[table.cursor_row].key.value) if table.row_count else ""

    @property
    def chosen(self) -> Plain | None:
        """The item under the cursor."""
        row = self.table.cursor_row
        return self.rows[row] if 0 <= row < len(self.rows) else None

    def _draw_lines(self) -> None:
        queue = self._queue
        if queue is None:
            return
        first, last = queue.offset + 1, queue.offset + len(queue.rows)
        rows = say("outbox.rows", first=number(first), last=number(last), total=number(queue.total))
        self.query_one("#rows", Line).update(rows if queue.rows else say("outbox.none"))
        tone, word, more = self._stick or how(queue, self._key("export"))
        self.query_one(Band).show(tone, say_again(word), say_again(more))
        self._draw_why()

    def _draw_why(self) -> None:
        item = self.chosen
        self.query_one("#bag-why", Line).update(f"{item['bag_id']}: {why_of(item)}" if item else "")

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._draw_why()

    # Keys

    def action_up(self) -> None:
        self.table.action_cursor_up()

    def action_down(self) -> None:
        self.table.action_cursor_down()

    def action_next_page(self) -> None:
        self.table.action_page_down()

    def action_previous_page(self) -> None:
        self.table.action_page_up()

    def action_next_window(self) -> None:
        if self._queue and self._offset + WINDOW < self._queue.total:
            self._offset += WINDOW
            self.look()

    def action_previous_window(self) -> None:
        self._offset = max(0, self._offset - WINDOW)
        self.look()

    def action_retry_now(self) -> None:
        """The item under the cursor is sent now, whatever went wrong before."""
        if item := self.chosen:
            bag = str(item["bag_id"])
            self._change_bag(bag, "outbox.retried", lambda station: send_again(station, bag, "retry"))

    def action_hold(self) -> None:
        """Hold the item under the cursor back, or let it go again."""
        item = self.chosen
        if item is None:
            return
        bag = str(item["bag_id"])
        if item["state"] == "held":
            self._change_bag(bag, "outbox.released", lambda station: send_again(station, bag, "release"))
        else:
            self._change_bag(bag, "outbox.held", lambda station: station.outbox.hold(bag))

    def _change_bag(self, bag: str, said: str, job: Any) -> None:
        def done(_: object) -> None:
            self.say(say(said, bag=bag))
            self.look()

        def failed(error: Exception) -> None:
            if not isinstance(error, TransitionRefusedError):
                self.complain(error)
                return
            self.say(say(f"outbox.not-{error.event}", bag=bag, state=say(f"bag.{error.state}")))
            self.kiosk.sound("look")
            self.look()

        self.kiosk.desk.ask(job, self._if_here(done), self._if_here(failed))

    def action_pause(self) -> None:
        """Stop all sending, or let it go on."""
        if self._queue is None:
            return
        paused = self._queue.paused

        def job(station: Station) -> None:
            (station.outbox.resume if paused else station.outbox.pause)()

        def done(_: object) -> None:
            self.say(say("outbox.resumed" if paused else "outbox.paused"))
            self.look()

        self.change(job, done)

    # Onto a stick

    @property
    def exporting(self) -> bool:
        """Whether bags are being written onto a stick."""
        return self.kiosk.courier.busy

    def action_export(self) -> None:
        """What waits goes onto the stick that is plugged in; of several the operator chooses."""
        if self.exporting:
            self.say(say("export.busy"))
            return
        self.read(lambda _: sticks_here(), self._choose_stick)

    def _choose_stick(self, here: list[Stick]) -> None:
        ready = [stick.point for stick in here if stick.point and stick.state is StickState.READY][:_MOST_STICKS]
        if not ready:
            self._stick = self._stick_at = None
            self._draw_lines()
            about = [tell(f"stick.{one.state}", device=one.medium.device, point=one.point or "-") for one in here]
            self.say(joined(*about) or say("export.plug-in"))
            self.kiosk.sound("look")
        elif len(ready) == 1:
            self._export(ready[0])
        else:
            answers = [(str(place), str(point), str(point)) for place, point in enumerate(ready, 1)]
            places = {str(point): point for point in ready}
            self.app.push_screen(Choice(say("export.which"), answers), lambda one: self._export(places.get(one or "")))

    def _export(self, target: Path | None) -> None:
        if target is None or self.exporting:
            return
        self._at_stick.clear()
        self._stick_at = target
        self._show_stick("busy", say("export.going"), say("export.keep"))
        app, step = self.kiosk, self._if_here(self._step)

        def job(station: Station) -> Visit:
            from station.handover.visiting import visit

            done = list[str]()

            def told(what: str, bag: str, count: int) -> None:
                if what in _OVER:
                    done.append(bag)
                app.post_message(Answered(step, (what, bag, len(done), count)))

            return visit(station, target, told)

        app.courier.ask(job, self._if_here(self._exported), self._if_here(self._not_exported))

    def _step(self, told: tuple[str, str, int, int]) -> None:
        what, bag, done, count = told
        is_first = not self._at_stick
        self._at_stick[bag] = what
        if is_first:  # the column gets the width of these words
            self._fill()
        for item in self.rows:
            if item["bag_id"] == bag:
                self.table.update_cell(str(item["id"]), "state", self._state_of(item))
        text = say("export.step", done=number(done), count=number(max(done, count)))
        self._show_stick("busy", text, joined(bag, say("export.keep"), by=" · "))

    def _exported(self, visit: Visit) -> None:
        from ui.screens.stick_words import told_of

        told = told_of(visit, self._key("export"))
        if told.word:
            self._show_stick(told.tone, told.word, told.more)
        else:
            self._break_off()
        self.say(told.sentence)
        self.kiosk.sound("stop" if told.tone == "stop" else "done")
        self.look()

    def _not_exported(self, error: Exception) -> None:
        self._break_off()
        self.complain(error)
        self.look()

    def _break_off(self) -> None:
        """The stick does not hold what it should: the band says so until the next export, in or out of its socket."""
        self._stick_at = None
        self._at_stick = {bag: "left" if what == "writing" else what for bag, what in self._at_stick.items()}
        self._show_stick("stop", say("export.broken"), say("export.again", key=self._key("export")))
        self._fill()

    def _key(self, action: str) -> str:
        return shown_key(action, self.kiosk.changed_keys)

    def _show_stick(self, tone: str, word: str, more: str) -> None:
        self._stick = (tone, word, more)
        self.query_one(Band).show(tone, word, more)

    async def action_back(self) -> None:
        if self.exporting:
            self.say(say("export.busy"))
        else:
            self.kiosk.go_back()


def _is_here(point: Path) -> bool:
    return any(stick.point == point for stick in sticks_here())
