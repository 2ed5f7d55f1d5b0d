"""The process that reads one table and answers on stdout: `python -m station.tables.reader FILE LIMITS`."""

from __future__ import annotations

import resource
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from station.errors import BadInput
from station.tables.content import Kind, kind_of
from station.tables.delimited import read_delimited
from station.tables.model import Row, Table
from station.tables.reading import Answer, ReadLimits
from station.tables.workbook import read_workbook
from station.text import read_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

_CAUSE_LONGEST = 200


def main(arguments: Sequence[str]) -> None:
    """Read the file of the first argument within the limits of the second."""
    limits = msgspec.json.decode(arguments[1], type=ReadLimits)
    confine(limits)
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer(Path(arguments[0]), limits)))


def confine(limits: ReadLimits) -> None:
    """From here on the kernel refuses more memory and ends the process that works for too long."""
    memory, seconds = limits.memory_mb << 20, max(1, round(limits.seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer(file: Path, limits: ReadLimits) -> Answer:
    """The tables of a file, or why it is refused. A decoder that gives up in any way has refused the file."""
    try:
        kind = kind_of(file, limits)
        tables = read_delimited(file, limits) if kind is Kind.TEXT else read_workbook(file, kind, limits)
        return Answer(tables=tuple(map(_in_unicode, tables)))
    except BadInput as refusal:
        values = {name: str(value) for name, value in refusal.values.items()}
        return Answer(refused=refusal.code, values=values, cause=_told(refusal.__cause__))
    except MemoryError:
        return Answer(refused="table-too-large", values={"detail": f"{limits.memory_mb} MB"})
    except OSError as error:
        return Answer(refused="table-unreadable", cause=_told(error))
    except BaseException as error:  # noqa: BLE001 - a panic of the decoder is no Exception
        return Answer(refused="table-damaged", cause=_told(error))


def _told(error: BaseException | None) -> str:
    """What went wrong below, in the words of whoever found it."""
    return f"{type(error).__name__}: {error}"[:_CAUSE_LONGEST] if error else ""


def _in_unicode(table: Table) -> Table:
    """The table with what was typed in TCVN3 or VNI converted, each sheet judged as a whole."""
    read, encoding = read_rows([row.cells for row in table.rows])
    rows = tuple(Row(row.number, tuple(cells)) for row, cells in zip(table.rows, read, strict=True))
    return replace(table, rows=rows, encoding=encoding)


if __name__ == "__main__":
    main(sys.argv[1:])
