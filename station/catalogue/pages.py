"""Pages: one row each for every page side that a book ever had."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from station.catalogue.links import CaseLinks
from station.catalogue.packing import (
    AS_PART,
    HALVES,
    KEPT,
    KINDS,
    PRINTED,
    SIDES,
    STATES,
    join_time,
    optional_page,
    page_name,
    page_number,
    page_range,
    place_of,
    split_time,
    starts,
)
from station.imaging.page import Cut
from station.model import Origin, Page, PageState, Part, Review
from station.naming import BookId

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from station.model import PageKind
    from station.naming import CaseNumber


class TakenTwice(Exception):  # noqa: N818 - named for what was refused
    """A page of a delivered file that is in the book already; nothing was entered."""


_PAGES = """select page.id, book.id, page.kind, page.state, sha256, extension.text, bytes, width, height, dpi,
        operator.text, device.text, taken_at, zone, source_index, source_sha256, sheet, side, replaces, feed, stack,
        review, reviewed_at, cover_sheet, part.whole, part.half, part.top, part.bottom, part.copy_of
    from page join book on book.key = page.book join term extension on extension.id = page.extension
    join term operator on operator.id = page.operator join term device on device.id = page.device
    left join part on part.page = page.id"""
_OF_BOOK = "page.book = (select key from book where id = ?)"
_MASTERS = "masters"


class Pages(CaseLinks):
    """The pages of books and their order."""

    def add_page(
        self,
        page: Page,
        numbers: Sequence[CaseNumber] = (),
        *,
        after: str | None = None,
        before: str | None = None,
    ) -> Page:
        """Enter a page with the cases on it, in one transaction: at the end of its book, or right behind or before
        another page of it.

        A page that replaces another takes over its place and its cases; the other keeps its row and its master. The
        row comes after the master lies in its place: see `capture.Capture`. Raises `TakenTwice` when a kept page of
        the same place in a delivered file is there already.
        """
        with self._transaction():
            source = page.origin.source_sha256
            if source and self.page_of_source(page.book, source, page.origin.source_index):
                raise TakenTwice(page.file)
            position = self._place_of(page, after, before)
            self._insert_page(page, position)
            self._db.execute(
                "update feed set pages_kept = pages_kept + 1, last_page = ? where id = ?",
                (page_number(page.id), page.feed),
            )
            if page.replaces:
                key = "(select key from page where id = ?)"
                self._db.execute(
                    f"update case_page set page = {key} where page = {key}",
                    (page_number(page.id), page_number(page.replaces)),
                )
            self._link_cases(page, numbers)
        return page

    def _place_of(self, page: Page, after: str | None, before: str | None) -> int:
        """The position of a page that comes, with room made for it."""
        book = str(page.book)
        if page.replaces:
            replaced = page_number(page.replaces)
            self._db.execute("update page set state = ? where id = ?", (place_of(PageState.REPLACED, STATES), replaced))
            return self._position("select position from page where id = ?", replaced)
        if after is None and before is None:
            return 1 + self._position(f"select coalesce(max(position), 0) from page where {_OF_BOOK}", book)
        return self._free_place(page.book, after, before)

    def move_page(self, page: Page, *, after: str | None = None, before: str | None = None) -> None:
        """Let a page lie right behind or right before another one of its book, with what it took the place of.

        Neither: it becomes the first. The others keep their order, the discarded ones too.
        """
        with self._transaction():
            place = self._free_place(page.book, after, before)
            from_here = self._position("select position from page where id = ?", page_number(page.id))
            self._db.execute(
                f"update page set position = ? where {_OF_BOOK} and position = ?", (place, str(page.book), from_here)
            )

    def page_in_front(self, page: Page) -> str | None:
        """What lies right in front of a page, whatever its state; None at the beginning of the book."""
        row = self._db.execute(
            f"select id from page where {_OF_BOOK} and position < (select position from page where id = ?)"
            " order by position desc, key desc limit 1",
            (str(page.book), page_number(page.id)),
        ).fetchone()
        return page_name(row[0]) if row else None

    def _free_place(self, book: BookId, after: str | None, before: str | None) -> int:
        """The position right behind or right before a page, else the first one, with room made there."""
        beside = after or before
        there = self._position("select position from page where id = ?", page_number(beside)) if beside else 0
        place = there if before else there + 1
        self._make_room(book, place - 1)
        return place

    def _make_room(self, book: BookId, before: int) -> None:
        """Free the position behind this one, by way of negative numbers: positions are unique at every moment."""
        query = f"update page set position = -position - 1 where {_OF_BOOK} and position > ?"
        self._db.execute(query, (str(book), before))
        self._db.execute(f"update page set position = -position where {_OF_BOOK} and position < 0", (str(book),))

    def _position(self, query: str, value: str | int) -> int:
        return int(self._db.execute(query, (value,)).fetchone()[0])

    def _insert_page(self, page: Page, position: int) -> None:
        origin = page.origin
        extension = _extension(page)
        self._db.executemany(
            "insert into term (text) values (?) on conflict do nothing",
            [(text,) for text in (extension, origin.operator, origin.device)],
        )
        source = origin.source_sha256
        self._db.execute(
            "insert into page (id, book, position, kind, state, sha256, extension, bytes, width, height, dpi, operator,"
            " device, taken_at, zone, source_index, source_sha256, sheet, side, replaces, feed, stack, review,"
            " reviewed_at, cover_sheet) values (?, (select key from book where id = ?), ?, ?, ?, ?,"
            " (select id from term where text = ?), ?, ?, ?, ?, (select id from term where text = ?),"
            " (select id from term where text = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                page_number(page.id), str(page.book), position, place_of(page.kind, KINDS),
                place_of(page.state, STATES), bytes.fromhex(page.sha256), extension, page.bytes, page.width,
                page.height, page.dpi, origin.operator, origin.device, *split_time(origin.taken_at),
                origin.source_index if source else None,
                bytes.fromhex(source) if source and source != page.sha256 else None, origin.sheet,
                place_of(origin.side, SIDES), optional_page(page.replaces), page.feed, page.stack, page.review,
                page.looked_at, page.cover_sheet or None,
            ),
        )  # fmt: skip

    def pages(self, book: BookId) -> list[Page]:
        """The kept pages of a book in order, numbered from 1."""
        rows = self._db.execute(f"{_PAGES} where {_OF_BOOK} and {KEPT} order by position", (str(book),))
        return [_page(row, order) for order, row in enumerate(rows, 1)]

    def last_pages(self, book: BookId, most: int) -> list[Page]:
        """The last kept pages of a book, as `pages` gives them."""
        count = self.page_count(book)
        rows = self._db.execute(
            f"{_PAGES} where {_OF_BOOK} and {KEPT} order by position desc limit ?", (str(book), most)
        ).fetchall()
        return [_page(row, order) for order, row in enumerate(reversed(rows), count - len(rows) + 1)]

    def all_pages(self, book: BookId) -> list[Page]:
        """Every page that a book ever had, replaced and discarded ones too, in the order in which they came."""
        rows = self._db.execute(f"{_PAGES} where {_OF_BOOK} order by position, page.key", (str(book),))
        return [_page(row, order) for order, row in enumerate(rows, 1)]

    def kind_of(self, page_id: str) -> PageKind:
        """What a page of the catalogue is."""
        (kind,) = self._db.execute("select kind from page where id = ?", (page_number(page_id),)).fetchone()
        return KINDS[kind]

    def mark_for_look(self, page_id: str, review: Review) -> None:
        """Keep why somebody should look at a page, in place of an earlier reason."""
        self._db.execute(
            "update page set review = ?, reviewed_by = null, reviewed_at = null where id = ?",
            (review, page_number(page_id)),
        )

    def came_last(self, device: str, sha256: str) -> bool:
        """Whether the page that came last from a device is kept, and its master has these bytes."""
        row = self._db.execute(
            f"select sha256, {KEPT} from page join term on term.id = page.device where term.text = ?"
            " order by page.key desc limit 1",
            (device,),
        ).fetchone()
        return row is not None and row[1] == 1 and row[0] == bytes.fromhex(sha256)

    def page_count(self, book: BookId) -> int:
        """How many pages are kept, the station's own cover sheets among them: the place of the last one."""
        query = f"select count(*) from page where {_OF_BOOK} and {KEPT}"
        (count,) = self._db.execute(query, (str(book),)).fetchone()
        return int(count)

    def paper_page_count(self, book: BookId) -> int:
        """How many pages of the paper book are kept."""
        query = f"select count(*) from page where {_OF_BOOK} and {KEPT} and not {PRINTED}"
        (count,) = self._db.execute(query, (str(book),)).fetchone()
        return int(count)

    def find_page(self, beginning: str) -> Page | None:
        """The only kept page whose id begins so, or None."""
        numbers = page_range(beginning)
        if numbers is None:
            return None
        rows = self._db.execute(
            "select book.id, page.id from page join book on book.key = page.book"
            f" where {KEPT} and page.id between ? and ? limit 2",
            numbers,
        ).fetchall()
        if len(rows) != 1:
            return None
        book, number = rows[0]
        return next((page for page in self.pages(BookId.parse(book)) if page.id == page_name(number)), None)

    def page_of_source(self, book: BookId, sha256: str, index: int) -> str | None:
        """The kept page that was made of this delivered file, if one was; where it was split, one of its halves."""
        return next((page for page, owner in self._made_of(sha256, index) if owner == str(book)), None)

    def book_of_source(self, sha256: str, index: int) -> BookId | None:
        """The book that has the page made of this delivered file, if one has."""
        return next((BookId.parse(owner) for _, owner in self._made_of(sha256, index)), None)

    def _made_of(self, sha256: str, index: int) -> list[tuple[str, str]]:
        """Kept pages with their books that were made of this place in a delivered file: see the table `page`."""
        rows = self._db.execute(
            "select page.id, book.id from page join book on book.key = page.book"
            f" where {starts('sha256')} = {starts('?1')} and sha256 = ?1 and source_sha256 is null"
            f" and source_index = ?2 and {KEPT}"
            " union all select page.id, book.id from page join book on book.key = page.book"
            f" where {starts('source_sha256')} = {starts('?1')} and source_sha256 = ?1 and source_index = ?2"
            f" and {KEPT}",
            (bytes.fromhex(sha256), index),
        )
        return [(page_name(number), book) for number, book in rows]

    def page_with_bytes(self, sha256: str, *, not_in: BookId | None = None) -> tuple[str, str] | None:
        """A kept page of any book whose master is this very file, or that was made of it: its id and its book."""
        row = self._db.execute(
            "select page.id, book.id from page join book on book.key = page.book"
            f" where {starts('sha256')} = {starts('?1')} and sha256 = ?1 and {KEPT} and book.id is not ?2"
            " union all select page.id, book.id from page join book on book.key = page.book"
            f" where {starts('source_sha256')} = {starts('?1')} and source_sha256 = ?1 and {KEPT}"
            " and book.id is not ?2 limit 1",
            (bytes.fromhex(sha256), str(not_in) if not_in else None),
        ).fetchone()
        return (page_name(row[0]), row[1]) if row else None

    def last_book_of(self, device: str) -> BookId | None:
        """The book of the page that came last from a device."""
        term = self._db.execute("select id from term where text = ?", (device,)).fetchone()
        if term is None:
            return None
        row = self._db.execute(
            "select book.id from page join book on book.key = page.book where device = ?"
            " order by page.key desc limit 1",
            term,
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
                [(operator, at, page_number(page)) for page in pages],
            )

    def mark_page(self, page_id: str, kind: PageKind) -> None:
        """Say what a page is; one that belongs in no case loses its links to cases."""
        with self._transaction():
            self._db.execute("update page set kind = ? where id = ?", (place_of(kind, KINDS), page_number(page_id)))
            if not kind.in_case:
                self._unlink(page_id)

    def discard_page(self, page_id: str, why: str) -> None:
        """Take a page out of its book. Its master and its row stay."""
        with self._transaction():
            self._db.execute(
                "update page set state = ?, why = ? where id = ?",
                (place_of(PageState.DISCARDED, STATES), why, page_number(page_id)),
            )
            self._unlink(page_id)

    def master_files(self) -> set[str]:
        """Every master that has a row, relative to the root, whatever its state."""
        rows = self._db.execute(
            "select book.id, coalesce(part.whole, page.id), extension.text from page join book on book.key = page.book"
            f" join term extension on extension.id = page.extension {AS_PART}"
        )
        return {_file(*row) for row in rows}

    def knows_file(self, file: str) -> bool:
        """Whether a file, relative to the root, is the master of a page, whatever its state."""
        numbers = page_range(PurePosixPath(file).stem)
        row = self._db.execute(
            "select book.id, page.id, extension.text from page join book on book.key = page.book"
            " join term extension on extension.id = page.extension where page.id = ?",
            (numbers[0] if numbers else None,),
        ).fetchone()
        return row is not None and _file(*row) == file

    def has_master(self, sha256: str) -> bool:
        row = self._db.execute(
            f"select 1 from page where {starts('sha256')} = {starts('?1')} and sha256 = ?1", (bytes.fromhex(sha256),)
        ).fetchone()
        return row is not None


def _extension(page: Page) -> str:
    """What follows the page's id in its master's name. Raises `ValueError` for a master that lies elsewhere."""
    start = f"{_MASTERS}/{page.book}/{page.id}"
    if not page.file.startswith(start):
        raise ValueError(page.file)
    return page.file.removeprefix(start)


def _file(book: str, number: int, extension: str) -> str:
    """Where a master lies, relative to the root."""
    return f"{_MASTERS}/{book}/{page_name(number)}{extension}"


def _page(row: tuple[Any, ...], order: int) -> Page:
    (
        number, book, kind, state, sha256, extension, size, width, height, dpi, operator, device, seconds, zone,
        source_index, source, sheet, side, replaces, feed, stack, review, looked_at, cover_sheet, whole, *cut,
    ) = row  # fmt: skip
    digest = sha256.hex()
    source_sha256 = source.hex() if source else None if source_index is None else digest
    side_name = None if side is None else SIDES[side].value
    origin = Origin(operator, device, join_time(seconds, zone), source_sha256, source_index or 0, sheet, side_name)
    return Page(
        page_name(number), BookId.parse(book), order, KINDS[kind], STATES[state], digest,
        _file(book, number if whole is None else whole, extension), size, width, height, dpi, origin,
        None if replaces is None else page_name(replaces), feed, stack,
        Review(review) if review and not looked_at else None, looked_at, _part(whole, *cut),
        cover_sheet is not None,
    )  # fmt: skip


def _part(whole: int | None, half: int, top: int, bottom: int, copy_of: bytes) -> Part | None:
    return None if whole is None else Part(page_name(whole), Cut(HALVES[half], top, bottom), copy_of.hex())
