"""What was typed of cases. Rows are added, never changed: the last one of a case, field and side counts.

A row holds the fields of a case that one hand gave at one time.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import asdict

from station.catalogue.database import Database
from station.indexing.entries import Entry, Side, Source
from station.naming import CaseNumber

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from station.model import Case
    from station.naming import BookId

_Row = tuple[int, str, str, str, str, str]
_read = msgspec.json.Decoder(dict[str, str]).decode

_SIDES = {side.value: side for side in Side}
_SOURCES = {source.value: source for source in Source}
_COLUMNS = "case_id, side, source, operator, at, fields"


class Fields(Database):
    """The fields of cases with their history."""

    def enter(self, entries: Iterable[Entry], dates: Mapping[int, str | None] | None = None) -> None:
        """Keep what was typed, and the registration dates (ISO, by case) that follow from it, in one transaction."""
        with self._transaction():
            self._db.executemany(f"insert into entry ({_COLUMNS}) values (?, ?, ?, ?, ?, ?)", _rows(entries))
            self._db.executemany(
                "update cases set date = ? where id = ?", [(date, case) for case, date in (dates or {}).items()]
            )

    def entries_of(self, case_id: int) -> list[Entry]:
        """Everything that was ever typed of a case, oldest first."""
        rows = self._db.execute(f"select {_COLUMNS} from entry where case_id = ? order by id", (case_id,))
        return [entry for row in rows for entry in _entries(row)]

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
            found.setdefault(row[0], []).extend(_entries(row))
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
                "at": at, "entries": [msgspec.convert(entry, Entry) for entry in json.loads(entries)],
            }
            for year, number, suffix, date, entries, why, operator, at in rows
        ]  # fmt: skip


def _rows(entries: Iterable[Entry]) -> Iterator[_Row]:
    """A row for what follows each other of one case, side, source, person and time, each field once."""
    row, fields = None, dict[str, str]()
    for entry in entries:
        head = (entry.case_id, entry.side, entry.source, entry.operator, entry.at)
        if row and (row != head or entry.field in fields):
            yield *row, _written(fields)
            fields = {}
        row = head
        fields[entry.field] = entry.value
    if row:
        yield *row, _written(fields)


def _written(fields: dict[str, str]) -> str:
    return msgspec.json.encode(fields).decode()


def _entries(row: _Row) -> list[Entry]:
    case_id, side, source, operator, at, fields = row
    whose, whence = _SIDES[side], _SOURCES[source]
    return [Entry(case_id, field, whose, value, whence, operator, at) for field, value in _read(fields).items()]
