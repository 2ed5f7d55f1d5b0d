"""Reading a delivered table in a process of its own, within limits of memory and time."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from station.errors import BadInput
from station.tables.model import Table  # noqa: TC001 - msgspec reads it at run time

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReadLimits:
    """What reading one file may take. A typed workbook of 100,000 rows and 70 columns stays below a quarter of it."""

    memory_mb: int = 2048
    """Address space of the reader: a sheet whose last cell stands at XFD1048576 would fill any machine."""
    seconds: float = 120
    unpacked_mb: int = 600
    """What the parts of a workbook may come to together; it is a zip."""
    times_packed: int = 200
    """Above 20 MB a workbook may unpack to so many times its size: XML of tables shrinks 5 to 40 times."""
    rows: int = 200_000
    """Rows with something in them, in all sheets together."""


class Answer(msgspec.Struct):
    """What the reader says: tables, or the code and values of a refusal; `cause` is technical, for the log."""

    tables: tuple[Table, ...] = ()
    refused: str | None = None
    values: dict[str, str] = {}
    cause: str = ""


def read_tables(path: Path, limits: ReadLimits | None = None) -> list[Table]:
    """The sheets of a workbook (xlsx, xlsm, xlsb, xls, ods) or a CSV file as one; judged by content, not by name.

    A file is read whole or not at all. Raises `BadInput`, code `table-...`, for one that is damaged, protected by a
    password, no table, or beyond the limits. Macros and formulas are never run.
    """
    limits = limits or ReadLimits()
    if path.is_dir():
        raise BadInput("table-is-folder", file=str(path))
    if not path.is_file():
        raise BadInput("no-such-path", path=str(path))
    answer = _ask(path, limits)
    if answer.refused:
        log.warning("%s: %s (%s)", path.name, answer.refused, answer.cause or "-")
        raise BadInput(answer.refused, file=path.name, **answer.values)
    return list(answer.tables)


def _ask(path: Path, limits: ReadLimits) -> Answer:
    """Run the reader. It dies by its limits or by a defect of a decoder; both are said of the file."""
    request = msgspec.json.encode(limits).decode()
    # Arenas of further threads would count as address space.
    environment = os.environ | {"MALLOC_ARENA_MAX": "2"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "station.tables.reader", str(path.absolute()), request],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limits.seconds,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _too_slow(limits)
    if done.returncode == -signal.SIGXCPU:
        return _too_slow(limits)
    if done.returncode < 0:
        return Answer(refused="table-too-large", values={"detail": f"{limits.memory_mb} MB"})
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    return msgspec.msgpack.decode(done.stdout, type=Answer)


def _too_slow(limits: ReadLimits) -> Answer:
    return Answer(refused="table-too-slow", values={"seconds": f"{limits.seconds:g}"})
