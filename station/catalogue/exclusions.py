"""What must not be scanned again, and what a checker lets through all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from station.catalogue.database import Database
from station.model import Exclusion, Inclusion, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from station.naming import BookId

_COLUMNS = "registry, type, year_first, year_last, volume, first_number, last_number, reason, source"


class Exclusions(Database):
    """Books and numbers of the earlier phase."""

    def exclude(self, exclusions: Iterable[Exclusion], operator: str, at: str) -> int:
        """Keep these, in one transaction; returns how many were not kept yet."""
        added = 0
        with self._transaction():
            for one in exclusions:
                cursor = self._db.execute(
                    f"insert into exclusion ({_COLUMNS}, operator, at)"
                    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
                    (
                        one.registry, one.type, one.year_first, one.year_last, one.volume, one.first_number,
                        one.last_number, one.reason, one.source, operator, at,
                    ),
                )  # fmt: skip
                added += cursor.rowcount
        return added

    def exclusions(self, registry: str | None = None, kind: str | None = None) -> list[Exclusion]:
        """All of them, or those of a registry and type, in the order of their years."""
        rows = self._db.execute(
            f"select {_COLUMNS} from exclusion where registry = coalesce(?, registry) and type = coalesce(?, type)"
            " order by registry, type, year_first, volume, first_number",
            (registry, kind),
        )
        return [Exclusion(*row) for row in rows]

    def include(self, inclusion: Inclusion) -> None:
        """Keep a checker's word, or that one is taken back."""
        with self._transaction():
            key = self._db.execute(
                "insert into inclusion (book, checker, why, operator, at, withdraws) values (?, ?, ?, ?, ?, ?)",
                (
                    inclusion.book, inclusion.checker, inclusion.why, inclusion.operator, inclusion.at,
                    inclusion.withdraws,
                ),
            ).lastrowid  # fmt: skip
            self._db.executemany(
                "insert into inclusion_span (inclusion, year, first, last) values (?, ?, ?, ?)",
                [(key, span.year, span.first, span.last) for span in inclusion.spans],
            )

    def inclusions(self, book: BookId | None = None) -> list[Inclusion]:
        """Every word on each book, or on one, the earliest first."""
        spans: dict[int, list[Span]] = {}
        for key, *span in self._db.execute("select inclusion, year, first, last from inclusion_span"):
            spans.setdefault(key, []).append(Span(*span))
        rows: Iterable[tuple[Any, ...]] = self._db.execute(
            "select id, book, checker, why, operator, at, withdraws from inclusion where book = coalesce(?, book)"
            " order by id",
            (str(book) if book else None,),
        )
        return [
            Inclusion(owner, checker, why, operator, at, tuple(spans.get(key, ())), bool(withdraws))
            for key, owner, checker, why, operator, at, withdraws in rows
        ]
