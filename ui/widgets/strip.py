"""The last pages in a column: order, kind, numbers, and what the checks say, each with a sign and a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from station.imaging.page import Level
from ui.widgets.line import Line
from ui.words import say, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station.standing import Seen

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
        if isinstance(values.get(name), float):
            values[name] = f"{values[name]:.3g}"
    return values


class PageStrip(Line):
    """Text alone: pictures of so small a size say nothing."""

    def __init__(self) -> None:
        super().__init__("strip")

    def show(self, pages: Sequence[Seen]) -> None:
        """The first of them at the top."""
        text = Text()
        for seen in pages:
            page = seen.page
            sign, style = _TONES[seen.level] if seen.level else ("…", "dim")
            key = "strip.page" if seen.numbers else "strip.page-plain"
            line = say(key, order=page.order, kind=say(f"kind.{page.kind}"), numbers=numbers_of(seen))
            text.append(f"{sign} {line}\n", style)
            for words in verdict_words(seen)[:2]:
                text.append(f"   {words}\n")
            if page.review:
                text.append(f"   {say('strip.review')}\n", "yellow")
        self.update(text)
