"""The last pages in a column: order, kind, numbers, and what the checks say, each with a sign and a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual.content import Content

from station.imaging.page import Level
from ui.widgets.line import Line
from ui.words import say, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.css.styles import RulesMap

    from station.standing import Seen

_WHOLE_FROM = 1000
"""Such numbers are told whole, without a power of ten."""
_TONES = {Level.OK: ("✓", "green"), Level.LOOK: ("●", "yellow"), Level.STOP: ("✗", "bold red")}


def numbers_of(seen: Seen) -> str:
    """The numbers on a page; a dash where there are none."""
    return ", ".join(map(str, seen.numbers)) or "-"


def verdict_words(seen: Seen) -> list[str]:
    """What the checks found, a sentence each."""
    return [
        tell(f"verdict.{finding['check']}", order=seen.page.order, subject="", place="?", **_plain(finding))
        if "place" not in finding
        else tell(f"verdict.{finding['check']}", order=seen.page.order, subject="", **_plain(finding))
        for finding in seen.findings
    ]


def _plain(finding: dict[str, object]) -> dict[str, object]:
    values = dict(finding)
    for name in ("value", "threshold"):
        value = values.get(name)
        if isinstance(value, float):
            values[name] = f"{value:.3g}" if value < _WHOLE_FROM else f"{value:.0f}"
    return values


class PageStrip(Line):
    """Text alone: pictures of so small a size say nothing. The newest page stands at the bottom and is always seen."""

    def __init__(self) -> None:
        super().__init__("strip")
        self._pages: Sequence[Seen] = ()

    def show(self, pages: Sequence[Seen]) -> None:
        """The first of them at the top; of the oldest as many are left out as there is no room for."""
        self._pages = pages
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        each = [_words_of(seen) for seen in self._pages]
        while len(each) > 1 and not self._has_room_for(Text("\n").join(each)):
            del each[0]
        self.update(Text("\n").join(each))

    def _has_room_for(self, text: Text) -> bool:
        size, rules = self.content_size, cast("RulesMap", self.styles)
        return not size or Content.from_rich_text(text).get_height(rules, size.width) <= size.height


def _words_of(seen: Seen) -> Text:
    """A page and what is to be said of it, a line each."""
    page, text = seen.page, Text()
    sign, style = _TONES[seen.level] if seen.level else ("…", "dim")
    key = "strip.page" if seen.numbers else "strip.page-plain"
    text.append(f"{sign} {say(key, order=page.order, kind=say(f'kind.{page.kind}'), numbers=numbers_of(seen))}", style)
    for words in verdict_words(seen)[:2]:
        text.append(f"\n   {words}")
    if page.review:
        text.append(f"\n   {say('strip.review')}", "yellow")
    return text
