"""Dirt on a feeder's glass, told from ruled lines by its staying in one place on page after page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from station.imaging.page import Check

if TYPE_CHECKING:
    from station.model import Copy, Page

PAGES_IN_A_ROW = 5
SAME_PLACE_MM = 0.7
"""Sheets lie a little to the left or right of the one before, and what is printed on them with them; dirt does not."""


@dataclass(frozen=True)
class Streak:
    """Dirt: millimetres from the left border of the picture, and the orders of the pages in a row that show it."""

    place: float
    pages: tuple[int, ...]


@dataclass
class StreakWatch:
    """Where the pages of one scan show a streak, side by side of the sheets: each has a glass of its own.

    `streak` is the first one that was seen in the same place on five pages in a row. Copies may come in any order.
    """

    streak: Streak | None = None
    _pages: dict[str, tuple[str | None, int]] = field(default_factory=dict)
    _orders: dict[tuple[str | None, int], int] = field(default_factory=dict)
    _counts: dict[str | None, int] = field(default_factory=dict)
    _places: dict[tuple[str | None, int], float] = field(default_factory=dict)

    def came(self, page: Page) -> None:
        """A page of the scan, in the order of the sheets. One that came before with the same bytes is not counted."""
        if page.sha256 in self._pages:
            return
        side = page.origin.side
        count = self._counts.get(side, 0)
        self._counts[side] = count + 1
        self._pages[page.sha256] = side, count
        self._orders[side, count] = page.order

    def checked(self, copy: Copy) -> None:
        """What the checks said of a page."""
        known = self._pages.get(copy.master_sha256)
        place = next((verdict.get("place") for verdict in copy.verdicts if verdict["check"] == Check.STREAK), None)
        if known is None or place is None:
            return
        self._places[known] = float(place)
        side, count = known
        for first in range(count - PAGES_IN_A_ROW + 1, count + 1):
            run = [(side, number) for number in range(first, first + PAGES_IN_A_ROW)]
            seen = sorted(self._places[page] for page in run if page in self._places)
            if self.streak is None and len(seen) == PAGES_IN_A_ROW and seen[-1] - seen[0] <= SAME_PLACE_MM:
                self.streak = Streak(seen[PAGES_IN_A_ROW // 2], tuple(self._orders[page] for page in run))
