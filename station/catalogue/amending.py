"""Taking back what was changed of pages, and numbering cases anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.catalogue.links import CaseLinks
from station.catalogue.packing import STATES, page_number, place_of
from station.model import PageState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from station.model import Page
    from station.naming import BookId, CaseNumber

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
        """Give cases other numbers, by their ids. They keep their pages, dates and what was typed of them."""
        with self._transaction():
            self._renumber_cases(numbers)

    def _renumber_cases(self, numbers: Mapping[int, CaseNumber]) -> None:
        """They go by way of years that no book has: two of them may change places."""
        self._db.executemany("update cases set year = -id where id = ?", [(case,) for case in numbers])
        self._db.executemany(
            "update cases set year = ?, number = ?, suffix = ? where id = ?",
            [(one.year, one.value, one.suffix, case) for case, one in numbers.items()],
        )

    def rearrange(
        self,
        book: BookId,
        pages: Sequence[str],
        swapped: Iterable[tuple[str, str]],
        numbers: Mapping[int, CaseNumber],
    ) -> None:
        """Let pages lie in this order in the places that they have together, each with what it took the place of.

        Two pages of `swapped` change kind and cases; then cases get these numbers, by their ids.
        """
        with self._transaction():
            self._reorder(book, pages)
            for one, other in swapped:
                self._swap(page_number(one), page_number(other))
            self._renumber_cases(numbers)

    def _reorder(self, book: BookId, pages: Sequence[str]) -> None:
        """They go by way of negative numbers: positions are unique at every moment."""
        of_book = "book = (select key from book where id = ?)"
        each = [self._db.execute("select position from page where id = ?", (page_number(page),)) for page in pages]
        places = [place for row in each for (place,) in row]
        self._db.executemany(
            f"update page set position = ? where {of_book} and position = ?",
            [(-new, str(book), old) for old, new in zip(places, sorted(places), strict=True)],
        )
        self._db.execute(f"update page set position = -position where {of_book} and position < 0", (str(book),))

    def _swap(self, one: int, other: int) -> None:
        """Let two pages change kind and cases."""
        query = "select key, kind from page where id = ?"
        rows = [self._db.execute(query, (page,)).fetchone() for page in (one, other)]
        cases = [self._db.execute("select case_id from case_page where page = ?", (key,)).fetchall() for key, _ in rows]
        for (key, _), (_, kind) in zip(rows, reversed(rows), strict=True):
            self._db.execute("update page set kind = ? where key = ?", (kind, key))
            self._db.execute("delete from case_page where page = ?", (key,))
        for (key, _), links in zip(rows, reversed(cases), strict=True):
            self._db.executemany("insert into case_page values (?, ?)", [(case, key) for (case,) in links])
