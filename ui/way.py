"""The way from screen to screen. A screen stands in the stack once: whoever goes there again goes back to it.

Textual takes a screen that is pushed a second time for a mistake and ends the program; one that was taken away just
before still counts until it is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui.screens import ROUTES, is_there, make_screen
from ui.screens.base import KioskScreen
from ui.typing.bursts import BurstApp
from ui.widgets.dialogs import Dialog, PinDialog
from ui.words import say

if TYPE_CHECKING:
    from textual.message_pump import MessagePump
    from textual.screen import Screen

    from station.operators import Operator

SIGN_IN = "sign-in"
_AGAIN_SECONDS = 0.01
"""Textual clears a screen away when no message waits: another message at once would keep it from that."""

TODAY = 2
"""How high the stack is with today's list on top; Textual's own empty screen lies below."""
_HELD_OUT = frozenset({"fault", "help"})
"""Screens that lie over another one for a moment; what it says stands yet when they are gone."""


class WayApp(BurstApp, inherit_bindings=False):
    """An app of `KioskScreen`s. `operator` is who is signed in."""

    operator: Operator | None

    @property
    def is_locked(self) -> bool:
        """Whether nobody can do anything before a PIN."""
        return any(screen.id == SIGN_IN for screen in self.screen_stack)

    @property
    def is_begun(self) -> bool:
        """Whether a screen of somebody's work lies in the stack, on top or below a question."""
        return any(isinstance(screen, KioskScreen) and screen.id != SIGN_IN for screen in self.screen_stack)

    def go(self, name: str, **given: Any) -> None:
        """To a screen, if it is installed and this person may go there; to the one of that name that is there."""
        if not is_there(name) or self.operator is None:
            return
        if self.is_locked:
            self.wait_for_pin(lambda: self.go(name, **given))
            return
        needed = ROUTES[name].needs
        if self.operator.role.covers(needed) or self._find(name):
            self.arrive(name, **given)
            return

        def go_on(answer: tuple[Operator, str] | None) -> None:
            if answer is not None:
                self.arrive(name, **given)

        self.push_screen(PinDialog(say("ask.role", role=say(f"role.{needed}")), needed), go_on)

    def wait_for_pin(self, step: Any) -> None:
        """Do something once the screen is unlocked."""
        raise NotImplementedError

    def arrive(self, name: str, **given: Any) -> None:
        """Go back to the screen of this name and hand it what was given; without one, put it on top."""
        if not self.screen_stack:
            return
        there = self._find(name)
        if there is None:
            self._put_on_top(name, given)
        elif there.is_about(given):
            if self._uncover(there):
                there.arrive(**given)
        elif self._uncover(there, with_it=True):
            self._put_on_top(name, given)

    def _find(self, name: str) -> KioskScreen | None:
        for screen in self.screen_stack:
            if isinstance(screen, KioskScreen) and screen.id == _id_of(name):
                return screen
        return None

    def _put_on_top(self, name: str, given: dict[str, Any]) -> None:
        if self._is_leaving(_id_of(name)):
            self.set_timer(_AGAIN_SECONDS, lambda: self.arrive(name, **given))
            return
        if isinstance(self.screen, KioskScreen) and name not in _HELD_OUT:
            self.screen.hush()
        self.push_screen(make_screen(name, **given))

    def _is_leaving(self, name: str) -> bool:
        """Whether a screen of this id was taken away and Textual is not done with it yet."""
        known = self._nodes._get_by_id(name)
        return known is not None and known not in self.screen_stack

    def _uncover(self, screen: Screen[Any], *, with_it: bool = False) -> bool:
        """Take away what lies on a screen, or that screen too, unless something of it has to be finished first."""
        stack = self.screen_stack
        going = stack[stack.index(screen) + (not with_it) :]
        for one in reversed(going):
            if isinstance(one, KioskScreen) and (words := one.stays()):
                one.say(words)
                return False
        for _ in going:
            self.take_away()
        return True

    def take_away(self) -> None:
        """The screen on top goes; a question goes without an answer."""
        top = self.screen
        if isinstance(top, Dialog):
            top.dismiss(None)
        else:
            self.pop_screen()

    def go_back(self) -> None:
        """One step back; today is the last one."""
        if isinstance(self.screen, KioskScreen) and len(self.screen_stack) > TODAY and not self.is_locked:
            self.pop_screen()

    def go_home(self) -> None:
        """Back to today's list."""
        while len(self.screen_stack) > TODAY:
            self.take_away()

    def lock(self) -> None:
        """Nothing goes on before a PIN; what is open stays as it is, but the help."""
        if self.is_locked or self.operator is None:
            return
        self.drop_help()
        if self._is_leaving(SIGN_IN):
            self.set_timer(_AGAIN_SECONDS, self.lock)
        else:
            self.push_screen(make_screen("sign_in", locked=self.operator))

    def unlock(self) -> None:
        """Take the screen of signing in away, and what lies on it."""
        while self.is_locked:
            self.take_away()

    def was_taken_away(self, part: MessagePump | None) -> bool:
        """Whether this is of a screen that went while it was being drawn: what it drew on went before it.

        Textual leaves such a screen lying; it is cleared away here.
        """
        screen = part
        while screen is not None and not isinstance(screen, KioskScreen):
            screen = screen._parent
        if screen is None or screen in self.screen_stack:
            return False
        if screen is part:
            self.call_later(screen._message_loop_exit)
        return True

    def drop_help(self) -> None:
        """Help lies on its screen alone: it goes before anything else comes."""
        if self.screen.id == "help":
            self.pop_screen()

    def visit(self, name: str) -> None:
        """To a screen that one goes to from everywhere; not past a question."""
        here = self.screen
        if not self.is_locked and isinstance(here, KioskScreen) and here.id != _id_of(name):
            self.drop_help()
            self.go(name)

    def help_on(self, screen: KioskScreen) -> None:
        """Help for a screen; there is none twice."""
        if self._find("help") is None:
            self.arrive("help", below=screen)


def _id_of(name: str) -> str:
    return SIGN_IN if name == "sign_in" else name
