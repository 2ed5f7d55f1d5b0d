"""The status band: one colour, one sign, few words and the number that is due, to be read from two metres."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.widgets import Digits

from ui.themes import SIGNS
from ui.widgets.line import Line

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.timer import Timer


INTERRUPTED_SECONDS = 1.5
"""How long something else is said: as long as it takes to read."""


class Band(Horizontal):
    """`tone` is one of `themes.SIGNS`: colour, sign and word say the same."""

    _stands: tuple[str, str] = ("wait", "")
    """Tone and word of how it stands."""
    _interrupted: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Digits("", id="band-number")
        with Vertical(id="band-words"):
            yield Line("band-word")
            yield Line("band-more")

    def show(self, tone: str, word: str, more: str = "", number: str = "") -> None:
        """Say how it stands; while something else is to be read, once that has been read."""
        self._stands = tone, word
        digits = self.query_one("#band-number", Digits)
        digits.update(number)
        digits.set_class(not number, "no-number")
        self.query_one("#band-more", Line).update(more)
        if self._interrupted is None:
            self._say(tone, word)

    def interrupt(self, tone: str, word: str) -> bool:
        """Say something else for a moment; whether nothing else was said before it."""
        first = self._interrupted is None
        if self._interrupted:
            self._interrupted.stop()
        self._interrupted = self.set_timer(INTERRUPTED_SECONDS, self.go_on)
        self._say(tone, word)
        return first

    def go_on(self) -> None:
        """Say again how it stands."""
        if self._interrupted:
            self._interrupted.stop()
        self._interrupted = None
        self._say(*self._stands)

    def _say(self, tone: str, word: str) -> None:
        for one in SIGNS:
            self.set_class(one == tone, f"tone-{one}")
        self.query_one("#band-word", Line).update(f"{SIGNS[tone]} {word}")

    @property
    def word(self) -> str:
        """What the band says, for whoever looks at it otherwise than by eye."""
        return str(self.query_one("#band-word", Line).content)
