"""The catalogue: books, pages and cases of this station. All SQL of `catalogue.db` stands here."""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from outbox.migrations import migrate
from station.model import Book, BookState, Case, Copy, Missing, Origin, Page, PageKind, PageState, Registry, Why
from station.naming import BookId, CaseNumber

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_PAGE_COLUMNS = """id, book, kind, state, sha256, file, bytes, width, height, dpi, operator, device, taken_at,
    source_sha256, source_index, sheet, side, replaces"""
_BUSY_SECONDS = 10.0
_BOOK_COLUMNS = "id, state, first_number, last_number, pages_expected"


class Catalogue:
    """One connection to `catalogue.db`, used by one thread. Methods are named by intention and commit by themselves."""

    def __init__(self, path: Path) -> None:
        """Open and migrate. Raises `outbox.migrations.StoreError` for a database of a newer program."""
        self._db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            for setting in ("journal_mode = wal", "synchronous = full", "foreign_keys = on"):
                self._db.execute(f"pragma {setting}")
            migrate(self._db, "station.migrations")
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    # Registries and books

    def add_registry(self, registry: Registry) -> None:
        """Keep a registry with its prefix; one that is kept already stays as it is."""
        self._db.execute(
            "insert into registry values (?, ?, ?, ?) on conflict (code) do nothing",
            (registry.code, registry.name, registry.place, registry.prefix),
        )

    def registry(self, code: str) -> Registry | None:
        row = self._db.execute("select code, name, place, prefix from registry where code = ?", (code,)).fetchone()
        return Registry(*row) if row else None

    def add_book(self, book: Book, at: str) -> bool:
        """Enter a book in the work list; False, and nothing changed, when it is there already."""
        key = book.id
        cursor = self._db.execute(
            "insert into book (id, registry, type, year_first, year_last, volume, first_number, last_number,"
            " pages_expected, added_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing",
            (
                str(key), key.registry, key.type, key.year_first, key.year_last, key.volume,
                book.first_number, book.last_number, book.pages_expected, at,
            ),
        )  # fmt: skip
        return cursor.rowcount == 1

    def expect(self, book: Book) -> None:
        """Take over what the work list now says of a book; what it does not say stays."""
        self._db.execute(
            "update book set first_number = coalesce(?, first_number), last_number = coalesce(?, last_number),"
            " pages_expected = coalesce(?, pages_expected) where id = ?",
            (book.first_number, book.last_number, book.pages_expected, str(book.id)),
        )

    def book(self, book: BookId) -> Book | None:
        row = self._db.execute(f"select {_BOOK_COLUMNS} from book where id = ?", (str(book),)).fetchone()  # noqa: S608
        return _book(row) if row else None

    def books(self) -> list[Book]:
        """All books, by registry, type, year and volume."""
        order = "registry, type, year_first, year_last, volume"
        return [_book(row) for row in self._db.execute(f"select {_BOOK_COLUMNS} from book order by {order}")]  # noqa: S608

    def counts(self) -> dict[str, tuple[int, int]]:
        """Kept pages and cases of each book, by book id."""
        rows = self._db.execute(
            "select id, (select count(*) from page where book = book.id and state = 'kept'),"
            " (select count(*) from cases where book = book.id) from book"
        )
        return {book: (pages, cases) for book, pages, cases in rows}

    # Pages

    def add_page(self, page: Page, numbers: Sequence[CaseNumber] = (), *, after: str | None = None) -> Page:
        """Enter a page with the cases on it, in one transaction: at the end of its book, or right behind `after`.

        A page that replaces another takes over its place and its cases; the other keeps its row and its master. The
        row comes after the master lies in its place: see `capture.Capture`. Raises `sqlite3.IntegrityError` when a
        page of the same delivered file is there already.
        """
        with self._transaction():
            position = self._place_of(page, after)
            self._insert_page(page, position)
            if page.replaces:
                self._db.execute("update case_page set page = ? where page = ?", (page.id, page.replaces))
            self._link_cases(page, numbers)
        return page

    def _place_of(self, page: Page, after: str | None) -> int:
        """The position of a page that comes, with room made for it."""
        if page.replaces:
            self._db.execute("update page set state = 'replaced' where id = ?", (page.replaces,))
            return self._position("select position from page where id = ?", page.replaces)
        if after is None:
            return 1 + self._position("select coalesce(max(position), 0) from page where book = ?", str(page.book))
        before = self._position("select position from page where id = ?", after)
        # By way of negative numbers: the positions of a book are unique at every moment.
        self._db.execute(
            "update page set position = -position - 1 where book = ? and position > ?", (str(page.book), before)
        )
        self._db.execute("update page set position = -position where book = ? and position < 0", (str(page.book),))
        return before + 1

    def _position(self, query: str, value: str) -> int:
        return int(self._db.execute(query, (value,)).fetchone()[0])

    def _insert_page(self, page: Page, position: int) -> None:
        origin = page.origin
        self._db.execute(
            f"insert into page ({_PAGE_COLUMNS}, position)"  # noqa: S608
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                page.id, str(page.book), page.kind, page.state, page.sha256, page.file, page.bytes, page.width,
                page.height, page.dpi, origin.operator, origin.device, origin.taken_at, origin.source_sha256,
                origin.source_index, origin.sheet, origin.side, page.replaces, position,
            ),
        )  # fmt: skip

    def pages(self, book: BookId) -> list[Page]:
        """The kept pages of a book in order, numbered from 1."""
        rows = self._db.execute(
            f"select {_PAGE_COLUMNS} from page where book = ? and state = 'kept' order by position",  # noqa: S608
            (str(book),),
        )
        return [_page(row, order) for order, row in enumerate(rows, 1)]

    def all_pages(self, book: BookId) -> list[Page]:
        """Every page that a book ever had, replaced and discarded ones too, in the order in which they came."""
        rows = self._db.execute(
            f"select {_PAGE_COLUMNS} from page where book = ? order by position, id",  # noqa: S608
            (str(book),),
        )
        return [_page(row, order) for order, row in enumerate(rows, 1)]

    def page_count(self, book: BookId) -> int:
        query = "select count(*) from page where book = ? and state = 'kept'"
        (count,) = self._db.execute(query, (str(book),)).fetchone()
        return int(count)

    def find_page(self, beginning: str) -> Page | None:
        """The only kept page whose id begins so, or None."""
        rows = self._db.execute(
            "select id, book from page where state = 'kept' and substr(id, 1, ?) = ? limit 2",
            (len(beginning), beginning),
        ).fetchall()
        if len(rows) != 1:
            return None
        page_id, book = rows[0]
        return next((page for page in self.pages(BookId.parse(book)) if page.id == page_id), None)

    def page_of_source(self, book: BookId, sha256: str, index: int) -> str | None:
        """The kept page that was made of this delivered file, if one was."""
        row = self._db.execute(
            "select id from page where book = ? and source_sha256 = ? and source_index = ? and state = 'kept'",
            (str(book), sha256, index),
        ).fetchone()
        return str(row[0]) if row else None

    def mark_page(self, page_id: str, kind: PageKind) -> None:
        """Say what a page is; one that belongs in no case loses its links to cases."""
        with self._transaction():
            self._db.execute("update page set kind = ? where id = ?", (kind, page_id))
            if not kind.in_case:
                self._unlink(page_id)

    def discard_page(self, page_id: str, why: str) -> None:
        """Take a page out of its book. Its master and its row stay."""
        with self._transaction():
            self._db.execute("update page set state = 'discarded', why = ? where id = ?", (why, page_id))
            self._unlink(page_id)

    def master_files(self) -> set[str]:
        """Every master that has a row, relative to the root, whatever its state."""
        return {file for (file,) in self._db.execute("select file from page")}

    def has_master(self, sha256: str) -> bool:
        row = self._db.execute("select 1 from page where sha256 = ?", (sha256,)).fetchone()
        return row is not None

    def same_masters(self, book: BookId) -> list[tuple[str, str, str]]:
        """Kept pages of this book whose very bytes stand elsewhere: (page, the other, the other's book).

        Each page is told of once: against the first page of its own book, else against one of another book.
        """
        rows = self._db.execute(
            "select a.id, b.id, b.book from page a join page b on a.sha256 = b.sha256 and a.id <> b.id"
            " where a.book = ? and a.state = 'kept' and b.state = 'kept'"
            " and (b.book <> a.book or b.position < a.position)"
            " order by a.position, b.book <> a.book, b.book, b.position",
            (str(book),),
        )
        first: dict[str, tuple[str, str, str]] = {}
        for page, other, other_book in rows:
            first.setdefault(page, (page, other, other_book))
        return list(first.values())

    # Cases

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

    # Delivery copies and bags

    def copy(self, master_sha256: str, recipe: str) -> Copy | None:
        row = self._db.execute(
            "select * from copy where master_sha256 = ? and recipe = ?", (master_sha256, recipe)
        ).fetchone()
        return _copy(row) if row else None

    def copies(self, book: BookId, recipe: str) -> dict[str, Copy]:
        """The delivery copies of a book's kept pages by master hash."""
        rows = self._db.execute(
            "select distinct copy.* from copy join page on page.sha256 = copy.master_sha256"
            " where page.book = ? and page.state = 'kept' and recipe = ?",
            (str(book), recipe),
        )
        return {row[0]: _copy(row) for row in rows}

    def add_copy(self, copy: Copy) -> None:
        """Enter a delivery copy; made again, it takes the place of the one of the same master and recipe."""
        self._db.execute(
            "insert or replace into copy values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                copy.master_sha256, copy.recipe, copy.file, copy.sha256, copy.bytes, copy.width, copy.height, copy.dpi,
                copy.quality, json.dumps(copy.verdicts, ensure_ascii=False),
            ),
        )  # fmt: skip

    def add_bag(self, bag_id: str, book: BookId, digest: str, counts: tuple[int, int], at: str) -> None:
        """Keep that a book is sealed in this bag; the same bag twice is one."""
        with self._transaction():
            self._db.execute(
                "insert into bag values (?, ?, ?, ?, ?, ?) on conflict (id) do nothing",
                (bag_id, str(book), digest, *counts, at),
            )
            self._db.execute("update book set state = 'sealed' where id = ?", (str(book),))

    def bags(self, book: BookId | None = None) -> list[dict[str, Any]]:
        """Sealed bags, oldest first."""
        rows = self._db.execute(
            "select id, book, digest, pages, cases, sealed_at from bag"
            " where ? is null or book = ? order by sealed_at, id",
            (str(book) if book else None, str(book)),
        )
        names = ("id", "book", "digest", "pages", "cases", "sealed_at")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _link_cases(self, page: Page, numbers: Sequence[CaseNumber]) -> None:
        for number in numbers:
            key = (str(page.book), number.year, number.value, number.suffix)
            self._db.execute(
                "insert into cases (book, year, number, suffix) values (?, ?, ?, ?) on conflict do nothing", key
            )
            self._db.execute(
                "insert into case_page select id, ? from cases"
                " where book = ? and year = ? and number = ? and suffix = ? on conflict do nothing",
                (page.id, *key),
            )

    def _unlink(self, page_id: str) -> None:
        self._db.execute("delete from case_page where page = ?", (page_id,))
        self._db.execute(
            "delete from cases where book = (select book from page where id = ?)"
            " and not exists (select 1 from case_page where case_id = cases.id)",
            (page_id,),
        )


def _book(row: tuple[Any, ...]) -> Book:
    book_id, state, first, last, pages = row
    return Book(BookId.parse(book_id), BookState(state), first, last, pages)


def _page(row: tuple[Any, ...], order: int) -> Page:
    (
        page_id, book, kind, state, sha256, file, size, width, height, dpi, operator, device, taken_at,
        source_sha256, source_index, sheet, side, replaces,
    ) = row  # fmt: skip
    origin = Origin(operator, device, taken_at, source_sha256, source_index, sheet, side)
    return Page(
        page_id, BookId.parse(book), order, PageKind(kind), PageState(state), sha256, file, size, width, height, dpi,
        origin, replaces,
    )  # fmt: skip


def _copy(row: tuple[Any, ...]) -> Copy:
    master, recipe, file, sha256, size, width, height, dpi, quality, verdicts = row
    return Copy(master, recipe, file, sha256, size, width, height, dpi, quality, tuple(json.loads(verdicts)))
