"""What screens share that show a list which takes long to make: it is made by a thread of the screen's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.widgets import DataTable

from ui.clerk import Clerk
from ui.keys import bind
from ui.screens.base import KioskScreen
from ui.widgets.band import Band
from ui.widgets.tables import fill
from ui.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from station.wiring import Station

MOST_ROWS = 500


class ListScreen(KioskScreen):
    """A table in which one reads. `COLUMNS` are the keys of its columns' words."""

    ACTIONS: ClassVar[tuple[str, ...]] = ("again", "back")
    BINDINGS: ClassVar[list[BindingType]] = [*bind("again", "up", "down", "next_page", "previous_page")]
    COLUMNS: ClassVar[tuple[str, ...]] = ()

    def __init__(self, name: str) -> None:
        super().__init__(id=name)
        self._clerk: Clerk | None = None
        self.found: Any = None
        """What the thread brought; None before."""

    def body(self) -> ComposeResult:
        yield Band()
        yield DataTable(id="lines", cursor_type="row")

    def title_words(self) -> str:
        return say(f"key.{self.id}")

    def make(self, station: Station) -> Any:
        """What is shown; runs in the thread of this screen."""
        raise NotImplementedError

    def rows(self) -> Sequence[Sequence[str]]:
        """What was found, in words."""
        raise NotImplementedError

    def how(self) -> tuple[str, str, str]:
        """Tone and words of the band, once something was found."""
        raise NotImplementedError

    @property
    def table(self) -> DataTable[Text]:
        return self.query_one(DataTable)

    async def on_mount(self) -> None:
        self.table.can_focus = False
        self.set_focus(None)
        await self.draw()
        self.action_again()

    def on_unmount(self) -> None:
        if self._clerk:
            self._clerk.close(0)

    def action_again(self) -> None:
        """Make the list anew, unless that is under way."""
        if self.kiosk.scanner.busy:
            self.say(say("list.busy"))
            return
        self._clerk = self._clerk or Clerk(str(self.id), self.kiosk.root, self.kiosk.post_message)
        if not self._clerk.busy:
            self.found = None
            self._fill()
            self._clerk.ask(self.make, self._if_here(self._show), self._if_here(self.complain))

    def _show(self, found: Any) -> None:
        self.found = found
        self._fill()

    async def draw(self) -> None:
        await super().draw()
        self._fill()

    def _fill(self) -> None:
        table = self.table
        if self.found is None:
            fill(table, self.COLUMNS, [])
            self.query_one(Band).show("busy", say("wait"))
            return
        self.query_one(Band).show(*self.how())
        rows = [[Text(cell) for cell in row] for row in self.rows()[:MOST_ROWS]]
        fill(table, self.COLUMNS, rows, wraps=self.COLUMNS[-1])

    def action_up(self) -> None:
        self.table.action_cursor_up()

    def action_down(self) -> None:
        self.table.action_cursor_down()

    def action_next_page(self) -> None:
        self.table.action_page_down()

    def action_previous_page(self) -> None:
        self.table.action_page_up()
