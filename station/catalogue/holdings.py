"""What the catalogue holds of books, read for checking: of one book or of all at once, in a few queries."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from station.catalogue.database import Database
from station.model import Missing, PageKind, Why
from station.naming import CaseNumber

if TYPE_CHECKING:
    from collections.abc import Iterator

    from station.naming import BookId

_KINDS = {kind.value: kind for kind in PageKind}
# A verdict that is not `ok`, as JSON has it; one look at the text is what costs.
_DOUBTFUL = '*"level": "[^o]*'


class Leaf(Struct, frozen=True, gc=False):
    """A kept page as far as checks look at it: the campaign has hundreds of thousands.

    `copied`: it has a delivery copy of the recipe; `verdicts` are those of the copy that are not `ok`.
    """

    id: str
    order: int
    kind: PageKind
    stack: int | None
    copied: bool
    verdicts: tuple[dict[str, Any], ...] = ()


@dataclass
class Holding:
    """What is held of one book: its pages in order, the numbers on each, cases, and numbers that were explained."""

    pages: list[Leaf] = field(default_factory=list)
    numbers: list[CaseNumber] = field(default_factory=list)
    on_pages: dict[str, list[CaseNumber]] = field(default_factory=dict)
    empty: list[CaseNumber] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    open_stack: int | None = None

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
            "select book, year, number, why, operator, at, other from missing"  # noqa: S608
            f" where true{only} order by book, year, number",
            key,
        ):
            found[owner].missing.append(_missing(*row))
        for owner, stack in self._db.execute(
            f"select book, id from stack where paired_at is null{only}",  # noqa: S608
            key,
        ):
            found[owner].open_stack = stack
        return dict(found)

    def _leaves(self, recipe: str, book: BookId | None) -> Iterator[tuple[Any, ...]]:
        only, key = _only("page.book", book)
        return self._db.execute(
            "select page.book, page.id, kind, stack, recipe is not null,"  # noqa: S608
            " case when verdicts glob ? then verdicts end"
            " from page left join copy on master_sha256 = page.sha256 and recipe = ?"
            f" where state = 'kept'{only} order by page.book, position",
            (_DOUBTFUL, recipe, *key),
        )

    def _add_cases(self, found: defaultdict[str, Holding], book: BookId | None) -> None:
        """The numbers of books in order, and on which pages each of them stands."""
        only, key = _only("cases.book", book)
        rows = self._db.execute(
            "select cases.book, year, number, suffix, case_page.page from cases"  # noqa: S608
            f" left join case_page on case_page.case_id = cases.id where true{only}"
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
            "select book.id, year, number, suffix from book join cases on cases.book = book.id"
            " where registry = ? and type = ? and year_first <= ? and year_last >= ? order by year, number, suffix",
            (book.registry, book.type, book.year_last, book.year_first),
        )
        found: defaultdict[str, list[CaseNumber]] = defaultdict(list)
        for owner, year, number, suffix in rows:
            found[owner].append(CaseNumber(year, number, suffix))
        return dict(found)

    def same_masters(self, book: BookId | None = None) -> dict[str, list[tuple[str, str, str]]]:
        """Kept pages whose very bytes stand elsewhere, by book: (page, the other, the other's book).

        Each page is told of once: against the first page of its own book, else against one of another book.
        """
        only, key = _only("a.book", book)
        rows = self._db.execute(
            "select a.book, a.id, b.id, b.book from page a join page b on a.sha256 = b.sha256 and a.id <> b.id"  # noqa: S608
            f" where a.state = 'kept' and b.state = 'kept' and (b.book <> a.book or b.position < a.position){only}"
            " order by a.book, a.position, b.book <> a.book, b.book, b.position",
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
            " union select book from page where state = 'kept' and review is not null and reviewed_at is null"
            " union select book from stack where paired_at is null"
            " union select page.book from feed cross join page on page.feed = feed.id"
            " where feed.source = 'adf-duplex' and page.state = 'kept' and reviewed_at is null and not exists"
            " (select 1 from page other where other.feed = page.feed and other.sheet is page.sheet"
            " and other.side is not page.side)"
        )
        return {book for (book,) in rows}

    def books_typed(self) -> set[str]:
        """Books of whose cases somebody typed something."""
        rows = self._db.execute(
            "select distinct book from cases where exists (select 1 from entry where case_id = cases.id)"
        )
        return {book for (book,) in rows}


def _only(column: str, book: BookId | None) -> tuple[str, tuple[str, ...]]:
    """The condition that narrows a query to a book, and its value."""
    return (f" and {column} = ?", (str(book),)) if book else ("", ())


def _leaf(order: int, page: str, kind: str, stack: int | None, copied: int, verdicts: str | None) -> Leaf:
    doubtful = [one for one in json.loads(verdicts) if one["level"] != "ok"] if verdicts else ()
    return Leaf(page, order, _KINDS[kind], stack, bool(copied), tuple(doubtful))


def _missing(year: int, number: int, why: str, operator: str, at: str, other: str | None) -> Missing:
    return Missing(CaseNumber(year, number), Why(why), operator, at, other)
