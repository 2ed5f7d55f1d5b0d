"""The buttons at the bottom: each shows its key, and does the same when it is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.layouts.horizontal import HorizontalLayout
from textual.markup import escape
from textual.widget import Widget
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size
    from textual.layout import ArrangeResult


_ALSO_BELOW_A_QUESTION = frozenset({"language", "text_size", "contrast", "sound", "lock"})


def key_line(key: str, word: str, apart: str = " ") -> str:
    """A key and what it does, as markup."""
    return f"[reverse] {escape(key)} [/]{apart}{escape(word)}"


class KeyButton(Static):
    """One button."""

    def __init__(self, action: str, key: str, word: str) -> None:
        super().__init__(key_line(key, word))
        self.action = action
        self.set_class(action in _ALSO_BELOW_A_QUESTION, "always")

    async def on_click(self) -> None:
        """Touched or clicked: the same as its key."""
        for owner in (self.screen, self.app):
            if hasattr(owner, f"action_{self.action}"):
                await self.app.run_action(self.action, owner)
                return


class Lines(HorizontalLayout):
    """From left to right, and on in a further line: no button is ever outside of the screen."""

    name = "lines"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:  # noqa: FBT001, FBT002 - Textual's
        placed, left, line = [], 0, 0
        for one in super().arrange(parent, children, size, greedy):
            region = one.region
            if region.right - left > size.width and region.x > left:
                left, line = region.x, line + region.height
            placed.append(one._replace(region=region.translate((-left, line))))
        return placed


class KeyBar(Widget):
    """Buttons, drawn anew only when they change."""

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._lines = Lines()
        self._shown: tuple[tuple[str, str, str], ...] = ()

    @property
    def layout(self) -> Lines:
        return self._lines

    def rest(self, resting: bool) -> None:  # noqa: FBT001 - it says itself
        """Below a question only the keys that do something then are shown; the others keep their place."""
        self.set_class(resting, "resting")

    async def show(self, buttons: Sequence[tuple[str, str, str]]) -> None:
        """Action, key and word of each button."""
        wanted = tuple(buttons)
        if wanted == self._shown:
            return
        self._shown = wanted
        await self.remove_children()
        await self.mount_all([KeyButton(*button) for button in wanted])
