"""What was changed of the pages of each book, so that it can be taken back: kept as long as the kiosk runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ui.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from station.amending import Undo

_MOST = 20


@dataclass(frozen=True)
class Change:
    """A change of a page: what takes it back, and `what` it was, a key `did.WHAT` with these values."""

    undo: Undo
    page: str
    what: str
    values: Mapping[str, Any]

    @property
    def words(self) -> str:
        """What was done, in the language that is spoken now."""
        return say(f"did.{self.what}", **self.values)


class Changes:
    """The last changes of each book, the newest last."""

    def __init__(self) -> None:
        self._of: dict[str, list[Change]] = {}

    def add(self, book: str, change: Change) -> None:
        """Keep a change; the oldest are forgotten."""
        self._of[book] = [*self._of.get(book, ())[1 - _MOST :], change]

    def take(self, book: str) -> Change | None:
        """The last change of a book, which is then no longer kept."""
        kept = self._of.get(book)
        return kept.pop() if kept else None

    def forget(self, book: str) -> None:
        """Nothing of a book can be taken back any more."""
        self._of.pop(book, None)
