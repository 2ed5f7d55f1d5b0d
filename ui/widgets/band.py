"""The status band: one colour, one sign, few words and the number that is due, to be read from two metres."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.widgets import Digits

from ui.themes import SIGNS
from ui.widgets.line import Line

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Band(Horizontal):
    """`tone` is one of `themes.SIGNS`: colour, sign and word say the same."""

    def compose(self) -> ComposeResult:
        yield Digits("", id="band-number")
        with Vertical(id="band-words"):
            yield Line("band-word")
            yield Line("band-more")

    def show(self, tone: str, word: str, more: str = "", number: str = "") -> None:
        """Say how it stands."""
        for one in SIGNS:
            self.set_class(one == tone, f"tone-{one}")
        digits = self.query_one("#band-number", Digits)
        digits.update(number)
        digits.set_class(not number, "no-number")
        self.query_one("#band-word", Line).update(f"{SIGNS[tone]} {word}")
        self.query_one("#band-more", Line).update(more)

    @property
    def word(self) -> str:
        """What the band says, for whoever looks at it otherwise than by eye."""
        return str(self.query_one("#band-word", Line).content)
