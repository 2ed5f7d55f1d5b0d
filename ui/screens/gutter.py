"""The line at which an open book is split: drawn on its page, moved by keys, settled by the same key again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.books import folding
from ui.keys import shown_key
from ui.widgets.picture import PagePicture
from ui.words import say

if TYPE_CHECKING:
    from pathlib import Path

    from station.imaging.page import Fold
    from station.standing import Seen
    from ui.screens.review import ReviewScreen

STEP = 50
"""How far a key moves it: half a percent of the page's width, as `Fold` counts."""


class Gutter:
    """A line over the page that is looked at; `fold` is None until it was found."""

    def __init__(self, screen: ReviewScreen, seen: Seen) -> None:
        self._screen, self._page, self._order = screen, seen.page.id, seen.page.order
        self.fold: Fold | None = None
        self._gone = False

    def find(self) -> None:
        """Look for the gutter and show it."""
        self._screen.read(lambda station: folding.find_fold(station, self._page), self._show)

    def move(self, step: int) -> None:
        """To the left or to the right."""
        if self.fold:
            self._show(folding.move_fold(self.fold, step))

    def drop(self) -> None:
        """Nothing is split."""
        self._gone = True

    def split(self) -> None:
        """Split the page there."""
        fold = self.fold
        self.drop()
        if fold:
            self._screen.amend(
                lambda station: folding.split(station, self._page, fold),
                say("review.split", order=self._order),
                (self._page, "split", {"order": self._order}),
            )

    def _show(self, fold: Fold) -> None:
        self.fold = fold
        self._screen.read(lambda station: folding.draw(station, self._page, fold), self._drawn, "gutter")

    def _drawn(self, picture: Path) -> None:
        if not self._gone:
            self._screen.query_one(PagePicture).show(picture)
            self._screen.say(say("review.gutter", key=shown_key("split", self._screen.kiosk.changed_keys)))
