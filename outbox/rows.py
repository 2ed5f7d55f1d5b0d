"""The rows of `outbox.db` and how one is changed: every step through the table of `states`, with its line of history.

A row is an item: one bag on its way to one destination. A bag with several destinations has several rows.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from outbox.durable import StorageFull
from outbox.errors import Code, OutboxError, Reason
from outbox.items import Item, LastError, utc_text, utc_time
from outbox.migrations import StoreError, migrate, write_ahead
from outbox.states import Event, State, advance, of_all

_BUSY_TIMEOUT_S = 10.0
LONGEST_TEXT = 2_000
# every state may leave these behind; `_change` sets them anew unless a caller says otherwise
_NO_LEASE: Mapping[str, Any] = {"lease_owner": None, "lease_until": None, "next_attempt_at": None}
NO_ERROR: Mapping[str, Any] = {"error_code": None, "error_text": None}

Clock = Callable[[], datetime]


class ItemUnknownError(OutboxError):
    """The queue has no item of this bag id."""

    def __init__(self, bag_id: str) -> None:
        super().__init__(Code.ITEM_UNKNOWN, bag_id)


class LeaseLostError(OutboxError):
    """The item is no longer this sender's: held, received by a stick, or taken over."""

    def __init__(self, bag_id: str) -> None:
        super().__init__(Code.LEASE_LOST, bag_id)


class Rows:
    """A connection to the outbox database; one for each process and thread, any number of processes."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._home = path.absolute().parent
        self._clock = clock
        self._db = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    @property
    def locks(self) -> Path:
        """Where each sender of this queue keeps the lock that tells that it is alive."""
        return self.path.with_name(self.path.name + "-senders")

    def close(self) -> None:
        self._db.close()

    def stamp(self) -> tuple[int, int]:
        """Another one when anything was committed, here or by others; comparable for this connection alone."""
        (others,) = self._db.execute("pragma data_version").fetchone()
        return int(others), self._db.total_changes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _prepare(self) -> None:
        try:
            write_ahead(self._db, _BUSY_TIMEOUT_S)
            for pragma in ("synchronous = full", "foreign_keys = on"):
                self._db.execute(f"pragma {pragma}").fetchall()
            migrate(self._db, "outbox.migrations")
        except sqlite3.DatabaseError as error:
            raise self._typed(error) from error

    @contextmanager
    def _write(self) -> Iterator[str]:
        """A transaction that may write from its first statement on; gives the time, the same for all of it."""
        try:
            self._db.execute("begin immediate")
            try:
                yield utc_text(self._clock())
                self._db.execute("commit")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                raise
        except sqlite3.DatabaseError as error:
            raise self._typed(error) from error

    def _typed(self, error: sqlite3.DatabaseError) -> OutboxError:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
            return StorageFull(str(self.path))
        return StoreError(Code.STORE_UNUSABLE, f"{self.path}: {error}")

    def _change(
        self,
        item_id: int,
        event: Event,
        now: str,
        reason: Reason | None = None,
        detail: str | None = None,
        **columns: Any,
    ) -> Item:
        """One step of the table: the new state, its columns and its line of history."""
        state = advance(self._item(item_id).state, event)
        error = error_columns(reason) if reason else {}
        self._set(item_id, now, **{"state": state.value, **_NO_LEASE, **error, **columns})
        self._log(item_id, event, state, now, reason, detail)
        return self._item(item_id)

    def _set(self, item_id: int, now: str, **columns: Any) -> None:
        names = ", ".join(f"{name} = :{name}" for name in (*columns, "updated_at"))
        self._db.execute(
            f"update items set {names} where id = :id",  # noqa: S608 - names are keywords of this class, never data
            {**columns, "updated_at": now, "id": item_id},
        )

    def _log(
        self, item_id: int, event: str, state: State, now: str, reason: Reason | None = None, detail: str | None = None
    ) -> None:
        code = reason.code if reason else None
        text = reason.detail[:LONGEST_TEXT] if reason else detail
        self._db.execute(
            "insert into events (item_id, at, event, state, code, detail) values (?, ?, ?, ?, ?, ?)",
            (item_id, now, event, state, code, text),
        )

    def _rows_of(self, bag_id: str) -> list[sqlite3.Row]:
        """A bag's rows, one for each destination; raises `ItemUnknownError` for a bag without any."""
        rows = self._db.execute("select * from items where bag_id = ? order by id", (bag_id,)).fetchall()
        if not rows:
            raise ItemUnknownError(bag_id)
        return rows

    def _leading(self, bag_id: str) -> sqlite3.Row:
        """The row that tells how a bag stands."""
        rows = self._rows_of(bag_id)
        state = state_of(rows)
        return next(row for row in rows if row["state"] == state)

    def _item(self, item_id: int) -> Item:
        return self._item_of(self._db.execute("select * from items where id = ?", (item_id,)).fetchone())

    def _item_of(self, row: sqlite3.Row) -> Item:
        return item_of(row, self._home)

    def _noted(self, folder: Path) -> str:
        """A bag's folder as the database holds it: where it lies beside the database, so that both can be moved, else
        its whole path. `item_of` reads it.
        """
        folder = folder.absolute()
        return str(folder.relative_to(self._home) if folder.is_relative_to(self._home) else folder)

    def _in(self, span: timedelta) -> str:
        return utc_text(self._clock() + span)


def state_of(rows: Collection[sqlite3.Row]) -> State:
    """How the bag of these rows stands."""
    return of_all([State(row["state"]) for row in rows], any_of=any(row["any_of"] for row in rows))


def error_columns(reason: Reason) -> dict[str, Any]:
    return {"error_code": reason.code.value, "error_text": reason.detail[:LONGEST_TEXT]}


def item_of(row: sqlite3.Row, home: Path) -> Item:
    """The item of a row; `home` is where the database lies."""
    return Item(
        id=row["id"],
        bag_id=row["bag_id"],
        folder=home / row["folder"],
        digest=row["digest"],
        size=row["size"],
        state=State(row["state"]),
        destination=row["destination"],
        attempts=row["attempts"],
        last_error=LastError(row["error_code"], row["error_text"]) if row["error_code"] else None,
        next_attempt_at=utc_time(row["next_attempt_at"]),
        bytes_done=row["bytes_done"],
        bytes_per_s=row["bytes_per_s"],
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
        sent_at=utc_time(row["sent_at"]),
        received_at=utc_time(row["received_at"]),
        any_of=bool(row["any_of"]),
    )
