"""Help for the screen below: what it is for in three sentences, and all of its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from ui.keys import bind, shown_keys
from ui.screens.base import FRAME_ACTIONS, VISITS, KioskScreen
from ui.widgets.keybar import key_line
from ui.words import say

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType


_EVERYWHERE = (*FRAME_ACTIONS, *VISITS)


class HelpScreen(KioskScreen):
    """Lies on any screen, also that of signing in; F1 or Esc takes it away."""

    ACTIONS: ClassVar[tuple[str, ...]] = ("up", "down", "back")
    FRAME: ClassVar[tuple[str, ...]] = ("help", "language", "text_size", "contrast")
    BINDINGS: ClassVar[list[BindingType]] = [*bind("up", "down", "next_page", "previous_page")]

    def __init__(self, below: KioskScreen) -> None:
        super().__init__(id="help")
        self.below = below

    def body(self) -> ComposeResult:
        with VerticalScroll(id="help-text", can_focus=False):
            yield Static("", id="help-about", markup=False)
            yield Static("", id="help-keys")
            yield Static("", id="help-frame")

    def title_words(self) -> str:
        return say("help.title")

    def actions_below(self) -> list[str]:
        """What the keys of the screen below do, its buttons first."""
        bound = [one.id for one in type(self.below).BINDINGS if isinstance(one, Binding) and one.id]
        mine = [*self.below.ACTIONS, *bound]
        mine += ["back"] if self.below.GOES_BACK else []
        return [action for action in dict.fromkeys(mine) if action not in _EVERYWHERE]

    async def draw(self) -> None:
        await super().draw()
        self.query_one("#help-about", Static).update(say(f"help.{self.below.id}"))
        self.query_one("#help-keys", Static).update(self._lines(self.actions_below()))
        self.query_one("#help-frame", Static).update(self._lines(list(self.below.EVERYWHERE)))

    def _lines(self, actions: list[str]) -> str:
        changed = self.kiosk.changed_keys
        return "\n".join(key_line(shown_keys(action, changed), say(f"key.{action}"), "  ") for action in actions)

    def action_up(self) -> None:
        self.query_one(VerticalScroll).scroll_up(animate=False)

    def action_down(self) -> None:
        self.query_one(VerticalScroll).scroll_down(animate=False)

    def action_next_page(self) -> None:
        self.query_one(VerticalScroll).scroll_page_down(animate=False)

    def action_previous_page(self) -> None:
        self.query_one(VerticalScroll).scroll_page_up(animate=False)

    def help(self) -> None:
        """The same key takes it away."""
        self.kiosk.drop_help()

    async def action_back(self) -> None:
        """Also where nobody is signed in."""
        self.kiosk.drop_help()
