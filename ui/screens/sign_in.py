"""Signing in, and opening a locked screen again: a name from the list and a PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static

from station.errors import UsageError
from station.operators import Operator, Role, add_operator, check_pin
from ui.keys import bind
from ui.memory import Place
from ui.screens.base import KioskScreen
from ui.typing.field import VietnameseInput
from ui.widgets.dialogs import working
from ui.words import say, say_other

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from station.wiring import Station

_FIRST = ("first-name", "pin", "again")


class SignInScreen(KioskScreen):
    """Up and down choose a name, the PIN goes into the field. Where nobody works yet, the first technician is made."""

    ACTIONS: ClassVar[tuple[str, ...]] = ("accept",)
    FRAME: ClassVar[tuple[str, ...]] = ("help", "language", "text_size", "contrast", "leave")
    EVERYWHERE: ClassVar[tuple[str, ...]] = ("help", "language", "text_size", "contrast", "sound", "leave")
    GOES_BACK: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = [*bind("up", "down", priority=True)]

    def __init__(self, before: Place | None = None, locked: Operator | None = None, *, broken: bool = False) -> None:
        """`broken`: a defect of the program ended the screen before this one."""
        super().__init__(id="sign-in")
        self._before, self._locked, self._broken = before or Place(), locked, broken
        self._names: list[str] = []
        self._first = False

    def body(self) -> ComposeResult:
        with Vertical(id="sign-in-box"):
            yield Static("", id="sign-in-how", markup=False)
            yield OptionList(id="names")
            yield VietnameseInput(id="first-name", method=self.kiosk.typing)
            yield Input(id="pin", password=True)
            yield Input(id="again", password=True)

    def title_words(self) -> str:
        return say("sign-in.title")

    async def draw(self) -> None:
        await super().draw()
        how = say("sign-in.first" if self._first else "sign-in.locked" if self._locked else "sign-in.choose")
        if self._before.broke_off:
            how += "\n" + say("resume-waits" if self._before.book else "resume-waits-stick", book=self._before.book)
        if self._broken:
            how += f"\n{say('screen-broke')}\n{say_other('screen-broke')}"
        self.query_one("#sign-in-how", Static).update(how)
        for field, key in zip(_FIRST, ("sign-in.name", "sign-in.pin", "sign-in.again"), strict=True):
            self.query_one(f"#{field}", Input).placeholder = say(key)
            self.query_one(f"#{field}").display = self._first or field == "pin"
        self.query_one("#names").display = not self._first

    async def on_mount(self) -> None:
        self.query_one(OptionList).can_focus = False
        await self.draw()
        self.query_one("#pin").focus()
        self.read(lambda station: station.catalogue.operators(), self._show)

    def _show(self, found: list[Operator]) -> None:
        self._first = not found
        self._names = [one.name for one in working(list(found))]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(self._names)
        wanted = self._locked.name if self._locked else self._before.who
        if self._names:
            options.highlighted = self._names.index(wanted) if wanted in self._names else 0
        self.query_one("#first-name" if self._first else "#pin").focus()
        self.call_later(self.draw)

    @property
    def names(self) -> list[str]:
        """Who may sign in."""
        return self._names

    async def action_back(self) -> None:
        """There is nothing behind this screen."""

    def action_up(self) -> None:
        self._step(-1)

    def action_down(self) -> None:
        self._step(1)

    def _step(self, step: int) -> None:
        """From name to name; where the first person types one, from field to field."""
        if self._first:
            here = _FIRST.index(self.focused.id) if self.focused and self.focused.id in _FIRST else 0
            self.query_one(f"#{_FIRST[max(0, min(here + step, len(_FIRST) - 1))]}").focus()
        elif step > 0:
            self.query_one(OptionList).action_cursor_down()
        else:
            self.query_one(OptionList).action_cursor_up()

    async def action_accept(self) -> None:
        """The button of Enter was touched."""
        if isinstance(self.focused, Input):
            await self.focused.action_submit()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A name was touched."""
        event.stop()
        self.query_one("#pin").focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if self._first:
            self._next_of_first(event.input)
        elif event.value:
            self._try(event.value)

    def _try(self, pin: str) -> None:
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is None:
            return
        name = self._names[highlighted]
        self.query_one("#pin", Input).value = ""
        self.say(say("wait"))

        def check(station: Station) -> Operator:
            return check_pin(station.catalogue, name, pin)

        self.change(check, self.kiosk.sign_in)

    def _next_of_first(self, done: Input) -> None:
        if done.id != _FIRST[-1]:
            self.query_one(f"#{_FIRST[_FIRST.index(str(done.id)) + 1]}").focus()
            return
        name, pin, again = (self.query_one(f"#{field}", Input).value for field in _FIRST)
        if pin != again:
            for field in _FIRST[1:]:
                self.query_one(f"#{field}", Input).value = ""
            self.query_one("#pin").focus()
            self.complain(UsageError("pins-differ"))
            return

        def make(station: Station) -> Operator:
            if station.catalogue.operators():
                raise UsageError("operator-known", name=name)
            return add_operator(station.catalogue, name, Role.TECHNICIAN, pin, name)

        self.change(make, self.kiosk.sign_in)
