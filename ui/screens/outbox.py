"""The outbox: what goes when and why not, what a person does about it, and bags onto a stick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.widgets import DataTable

from station.cli.queue import size_text, time_text
from station.handover.sticks import StickState, sticks_here
from station.sending import SETTLED, read_queue, send_again
from ui.keys import bind
from ui.memory import Place
from ui.messages import Answered
from ui.screens.base import KioskScreen
from ui.widgets.band import Band
from ui.widgets.dialogs import Choice
from ui.widgets.line import Line
from ui.widgets.tables import fill
from ui.words import number, say, tell

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from outbox.listing import Plain
    from station.handover.exporting import HandOver
    from station.handover.sticks import Stick
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
        self._at_stick: dict[str, str] = {}
        """What the export said last of each bag."""

    def body(self) -> ComposeResult:
        yield Band()
        yield DataTable(id="bags", cursor_type="row")
        yield Line("rows")
        yield Line("bag-why")

    def title_words(self) -> str:
        return say("key.outbox")

    def place(self) -> Place:
        return Place("outbox")

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
        if self.is_current:
            offset = self._offset
            self.read(lambda station: read_queue(station, offset, WINDOW), self._show, "outbox")

    def _show(self, queue: Queue) -> None:
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
        fill(table, _COLUMNS, [_cells(item, self._state_of(item)) for item in self.rows], keys=ids)
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
        self.query_one(Band).show(*(self._stick or _how(queue)))
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

        self.change(job, done)

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
            about = [tell(f"stick.{one.state}", device=one.medium.device, point=one.point or "-") for one in here]
            self.say(" ".join(about) or say("export.plug-in"))
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
        self._show_stick("busy", say("export.going"), say("export.keep"))
        app, step = self.kiosk, self._if_here(self._step)

        def job(station: Station) -> HandOver:
            from station.handover.exporting import WAITING, export

            count, done = len(station.outbox.bags_in(*WAITING)), list[str]()

            def told(what: str, bag: str) -> None:
                if what in _OVER:
                    done.append(bag)
                app.post_message(Answered(step, (what, bag, len(done), count)))

            return export(station, target, (), told, plain=False)

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
        self._show_stick("busy", text, f"{bag} · {say('export.keep')}")

    def _exported(self, done: HandOver) -> None:
        left = [tell("export.left", bag=one.bag_id, text=tell(f"outbox.{one.reason.code}", detail=one.reason.detail))
                for one in done.left]  # fmt: skip
        there = len(done.written) + len(done.kept)
        sheet = say("export.sheet", file=done.sheet) if done.sheet else say("export.nothing")
        tone = "stop" if left else "good" if there else "look"
        self._show_stick(tone, say("export.safe", count=number(there), place=done.target), sheet)
        self.say(" ".join(left))
        self.kiosk.sound("stop" if left else "done")
        self.look()

    def _not_exported(self, error: Exception) -> None:
        self._stick = None
        self._at_stick.clear()
        self._fill()
        self.complain(error)
        self.look()

    def _show_stick(self, tone: str, word: str, more: str) -> None:
        self._stick = (tone, word, more)
        self.query_one(Band).show(tone, word, more)

    async def action_back(self) -> None:
        if self.exporting:
            self.say(say("export.busy"))
        else:
            self.kiosk.go_back()


def why_of(item: Plain) -> str:
    """What went wrong last with an item or where it goes, and what to do."""
    if item["abandoned"]:
        return say("bag.no-sender")
    if error := _error(item):
        return tell(f"outbox.{error['code']}", detail=error["text"])
    return say(f"bag.{item['state']}")


def _error(item: Plain) -> Plain | None:
    error: Plain | None = item["stopped"] or item["last_error"]
    return None if item["state"] in SETTLED else error


def _how(queue: Queue) -> tuple[str, str, str]:
    """Tone and words of the whole queue."""
    if queue.urgent:
        return "stop", say("band.outbox-person", count=number(queue.urgent)), ""
    if queue.paused:
        return "wait", say("outbox.paused"), ""
    if queue.abandoned:
        bag, percent = queue.abandoned["bag_id"], queue.abandoned["percent"]
        return "look", say("band.outbox-no-sender"), say("outbox.no-sender", bag=bag, percent=percent)
    if queue.going:
        bag, percent = queue.going["bag_id"], queue.going["percent"]
        return "busy", say("band.outbox-sending", bag=bag, percent=percent), _pace(queue.going)
    return _how_at_rest(queue)


def _how_at_rest(queue: Queue) -> tuple[str, str, str]:
    """Nothing is on its way."""
    if queue.stops and queue.unsettled:
        stop = queue.stops[0]
        why = tell(f"outbox.{stop.code}", detail=stop.text)
        return "look", say("band.outbox-stopped", destination=stop.destination), why
    if not queue.is_open:
        return "wait", say("band.outbox-closed", hours=queue.hours), ""
    if queue.unsettled:
        return "wait", say("band.outbox-waits"), ""
    return "good", say("band.outbox-done"), ""


def _pace(item: Plain) -> str:
    speed = f"{size_text(item['bytes_per_s'])}/s" if item["bytes_per_s"] else ""
    left = time_text(item["eta_s"]) if item["eta_s"] is not None else ""
    return " · ".join(part for part in (speed, left) if part)


def _cells(item: Plain, state: Text) -> list[Text]:
    is_moving = item["state"] == "sending" and item["bytes_per_s"]
    wrong = item["abandoned"] or _error(item)
    return [
        Text(item["bag_id"]),
        state,
        Text(item["destination"]),
        Text(size_text(item["size"]), justify="right"),
        Text(f"{item['percent']} %", justify="right"),
        Text(f"{size_text(item['bytes_per_s'])}/s" if is_moving else ""),
        Text(time_text(item["eta_s"]) if item["eta_s"] is not None else ""),
        Text(why_of(item) if wrong else ""),
    ]
