"""Open books in one picture: the choice of each book, and the pages that they are split into."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from station.catalogue.copies import unpack_gutter
from station.catalogue.packing import (
    FOR_HALF,
    HALVES,
    KEPT,
    STATES,
    TO_SPLIT,
    counting_recipe,
    page_name,
    page_number,
    place_of,
)
from station.catalogue.pages import Pages
from station.imaging.page import Half
from station.model import PageState
from station.model import Spreads as Choice
from station.naming import CaseNumber

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station.imaging.page import Fold
    from station.model import Page, Part
    from station.naming import BookId

_INHERITED = """kind, sha256, extension, bytes, width, height, dpi, operator, device, taken_at, zone, source_index,
    source_sha256, sheet, side, feed, stack, reviewed_by, reviewed_at"""
"""What a half has from its whole; why somebody should look at it, the right one alone."""

_KEPT_PARTS = f"(select page.key from part join page on page.id = part.page where part.whole = ? and {KEPT})"


class Spreads(Pages):
    """Whole spreads and their halves. A half is a page of its own over the master of the whole."""

    def spreads_of(self, book: BookId) -> Choice:
        """What becomes of spreads that come into a book."""
        (choice,) = self._db.execute("select spreads from book where id = ?", (str(book),)).fetchone()
        return Choice(choice)

    def choose_spreads(self, book: BookId, choice: Choice) -> None:
        """Let it hold for the pages that come from now on; said again, it changes nothing."""
        self._db.execute(
            "update book set spreads = ?, spreads_from = (select coalesce(max(key), 0) + 1 from page)"
            " where id = ? and spreads <> ?",
            (choice, str(book), choice),
        )

    def spreads_due(self, book: BookId, recipe: str) -> list[tuple[str, Fold]]:
        """Pages that the book's choice wants split and whose copy shows a gutter, with it, in their order. None that
        stands for half a spread: two pages in its place would be one too many.
        """
        rows = self._db.execute(
            "select page.id, gutter from page join book on book.key = page.book"
            f" join copy on master_sha256 = page.sha256 and recipe = {counting_recipe('?')}"
            f" where book.id = ? and {KEPT} and gutter is not null and {TO_SPLIT} and not {FOR_HALF}"
            " order by position",
            (recipe, str(book)),
        )
        return [(page_name(page), fold) for page, packed in rows if (fold := unpack_gutter(packed))]

    def split_page(
        self, whole: Page, parts: Sequence[Part], numbers: Sequence[Sequence[CaseNumber]], operator: str, at: str
    ) -> None:
        """Put the parts of a kept page in its place, from left to right, each with its cases. All in one transaction:
        a crash leaves the whole or its parts.
        """
        number = page_number(whole.id)
        with self._transaction():
            position = self._position("select position from page where id = ?", number)
            self._db.execute("update page set state = ? where id = ?", (place_of(PageState.REPLACED, STATES), number))
            for place, (part, cases) in enumerate(zip(parts, numbers, strict=True)):
                if place:
                    self._make_room(whole.book, position + place - 1)
                half = self._insert_part(number, part, position + place, (operator, at))
                self._link_cases(replace(whole, id=page_name(half)), cases)
            self._unlink(whole.id)

    def _insert_part(self, whole: int, part: Part, position: int, said: tuple[str, str]) -> int:
        number, cut = int(secrets.token_hex(6), 16), part.cut
        self._db.execute(
            f"insert into page (id, book, position, state, review, {_INHERITED})"
            f" select ?, book, ?, 0, iif(?, review, null), {_INHERITED} from page where id = ?",
            (number, position, cut.half is Half.RIGHT, whole),
        )
        self._db.execute(
            "insert into part (page, whole, half, top, bottom, by, at, copy_of) values (?, ?, ?, ?, ?, ?, ?, ?)",
            (number, whole, HALVES.index(cut.half), cut.top, cut.bottom, *said, bytes.fromhex(part.copy_of)),
        )
        return number

    def join_parts(self, whole: str, why: str) -> None:
        """Put a whole back in the place of those of its parts that are kept, with the cases of both. The parts are
        discarded. All in one transaction: a crash leaves the parts or the whole.
        """
        number = page_number(whole)
        with self._transaction():
            parts = self._db.execute(
                f"select id, position from page where key in {_KEPT_PARTS} order by position", (number,)
            ).fetchall()
            self._db.execute(
                "insert into case_page select distinct case_id, (select key from page where id = ?) from case_page"
                f" where page in {_KEPT_PARTS} on conflict do nothing",
                (number, number),
            )
            for part, _ in parts:
                self._db.execute(
                    "update page set state = ?, why = ? where id = ?",
                    (place_of(PageState.DISCARDED, STATES), why, part),
                )
                self._unlink(page_name(part))
            self._db.execute(
                "update page set state = ?, position = ? where id = ?",
                (place_of(PageState.KEPT, STATES), parts[0][1], number),
            )

    def kept_parts(self, whole: str) -> list[str]:
        """The parts of a page that are in its book, from left to right."""
        query = f"select id from page where key in {_KEPT_PARTS} order by position"
        return [page_name(part) for (part,) in self._db.execute(query, (page_number(whole),))]

    def page_instead_of(self, whole: str) -> str | None:
        """A kept page that took the place of one of the whole's parts, itself or by way of others; None: none did."""
        row = self._db.execute(
            "with recursive later (id) as (select page.id from page join part on part.page = page.replaces"
            " where part.whole = ? union select page.id from page join later on page.replaces = later.id"
            " union select part.page from part join later on part.whole = later.id)"
            f" select page.id from later join page on page.id = later.id where {KEPT} order by position limit 1",
            (page_number(whole),),
        ).fetchone()
        return page_name(row[0]) if row else None

    def numbers_of_spread(self, page: str) -> list[CaseNumber]:
        """The numbers on a page; on half a spread, those on both its halves."""
        number = page_number(page)
        rows = self._db.execute(
            "select distinct year, number, suffix from cases join case_page on case_page.case_id = cases.id"
            " join page on page.key = case_page.page where page.id = ? or page.id in (select other.page from part"
            " join part other on other.whole = part.whole where part.page = ?) order by year, number, suffix",
            (number, number),
        )
        return [CaseNumber(year, value, suffix) for year, value, suffix in rows]
