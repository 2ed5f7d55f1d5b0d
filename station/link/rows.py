"""What a record says of itself: its number, its book, its values as the fields keep them, and what is wrong there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from station.indexing.dates import iso_date, written_date
from station.indexing.desk import DATE
from station.indexing.values import BadField, normalise
from station.link.matching import Key
from station.link.records import BOOK, NUMBER
from station.naming import UNKNOWN_YEAR
from station.registers.columns import Kind
from station.tables import read_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from station.link.records import Place, Record
    from station.naming import BookId
    from station.registers.columns import Field

# `01/2018`, also `1a/2018` and, without its slash, `01` or `01-2018`. Two digits of a year would be a guess.
_NUMBER = re.compile(r"([0-9]{1,5})([a-z]?)(?:\s*[/.-]\s*([0-9]{4}))?", re.IGNORECASE)
# `02/2018`; some write the kind of the book between: `02/TP-KS/2018`.
_BOOK = re.compile(r"([0-9]{1,3})(?:\s*[/.-]\s*(?:[^/]*/\s*)?([0-9]{4}))?")
_DAY_NUMBER = re.compile(r"[0-9]{5}")

# Rules that have a finding of their own; what else a field does not take is `bad-value`.
_CODES = {"field.date": "bad-date", "field.year": "bad-date", "field.page": "bad-page", "field.code": "bad-code"}


@dataclass(frozen=True)
class LinkFinding:
    """Something that a person should look at, with its place in the file; `place` is None for a scan without a row."""

    code: str
    place: Place | None
    number: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        where: dict[str, Any] = {"sheet": None, "row": None, "column": None}
        if self.place:
            where = {"sheet": self.place.sheet, "row": self.place.row, "column": self.place.column or None}
        return {"code": self.code, **where, "number": self.number, **self.values}


@dataclass
class LinkRow:
    """A record as the station understands it. `key` is None when it has no number that could be read.

    `volume` and `book_year` are None where the record does not say them. `values` are those of the fields that people
    type, as the fields keep them.
    """

    record: Record
    key: Key | None = None
    volume: int | None = None
    book_year: int | None = None
    values: dict[str, str] = field(default_factory=dict)
    findings: list[LinkFinding] = field(default_factory=list)

    @property
    def number(self) -> str:
        return self.record.cells.get(NUMBER, "")

    def find(self, code: str, column: str, **values: Any) -> None:
        self.findings.append(LinkFinding(code, self.record.place(column), self.number, {"field": column, **values}))

    def of_book(self, book: BookId) -> bool:
        """Whether the record is one of this book, as far as it says: by the book that it names, else by its number."""
        if self.volume is not None and self.volume != book.volume:
            return False
        year = self.key.year if self.book_year is None and self.key else self.book_year
        return year is None or book.year_first <= year <= book.year_last

    @property
    def book_text(self) -> str:
        """The book as the record names it."""
        year = self.key.year if self.book_year is None and self.key else self.book_year
        volume = "?" if self.volume is None else f"{self.volume:02}"
        return f"{volume}/{'?' if year is None else f'{year:04}'}"


class RowReader:
    """Reads the records of one book's type. Values are judged once however often they stand in the file."""

    def __init__(self, fields: dict[str, Field], book: BookId) -> None:
        self._fields = {name: wanted for name, wanted in fields.items() if wanted.typed}
        self._book = book
        self._judged: dict[str, dict[str, str | BadField]] = {name: {} for name in self._fields}

    def read(self, record: Record) -> LinkRow:
        row = LinkRow(record)
        for name, text in record.cells.items():
            wanted = self._fields.get(name)
            if wanted:
                self._take(row, wanted, text)
        self._read_book(row)
        self._read_number(row)
        return row

    def _take(self, row: LinkRow, wanted: Field, text: str) -> None:
        known = self._judged[wanted.name]
        judged = known.get(text)
        if judged is None:
            judged = known[text] = _judge(wanted, text)
        if isinstance(judged, BadField):
            row.find(_CODES.get(judged.code, "bad-value"), wanted.name, text=text, rule=judged.code)
        else:
            row.values[wanted.name] = judged

    def _read_book(self, row: LinkRow) -> None:
        text = row.record.cells.get(BOOK, "")
        match = _BOOK.fullmatch(text)
        if match:
            volume, year = match.groups()
            row.volume, row.book_year = int(volume), int(year) if year else None
        if text and "/" not in text:
            row.find("book-without-slash", BOOK, text=text)
        elif text and not match:
            row.find("bad-book", BOOK, text=text)

    def _read_number(self, row: LinkRow) -> None:
        """The number with its year: what `so` says, else the year of the registration, else of a book of one year.

        The year of a registration that cannot be of the book which the record names is a slip, and is told.
        """
        text = row.number
        match = _NUMBER.fullmatch(text)
        if text and "/" not in text:
            row.find("number-without-slash", NUMBER, text=text)
        elif not match or not int(match[1]):
            row.find("bad-number", NUMBER, text=text)
        date = iso_date(row.values.get(DATE, ""))
        if not match or not int(match[1]):
            return
        said = int(match[3]) if match[3] else None
        if said not in {None, UNKNOWN_YEAR} and date and said != int(date[:4]):
            row.find("year-differs", NUMBER, date=written_date(date))
        year = self._likely_year(row, date) if said is None else said
        if year is not None:
            row.key = Key(year, int(match[1]), match[2].lower(), date)
        if row.book_year is not None and row.of_book(self._book):
            self._tell_other_years(row, said, date)

    def _tell_other_years(self, row: LinkRow, said: int | None, date: str | None) -> None:
        """A record that names this book and gives its number, or without one its day, another year than the book's."""
        book = self._book
        if not book.year_known:
            return
        if said is not None and not book.year_first <= said <= book.year_last:
            row.find("number-not-of-book", NUMBER, book=row.record.cells[BOOK])
        elif said is None and date and not book.year_first <= int(date[:4]) <= book.year_last:
            row.find("date-not-of-book", DATE, text=row.record.cells[DATE], book=row.record.cells[BOOK])

    def _likely_year(self, row: LinkRow, date: str | None) -> int | None:
        book = self._book
        if date and (row.book_year is None or book.year_first <= int(date[:4]) <= book.year_last):
            return int(date[:4])
        return book.year_first if row.book_year is None and book.one_year else row.book_year


def _judge(wanted: Field, text: str) -> str | BadField:
    try:
        return normalise(wanted, _day(text) if wanted.kind is Kind.DATE else text)
    except BadField as error:
        return error


def _day(text: str) -> str:
    """A date cell that somebody made a number or a text: Excel's day number, or a day with an hour."""
    if _DAY_NUMBER.fullmatch(text) or "T" in text:
        try:
            return read_date(text) or ""
        except ValueError:
            return text
    return text


def find_duplicates(rows: list[LinkRow]) -> Iterator[tuple[LinkRow, LinkRow]]:
    """Rows whose year and number another row above has already, with that row."""
    first: dict[tuple[int, int, str], LinkRow] = {}
    for row in rows:
        if row.key is None:
            continue
        holder = first.setdefault((row.key.year, row.key.value, row.key.suffix), row)
        if holder is not row:
            yield row, holder
