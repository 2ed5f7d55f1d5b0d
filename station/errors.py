"""Errors that an operator or technician can act on. Each carries the key of its sentence in `words` and its values."""

from __future__ import annotations

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
