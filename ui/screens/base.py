"""What all screens share: the title line, the line for messages, the buttons, and how work is asked for."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.screen import Screen
from textual.widgets import Input

from ui.clerk import while_here
from ui.keys import bind, labels, shown_key
from ui.memory import Place
from ui.screens import ROUTES, is_there
from ui.widgets.keybar import KeyBar
from ui.widgets.line import Line
from ui.words import say, say_again
from ui.words.errors import why

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.events import DescendantFocus, Key

    from station.wiring import Station
    from ui.app import KioskApp

T = TypeVar("T")
FRAME_ACTIONS = ("help", "language", "text_size", "contrast", "sound", "lock", "leave")
VISITS = ("outbox", "readiness", "technician")
SENTENCE_SECONDS = 2.0
"""A sentence above the buttons stands at least so long, so that a key that follows at once does not take it away."""
_FRAME_KEY = re.compile(r"f\d+")
_ABOUT = ("book", "report", "below")


class KioskScreen(Screen[None]):
    """A whole screen. `ACTIONS` are its buttons, `FRAME` those of the frame that it shows too."""

    AUTO_FOCUS = ""
    ACTIONS: ClassVar[tuple[str, ...]] = ()
    FRAME: ClassVar[tuple[str, ...]] = ("help", "language", "lock")
    TAKES_READINGS: ClassVar[bool] = False
    """Whether what a barcode reader reads is taken here as one text."""
    EVERYWHERE: ClassVar[tuple[str, ...]] = (*FRAME_ACTIONS, *VISITS)
    """What keys of the frame do something here."""
    GOES_BACK: ClassVar[bool] = True
    BINDINGS: ClassVar[list[BindingType]] = [*bind("back")]
    _said: tuple[str, float] = ("", 0.0)
    """The sentence above the buttons, and when it came."""
    sealed = False
    """Whether the book of the screen was sealed when it was read: nothing of it is changed then."""
    pressed_at: float | None = None
    """When the last key was pressed, by the monotonic clock; None where a button is touched."""

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

    def on_key(self, event: Key) -> None:
        """Comes before what the key does."""
        self.pressed_at = event.time

    def on_mouse_down(self) -> None:
        """What is touched bears no moment of a key."""
        self.pressed_at = None

    def body(self) -> ComposeResult:
        """What stands between the title and the buttons."""
        yield from ()

    def title_words(self) -> str:
        """What this screen is about."""
        return ""

    def buttons(self) -> tuple[str, ...]:
        """The buttons that do something as things stand."""
        return self.ACTIONS

    def place(self) -> Place:
        """Where to come back to after a crash: that of the screen below, unless this one has its own."""
        below = self.below_this
        return below.place() if below else Place()

    @property
    def below_this(self) -> KioskScreen | None:
        """The screen on which this one lies."""
        stack = self.app.screen_stack
        here = stack.index(self) if self in stack else 0
        return next((screen for screen in reversed(stack[:here]) if isinstance(screen, KioskScreen)), None)

    def is_about(self, given: dict[str, Any]) -> bool:
        """Whether this screen is about the book, or what else it is given, and need not be made anew."""
        return all(getattr(self, name, None) == value for name, value in given.items() if name in _ABOUT)

    def arrive(self, **given: Any) -> None:
        """Somebody came back to this screen and has given something of what a screen of this kind is made with."""

    def stays(self) -> str:
        """Why this screen is not to be taken away at this moment, in words; empty when it may be."""
        return ""

    async def draw(self) -> None:
        """Put everything on the screen that is known, in the language that is spoken now."""
        parts = [say("title"), self.title_words(), self.kiosk.who_words()]
        if self.kiosk.settings.station.training:
            parts.insert(0, say("practice"))
        self.query_one("#title", Line).update(" · ".join(part for part in parts if part))
        actions = [action for action in (*self.buttons(), *self.FRAME) if action not in ROUTES or is_there(action)]
        await self.query_one(KeyBar).show(labels(actions, self.kiosk.changed_keys))
        self._write(say_again(self._said[0]))

    async def on_mount(self) -> None:
        await self.draw()

    async def on_screen_resume(self) -> None:
        self._rest(resting=False)
        self.kiosk.keep_place(self.place())
        await self.draw()

    def on_screen_suspend(self) -> None:
        """Below a question most keys do nothing."""
        if not isinstance(self.app.screen, KioskScreen):
            self._rest(resting=True)

    def _rest(self, *, resting: bool) -> None:
        for bar in self.query(KeyBar):
            bar.rest(resting)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """A cursor that blinks takes more of the processor than all the rest."""
        if isinstance(event.widget, Input):
            event.widget.cursor_blink = False

    def say(self, text: str) -> None:
        """One sentence above the buttons; it stands until the next, or until something else is done."""
        self._said = (text, time.monotonic())
        self._write(text)

    def _write(self, text: str) -> None:
        """Before the screen has its lines, and once they are gone, there is nothing to write on."""
        for line in self.query("#message").results(Line):
            line.update(text)

    def hush(self) -> None:
        """What was said goes: the screen is being left."""
        self.say("")

    def key_came(self, key: str) -> None:
        """What was said goes with the next thing that is done here; a key of the frame does nothing here."""
        text, when = self._said
        if text and not _FRAME_KEY.fullmatch(key) and time.monotonic() - when >= SENTENCE_SECONDS:
            self.hush()

    @property
    def said(self) -> str:
        """The sentence above the buttons."""
        return str(self.query_one("#message", Line).content)

    def complain(self, error: Exception) -> None:
        """Say why something did not go."""
        self.say(say("failed", why=why(error)))
        self.kiosk.sound("stop")

    def refuse_sealed(self, book: str) -> bool:
        """Whether the book is sealed; then who opens it again is said, before anything is asked."""
        if self.sealed:
            self.say(say("sealed", book=book, key=shown_key("scan_page", self.kiosk.changed_keys)))
            self.kiosk.sound("look")
        return self.sealed

    def read(self, job: Callable[[Station], T], then: Callable[[T], None], key: str = "") -> None:
        """Have the station read; nothing happens when the screen is gone meanwhile."""
        self.kiosk.reader.ask(job, self._if_here(then), self._if_here(self.complain), key)

    def change(self, job: Callable[[Station], T], then: Callable[[T], None]) -> None:
        """Have something small changed."""
        self.kiosk.desk.ask(job, self._if_here(then), self._if_here(self.complain))

    def change_book(self, job: Callable[[Station], T], then: Callable[[T], None]) -> None:
        """Have something of a book changed, once the scanner's desk is done with it: a book has one hand at a time."""
        self.try_to_change_book(job, then, self.complain)

    def try_to_change_book(
        self, job: Callable[[Station], T], then: Callable[[T], None], failed: Callable[[Exception], None]
    ) -> None:
        """The same, where it may fail for a reason that somebody can clear up."""
        self.kiosk.scanner.clerk.ask(job, self._if_here(then), self._if_here(failed))

    def _if_here(self, call: Callable[[T], None]) -> Callable[[T], None]:
        return while_here(self, call)

    def heard(self, news: object) -> None:
        """A thread has told something; most screens have no use for it."""

    def take_reading(self, text: str) -> None:
        """A barcode reader has read something."""

    def help(self) -> None:
        """What this screen is for, and its keys."""
        self.kiosk.help_on(self)

    async def action_back(self) -> None:
        """One step back; never further than today."""
        self.kiosk.go_back()
