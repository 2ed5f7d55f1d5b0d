"""Which cases stand on which pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.catalogue.database import Database
from station.catalogue.packing import page_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station.model import Page
    from station.naming import CaseNumber


class CaseLinks(Database):
    """The links between pages and cases; each method runs inside its caller's transaction."""

    def _link_cases(self, page: Page, numbers: Sequence[CaseNumber]) -> None:
        for number in numbers:
            key = (str(page.book), number.year, number.value, number.suffix)
            self._db.execute(
                "insert into cases (book, year, number, suffix) values ((select key from book where id = ?), ?, ?, ?)"
                " on conflict do nothing",
                key,
            )
            self._db.execute(
                "insert into case_page select id, (select key from page where id = ?) from cases"
                " where book = (select key from book where id = ?) and year = ? and number = ? and suffix = ?"
                " on conflict do nothing",
                (page_number(page.id), *key),
            )

    def _unlink(self, page_id: str) -> None:
        """Take a page out of its cases. A case without a page goes, unless somebody typed or marked it."""
        number = page_number(page_id)
        self._db.execute("delete from case_page where page = (select key from page where id = ?)", (number,))
        self._db.execute(
            "delete from cases where book = (select book from page where id = ?)"
            " and not exists (select 1 from case_page where case_id = cases.id)"
            " and not exists (select 1 from entry where case_id = cases.id)"
            " and not exists (select 1 from case_mark where case_id = cases.id)",
            (number,),
        )
