"""Sealed bags, and books that were opened again after sealing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from station.catalogue.database import Database
from station.model import Rework

if TYPE_CHECKING:
    from station.naming import BookId

_BAG_COLUMNS = ("id", "book", "digest", "pages", "cases", "sealed_at", "supersedes")


class Bags(Database):
    """The bags of books, oldest first, each naming the one whose place it takes."""

    def add_bag(
        self, bag_id: str, book: BookId, digest: str, counts: tuple[int, int], at: str, recipe: str | None = None
    ) -> None:
        """Keep that a book is sealed in this bag, which takes the place of the book's last one; twice is once.

        `recipe` is the key of the recipe of its delivery copies, None where nobody knows it.
        """
        with self._transaction():
            self._db.execute(
                "insert into bag (id, book, digest, pages, cases, sealed_at, supersedes) values (?, ?, ?, ?, ?, ?,"
                " (select id from bag where book = ? order by rowid desc limit 1)) on conflict (id) do nothing",
                (bag_id, str(book), digest, *counts, at, str(book)),
            )
            self._db.execute("update book set state = 'sealed', copies_by = ? where id = ?", (recipe, str(book)))

    def bags(self, book: BookId | None = None) -> list[dict[str, Any]]:
        """Sealed bags, oldest first."""
        rows = self._db.execute(
            f"select {', '.join(_BAG_COLUMNS)} from bag where ? is null or book = ? order by rowid",
            (str(book) if book else None, str(book)),
        )
        return [dict(zip(_BAG_COLUMNS, row, strict=True)) for row in rows]

    def reopen(self, book: BookId, rework: Rework, recipe: str | None = None) -> None:
        """Open a sealed book again and keep who allowed it, in one transaction.

        `recipe` is the key of the recipe by which its copies are made from now on, None for that of the settings.
        """
        with self._transaction():
            self._db.execute(
                "insert into rework (book, bag, checker, why, operator, at, held) values (?, ?, ?, ?, ?, ?, ?)",
                (str(book), rework.bag, rework.checker, rework.why, rework.operator, rework.at, rework.held),
            )
            self._db.execute("update book set state = 'open', copies_by = ? where id = ?", (recipe, str(book)))

    def reworks(self, book: BookId) -> list[Rework]:
        """How often and why a book was opened again, oldest first."""
        rows = self._db.execute(
            "select bag, checker, why, operator, at, held from rework where book = ? order by id", (str(book),)
        )
        return [Rework(bag, checker, why, who, at, bool(held)) for bag, checker, why, who, at, held in rows]

    def let_go(self, bag_id: str) -> None:
        """Keep that this bag is not held back for rework any more."""
        self._db.execute("update rework set held = 0 where bag = ?", (bag_id,))
