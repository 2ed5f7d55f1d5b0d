"""The work list of books."""

from __future__ import annotations

from typing import Any

from station.catalogue.packing import KEPT, PRINTED
from station.catalogue.registries import Registries
from station.model import Book, BookState
from station.naming import BookId

_BOOK_COLUMNS = "id, state, first_number, last_number, pages_expected, shelf, assigned_to, due, number_given"


class Books(Registries):
    """Books as the work list knows them."""

    def add_book(self, book: Book, at: str, key: str | None = None) -> bool:
        """Enter a book in the work list; False, and nothing changed, when it is there already.

        `key` is by what the row of a book without a number is known again.
        """
        cursor = self._db.execute(
            "insert into book (id, registry, type, year_first, year_last, volume, first_number, last_number,"
            " pages_expected, shelf, assigned_to, due, number_given, list_key, added_at, key)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (select coalesce(max(key), 0) + 1 from book))"
            " on conflict (id) do nothing",
            (
                str(book.id), book.id.registry, book.id.type, book.id.year_first, book.id.year_last, book.id.volume,
                book.first_number, book.last_number, book.pages_expected, book.shelf, book.assigned, book.due,
                int(book.number_given), key, at,
            ),
        )  # fmt: skip
        return cursor.rowcount == 1

    def expect(self, book: Book) -> None:
        """Take over what the work list now says of a book; what it does not say stays."""
        self._db.execute(
            "update book set first_number = coalesce(?, first_number), last_number = coalesce(?, last_number),"
            " pages_expected = coalesce(?, pages_expected), shelf = coalesce(?, shelf),"
            " assigned_to = coalesce(?, assigned_to), due = coalesce(?, due) where id = ?",
            (
                book.first_number, book.last_number, book.pages_expected, book.shelf, book.assigned, book.due,
                str(book.id),
            ),
        )  # fmt: skip

    def book(self, book: BookId) -> Book | None:
        row = self._db.execute(f"select {_BOOK_COLUMNS} from book where id = ?", (str(book),)).fetchone()
        return _book(row) if row else None

    def books(self) -> list[Book]:
        """All books, by registry, type, year and volume."""
        order = "registry, type, year_first, year_last, volume"
        return [_book(row) for row in self._db.execute(f"select {_BOOK_COLUMNS} from book order by {order}")]

    def books_of_series(self, book: BookId) -> list[Book]:
        """The books of a book's registry and type that share a year with it."""
        rows = self._db.execute(
            f"select {_BOOK_COLUMNS} from book"
            " where registry = ? and type = ? and year_first <= ? and year_last >= ?"
            " order by year_first, year_last, volume",
            (book.registry, book.type, book.year_last, book.year_first),
        )
        return [_book(row) for row in rows]

    def own_recipe(self, book: BookId) -> str | None:
        """The name of the recipe that was chosen for a book; None: that of the settings."""
        row = self._db.execute("select own_recipe from book where id = ?", (str(book),)).fetchone()
        return str(row[0]) if row and row[0] else None

    def copies_by(self, book: BookId) -> str | None:
        """The key of the recipe whose delivery copies count for a book; None: that of the settings."""
        row = self._db.execute("select copies_by from book where id = ?", (str(book),)).fetchone()
        return str(row[0]) if row and row[0] else None

    def choose_recipe(self, book: BookId, name: str | None, key: str | None) -> None:
        """The recipe of a book by name and key; None for both: that of the settings."""
        self._db.execute("update book set own_recipe = ?, copies_by = ? where id = ?", (name, key, str(book)))

    def list_keys(self) -> dict[str, BookId]:
        """The books that got their number from the station, by the key of their row in the list."""
        rows = self._db.execute("select list_key, id from book where list_key is not null")
        return {key: BookId.parse(book) for key, book in rows}

    def counts(self) -> dict[str, tuple[int, int]]:
        """Kept pages and cases of each book, by book id; the station's own cover sheets are no pages of it."""
        pages = dict(self._db.execute(f"select book, count(*) from page where {KEPT} and not {PRINTED} group by book"))
        cases = dict(self._db.execute("select book, count(*) from cases group by book"))
        books = self._db.execute("select key, id from book")
        return {book: (pages.get(key, 0), cases.get(key, 0)) for key, book in books}


def _book(row: tuple[Any, ...]) -> Book:
    book_id, state, first, last, pages, shelf, assigned, due, number_given = row
    book = BookId.parse(book_id)
    return Book(book, BookState(state), first, last, pages, shelf, assigned, due, bool(number_given))
