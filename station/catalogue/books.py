"""Registries and the work list of books."""

from __future__ import annotations

from typing import Any

from station.catalogue.database import Database
from station.model import Book, BookState, Registry
from station.naming import BookId

_BOOK_COLUMNS = "id, state, first_number, last_number, pages_expected"


class Books(Database):
    """Books and the registries that kept them."""

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


def _book(row: tuple[Any, ...]) -> Book:
    book_id, state, first, last, pages = row
    return Book(BookId.parse(book_id), BookState(state), first, last, pages)
