"""Taking back what was changed of pages, and numbering cases anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.catalogue.links import CaseLinks
from station.catalogue.packing import STATES, page_number, place_of
from station.model import PageState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from station.model import Page
    from station.naming import CaseNumber

Dated = tuple["CaseNumber", "str | None"]
"""A case on a page with its date."""

Look = tuple["str | None", "str | None"]
"""Who looked at a page, and when."""


class Amending(CaseLinks):
    """Each method is one transaction."""

    def restore_page(self, page: Page, cases: Sequence[Dated], *, instead_of: str | None = None) -> None:
        """Let a discarded or replaced page stand again where it stood, with its cases and their dates.

        `instead_of` is the page that has taken its place: that one is discarded, and its cases come back.
        """
        with self._transaction():
            if instead_of:
                self._set_state(instead_of, PageState.DISCARDED)
                self._unlink(instead_of)
            self._set_state(page.id, PageState.KEPT)
            self._relink(page, cases)

    def restore_cases(self, page: Page, cases: Sequence[Dated]) -> None:
        """Let a page bear these cases with these dates, in place of what it bears."""
        with self._transaction():
            self._unlink(page.id)
            self._relink(page, cases)

    def look_at(self, page_id: str) -> Look:
        """Who looked at a page last and found it right."""
        row = self._db.execute(
            "select reviewed_by, reviewed_at from page where id = ?", (page_number(page_id),)
        ).fetchone()
        return row[0], row[1]

    def withdraw_look(self, page_id: str, before: Look, feeds: Iterable[int]) -> None:
        """Take back that somebody found a page right, and with it what these feeds left open."""
        with self._transaction():
            self._db.execute(
                "update page set reviewed_by = ?, reviewed_at = ? where id = ?", (*before, page_number(page_id))
            )
            self._db.executemany(
                "update feed set confirmed_by = null, confirmed_at = null where id = ?", [(feed,) for feed in feeds]
            )

    def _relink(self, page: Page, cases: Sequence[Dated]) -> None:
        self._link_cases(page, [number for number, _ in cases])
        self._db.executemany(
            "update cases set date = ? where book = (select key from book where id = ?)"
            " and year = ? and number = ? and suffix = ? and date is null",
            [(date, str(page.book), one.year, one.value, one.suffix) for one, date in cases if date],
        )

    def _set_state(self, page_id: str, state: PageState) -> None:
        self._db.execute("update page set state = ? where id = ?", (place_of(state, STATES), page_number(page_id)))

    def renumber_cases(self, numbers: Mapping[int, CaseNumber]) -> None:
        """Give cases other numbers, by their ids. They keep their pages, dates and what was typed of them.

        They go by way of years that no book has: two of them may change places.
        """
        with self._transaction():
            self._db.executemany("update cases set year = -id where id = ?", [(case,) for case in numbers])
            self._db.executemany(
                "update cases set year = ?, number = ?, suffix = ? where id = ?",
                [(one.year, one.value, one.suffix, case) for case, one in numbers.items()],
            )
