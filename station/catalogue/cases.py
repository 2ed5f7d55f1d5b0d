"""Cases, their numbers, and the explanations of numbers that have no page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.catalogue.links import CaseLinks
from station.model import Case, Missing, Why
from station.naming import CaseNumber

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from station.model import Page
    from station.naming import BookId


class Cases(CaseLinks):
    """The cases of books."""

    def cases(self, book: BookId) -> list[Case]:
        """The cases of a book by year, number and suffix, each with its kept pages in order."""
        pages: dict[int, list[str]] = {}
        links = self._db.execute(
            "select case_id, page.id from case_page join page on page.id = case_page.page"
            " where page.book = ? and page.state = 'kept' order by page.position",
            (str(book),),
        )
        for case_id, page_id in links:
            pages.setdefault(case_id, []).append(page_id)
        rows = self._db.execute(
            "select id, year, number, suffix, date from cases where book = ? order by year, number, suffix",
            (str(book),),
        )
        return [
            Case(case_id, book, CaseNumber(year, number, suffix), date, tuple(pages.get(case_id, ())))
            for case_id, year, number, suffix, date in rows
        ]

    def numbers_of_pages(self, book: BookId) -> dict[str, list[CaseNumber]]:
        """Which numbers stand on each page, by page id."""
        rows = self._db.execute(
            "select page, year, number, suffix from case_page join cases on cases.id = case_page.case_id"
            " where book = ? order by year, number, suffix",
            (str(book),),
        )
        found: dict[str, list[CaseNumber]] = {}
        for page_id, year, number, suffix in rows:
            found.setdefault(page_id, []).append(CaseNumber(year, number, suffix))
        return found

    def assign(self, page: Page, numbers: Sequence[CaseNumber]) -> None:
        """Say which cases stand on a page, in place of what was said before. Cases without a page go."""
        with self._transaction():
            self._unlink(page.id)
            self._link_cases(page, numbers)

    def holder(self, book: BookId, number: CaseNumber) -> str | None:
        """The book of the same registry and type that has this number already, or None."""
        row = self._db.execute(
            "select cases.book from cases join book on book.id = cases.book where registry = ? and type = ?"
            " and year = ? and number = ? and suffix = ? order by cases.book <> ? limit 1",
            (book.registry, book.type, number.year, number.value, number.suffix, str(book)),
        ).fetchone()
        return str(row[0]) if row else None

    def other_books_with(self, book: BookId, numbers: Iterable[CaseNumber]) -> dict[CaseNumber, str]:
        """Numbers that another book of the same registry and type holds for the same year, with that book."""
        wanted = set(numbers)
        rows = self._db.execute(
            "select year, number, suffix, cases.book from cases join book on book.id = cases.book"
            " where book.registry = ? and book.type = ? and cases.book <> ? and year between ? and ?",
            (book.registry, book.type, str(book), book.year_first, book.year_last),
        )
        found = {CaseNumber(year, number, suffix): other for year, number, suffix, other in rows}
        return {number: other for number, other in found.items() if number in wanted}

    def set_date(self, case_id: int, date: str | None) -> None:
        self._db.execute("update cases set date = ? where id = ?", (date, case_id))

    def explain_missing(self, book: BookId, missing: Missing) -> None:
        """Keep why a number has no page; the last word counts."""
        self._db.execute(
            "insert into missing values (?, ?, ?, ?, ?, ?) on conflict (book, year, number)"
            " do update set why = excluded.why, operator = excluded.operator, at = excluded.at",
            (str(book), missing.number.year, missing.number.value, missing.why, missing.operator, missing.at),
        )

    def missing(self, book: BookId) -> list[Missing]:
        rows = self._db.execute(
            "select year, number, why, operator, at from missing where book = ? order by year, number", (str(book),)
        )
        return [Missing(CaseNumber(year, number), Why(why), who, at) for year, number, why, who, at in rows]
