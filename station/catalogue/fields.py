"""What was typed of cases. Rows are added, never changed: the last one of a case, field and side counts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from station.catalogue.database import Database
from station.indexing.entries import Entry, Side, Source
from station.naming import CaseNumber

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from station.model import Case
    from station.naming import BookId

_SIDES = {side.value: side for side in Side}
_SOURCES = {source.value: source for source in Source}
_COLUMNS = "case_id, field, side, value, source, operator, at"


class Fields(Database):
    """The fields of cases with their history."""

    def enter(self, entries: Iterable[Entry], dates: Mapping[int, str | None] | None = None) -> None:
        """Keep what was typed, and the registration dates (ISO, by case) that follow from it, in one transaction."""
        rows = ((e.case_id, e.field, e.side, e.value, e.source, e.operator, e.at) for e in entries)
        with self._transaction():
            self._db.executemany(f"insert into entry ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?)", rows)
            self._db.executemany(
                "update cases set date = ? where id = ?", [(date, case) for case, date in (dates or {}).items()]
            )

    def entries_of(self, case_id: int) -> list[Entry]:
        """Everything that was ever typed of a case, oldest first."""
        rows = self._db.execute(f"select {_COLUMNS} from entry where case_id = ? order by id", (case_id,))
        return [_entry(row) for row in rows]

    def entries(self, book: BookId) -> dict[int, list[Entry]]:
        """Everything that was ever typed of a book's cases, by case, oldest first."""
        rows = self._db.execute(
            f"select {_COLUMNS} from entry where case_id in"
            " (select id from cases where book = (select key from book where id = ?))"
            " order by case_id, id",
            (str(book),),
        )
        found: dict[int, list[Entry]] = {}
        for row in rows:
            found.setdefault(row[0], []).append(_entry(row))
        return found

    def move_entries(self, source: Case, target: Case, date: str | None) -> None:
        """Let what was typed of a case belong to another one; a case that is left without page and entry goes."""
        with self._transaction():
            self._db.execute("update entry set case_id = ? where case_id = ?", (target.id, source.id))
            self._db.execute("update cases set date = ? where id = ?", (date, target.id))
            self._db.execute("update cases set date = null where id = ?", (source.id,))
            self._db.execute(
                "delete from cases where id = ? and not exists (select 1 from case_page where case_id = cases.id)",
                (source.id,),
            )

    def drop_case(self, case: Case, why: str, operator: str, at: str) -> None:
        """Take a case without a page out of its book. What was typed of it is kept beside, with who dropped it."""
        number = case.number
        history = json.dumps([asdict(entry) for entry in self.entries_of(case.id)], ensure_ascii=False)
        with self._transaction():
            self._db.execute(
                "insert into dropped_case (book, year, number, suffix, date, entries, why, operator, at)"
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    str(case.book), number.year, number.value, number.suffix, case.date, history, why, operator, at,
                ),
            )  # fmt: skip
            self._db.execute("delete from entry where case_id = ?", (case.id,))
            self._db.execute("delete from cases where id = ?", (case.id,))

    def dropped_cases(self, book: BookId) -> list[dict[str, Any]]:
        """Cases that were taken out of a book, oldest first: number, date, entries, why, operator, at."""
        rows = self._db.execute(
            "select year, number, suffix, date, entries, why, operator, at from dropped_case where book = ?"
            " order by id",
            (str(book),),
        )
        return [
            {
                "number": str(CaseNumber(year, number, suffix)), "date": date, "why": why, "operator": operator,
                "at": at, "entries": [_entry(tuple(entry.values())) for entry in json.loads(entries)],
            }
            for year, number, suffix, date, entries, why, operator, at in rows
        ]  # fmt: skip


def _entry(row: tuple[Any, ...]) -> Entry:
    case_id, field, side, value, source, operator, at = row
    return Entry(case_id, field, _SIDES[side], value, _SOURCES[source], operator, at)
