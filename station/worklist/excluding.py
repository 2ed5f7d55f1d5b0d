"""Taking in the list of what an earlier phase has done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from station import clock
from station.model import Exclusion
from station.worklist.exclusions import ExclusionList, lets_through
from station.worklist.offices import Offices
from station.worklist.rows import BookRow, ListReader, Problem
from station.worklist.sheets import lists_of, read_sheets

if TYPE_CHECKING:
    from pathlib import Path

    from station.naming import BookId
    from station.wiring import Station
    from station.worklist.sheets import Sheet


@dataclass
class ExclusionReport:
    """What became of an exclusion list: how many rows were not kept yet, and which listed books are excluded now.

    `let_through` are those of which the list excludes something that a checker let through.
    """

    sheets: list[Sheet]
    rows: int = 0
    added: int = 0
    books: list[BookId] = field(default_factory=list)
    let_through: list[BookId] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def import_exclusions(station: Station, file: Path, sheet: str | None = None) -> ExclusionReport:
    """Take an exclusion list, in one transaction; the same list again changes nothing.

    A row with a book number means that book, one without all books of its registry, type and years; with a first and
    a last number only these. Raises `BadInput` for a file of which nothing can be taken.
    """
    report = ExclusionReport(read_sheets(file, sheet, needed=()))
    offices = Offices(station.catalogue.registries(), station.settings.station.registry)
    wanted = []
    for table, header in lists_of(report.sheets):
        for row in ListReader(table, header, offices, exclusions=True).rows():
            if isinstance(row, BookRow):
                wanted += _exclusion(row, file.name, report)
            else:
                report.problems += row
    report.rows = len(wanted)
    report.added = station.catalogue.exclude(wanted, station.operator, clock.now())
    listed = [book.id for book in station.catalogue.books()]
    read = ExclusionList.read(station.catalogue)
    report.books = sorted(book for book in listed if read.of_book(book))
    report.let_through = sorted(
        book for book in listed if lets_through(read.words.get(str(book), ())) and read.rows(book)
    )
    return report


def _exclusion(row: BookRow, file: str, report: ExclusionReport) -> list[Exclusion]:
    if (row.first_number is None) is not (row.last_number is None):
        report.problems.append(row.problem("range-half"))
        return []
    source = f"{file}, {row.sheet}, {row.row}" if row.sheet != file else f"{file}, {row.row}"
    numbers = (row.first_number, row.last_number)
    return [Exclusion(row.registry, row.type, *row.years, row.volume, *numbers, row.reason or "", source)]
