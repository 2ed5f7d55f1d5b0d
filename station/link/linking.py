"""Linking a book: matching its cases to records, comparing what both say, and taking over what is empty here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Self

from station import clock
from station.books.exceptions import exceptions_of, notes_of
from station.indexing.dates import iso_date, written_date
from station.indexing.desk import DATE
from station.indexing.entries import Entry, FieldState, Side, Source, states
from station.link.matching import Key, match
from station.link.records import NUMBER, Place, read_records
from station.link.rows import LinkFinding, LinkRow, RowReader, find_duplicates
from station.recovery import content_of
from station.registers.columns import Kind
from station.sealing.workbook import known_fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from station.link.matching import Matching
    from station.link.records import Records
    from station.model import Case, PageKind
    from station.naming import BookId
    from station.registers.columns import ColumnProfile, Field
    from station.sealing.bag import BookContent
    from station.wiring import Station

NOTE = "ghiChu"

_UNTOLD = FieldState()


@dataclass(frozen=True)
class Difference:
    """A field of which the station and a record say different things; `by` is who typed ours, "" for the station."""

    number: str
    field: str
    ours: str
    theirs: str
    by: str
    place: Place


@dataclass
class LinkReport:
    """What linking a book found.

    `entries` and `dates` (ISO, by case) are what the records have and the station lacks. `other_books` counts the rows
    that are left alone by the book which they name; `first_of_others` is where the first of each stands.
    """

    records: Records
    rows: int = 0
    matched: int = 0
    agreed: int = 0
    findings: list[LinkFinding] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    other_books: dict[str, int] = field(default_factory=dict)
    first_of_others: dict[str, Place] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    dates: dict[int, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Book:
    """What the station holds of the book: its content as it would be packed, and what its columns take."""

    content: BookContent
    columns: ColumnProfile

    @classmethod
    def of(cls, station: Station, book: BookId) -> Self:
        return cls(content_of(station, book), station.columns)

    @cached_property
    def fields(self) -> dict[str, Field]:
        return {wanted.name: wanted for wanted in self.columns.fields(self.content.book.id.type)}

    @cached_property
    def places(self) -> tuple[Field, ...]:
        """The fields that the station fills with the place of its registry."""
        return tuple(wanted for wanted in self.fields.values() if wanted.kind is Kind.PLACE)

    @cached_property
    def pages(self) -> dict[str, int]:
        return self.content.page_numbers

    @cached_property
    def kinds(self) -> dict[str, PageKind]:
        return {page.id: page.kind for page in self.content.pages}


def link_book(station: Station, book: BookId, path: Path, take: Collection[str] = ()) -> LinkReport:
    """Compare a file with a book and take over what the records have and the station lacks.

    The commit point is the one transaction of all its rows; done twice it changes nothing more. Raises `BadInput`, and
    `UsageError` when the book is sealed or in use.
    """
    with station.changing(book):
        report = link(Book.of(station, book), path, station.operator, take)
        if report.entries:
            station.catalogue.enter(report.entries, report.dates)
    return report


def link(book: Book, path: Path, operator: str, take: Collection[str] = ()) -> LinkReport:
    """Compare a file with a book; nothing is changed. The fields of `take` go over even where ours say something else.

    Raises `BadInput` when the file cannot be read or holds no records of the book's type.
    """
    book_id = book.content.book.id
    records = read_records(path, book.columns, book_id.type)
    reader = RowReader(book.fields, book_id)
    rows = [reader.read(record) for record in records.records]
    own = [row for row in rows if row.of_book(book_id)]
    others = [row for row in rows if not row.of_book(book_id)]
    report = LinkReport(
        records, rows=len(rows), other_books=dict(sorted(Counter(row.book_text for row in others).items()))
    )
    report.first_of_others = {row.book_text: row.record.place() for row in reversed(others)}
    report.findings += _of_sheets(records, book)
    report.findings += _empty_cells(records, own, book)
    report.findings += (finding for row in own for finding in row.findings)
    report.findings += _duplicates(rows, own)
    taking = _Taking(operator, frozenset(take), clock.now())
    for row, case in _pair(book, own, report):
        _compare(book, row, case, taking, report)
    report.findings.sort(key=_order)
    return report


def _of_sheets(records: Records, book: Book) -> Iterator[LinkFinding]:
    """Required columns that a sheet lacks, columns that stand there twice, cells without a value."""
    for sheet in records.sheets:
        header = Place(sheet.name, sheet.header_row)
        for wanted in book.fields.values():
            if wanted.required and wanted.name not in sheet.letters:
                yield LinkFinding("missing-column", header, values={"field": wanted.name})
        for name in sheet.doubled:
            yield LinkFinding("doubled-column", header, values={"field": name})
    for place, why in records.bad:
        yield LinkFinding("bad-cell", place, values={"why": why})


def _empty_cells(records: Records, own: list[LinkRow], book: Book) -> Iterator[LinkFinding]:
    """Required columns that are there and empty in rows of this book: one finding a column, at the first of its rows.

    A number that is missing and a cell without a value have findings of their own.
    """
    required = [wanted.name for wanted in book.fields.values() if wanted.required and wanted.name != NUMBER]
    told = {place for place, _ in records.bad}
    for sheet in records.sheets:
        rows = [row for row in own if row.record.sheet is sheet]
        for name in required:
            empty = [row for row in rows if name in sheet.letters and name not in row.record.cells]
            if told:
                empty = [row for row in empty if row.record.place(name) not in told]
            if empty:
                values = {"field": name, "count": len(empty), "rows": [row.record.row for row in empty]}
                yield LinkFinding("empty-cell", empty[0].record.place(name), empty[0].number, values)


def _duplicates(rows: list[LinkRow], own: list[LinkRow]) -> Iterator[LinkFinding]:
    """A number twice in a year, also when the other row is of another book: numbers go on from book to book."""
    ours = set(map(id, own))
    for row, holder in find_duplicates(rows):
        if id(row) in ours or id(holder) in ours:
            place = holder.record.place()
            values = {"first_sheet": place.sheet, "first_row": place.row}
            yield LinkFinding("duplicate-number", row.record.place(NUMBER), row.number, values)


def _pair(book: Book, own: list[LinkRow], report: LinkReport) -> Iterator[tuple[LinkRow, Case]]:
    """The rows with their cases; what has no partner becomes a finding."""
    cases = book.content.cases
    numbered = [row for row in own if row.key]
    keys = [row.key for row in numbered if row.key]
    found = match(keys, [_key(case) for case in cases])
    report.matched = len(found.pairs)
    report.findings += _unmatched(numbered, cases, found)
    for index, case in found.pairs.items():
        yield numbered[index], cases[case]


def _key(case: Case) -> Key:
    return Key(case.number.year, case.number.value, case.number.suffix, case.date)


def _unmatched(rows: list[LinkRow], cases: tuple[Case, ...], found: Matching) -> Iterator[LinkFinding]:
    for index in found.records:
        yield LinkFinding("row-without-scan", rows[index].record.place(), rows[index].number)
    for index in found.unclear:
        yield LinkFinding("row-unclear", rows[index].record.place(), rows[index].number)
    unclear = {key.number for index in found.unclear if (key := rows[index].key)}
    for index in found.cases:
        number = cases[index].number
        if (number.year, number.value) not in unclear:
            yield LinkFinding("scan-without-row", None, str(number))


@dataclass(frozen=True)
class _Taking:
    operator: str
    fields: frozenset[str]
    at: str

    def entry(self, case: Case, name: str, value: str, state: FieldState) -> Entry:
        """A record's word as an entry: the first one here, or the decision where two people typed already."""
        side = Side.SETTLED if state.second or state.settled else Side.FIRST
        return Entry(case.id, name, side, value, Source.RECORD, self.operator, self.at)


def _compare(book: Book, row: LinkRow, case: Case, taking: _Taking, report: LinkReport) -> None:
    """What the record says of each field against what counts here. Where nobody said anything here, it goes over."""
    found, known = states(book.content.entries.get(case.id, ())), _known(book, case)
    for name, theirs in row.values.items():
        state = found.get(name, _UNTOLD)
        ours = _ours(case, name, state, known)
        if theirs == ours or (name == NOTE and theirs == _full_note(book, case, state.value)):
            report.agreed += 1
        elif ours is None or name in taking.fields:
            report.entries.append(taking.entry(case, name, theirs, state))
            if name == DATE:
                report.dates[case.id] = iso_date(theirs)
        else:
            by = state.counts.operator if state.counts else ""
            report.differences.append(Difference(str(case.number), name, ours, theirs, by, row.record.place(name)))


def _known(book: Book, case: Case) -> dict[str, str]:
    """What the station would fill in by itself, by column."""
    page = str(book.pages[case.pages[0]]) if case.pages else ""
    content = book.content
    return known_fields(case, content.book.id, content.registry, book.places, page)


def _ours(case: Case, name: str, state: FieldState, known: Mapping[str, str]) -> str | None:
    """What the station says of a field, or None when nobody said anything: what was typed, else what it knows."""
    if name == DATE:
        return written_date(case.date) or (state.value if state.counts else None)
    if state.counts:
        return state.value
    return known.get(name) or None


def _full_note(book: Book, case: Case, typed: str) -> str:
    codes = exceptions_of(book.content.book, case, book.kinds)
    return notes_of(codes, book.columns.meanings.notes, typed, case.note)


def _order(finding: LinkFinding) -> tuple[bool, str, int, str]:
    place = finding.place
    return (True, "", 0, finding.number) if place is None else (False, place.sheet, place.row, place.column)
