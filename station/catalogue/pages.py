"""Pages: one row each for every page side that a book ever had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from station.catalogue.links import CaseLinks
from station.model import Origin, Page, PageKind, PageState, Review
from station.naming import BookId

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from station.naming import CaseNumber

_PAGE_COLUMNS = """id, book, kind, state, sha256, file, bytes, width, height, dpi, operator, device, taken_at,
    source_sha256, source_index, sheet, side, replaces, feed, stack, review, reviewed_at"""


class Pages(CaseLinks):
    """The pages of books and their order."""

    def add_page(self, page: Page, numbers: Sequence[CaseNumber] = (), *, after: str | None = None) -> Page:
        """Enter a page with the cases on it, in one transaction: at the end of its book, or right behind `after`.

        A page that replaces another takes over its place and its cases; the other keeps its row and its master. The
        row comes after the master lies in its place: see `capture.Capture`. Raises `sqlite3.IntegrityError` when a
        page of the same delivered file is there already.
        """
        with self._transaction():
            position = self._place_of(page, after)
            self._insert_page(page, position)
            self._db.execute(
                "update feed set pages_kept = pages_kept + 1, last_page = ? where id = ?", (page.id, page.feed)
            )
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
            f" values ({', '.join('?' * 23)})",
            (
                page.id, str(page.book), page.kind, page.state, page.sha256, page.file, page.bytes, page.width,
                page.height, page.dpi, origin.operator, origin.device, origin.taken_at, origin.source_sha256,
                origin.source_index, origin.sheet, origin.side, page.replaces, page.feed, page.stack, page.review,
                page.looked_at, position,
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

    def page_with_bytes(self, sha256: str, *, not_in: BookId | None = None) -> tuple[str, str] | None:
        """A kept page of any book whose master is this very file, or that was made of it: its id and its book."""
        row = self._db.execute(
            "select id, book from page where sha256 = ?1 and state = 'kept' and book is not ?2"
            " union all select page.id, page.book from book join page on page.book = book.id"
            " where source_sha256 = ?1 and page.state = 'kept' and page.book is not ?2 limit 1",
            (sha256, str(not_in) if not_in else None),
        ).fetchone()
        return (str(row[0]), str(row[1])) if row else None

    def book_of_source(self, sha256: str, index: int) -> BookId | None:
        """The book that has the page made of this delivered file, if one has."""
        row = self._db.execute(
            "select page.book from book join page on page.book = book.id"
            " where source_sha256 = ? and source_index = ? and page.state = 'kept' limit 1",
            (sha256, index),
        ).fetchone()
        return BookId.parse(row[0]) if row else None

    def last_book_of(self, device: str) -> BookId | None:
        """The book of the page that came last from a device."""
        row = self._db.execute(
            "select book from page where device = ? order by rowid desc limit 1", (device,)
        ).fetchone()
        return BookId.parse(row[0]) if row else None

    def pages_of_stack(self, stack: int, book: BookId) -> list[Page]:
        """The kept pages of a stack, in order."""
        return [page for page in self.pages(book) if page.stack == stack]

    def confirm_pages(self, pages: Iterable[str], operator: str, at: str) -> None:
        """Keep that somebody looked at these pages and found them to be what they should be."""
        with self._transaction():
            self._db.executemany(
                "update page set reviewed_by = ?, reviewed_at = ? where id = ?",
                [(operator, at, page) for page in pages],
            )

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

    def knows_file(self, file: str) -> bool:
        """Whether a file, relative to the root, is the master of a page, whatever its state."""
        return self._db.execute("select 1 from page where file = ?", (file,)).fetchone() is not None

    def has_master(self, sha256: str) -> bool:
        row = self._db.execute("select 1 from page where sha256 = ?", (sha256,)).fetchone()
        return row is not None


def _page(row: tuple[Any, ...], order: int) -> Page:
    (
        page_id, book, kind, state, sha256, file, size, width, height, dpi, operator, device, taken_at,
        source_sha256, source_index, sheet, side, replaces, feed, stack, review, looked_at,
    ) = row  # fmt: skip
    origin = Origin(operator, device, taken_at, source_sha256, source_index, sheet, side)
    return Page(
        page_id, BookId.parse(book), order, PageKind(kind), PageState(state), sha256, file, size, width, height, dpi,
        origin, replaces, feed, stack, Review(review) if review and not looked_at else None, looked_at,
    )  # fmt: skip
