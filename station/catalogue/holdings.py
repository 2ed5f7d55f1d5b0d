"""What the catalogue holds of books, read for checking: of one book or of all at once, in a few queries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from station.catalogue.copies import unpack_gutter, unpack_verdicts
from station.catalogue.database import Database
from station.catalogue.packing import (
    AS_PART,
    COPY_OF,
    FOR_HALF,
    KEPT,
    KINDS,
    PRINTED,
    TO_SPLIT,
    counting_recipe,
    name_of,
    starts,
)
from station.model import Missing, Why
from station.naming import UNKNOWN_YEAR, CaseNumber

if TYPE_CHECKING:
    from collections.abc import Iterator

    from station.imaging.page import Fold
    from station.model import PageKind
    from station.naming import BookId


class Leaf(Struct, frozen=True, gc=False):
    """A kept page as far as checks look at it: the campaign has hundreds of thousands.

    `copied`: it has a delivery copy of the recipe; `verdicts` are those of the copy that are not `ok`. `undivided`: it
    is wider than high, in a book whose spreads are split, and nobody has looked at it; `for_half`: it is so, and stands
    for half a spread; `gutter`: what was found of one on it all the same. `cover_sheet`: a printed sheet of the station
    and no page of the paper book. `looked_at`: somebody looked at it and said that it is right. `failed`: why no copy
    could be made.
    """

    id: str
    order: int
    kind: PageKind
    stack: int | None
    copied: bool
    undivided: bool = False
    for_half: bool = False
    gutter: Fold | None = None
    cover_sheet: bool = False
    verdicts: tuple[dict[str, Any], ...] = ()
    looked_at: bool = False
    failed: str | None = None


@dataclass
class Holding:
    """What is held of one book: its pages in order, the numbers on each, cases, and numbers that were explained."""

    pages: list[Leaf] = field(default_factory=list)
    numbers: list[CaseNumber] = field(default_factory=list)
    on_pages: dict[str, list[CaseNumber]] = field(default_factory=dict)
    empty: list[CaseNumber] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    open_stack: int | None = None
    misdated: list[CaseNumber] = field(default_factory=list)
    """Cases whose date is of another year than their number."""

    @property
    def opened(self) -> bool:
        return bool(self.pages or self.numbers)


class Holdings(Database):
    """Reading for checks. `book` None: of all books."""

    def holdings(self, recipe: str, book: BookId | None = None) -> dict[str, Holding]:
        """What is held of each book that has anything, by its id."""
        found: defaultdict[str, Holding] = defaultdict(Holding)
        for owner, *row in self._leaves(recipe, book):
            pages = found[owner].pages
            pages.append(_leaf(len(pages) + 1, *row))
        self._add_cases(found, book)
        only, key = _only("book", book)
        for owner, *row in self._db.execute(
            "select book, year, number, why, operator, at, other from missing"
            f" where true{only} order by book, year, number",
            key,
        ):
            found[owner].missing.append(_missing(*row))
        for owner, stack in self._db.execute(
            f"select book, id from stack where paired_at is null{only}",
            key,
        ):
            found[owner].open_stack = stack
        self._add_misdated(found, book)
        return dict(found)

    def _add_misdated(self, found: defaultdict[str, Holding], book: BookId | None) -> None:
        """Dates are whole or partial ISO dates; of a book whose year nobody knows nothing can be said."""
        only, key = _only("book.id", book)
        rows = self._db.execute(
            "select book.id, year, number, suffix from cases join book on book.key = cases.book"
            " where date is not null and year <> ? and substr(date, 1, 4) <> printf('%04d', year)"
            f"{only} order by cases.book, year, number, suffix",
            (UNKNOWN_YEAR, *key),
        )
        for owner, year, value, suffix in rows:
            found[owner].misdated.append(CaseNumber(year, value, suffix))

    def _leaves(self, recipe: str, book: BookId | None) -> Iterator[tuple[Any, ...]]:
        only, key = _only("book.id", book)
        return self._db.execute(
            f"select book.id, {name_of('page.id')}, kind, stack, recipe is not null,"
            f" iif({TO_SPLIT} and copy.width > copy.height, 1 + {FOR_HALF}, 0),"
            " case when worst > 0 then (select checks from scale where id = scale) end, verdicts,"
            f" gutter, {PRINTED}, reviewed_at is not null,"
            f" iif(recipe is null, (select reason from failure where failure.master_sha256 = {COPY_OF}), null)"
            f" from book join page on page.book = book.key {AS_PART}"
            f" left join copy on master_sha256 = {COPY_OF} and recipe = {counting_recipe('?')}"
            f" where {KEPT}{only} order by page.book, position",
            (recipe, *key),
        )

    def _add_cases(self, found: defaultdict[str, Holding], book: BookId | None) -> None:
        """The numbers of books in order, and on which pages each of them stands."""
        only, key = _only("book.id", book)
        rows = self._db.execute(
            f"select book.id, year, number, suffix, iif(page.id is null, null, {name_of('page.id')}) from book"
            " join cases on cases.book = book.key left join case_page on case_page.case_id = cases.id"
            f" left join page on page.key = case_page.page where true{only}"
            " order by cases.book, year, number, suffix",
            key,
        )
        before: tuple[Any, ...] = ()
        for owner, year, value, suffix, page in rows:
            holding = found[owner]
            if before != (owner, year, value, suffix):
                before = (owner, year, value, suffix)
                number = CaseNumber(year, value, suffix)
                holding.numbers.append(number)
            if page is None:
                holding.empty.append(number)
            else:
                holding.on_pages.setdefault(page, []).append(number)

    def numbers_of_series(self, book: BookId) -> dict[str, list[CaseNumber]]:
        """The numbers of all books of a book's registry and type that share a year with it, by book."""
        rows = self._db.execute(
            "select book.id, year, number, suffix from book join cases on cases.book = book.key"
            " where registry = ? and type = ? and year_first <= ? and year_last >= ? order by year, number, suffix",
            (book.registry, book.type, book.year_last, book.year_first),
        )
        found: defaultdict[str, list[CaseNumber]] = defaultdict(list)
        for owner, year, number, suffix in rows:
            found[owner].append(CaseNumber(year, number, suffix))
        return dict(found)

    def same_masters(self, book: BookId | None = None) -> dict[str, list[tuple[str, str, str]]]:
        """Kept pages whose very bytes stand elsewhere, by book: (page, the other, the other's book).

        Each page is told of once: against the first page of its own book, else against one of another book. The two
        halves of an open book are not the same page.
        """
        only, key = _only("book.id", book)
        rows = self._db.execute(
            f"select book.id, {name_of('page.id')}, {name_of('b.id')}, other.id from book"
            " join page on page.book = book.key"
            f" join page b on {starts('b.sha256')} = {starts('page.sha256')} and b.sha256 = page.sha256"
            " and b.key <> page.key join book other on other.key = b.book"
            f" {AS_PART} left join part b_part on b_part.page = b.id"
            f" where {KEPT} and {KEPT.replace('page', 'b')}"
            " and coalesce(part.half = b_part.half, true)"
            f" and (b.book <> page.book or b.position < page.position){only}"
            " order by book.id, page.position, b.book <> page.book, other.id, b.position",
            key,
        )
        found: defaultdict[str, dict[str, tuple[str, str, str]]] = defaultdict(dict)
        for owner, page, other, other_book in rows:
            found[owner].setdefault(page, (page, other, other_book))
        return {owner: list(twins.values()) for owner, twins in found.items()}

    def books_in_doubt(self) -> set[str]:
        """Books of which a feed, a side or a look is open: of the others nothing can be said against the paper."""
        rows = self._db.execute(
            "select book from feed where confirmed_at is null"
            " and (ending not in ('paper-ended', 'limit', 'stopped') or pages_kept < pages_asked)"
            " union select book.id from page join book on book.key = page.book"
            f" where {KEPT} and review is not null and reviewed_at is null"
            " union select book from stack where paired_at is null"
            " union select feed.book from feed cross join page on page.feed = feed.id"
            f" where feed.source = 'adf-duplex' and {KEPT} and reviewed_at is null and not exists"
            " (select 1 from page other where other.feed = page.feed and other.sheet is page.sheet"
            " and other.side is not page.side)"
        )
        return {book for (book,) in rows}

    def books_typed(self) -> set[str]:
        """Books of whose cases somebody typed something."""
        rows = self._db.execute(
            "select distinct book.id from cases join book on book.key = cases.book"
            " where exists (select 1 from entry where case_id = cases.id)"
        )
        return {book for (book,) in rows}


def _only(column: str, book: BookId | None) -> tuple[str, tuple[str, ...]]:
    """The condition that narrows a query to a book, and its value."""
    return (f" and {column} = ?", (str(book),)) if book else ("", ())


def _leaf(  # noqa: PLR0913, PLR0917 - a row
    order: int, page: str, kind: int, stack: int | None, copied: int, undivided: int, checks: str | None,
    packed: bytes, gutter: bytes | None, cover_sheet: int, looked_at: int, failed: str | None,
) -> Leaf:  # fmt: skip
    """A page; `checks` is None where every verdict is `ok`."""
    doubtful = [one for one in unpack_verdicts(checks, packed) if one["level"] != "ok"] if checks else ()
    fold = unpack_gutter(gutter) if undivided else None
    return Leaf(
        page, order, KINDS[kind], stack, bool(copied), undivided > 0, undivided > 1, fold, bool(cover_sheet),
        tuple(doubtful), bool(looked_at), failed,
    )  # fmt: skip


def _missing(year: int, number: int, why: str, operator: str, at: str, other: str | None) -> Missing:
    return Missing(CaseNumber(year, number), Why(why), operator, at, other)
