"""Errors that an operator or technician can act on. Each carries the key of its sentence in `words` and its values."""

from __future__ import annotations

import errno
import sqlite3
from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """What a command's exit status means; part of the contract of the commands."""

    DONE = 0
    DEFECT = 1
    USAGE = 2
    FINDINGS = 3
    BAD_INPUT = 4
    DEVICE = 5
    STORAGE = 6
    DESTINATION = 7


class StationError(Exception):
    """Base of what is told to a person. `code` is stable and stands in `--json` output."""

    exit = Exit.USAGE

    def __init__(self, code: str, /, **values: Any) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        return f"{self.code} {self.values}"


class BadName(StationError):  # noqa: N818 - reads as what it is
    """An id, number or name that does not parse."""


class SettingsError(StationError):
    """A settings or profile file that is refused, with file and key."""


class UsageError(StationError):
    """Something was asked that does not fit: an unknown book, a sealed one, no such device."""


class BadInput(StationError):  # noqa: N818
    """A delivered file was refused; the others were taken."""

    exit = Exit.BAD_INPUT


class Refused(StationError):  # noqa: N818
    """Packing or another step was refused because of findings."""

    exit = Exit.FINDINGS


class StorageError(StationError):
    """The disk is full, or a database is newer than the program."""

    exit = Exit.STORAGE


class DestinationError(StationError):
    """A destination cannot be reached or refuses; everything is still queued."""

    exit = Exit.DESTINATION


class ScanStopped(StationError):  # noqa: N818
    """A device fault ended a scan; pages before it are kept."""

    exit = Exit.DEVICE


def is_storage_trouble(error: Exception) -> bool:
    """Whether an error from below means that this machine cannot write: a full, broken or read-only disk."""
    from outbox.errors import Code, OutboxError

    if isinstance(error, OutboxError):
        return error.code in {Code.STORAGE_FULL, Code.STORE_NEWER, Code.STORE_UNUSABLE}
    if isinstance(error, sqlite3.OperationalError):
        # The low byte of SQLite's extended codes is the plain one: SQLITE_IOERR_WRITE is an SQLITE_IOERR.
        return (error.sqlite_errorcode or 0) & 0xFF in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
    return isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}
