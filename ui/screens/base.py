"""What all screens share: the title line, the line for messages, the buttons, and how work is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.screen import Screen
from textual.widgets import Input

from ui.clerk import while_here
from ui.keys import bind, labels
from ui.memory import Place
from ui.screens import ROUTES, is_there, make_screen
from ui.widgets.keybar import KeyBar
from ui.widgets.line import Line
from ui.words import say
from ui.words.errors import why

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.events import DescendantFocus

    from station.wiring import Station
    from ui.app import KioskApp

T = TypeVar("T")
FRAME_ACTIONS = ("help", "language", "text_size", "contrast", "sound", "lock", "leave")


class KioskScreen(Screen[None]):
    """A whole screen. `ACTIONS` are its buttons, `FRAME` those of the frame that it shows too."""

    AUTO_FOCUS = ""
    ACTIONS: ClassVar[tuple[str, ...]] = ()
    FRAME: ClassVar[tuple[str, ...]] = ("help", "language", "lock")
    TAKES_READINGS: ClassVar[bool] = False
    """Whether what a barcode reader reads is taken here as one text."""
    BINDINGS: ClassVar[list[BindingType]] = [*bind("back")]

    @property
    def kiosk(self) -> KioskApp:
        from ui.app import KioskApp

        assert isinstance(self.app, KioskApp)
        return self.app

    def compose(self) -> ComposeResult:
        yield Line("title")
        yield from self.body()
        yield Line("message")
        yield KeyBar()

    def body(self) -> ComposeResult:
        """What stands between the title and the buttons."""
        yield from ()

    def title_words(self) -> str:
        """What this screen is about."""
        return ""

    def place(self) -> Place:
        """Where to come back to after a crash."""
        return Place()

    async def draw(self) -> None:
        """Put everything on the screen that is known, in the language that is spoken now."""
        parts = [say("title"), self.title_words(), self.kiosk.who_words()]
        if self.kiosk.settings.station.training:
            parts.insert(0, say("practice"))
        self.query_one("#title", Line).update(" · ".join(part for part in parts if part))
        actions = [action for action in (*self.ACTIONS, *self.FRAME) if action not in ROUTES or is_there(action)]
        await self.query_one(KeyBar).show(labels(actions, self.kiosk.changed_keys))

    async def on_mount(self) -> None:
        await self.draw()

    async def on_screen_resume(self) -> None:
        self.kiosk.keep_place(self.place())
        await self.draw()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """A cursor that blinks takes more of the processor than all the rest."""
        if isinstance(event.widget, Input):
            event.widget.cursor_blink = False

    def say(self, text: str) -> None:
        """One sentence above the buttons; it stands until the next."""
        if self.is_attached:
            self.query_one("#message", Line).update(text)

    @property
    def said(self) -> str:
        """The sentence above the buttons."""
        return str(self.query_one("#message", Line).content)

    def complain(self, error: Exception) -> None:
        """Say why something did not go."""
        self.say(say("failed", why=why(error)))
        self.kiosk.sound("stop")

    def read(self, job: Callable[[Station], T], then: Callable[[T], None], key: str = "") -> None:
        """Have the station read; nothing happens when the screen is gone meanwhile."""
        self.kiosk.reader.ask(job, self._if_here(then), self._if_here(self.complain), key)

    def change(self, job: Callable[[Station], T], then: Callable[[T], None]) -> None:
        """Have something small changed."""
        self.kiosk.desk.ask(job, self._if_here(then), self._if_here(self.complain))

    def change_book(self, job: Callable[[Station], T], then: Callable[[T], None]) -> None:
        """Have something of a book changed, once the scanner's desk is done with it: a book has one hand at a time."""
        self.kiosk.scanner.clerk.ask(job, self._if_here(then), self._if_here(self.complain))

    def _if_here(self, call: Callable[[T], None]) -> Callable[[T], None]:
        return while_here(self, call)

    def heard(self, news: object) -> None:
        """A thread has told something; most screens have no use for it."""

    def take_reading(self, text: str) -> None:
        """A barcode reader has read something."""

    def help(self) -> None:
        """What this screen is for, and its keys."""
        self.app.push_screen(make_screen("help", below=self))

    async def action_back(self) -> None:
        """One step back; never further than today."""
        self.kiosk.go_back()
