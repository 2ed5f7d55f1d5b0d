"""Questions on top of a screen: one key out of a few, a text, somebody's PIN."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.await_complete import AwaitComplete
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static

from station.operators import Operator, Role, check_pin
from ui.clerk import while_here
from ui.keys import bind, key_word
from ui.pictures.pane import PicturePane
from ui.typing.field import VietnameseInput
from ui.widgets.keybar import key_line
from ui.words import say, say_again
from ui.words.errors import why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.events import Key

    from station.wiring import Station
    from ui.app import KioskApp

T = TypeVar("T")


class Dialog(ModalScreen[T | None]):
    """A box in the middle, or beside the picture of the page that it asks about; Esc takes it away, not answered."""

    LEAVES_PICTURE: ClassVar[bool] = True
    """For the pane of the picture below."""
    BINDINGS: ClassVar[list[BindingType]] = [*bind("back")]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self._error = ""

    @property
    def kiosk(self) -> KioskApp:
        from ui.app import KioskApp

        assert isinstance(self.app, KioskApp)
        return self.app

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(self._text, id="dialog-text", markup=False)
            yield from self.body()
            yield Static("", id="dialog-error", markup=False)
            yield from self.keys()

    def body(self) -> ComposeResult:
        """What stands below the text."""
        yield from ()

    def keys(self) -> ComposeResult:
        """What ends the question."""
        yield KeyLine("Enter", say("key.accept"))
        yield KeyLine("Esc", say("ask.no"))

    async def draw(self) -> None:
        """Say everything in the language that is spoken now."""
        self._text, self._error = say_again(self._text), say_again(self._error)
        self.query_one("#dialog-text", Static).update(self._text)
        self.query_one("#dialog-error", Static).update(self._error)
        for line in self.query(KeyLine):
            line.draw()

    def on_mount(self) -> None:
        self._stand_aside()

    def on_resize(self) -> None:
        self._stand_aside()

    def _stand_aside(self) -> None:
        """Leave the picture of the screen below to be seen: stand over the column beside it."""
        below = [pane for screen in self.app.screen_stack[:-1] for pane in screen.query(PicturePane)]
        width = self.app.size.width
        beside = max(below[-1].region.x, width - below[-1].region.right) if below else 0
        self.set_class(bool(beside), "aside")
        if beside:
            self.query_one("#dialog").styles.width = beside
            self.styles.align_horizontal = "left" if below[-1].region.x == beside else "right"

    def refuse(self, text: str) -> None:
        """Say why an answer does not do."""
        self._error = text
        self.query_one("#dialog-error", Static).update(text)
        self.kiosk.sound("stop")

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Go with an answer. What lies on top instead, as the screen of signing in, is not taken away by that."""
        return super().dismiss(result) if self.app.screen is self else AwaitComplete()

    def action_back(self) -> None:
        self.dismiss(None)


class Choice(Dialog[str]):
    """One of a few answers, by one key each; the answer is the value beside the key."""

    def __init__(self, text: str, answers: Sequence[tuple[str, str, str]]) -> None:
        """Each answer: key, word, value."""
        super().__init__(text)
        self._choices = answers
        self._answers = {key.lower(): value for key, _, value in answers}

    def body(self) -> ComposeResult:
        for key, word, value in self._choices:
            yield Answer(key_word(key), word, value)

    def keys(self) -> ComposeResult:
        yield KeyLine("Esc", say("ask.no"))

    def on_key(self, event: Key) -> None:
        value = self._answers.get((event.character or "").lower(), self._answers.get(event.key))
        if value is not None:
            event.stop()
            self.dismiss(value)


class KeyLine(Static):
    """A key of the question and what it does."""

    def __init__(self, key: str, word: str) -> None:
        super().__init__(key_line(key, word), classes="answer")
        self._key, self._word = key, word

    def draw(self) -> None:
        """Say the word in the language that is spoken now."""
        self._word = say_again(self._word)
        self.update(key_line(self._key, self._word))


class Answer(KeyLine):
    """An answer that can be touched."""

    def __init__(self, key: str, word: str, value: str) -> None:
        super().__init__(key, word)
        self._value = value

    def on_click(self) -> None:
        dialog = self.screen
        assert isinstance(dialog, Choice)
        dialog.dismiss(self._value)


Attempt = Callable[[str, Callable[[], Any], Callable[[Exception], None]], None]
"""Tries what was typed, then calls what takes the dialog away or, with the error, what lets it say why not."""


class TextDialog(Dialog[str]):
    """A short text. With an `attempt` it stays, with what was typed in it, until that is taken."""

    def __init__(self, text: str, value: str = "", *, words: bool = False, attempt: Attempt | None = None) -> None:
        """`words`: Vietnamese is typed and not a number."""
        super().__init__(text)
        self._value, self._words = value, words
        self._attempt = attempt
        self._waits = False
        """Whether what was typed is being tried."""

    def body(self) -> ComposeResult:
        method = self.kiosk.typing if self._words else None
        yield VietnameseInput(self._value, id="dialog-input", method=method)

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if not text or self._waits:
            return
        if self._attempt is None:
            self.dismiss(text)
        else:
            self._waits = True
            self._attempt(text, lambda: self.dismiss(text), self._refused)

    def _refused(self, error: Exception) -> None:
        """It was not taken: it stays to be mended, unless somebody took the question away meanwhile."""
        self._waits = False
        if self.is_attached and self in self.app.screen_stack:
            self.refuse(why(error))


class PinDialog(Dialog[tuple[Operator, str]]):
    """Somebody of a role with their PIN, and with `reason` why: the answer is who it was and the reason."""

    BINDINGS: ClassVar[list[BindingType]] = [*bind("up", "down")]

    def __init__(self, text: str, role: Role, *, reason: bool = False) -> None:
        super().__init__(text)
        self._role, self._reason = role, reason
        self._hasty = False
        """The PIN was entered before the names had come."""

    def body(self) -> ComposeResult:
        yield OptionList(id="dialog-names")
        if self._reason:
            yield VietnameseInput(placeholder=say("ask.reason"), id="dialog-reason", method=self.kiosk.typing)
        yield Input(placeholder=say("sign-in.pin"), password=True, id="dialog-pin")

    async def draw(self) -> None:
        await super().draw()
        self.query_one("#dialog-pin", Input).placeholder = say("sign-in.pin")
        for field in self.query("#dialog-reason").results(Input):
            field.placeholder = say("ask.reason")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(OptionList).can_focus = False
        self.query_one("#dialog-reason" if self._reason else "#dialog-pin").focus()
        self.kiosk.reader.ask(_operators, while_here(self, self._show_names), while_here(self, self._failed))

    def _show_names(self, found: list[Operator]) -> None:
        names = [one.name for one in found if one.role.covers(self._role)]
        options = self.query_one(OptionList)
        options.add_options(names)
        if names:
            options.highlighted = 0
        else:
            self.refuse(say("ask.no-one", role=say(f"role.{self._role}")))
        if names and self._hasty:
            self._check(options)

    def action_up(self) -> None:
        self.query_one(OptionList).action_cursor_up()

    def action_down(self) -> None:
        self.query_one(OptionList).action_cursor_down()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        pin = self.query_one("#dialog-pin", Input)
        if event.input is not pin:
            pin.focus()
            return
        self._check(self.query_one(OptionList))

    def _check(self, options: OptionList) -> None:
        pin = self.query_one("#dialog-pin", Input)
        self._hasty = options.highlighted is None and bool(pin.value)
        if options.highlighted is None or not pin.value:
            return
        name, typed = str(options.get_option_at_index(options.highlighted).prompt), pin.value
        pin.value = ""

        def check(station: Station) -> Operator:
            return check_pin(station.catalogue, name, typed, self._role)

        self.kiosk.desk.ask(check, while_here(self, self._found), while_here(self, self._failed))

    def _found(self, who: Operator) -> None:
        reason = self.query_one("#dialog-reason", Input).value.strip() if self._reason else ""
        if self._reason and not reason:
            self.query_one("#dialog-reason").focus()
            return
        self.dismiss((who, reason))

    def _failed(self, error: Exception) -> None:
        self.refuse(why(error))


def _operators(station: Station) -> list[Operator]:
    return working(station.catalogue.operators())


def working(people: list[Any]) -> list[Operator]:
    """Those who may sign in."""
    return [one for one in people if one.disabled_at is None]
