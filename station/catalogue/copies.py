"""What was made of pages: delivery copies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from station.catalogue.database import Database
from station.model import Copy

if TYPE_CHECKING:
    from station.naming import BookId


class Copies(Database):
    """Delivery copies."""

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


def _copy(row: tuple[Any, ...]) -> Copy:
    master, recipe, file, sha256, size, width, height, dpi, quality, verdicts = row
    return Copy(master, recipe, file, sha256, size, width, height, dpi, quality, tuple(json.loads(verdicts)))
