"""Stacks of sheets that are scanned on one side and then on the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from station.catalogue.links import CaseLinks
from station.catalogue.packing import KEPT, KINDS, SIDES, page_number, place_of
from station.model import Stack
from station.naming import CaseNumber, Numbering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.interface import Side
    from station.model import Page, PageKind
    from station.naming import BookId


@dataclass(frozen=True)
class Placed:
    """Where a page of a stack comes to lie: its sheet (from 1) and side, what it is, and the cases on it."""

    page: Page
    sheet: int
    side: Side
    kind: PageKind
    numbers: Sequence[CaseNumber] = ()
    cover_sheet: bool = False


class Stacks(CaseLinks):
    """The stack of a book whose fronts wait for their backs, if there is one."""

    def open_stack(self, book: BookId) -> Stack | None:
        row = self._db.execute(
            "select id, number, cases_per_page, pages_per_case, joins, covers from stack"
            " where book = ? and paired_at is null",
            (str(book),),
        ).fetchone()
        if row is None:
            return None
        stack_id, number, cases_per_page, pages_per_case, joins, covers = row
        first = CaseNumber.parse(number, book) if number else None
        numbering = Numbering(first, cases_per_page, pages_per_case) if first else None
        return Stack(stack_id, book, numbering, bool(joins), covers)

    def begin_stack(self, stack: Stack, operator: str, at: str) -> int:
        """Enter the stack that is scanned now, or what is now said of the open one; its id."""
        numbering = stack.numbering
        numbered = (str(numbering.first), numbering.cases_per_page, numbering.pages_per_case) if numbering else None
        rows = self._db.execute(
            "insert into stack (book, operator, began, number, cases_per_page, pages_per_case, joins, covers)"
            " values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (book) where paired_at is null do update set"
            " operator = excluded.operator, began = excluded.began, number = excluded.number,"
            " cases_per_page = excluded.cases_per_page, pages_per_case = excluded.pages_per_case,"
            " joins = excluded.joins, covers = excluded.covers returning id",
            (str(stack.book), operator, at, *(numbered or (None, 1, 1)), stack.joins, stack.covers),
        ).fetchall()
        return int(rows[0][0])

    def pair_stack(self, stack: Stack, placed: Sequence[Placed], operator: str, at: str, *, in_order: bool) -> None:
        """Lay the pages of a stack into their order, with sheet, side, kind and cases, all in one transaction.

        They come to lie together where the first of them lies; the other pages of the book keep their order. A crash
        leaves the stack as it was, or paired.
        """
        with self._transaction():
            self._lay_together(stack.book, [one.page.id for one in placed])
            for one in placed:
                self._db.execute(
                    "update page set sheet = ?, side = ?, kind = ?, cover_sheet = ? where id = ?",
                    (
                        one.sheet, place_of(one.side, SIDES), place_of(one.kind, KINDS), one.cover_sheet or None,
                        page_number(one.page.id),
                    ),
                )  # fmt: skip
                self._link_cases(one.page, one.numbers)
            self._db.execute(
                "update stack set paired_by = ?, paired_at = ?, backs_in_order = ? where id = ?",
                (operator, at, in_order, stack.id),
            )

    def _lay_together(self, book: BookId, pages: list[str]) -> None:
        rows = self._db.execute(
            f"select id, position from page where book = (select key from book where id = ?) and {KEPT}"
            " order by position",
            (str(book),),
        ).fetchall()
        moved = {page_number(page) for page in pages}
        first = next(place for place, (page, _) in enumerate(rows) if page in moved)
        others = [page for page, _ in rows if page not in moved]
        order = [*others[:first], *map(page_number, pages), *others[first:]]
        positions = [position for _, position in rows]
        # By way of negative numbers: the positions of a book are unique at every moment.
        for sign in (-1, 1):
            self._db.executemany(
                "update page set position = ? where id = ?",
                [(sign * position, page) for page, position in zip(order, positions, strict=True)],
            )
