"""The kiosk: who is signed in, language, text size, contrast, sound, the locks, and the way from screen to screen."""

from __future__ import annotations

import sys
import time
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual._context import active_message_pump
from textual.app import App, _PrintCapture
from textual.css.query import NoMatches

from station.covers.opening import opened_by
from station.operators import Operator, Role
from station.worklist.exclusions import reason_of
from ui.clerk import Clerk
from ui.coming_back import come_back
from ui.keys import bind, changed_keys, in_both_cases
from ui.memory import Place, recall, remember
from ui.messages import Answered, Asked, News, NotAnswered, ScanEnded, ScanRefused
from ui.mishaps import note
from ui.screens import make_screen
from ui.screens.base import FRAME_ACTIONS, KioskScreen
from ui.screens.changes import Changes
from ui.themes import SIZES, THEMES
from ui.typing.composing import Method
from ui.way import WayApp
from ui.widgets.dialogs import Dialog, PinDialog
from ui.words import Language, choose, chosen, say
from ui.words.books import excluded_words
from ui.words.errors import why

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType
    from textual.binding import BindingType

    from station.model import Exclusion
    from station.root import Root
    from station.settings import Settings
    from ui.pictures.outputs import Output
    from ui.scanning import ScanDesk
    from ui.sounds import Sounds
    from ui.typing.bursts import Scanned

_TICK_SECONDS = 2.0


class _Stderr(_PrintCapture):
    """What stands in the place of stderr while the screen is up; processes are started with its number."""

    def fileno(self) -> int:
        """Textual's own has none, with which Python's helpers do not start, nor come again when one was killed."""
        return sys.__stderr__.fileno() if sys.__stderr__ else 2


class KioskApp(WayApp, inherit_bindings=False):
    """One window on one root. Work is done by `reader`, `desk` and `scanner`, each a thread with its own station."""

    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = "kiosk.tcss"
    # Nothing of Textual's own: Ctrl+Q and Ctrl+C do not leave a kiosk. A key with priority overtakes those that are
    # under way yet: an Esc before "leave" would take its question away.
    BINDINGS: ClassVar[list[BindingType]] = [
        *bind(*(action for action in FRAME_ACTIONS if action != "leave"), priority=True),
        *bind("leave", "outbox", "readiness", "technician"),
    ]

    def __init__(
        self, root: Root, settings: Settings, language: Language = Language.VI, *, broken: bool = False
    ) -> None:
        """`broken`: the screen was up before, and a defect of the program ended it."""
        super().__init__()
        self.animation_level = "none"
        self.root, self.settings = root, settings
        self.changed_keys = changed_keys(settings, str(root.settings))
        self.operator: Operator | None = None
        self.reader, self.desk = Clerk("reader", root, self.post_message), Clerk("desk", root, self.post_message)
        self.courier = Clerk("courier", root, self.post_message)
        self.text_size = settings.kiosk.text_size
        self.contrast = settings.kiosk.contrast
        self.sound_on = settings.kiosk.sound
        self._scanner: ScanDesk | None = None
        self._before = recall(root)
        self._place = Place()
        self._touched = time.monotonic()
        self._held_back: list[Callable[[], None]] = []
        self._broken = broken
        self.changes = Changes()
        self.mishap: Exception | None = None
        """The defect that ended the screen."""
        self._capture_stderr = _Stderr(self, stderr=True)
        choose(language)
        for theme in THEMES.values():
            self.register_theme(theme)
        self.set_reactive(App.theme, THEMES[self.contrast].name)  # here no style is there yet to be made anew
        self.stylesheet.set_variables(self.get_css_variables())

    @property
    def scanner(self) -> ScanDesk:
        """The desk with the scanner, made when it is first used."""
        if self._scanner is None:
            from ui.scanning import ScanDesk

            self._scanner = ScanDesk(self.root, self.post_message)
            self._scanner.operator = self.operator.name if self.operator else None
        return self._scanner

    @property
    def typing(self) -> Method | None:
        """How Vietnamese is typed; None: letters are taken as they are."""
        chosen = self.settings.kiosk.typing
        return None if chosen == "off" else Method(chosen)

    @cached_property
    def _sounds(self) -> Sounds:
        from ui.bells import ring
        from ui.sounds import Sounds

        return Sounds(self.root.path / "spool" / "sounds", lambda kind: ring(self, kind))

    @cached_property
    def output(self) -> Output | None:
        """How pictures reach the terminal; None: as half-blocks."""
        from ui.pictures.outputs import make_output

        return make_output(self.settings.kiosk)

    def on_mount(self) -> None:
        self.set_keymap(in_both_cases(self.changed_keys))
        self._dress()
        self.push_screen(make_screen("sign_in", before=self._before, broken=self._broken))
        self.set_interval(_TICK_SECONDS, self._tick)

    def on_unmount(self) -> None:
        if self._scanner:
            self._scanner.close()
        for clerk in (self.reader, self.desk, self.courier):
            clerk.close()
        if "_sounds" in self.__dict__:
            self._sounds.close()

    def who_words(self) -> str:
        """Who is signed in."""
        if self.operator is None:
            return say("nobody")
        return f"{self.operator.name} ({say(f'role.{self.operator.role}')})"

    # Signing in, locking, leaving

    def sign_in(self, operator: Operator) -> None:
        """Somebody's PIN was right. Another person than the one before begins at today's list."""
        same = self.operator is None or self.operator.name == operator.name
        self.operator = operator
        self.reader.operator = self.desk.operator = self.courier.operator = operator.name
        if self._scanner:
            self._scanner.operator = operator.name
        self.unlock()
        if not self.is_begun:
            self.push_screen(make_screen("today"))
            before, self._before = self._before, Place()
            come_back(self, before)
        elif not same and not (self._scanner and self._scanner.busy):
            self.go_home()
        held, self._held_back = self._held_back, []
        for step in held:
            step()

    def wait_for_pin(self, step: Callable[[], None]) -> None:
        self._held_back.append(step)

    def action_lock(self) -> None:
        self.lock()

    async def action_leave(self) -> None:
        """Out of the kiosk, by a technician's PIN alone."""
        if isinstance(self.screen, PinDialog):
            return
        if self._scanner and self._scanner.busy:
            self._complain(say("leave-refused"))
            return
        if not self.is_locked:
            self.drop_help()
        self.push_screen(PinDialog(say("ask.leave"), Role.TECHNICIAN), self._leave)

    def _leave(self, answer: tuple[Operator, str] | None) -> None:
        if answer is not None:
            left = self._place = Place(left=True)
            self.desk.ask(lambda station: remember(station.root, left), lambda _: self.exit(), lambda _: self.exit())

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.MouseDown):
            self._touched = time.monotonic()
        if isinstance(event, events.Key) and isinstance(self.screen, KioskScreen):
            self.screen.key_came(event.key)
        await super().on_event(event)

    def _tick(self) -> None:
        self.keep_place(self._place)
        minutes = self.settings.kiosk.lock_minutes
        working = bool(self._scanner and self._scanner.moves)
        idle = time.monotonic() - self._touched
        if minutes and self.operator and not working and idle > 60 * minutes:
            self.action_lock()

    # What a barcode reader reads

    def takes_readings(self) -> bool:
        """On the screens from which a cover sheet opens its book."""
        return isinstance(self.screen, KioskScreen) and self.screen.TAKES_READINGS

    def on_scanned(self, message: Scanned) -> None:
        if isinstance(self.screen, KioskScreen):
            self.screen.take_reading(message.text)

    def open_book_of(self, code: str) -> None:
        """Open the book of a cover sheet, from whichever screen."""

        def found(book: object, exclusion: Exclusion | None = None) -> None:
            notice = excluded_words(str(book), reason_of(exclusion)) if exclusion else ""
            self.go("scan", book=str(book), notice=notice)

        def refused(error: Exception) -> None:
            from ui.screens.questions import ask_to_list

            ask_to_list(self, error, found)

        self.reader.ask(lambda station: opened_by(station, code), lambda answer: found(*answer), refused)

    # From screen to screen

    def keep_place(self, place: Place) -> None:
        """Keep durably where the operator is; what was kept of a crash stands until somebody has signed in."""
        if self.operator is None or self._before.broke_off or self._place.left:
            return
        wanted = Place(place.screen, place.book, place.page, self.operator.name, stick=self.courier.busy)
        if wanted != self._place:
            self._place = wanted
            self.desk.ask(lambda station: remember(station.root, wanted), lambda _: None, lambda _: None, "place")

    def action_help(self) -> None:
        if isinstance(self.screen, KioskScreen):
            self.screen.help()

    def action_outbox(self) -> None:
        self.visit("outbox")

    def action_readiness(self) -> None:
        self.visit("readiness")

    def action_technician(self) -> None:
        self.visit("technician")

    # Looks and sounds

    async def action_language(self) -> None:
        choose(chosen().other)
        for screen in self.screen_stack:
            if isinstance(screen, KioskScreen | Dialog):
                await screen.draw()

    async def action_text_size(self) -> None:
        self.text_size = SIZES[(SIZES.index(self.text_size) + 1) % len(SIZES)]  # type: ignore[assignment]
        self._dress()
        self.tell_here(say(f"size.{self.text_size}"))

    async def action_contrast(self) -> None:
        self.contrast = "normal" if self.contrast == "high" else "high"
        self._dress()
        self.tell_here(say(f"contrast.{self.contrast}"))

    async def action_sound(self) -> None:
        self.sound_on = not self.sound_on
        self.tell_here(say("sound.on" if self.sound_on else "sound.off"))

    def sound(self, kind: str) -> None:
        """One of good, look, stop, done; silent when somebody switched the sounds off."""
        if self.sound_on:
            self._sounds.play(kind)

    def _dress(self) -> None:
        self.theme = THEMES[self.contrast].name
        for size in SIZES:
            self.set_class(size == self.text_size, f"size-{size}")

    def tell_here(self, text: str) -> None:
        """Say something on the screen that is up."""
        if isinstance(self.screen, KioskScreen):
            self.screen.say(text)

    def _complain(self, text: str) -> None:
        self.tell_here(say("failed", why=text))
        self.sound("stop")

    # What threads tell

    def on_answered(self, message: Answered) -> None:
        message.then(message.result)

    def on_not_answered(self, message: NotAnswered) -> None:
        message.then(message.error)

    def on_news(self, message: News) -> None:
        """Of the scanner; what leads to a question or another screen waits until the screen is unlocked."""
        news = message.what
        if self.is_locked and isinstance(news, Asked | ScanEnded | ScanRefused):
            self.sound("look")
            self.wait_for_pin(lambda: self._pass_on(news))
        else:
            self._pass_on(news)

    def _pass_on(self, news: object) -> None:
        for screen in reversed(self.screen_stack):
            if isinstance(screen, KioskScreen):
                screen.heard(news)

    def fail(self, error: Exception) -> None:
        """Say on the screen that is up why something did not go."""
        self._complain(why(error))

    # A defect of the program

    def _handle_exception(self, error: Exception) -> None:
        """Textual shows an exception with the values of all variables; those are people's names here."""
        if isinstance(error, NoMatches) and self.was_taken_away(active_message_pump.get(None)):
            return
        note(error)
        self.mishap = self.mishap or error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    def panic(self, *_: RenderableType) -> None:
        self._close_messages_no_wait()
