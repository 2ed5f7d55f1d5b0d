"""Numbered changes of a SQLite database, each committed together with its number; other packages may use it too.

`executescript` would commit an open transaction first, so the statements of a script run one by one inside ours. A
database with a number beyond the last script belongs to a newer program and is refused as it is.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources

from outbox.errors import Code, OutboxError

_PAUSE_SECONDS = 0.02


class StoreError(OutboxError):
    """The database cannot be used: it is of a newer program, or no database at all."""


def write_ahead(connection: sqlite3.Connection, patience: float) -> None:
    """Switch to the write-ahead journal, for good; while others open the same new database, for so many seconds.

    SQLite does not wait by itself here: two that switch at the same moment would wait for each other.
    """
    end = time.monotonic() + patience
    while True:
        try:
            connection.execute("pragma journal_mode = wal").fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def migrate(connection: sqlite3.Connection, package: str) -> None:
    """Bring a database to the last script of `package` (`0001_name.sql`, ...); the connection must be in autocommit.

    A crash between two scripts leaves a whole older version, and the next start goes on from it. Foreign keys are not
    held against single statements, so that a script can rebuild a table that others refer to, but against its result.
    """
    scripts = _scripts(package)
    version = _version(connection)
    if version < len(scripts):
        with _unchecked_keys(connection):
            while (version := _version(connection)) < len(scripts):
                _apply(connection, version, scripts[version])
    if version > len(scripts):
        raise StoreError(Code.STORE_NEWER, f"version {version}, this program knows {len(scripts)}")


@contextmanager
def _unchecked_keys(connection: sqlite3.Connection) -> Iterator[None]:
    (before,) = connection.execute("pragma foreign_keys").fetchone()
    connection.execute("pragma foreign_keys = off")
    try:
        yield
    finally:
        connection.execute(f"pragma foreign_keys = {before:d}")


def _apply(connection: sqlite3.Connection, version: int, script: str) -> None:
    connection.execute("begin exclusive")
    try:
        if _version(connection) == version:  # another process may have been first
            for statement in _statements(script):
                connection.execute(statement)
            _check_keys(connection)
            connection.execute(f"pragma user_version = {version + 1:d}")
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise


def _check_keys(connection: sqlite3.Connection) -> None:
    if broken := connection.execute("pragma foreign_key_check").fetchall():
        raise sqlite3.IntegrityError(f"{len(broken)} references to nothing, the first in {broken[0][0]}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("pragma user_version").fetchone()[0])


def _scripts(package: str) -> list[str]:
    files = sorted(
        (file for file in resources.files(package).iterdir() if file.name.endswith(".sql")), key=lambda file: file.name
    )
    return [file.read_text(encoding="utf-8") for file in files]


def _statements(script: str) -> Iterator[str]:
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
