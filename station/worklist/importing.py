"""Taking a work list in: good rows in one transaction, bad rows told with their place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from station import clock
from station.errors import StationError, UsageError
from station.model import Book, BookState
from station.naming import BookId
from station.training import mode as training
from station.worklist.exclusions import excluded_books
from station.worklist.offices import Offices
from station.worklist.overlaps import Overlap, find_overlaps
from station.worklist.rows import BookRow, ListReader, Problem
from station.worklist.sheets import lists_of, read_sheets
from station.worklist.unnumbered import next_free, row_key

if TYPE_CHECKING:
    from pathlib import Path

    from station.wiring import Station
    from station.worklist.sheets import Sheet

_LISTED = ("first_number", "last_number", "pages_expected", "shelf", "assigned", "due")


@dataclass
class ImportReport:
    """What became of a list. `given` are the books that got their number from the station, with the row of each."""

    sheets: list[Sheet]
    added: list[BookId] = field(default_factory=list)
    changed: list[BookId] = field(default_factory=list)
    unchanged: list[BookId] = field(default_factory=list)
    given: list[tuple[BookRow, BookId]] = field(default_factory=list)
    excluded: list[BookId] = field(default_factory=list)
    overlaps: list[Overlap] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def books(self) -> list[BookId]:
        return [*self.added, *self.changed, *self.unchanged]


def import_books(station: Station, file: Path, sheet: str | None = None) -> ImportReport:
    """Take the books of a list; the same list again changes nothing.

    A row of a known book updates what the list says of it; what a row does not say stays. The rows are written in one
    transaction: a crash before its end leaves the work list as it was, one after it lacks at most the inboxes of the
    books, which the next import makes. Raises `BadInput` for a file of which nothing can be taken.
    """
    report = ImportReport(read_sheets(file, sheet, needed=("volume",)))
    own = station.settings.station.registry
    with station.catalogue.entering():
        offices = Offices(station.catalogue.registries(), own)
        _Import(station, offices, report).enter(_read_rows(report, offices))
    for book in report.books:
        station.make_inbox(book)
    report.excluded = sorted(excluded_books(station.catalogue, report.books))
    report.overlaps = find_overlaps(station.catalogue.books(), set(report.books))
    return report


def _read_rows(report: ImportReport, offices: Offices) -> list[BookRow]:
    rows: list[BookRow] = []
    for table, header in lists_of(report.sheets):
        for one in ListReader(table, header, offices).rows():
            if isinstance(one, BookRow):
                rows.append(one)
            else:
                report.problems += one
    return rows


class _Import:
    """One run over the rows, inside its transaction."""

    def __init__(self, station: Station, offices: Offices, report: ImportReport) -> None:
        self._station, self._offices, self._report = station, offices, report
        self._catalogue = station.catalogue
        self._known = {book.id: book for book in self._catalogue.books()}
        self._keys = self._catalogue.list_keys()
        self._seen: dict[BookId, BookRow] = {}
        self._alike: Counter[str] = Counter()
        self._at = clock.now()

    def enter(self, rows: list[BookRow]) -> None:
        """Numbered books first, so that no number which the list needs is given to an unnumbered one."""
        for row in sorted(rows, key=lambda row: row.volume is None):
            try:
                training.check_registry(row.registry, training=self._station.settings.station.training)
                if row.volume is None:
                    self._enter_unnumbered(row)
                else:
                    self._enter_numbered(row, BookId.of(row.registry, row.type, *row.years, row.volume))
            except StationError as error:
                self._report.problems.append(row.problem(error.code, **error.values))
        self._report.problems.sort(key=lambda one: (one.sheet, one.row))

    def _enter_numbered(self, row: BookRow, book: BookId) -> None:
        before = self._seen.setdefault(book, row)
        if before is not row:
            if replace(before, sheet="", row=0) != replace(row, sheet="", row=0):
                raise UsageError("row-twice", book=str(book), sheet=before.sheet, row=before.row)
            return
        known = self._known.get(book)
        if known and known.number_given:
            raise UsageError("row-number-given", book=str(book))
        self._take(row, _listed(row, book))

    def _enter_unnumbered(self, row: BookRow) -> None:
        plain = row_key(row, 0)
        self._alike[plain] += 1
        key = row_key(row, self._alike[plain])
        book = self._keys.get(key) or next_free(BookId.of(row.registry, row.type, *row.years, 1), list(self._known))
        self._take(row, replace(_listed(row, book), number_given=True), key)
        self._report.given.append((row, book))

    def _take(self, row: BookRow, wanted: Book, key: str | None = None) -> None:
        known = self._known.get(wanted.id)
        if known is None:
            self._add(wanted, key)
        elif not _differs(known, wanted):
            self._report.unchanged.append(wanted.id)
        elif known.state is BookState.SEALED:
            raise UsageError("row-sealed", book=str(wanted.id), row=row.row)
        else:
            self._catalogue.expect(wanted)
            self._report.changed.append(wanted.id)

    def _add(self, wanted: Book, key: str | None) -> None:
        registry = self._offices.registry(wanted.id.registry)
        if registry is None:
            raise UsageError("no-such-registry", code=wanted.id.registry)
        if not self._offices.is_kept(registry.code):
            self._catalogue.add_registry(registry)
        self._catalogue.add_book(wanted, self._at, key)
        self._known[wanted.id] = wanted
        self._report.added.append(wanted.id)


def _listed(row: BookRow, book: BookId) -> Book:
    return Book(
        book, BookState.OPEN, row.first_number, row.last_number, row.pages, row.shelf, row.assigned, row.due
    )  # fmt: skip


def _differs(known: Book, wanted: Book) -> bool:
    """Whether the list says something else than what is kept; what it does not say is no difference."""
    return any(getattr(wanted, name) is not None and getattr(wanted, name) != getattr(known, name) for name in _LISTED)
