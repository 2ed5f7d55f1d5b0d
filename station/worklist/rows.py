"""The rows of a list: read cell by cell, each mistake with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from station.errors import BadName
from station.naming import VOLUME_LAST, YEAR_LAST, BookId
from station.registers import register_types
from station.tables import column_letters
from station.text import fold
from station.worklist import cells
from station.worklist.words import field_of, label_of, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from station.tables import Header, Row, Table
    from station.worklist.offices import Offices

Value = TypeVar("Value")

# While it is not known of which years a book is, a number may be of any.
_ANY_YEARS = (0, YEAR_LAST)
_NAMING = ("id", "registry", "registry_name", "type", "year", "volume")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row, and where: `column` has its letters, or is empty when the whole row is meant."""

    sheet: str
    row: int
    column: str
    code: str
    values: dict[str, Any]


@dataclass(frozen=True)
class BookRow:
    """A row of a list. `volume` None: the book bears no number, or in a list of exclusions all books are meant."""

    sheet: str
    row: int
    registry: str
    type: str
    years: tuple[int, int]
    volume: int | None
    first_number: int | None = None
    last_number: int | None = None
    pages: int | None = None
    shelf: str | None = None
    assigned: str | None = None
    due: str | None = None
    reason: str | None = None

    def problem(self, code: str, **values: Any) -> Problem:
        return Problem(self.sheet, self.row, "", code, values)


@dataclass(frozen=True)
class ListReader:
    """Reads the rows of a sheet.

    In a work list a book without a number is said by `?`, an empty cell is a mistake; with `exclusions` an empty cell
    means all books, and `?` is the mistake.
    """

    table: Table
    header: Header
    offices: Offices
    exclusions: bool = False

    def rows(self) -> Iterator[BookRow | list[Problem]]:
        """Each row as a book, or what is wrong with it. Sums and headers that are printed again are no rows."""
        for row in self.table.rows[self.header.row + 1 :]:
            if not self._is_book(row):
                continue
            reading = _Reading(self, row)
            book = reading.book()
            yield reading.problems if book is None else book

    def _is_book(self, row: Row) -> bool:
        texts = [cell for cell in row.cells if cell]
        if not texts:
            return any((row.number, column) in self.table.bad for column in self.header.columns.values())
        header_again = sum(field_of(text) == field for field, text in self._named(row)) >= len(self.header.columns) - 1
        named = [text for field, text in self._named(row) if field in _NAMING and text]
        is_sum = len(named) <= 1 and any(fold(texts[0]).startswith(word) for word in words("sums"))
        return not header_again and not is_sum

    def _named(self, row: Row) -> list[tuple[str, str]]:
        return [(field, row.cell(column)) for field, column in self.header.columns.items()]


class _Reading:
    """One row while it is read: cells that do not say what they should become problems, the others are still read."""

    def __init__(self, reader: ListReader, row: Row) -> None:
        self._reader, self._row = reader, row
        self.problems: list[Problem] = []

    def book(self) -> BookRow | None:
        self._refuse_bad_cells()
        key = self._key()
        years = key[2] if key else _ANY_YEARS
        first = self._try("first_number", lambda text: cells.read_case_number(text, years))
        last = self._try("last_number", lambda text: cells.read_case_number(text, years))
        if first and last and last < first and years[0] == years[1]:
            self._add("last_number", "first-after-last", first=first, last=last)
        pages, due = self._try("pages", cells.read_pages), self._try("due", cells.read_due)
        if key is None or self.problems:
            return None
        shelf, assigned, reason = (self._text(field) or None for field in ("shelf", "assigned", "reason"))
        registry, kind, _, volume = key
        return BookRow(
            self._reader.table.sheet, self._row.number, registry, kind, years, volume, first, last, pages, shelf,
            assigned, due, reason,
        )  # fmt: skip

    def _key(self) -> tuple[str, str, tuple[int, int], int | None] | None:
        if self._text("id"):
            return self._key_of_id(self._text("id"))
        years = self._try("year", lambda text: cells.read_years(text, self._text("year_last")), needed=True)
        kind = self._try("type", cells.read_type, needed=True)
        volume = self._volume(years or _ANY_YEARS)
        registry = self._registry(years or _ANY_YEARS)
        if self.problems or years is None or kind is None or registry is None:
            return None
        return registry, kind, years, volume

    def _key_of_id(self, text: str) -> tuple[str, str, tuple[int, int], int | None] | None:
        own = self._registry(_ANY_YEARS) if "/" not in text else None
        try:
            book = BookId.parse(text, own)
        except BadName as error:
            self._add("id", error.code, **error.values)
            return None
        years = (book.year_first, book.year_last)
        if "/" in text and self._registry_of(book.registry, years, "id") is None:
            return None
        return book.registry, book.type, years, book.volume

    def _volume(self, years: tuple[int, int]) -> int | None:
        exclusions = self._reader.exclusions
        volume = self._try("volume", lambda text: cells.read_volume(text, years), needed=not exclusions)
        if exclusions and volume is None and self._text("volume"):
            self._add("volume", "bad-volume", text=self._text("volume"), last=VOLUME_LAST)
        return volume

    def _registry(self, years: tuple[int, int]) -> str | None:
        field = "registry" if self._text("registry") else "registry_name"
        return self._registry_of(self._text(field), years, field)

    def _registry_of(self, text: str, years: tuple[int, int], field: str) -> str | None:
        try:
            return self._reader.offices.code_of(text, self._text("district"), years)
        except BadName as error:
            self._add(field, error.code, **error.values)
            return None

    def _refuse_bad_cells(self) -> None:
        for field, column in self._reader.header.columns.items():
            bad = self._reader.table.bad.get((self._row.number, column))
            if bad:
                self._add(field, f"cell-{bad}")

    def _try(self, field: str, read: Callable[[str], Value | None], *, needed: bool = False) -> Value | None:
        text = self._text(field)
        if not text and not needed:
            return None
        if not text:
            self._refuse_empty(field)
            return None
        try:
            return read(text)
        except BadName as error:
            self._add(field, error.code, **error.values)
            return None

    def _refuse_empty(self, field: str) -> None:
        """Years and book numbers may be unknown; of which type a book is can be seen."""
        if field == "type":
            self._add(field, "cell-empty-type", label=label_of(field), known=", ".join(register_types()))
        else:
            self._add(field, "cell-empty", label=label_of(field))

    def _text(self, field: str) -> str:
        column = self._reader.header.columns.get(field)
        return "" if column is None else self._row.cell(column).replace("\n", " ")

    def _add(self, field: str, code: str, **values: Any) -> None:
        column = self._reader.header.columns.get(field)
        letters = "" if column is None else column_letters(column)
        if not any(one.column == letters and letters for one in self.problems):
            self.problems.append(Problem(self._reader.table.sheet, self._row.number, letters, code, values))
