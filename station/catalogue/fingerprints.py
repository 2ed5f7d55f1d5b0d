"""What pages look like, which of them are the same, and what people said of that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from station.catalogue.database import Database
from station.catalogue.packing import AS_PART, COPY_OF, KEPT, counting_recipe, name_of, page_name, page_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from station.naming import BookId

_COMPARED = f"{KEPT} and page.kind in (0, 4)"
"""Pages that are compared: kept ones that belong in cases, `packing.KINDS`."""
_PAGE = name_of("page.id")
_SIGHTS = f"""select {_PAGE}, book.id, page.sha256, copy.file, copy.dpi from page join book on book.key = page.book
    {AS_PART} join copy on copy.master_sha256 = {COPY_OF} and copy.recipe = {counting_recipe("?1")}"""
_WITHOUT = "not exists (select 1 from fingerprint where fingerprint.page = page.id and fingerprint.version = ?2)"


@dataclass(frozen=True)
class PageSide:
    """One side of a pair: a kept page with its place, from 1, its numbers (`07/2005,08/2005`) and its master."""

    page: str
    book: str
    order: int
    numbers: str
    file: str


@dataclass(frozen=True)
class PagePair:
    """Two kept pages that were compared, with what came of it: see `station.duplicates.compare.Likeness`."""

    page: PageSide
    other: PageSide
    outcome: str
    shared: int
    missed: int
    form_known: bool

    def turned(self) -> PagePair:
        """The same, seen from the other page."""
        return replace(self, page=self.other, other=self.page)


@dataclass(frozen=True)
class Sight:
    """Where the delivery copy of a page lies, relative to the root, with its resolution, book and master's hash."""

    page: str
    book: str
    master_sha256: str
    file: str
    dpi: int


@dataclass(frozen=True)
class Kept:
    """Somebody's word that two things may both stand."""

    one: str
    other: str
    why: str
    operator: str
    at: str


class Fingerprints(Database):
    """Fingerprints of pages, pairs of pages that are alike, and the words of people on what stands twice."""

    def keep_fingerprint(self, page: str, data: bytes) -> None:
        """Enter what a page looks like; its first byte is the version of the way in which it was made.

        The same bytes again change nothing, others are looked for anew.
        """
        self._db.execute(
            "insert into fingerprint (page, version, data) values (?, ?, ?) on conflict (page)"
            " do update set version = excluded.version, data = excluded.data, sought = 0 where data <> excluded.data",
            (page_number(page), data[0], data),
        )

    def pages_without_fingerprint(self, version: int, recipe: str, book: BookId | None = None) -> list[Sight]:
        """Pages with a delivery copy of the recipe and no fingerprint of this version."""
        rows = self._db.execute(
            f"{_SIGHTS} where {_WITHOUT} and {_COMPARED} and book.id = coalesce(?3, book.id)",
            (recipe, version, str(book) if book else None),
        )
        return [_sight(row) for row in rows]

    def anything_to_compare(self, version: int, recipe: str, book: BookId | None = None) -> bool:
        """Whether a book, or any, has pages that were never looked for."""
        (anything,) = self._db.execute(
            f"select exists (select 1 from fingerprint join page on page.id = fingerprint.page"
            f" join book on book.key = page.book where sought = 0 and version = ?2 and {_COMPARED}"
            f" and book.id = coalesce(?3, book.id))"
            f" or exists ({_SIGHTS} where {_WITHOUT} and {_COMPARED} and book.id = coalesce(?3, book.id))",
            (recipe, version, str(book) if book else None),
        ).fetchone()
        return bool(anything)

    def fingerprints(self, version: int) -> tuple[list[str], list[bytes]]:
        """Every page that has one of this version, with it."""
        rows = self._db.execute("select page, data from fingerprint where version = ?", (version,)).fetchall()
        return [page_name(page) for page, _ in rows], [data for _, data in rows]

    def pages_not_sought(self, version: int, book: BookId | None = None) -> list[tuple[str, str, bytes]]:
        """Pages that were never looked for among the others: page, book and fingerprint, by book and place."""
        rows = self._db.execute(
            f"select {_PAGE}, book.id, data from fingerprint join page on page.id = fingerprint.page"
            " join book on book.key = page.book"
            f" where sought = 0 and version = ? and {_COMPARED} and book.id = coalesce(?, book.id)"
            " order by book.id, page.position",
            (version, str(book) if book else None),
        )
        return rows.fetchall()

    def sights(self, pages: Iterable[str], recipe: str) -> dict[str, Sight]:
        """The delivery copies of those pages that are compared: kept ones that belong in cases."""
        found = {}
        for page in pages:
            row = self._db.execute(
                f"{_SIGHTS} where page.id = ?2 and {_COMPARED}", (recipe, page_number(page))
            ).fetchone()
            if row:
                found[page] = _sight(row)
        return found

    def pages_compared_in(self, book: str) -> list[str]:
        """The pages of a book that are compared, in order."""
        of_book = "book = (select key from book where id = ?)"
        query = f"select {_PAGE} from page where {of_book} and {_COMPARED} order by position"
        return [page for (page,) in self._db.execute(query, (book,))]

    def enter_likenesses(
        self, sought: Sequence[tuple[str, bool]], pairs: Iterable[tuple[str, str, str, int, int, bool]], at: str
    ) -> None:
        """Keep which pages were looked for, whether they have next to nothing of their own, and what was found of them.

        A pair is page, other, outcome and its three measures. All in one transaction: a crash before it leaves the
        pages to be looked for again.
        """
        with self._transaction():
            self._db.executemany(
                "insert or replace into likeness (page, other, outcome, shared, missed, form_known, at)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                [(page_number(page), page_number(other), *rest, at) for page, other, *rest in pairs],
            )
            self._db.executemany(
                "update fingerprint set sought = 1, bare = ? where page = ?",
                [(bare, page_number(page)) for page, bare in sought],
            )

    def page_pairs(self, book: BookId | None = None) -> list[PagePair]:
        """Pairs of kept pages that nobody has said may both stand: those with a page in a book, or all of them.

        Each pair is told once, in the order in which its pages came to be looked for.
        """
        rows = self._db.execute(
            f"select {_PAGE}, {name_of('theirs.id')}, outcome, shared, missed, form_known from likeness"
            " join page on page.id = likeness.page join page theirs on theirs.id = likeness.other"
            " join book on book.key = page.book join book their_book on their_book.key = theirs.book"
            f" where {_COMPARED} and {_COMPARED.replace('page.', 'theirs.')}"
            " and (?1 is null or ?1 in (book.id, their_book.id))"
            f" and not exists (select 1 from kept_double where one = {name_of('min(page.id, theirs.id)')}"
            f" and kept_double.other = {name_of('max(page.id, theirs.id)')})"
            " order by book.id, page.position, their_book.id, theirs.position",
            (str(book) if book else None,),
        ).fetchall()
        sides = {page: self.page_side(page) for row in rows for page in row[:2]}
        return [PagePair(sides[row[0]], sides[row[1]], row[2], row[3], row[4], bool(row[5])) for row in rows]

    def bare_pages(self, book: BookId | None = None) -> list[PageSide]:
        """Pages of a book, or of all, that have next to nothing of their own beside their form."""
        rows = self._db.execute(
            f"select {_PAGE} from fingerprint join page on page.id = fingerprint.page join book on book.key = page.book"
            f" where bare = 1 and {_COMPARED} and book.id = coalesce(?, book.id) order by book.id, position",
            (str(book) if book else None,),
        ).fetchall()
        return [self.page_side(page) for (page,) in rows]

    def page_side(self, page: str) -> PageSide:
        """A page as it stands in a finding."""
        row = self._db.execute(
            "select book.id, (select count(*) from page before where before.book = page.book"
            f" and {KEPT.replace('page', 'before')} and before.position <= page.position),"
            " (select coalesce(group_concat(printf('%02d%s/%04d', number, cases.suffix, year)), '') from case_page"
            " join cases on cases.id = case_page.case_id where case_page.page = page.key),"
            f" 'masters/' || book.id || '/' || {name_of('coalesce(part.whole, page.id)')} || extension.text from page"
            f" join book on book.key = page.book join term extension on extension.id = page.extension {AS_PART}"
            " where page.id = ?",
            (page_number(page),),
        ).fetchone()
        return PageSide(page, *row)

    def keep_double(self, kept: Kept) -> None:
        """Enter somebody's word; the last one on the same two things counts."""
        one, other = sorted((kept.one, kept.other))
        self._db.execute(
            "insert or replace into kept_double (one, other, why, operator, at) values (?, ?, ?, ?, ?)",
            (one, other, kept.why, kept.operator, kept.at),
        )

    def kept_doubles(self) -> dict[tuple[str, str], Kept]:
        """What people said, by the two things in the order of their text."""
        rows = self._db.execute("select one, other, why, operator, at from kept_double order by at")
        return {(row[0], row[1]): Kept(*row) for row in rows}


def _sight(row: tuple[Any, ...]) -> Sight:
    page, book, sha256, file, dpi = row
    return Sight(page, book, sha256.hex(), file, dpi)
