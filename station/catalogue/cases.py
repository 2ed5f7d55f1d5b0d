"""Cases, their numbers, and the explanations of numbers that have no page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from station.catalogue.links import CaseLinks
from station.catalogue.packing import KEPT, page_name, page_number
from station.model import Case, Missing, Why
from station.naming import UNKNOWN_YEAR, CaseNumber

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from station.model import Page
    from station.naming import BookId

_OF_BOOK = "book = (select key from book where id = ?)"


class Cases(CaseLinks):
    """The cases of books."""

    def cases(self, book: BookId) -> list[Case]:
        """The cases of a book by year, number and suffix, each with its kept pages in order."""
        pages: dict[int, list[str]] = {}
        links = self._db.execute(
            "select case_id, page.id from page join case_page on case_page.page = page.key"
            f" where {_OF_BOOK} and {KEPT} order by page.position",
            (str(book),),
        )
        for case_id, number in links:
            pages.setdefault(case_id, []).append(page_name(number))
        marks = self._marks(book)
        rows = self._db.execute(
            f"select id, year, number, suffix, date from cases where {_OF_BOOK} order by year, number, suffix",
            (str(book),),
        )
        return [
            Case(
                case_id, book, CaseNumber(year, number, suffix), date, tuple(pages.get(case_id, ())),
                *marks.get(case_id, ()),
            )
            for case_id, year, number, suffix, date in rows
        ]  # fmt: skip

    def _marks(self, book: BookId) -> dict[int, tuple[tuple[str, ...], str]]:
        """The codes and the note of each case that somebody marked; the last word counts."""
        rows = self._db.execute(
            f"select case_id, codes, note from case_mark where case_id in (select id from cases where {_OF_BOOK})"
            " order by id",
            (str(book),),
        )
        return {case_id: (tuple(codes.split()), note) for case_id, codes, note in rows}

    def mark_case(self, case: Case, codes: Sequence[str], note: str, operator: str, at: str) -> None:
        """Keep what is particular about a case, in place of what was said before."""
        self._db.execute(
            "insert into case_mark (case_id, codes, note, operator, at) values (?, ?, ?, ?, ?)",
            (case.id, " ".join(codes), note, operator, at),
        )

    def numbers_of_pages(self, book: BookId) -> dict[str, list[CaseNumber]]:
        """Which numbers stand on each page, by page id."""
        rows = self._db.execute(
            "select page.id, year, number, suffix from cases join case_page on case_page.case_id = cases.id"
            f" join page on page.key = case_page.page where {_OF_BOOK.replace('book =', 'cases.book =')}"
            " order by year, number, suffix",
            (str(book),),
        )
        found: dict[str, list[CaseNumber]] = {}
        for page, year, number, suffix in rows:
            found.setdefault(page_name(page), []).append(CaseNumber(year, number, suffix))
        return found

    def assign(self, page: Page, numbers: Sequence[CaseNumber]) -> None:
        """Say which cases stand on a page, in place of what was said before. Cases without a page go.

        Where one case stood on this page alone and another number is given, it was misread: the case is renumbered and
        keeps its date and what was typed of it.
        """
        with self._transaction():
            self._renumber(page, numbers)
            self._unlink(page.id)
            self._link_cases(page, numbers)

    def _renumber(self, page: Page, numbers: Sequence[CaseNumber]) -> None:
        held = self._db.execute(
            "select case_id, (select count(*) from case_page other where other.case_id = here.case_id)"
            " from case_page here where page = (select key from page where id = ?)",
            (page_number(page.id),),
        ).fetchall()
        if len(held) != 1 or len(numbers) != 1 or held[0][1] != 1:
            return
        number = numbers[0]
        self._db.execute(
            "update or ignore cases set year = ?, number = ?, suffix = ? where id = ?",
            (number.year, number.value, number.suffix, held[0][0]),
        )

    def holder(self, book: BookId, number: CaseNumber) -> str | None:
        """The book of the same registry and type that has this number already, itself before others, or None."""
        row = self._db.execute(
            f"select 1 from cases where {_OF_BOOK} and year = ? and number = ? and suffix = ?",
            (str(book), number.year, number.value, number.suffix),
        ).fetchone()
        return str(book) if row else self.other_holder(book, number)

    def other_holder(self, book: BookId, number: CaseNumber) -> str | None:
        """Another book of the same registry and type that has this number, or None.

        Books whose year nobody knows may be of different years: each of them counts for itself.
        """
        row = self._db.execute(
            "select book.id from book join cases on cases.book = book.key where registry = ? and type = ?"
            " and year = ? and number = ? and suffix = ? and year <> ? and book.id <> ? limit 1",
            (book.registry, book.type, number.year, number.value, number.suffix, UNKNOWN_YEAR, str(book)),
        ).fetchone()
        return str(row[0]) if row else None

    def explain_missing(self, book: BookId, explained: Iterable[Missing]) -> None:
        """Keep why numbers have no page; the last word counts, every word is kept."""
        with self._transaction():
            for one in explained:
                key = (str(book), one.number.year, one.number.value)
                said = (*key, one.why, one.other, one.operator, one.at)
                self._log_missing(*said)
                self._db.execute(
                    "insert into missing (book, year, number, why, other, operator, at) values (?, ?, ?, ?, ?, ?, ?)"
                    " on conflict (book, year, number) do update set why = excluded.why, other = excluded.other,"
                    " operator = excluded.operator, at = excluded.at",
                    said,
                )

    def withdraw_missing(self, book: BookId, numbers: Iterable[CaseNumber], operator: str, at: str) -> None:
        """Take back why numbers have no page; that somebody said so and somebody took it back stays."""
        with self._transaction():
            for number in numbers:
                key = (str(book), number.year, number.value)
                self._log_missing(*key, None, None, operator, at)
                self._db.execute("delete from missing where book = ? and year = ? and number = ?", key)

    def _log_missing(self, *said: str | int | None) -> None:
        self._db.execute(
            "insert into missing_log (book, year, number, why, other, operator, at) values (?, ?, ?, ?, ?, ?, ?)", said
        )

    def missing(self, book: BookId) -> list[Missing]:
        """The numbers of a book that are explained, in order."""
        rows = self._db.execute(
            "select year, number, why, operator, at, other from missing where book = ? order by year, number",
            (str(book),),
        )
        return [
            Missing(CaseNumber(year, number), Why(why), who, at, other) for year, number, why, who, at, other in rows
        ]

    def words_on_missing(self, book: BookId) -> list[dict[str, Any]]:
        """Everything that was ever said of a book's missing numbers, oldest first; `why` None: withdrawn."""
        rows = self._db.execute(
            "select year, number, why, other, operator, at from missing_log where book = ? order by id", (str(book),)
        )
        return [
            {"number": str(CaseNumber(year, number)), "why": why, "other": other, "operator": who, "at": at}
            for year, number, why, other, who, at in rows
        ]
