"""The connection under the catalogue and its transactions.

Two files: `catalogue.db` holds what cannot be made again, `copies.db` what was made of pages. The first one is synced
with every commit; the second one may lose its last commits in a power cut, and is begun anew where it is damaged.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Self

from outbox.migrations import migrate, write_ahead
from station.catalogue import packing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BUSY_SECONDS = 10.0


log = logging.getLogger(__name__)


class Database:
    """`catalogue.db` with `copies.db` beside it, open and migrated."""

    def __init__(self, path: Path) -> None:
        """Open and migrate. Raises `outbox.migrations.StoreError` for a database of a newer program."""
        self._db = _connect(path)
        try:
            packing.teach(self._db)
            self._db.execute("pragma synchronous = full")
            migrate(self._db, "station.migrations")
            copies = path.with_name("copies.db")
            _prepare_copies(copies)
            self._db.execute("attach database ? as copies", (str(copies),))
            self._db.execute("pragma copies.synchronous = normal")
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    def stamp(self) -> tuple[int, int]:
        """Another one when anything was committed to `catalogue.db`, here or by others; comparable for this one alone.

        The pragma tells of the commits of other connections, the count of one's own.
        """
        (others,) = self._db.execute("pragma main.data_version").fetchone()
        return int(others), self._db.total_changes

    @contextmanager
    def entering(self) -> Iterator[None]:
        """One transaction for what the methods that commit by themselves read and write inside."""
        with self._transaction():
            yield

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        write_ahead(connection, _BUSY_SECONDS)
        connection.execute("pragma foreign_keys = on")
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare_copies(path: Path) -> None:
    """Make or migrate `copies.db`. One that is no database any more is laid aside: all of it can be made again."""
    try:
        _migrate_copies(path)
    except sqlite3.OperationalError:  # locked, or no room: the file itself is as it was
        raise
    except sqlite3.DatabaseError as error:
        aside = path.with_name("copies.db.damaged")
        log.warning("%s is damaged and was laid aside as %s: %s", path, aside.name, error)
        path.replace(aside)
        for extra in ("-wal", "-shm"):
            path.with_name(path.name + extra).unlink(missing_ok=True)
        _migrate_copies(path)


def _migrate_copies(path: Path) -> None:
    with closing(_connect(path)) as connection:
        migrate(connection, "station.migrations.copies")
