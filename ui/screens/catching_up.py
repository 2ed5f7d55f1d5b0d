"""Pages that a crash left without a verdict: they get one when the kiosk comes back to their book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.catching_up import check_unchecked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from station.model import Page
    from station.standing import Standing
    from ui.screens.scan import ScanScreen


class CatchingUp:
    """Has them checked a few at a time, as long as nothing is scanned. None is tried twice."""

    def __init__(self, screen: ScanScreen) -> None:
        self._screen = screen
        self._passed: set[str] = set()
        self._under_way = False

    def pass_over(self, pages: Iterable[Page]) -> None:
        """These have been tried."""
        self._passed.update(page.id for page in pages)

    def look_at(self, standing: Standing) -> None:
        """Begin where one of the last pages has no verdict."""
        lacking = [seen.page.id for seen in standing.last if seen.level is None]
        if not self._passed.issuperset(lacking):
            self._go_on()

    def _go_on(self) -> None:
        screen, passed = self._screen, frozenset(self._passed)
        if self._under_way or screen.desk.busy:
            return
        self._under_way = True
        screen.try_to_change_book(
            lambda station: check_unchecked(station, station.book_id(screen.book), passed), self._checked, self._failed
        )

    def _checked(self, found: tuple[list[str], bool]) -> None:
        pages, more = found
        self._under_way = False
        self._passed.update(pages)
        self._screen.look()
        if more:
            self._go_on()

    def _failed(self, error: Exception) -> None:
        self._under_way = False
        if self._screen.standing:
            self.pass_over(seen.page for seen in self._screen.standing.last)
        self._screen.complain(error)
