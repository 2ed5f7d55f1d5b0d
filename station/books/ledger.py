"""A book as a list of its numbers: those with pages, those that lack one, those that somebody explained."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from station.completeness.checking import check_book
from station.naming import CaseNumber

if TYPE_CHECKING:
    from station.model import Case, Missing, Why
    from station.naming import BookId
    from station.wiring import Station


class Stands(StrEnum):
    """How a number of a book stands."""

    THERE = "there"
    NO_PAGE = "no-page"
    GAP = "gap"
    TWICE = "twice"
    EXPLAINED = "explained"
    DISPUTED = "disputed"
    """Explained, but it has a page, another book has it, the one that is named has it not, or no list has it."""
    MISDATED = "misdated"
    """Its date is of another year."""

    @property
    def settled(self) -> bool:
        """Whether nobody has to do anything about it."""
        return self in {Stands.THERE, Stands.EXPLAINED}


_FINDINGS = {
    "gap": Stands.GAP,
    "gap-between": Stands.GAP,
    "second-missing": Stands.GAP,
    "number-in-other-book": Stands.TWICE,
    "explained-but-there": Stands.DISPUTED,
    "explained-but-elsewhere": Stands.DISPUTED,
    "explained-beyond-list": Stands.DISPUTED,
    "not-in-other-book": Stands.DISPUTED,
    "year-differs": Stands.MISDATED,
}


@dataclass(frozen=True)
class Line:
    """A number. `other` is the book that has it too, or has it instead; `why` and `by` are of an explanation."""

    number: CaseNumber
    stands: Stands
    pages: tuple[str, ...] = ()
    orders: tuple[int, ...] = ()
    date: str | None = None
    other: str = ""
    why: Why | None = None
    by: str = ""


def read_ledger(station: Station, book: BookId) -> list[Line]:
    """Every number of a book in order. Raises `UsageError` for a book of no list."""
    found = station.book(str(book))
    orders = {page.id: page.order for page in station.catalogue.pages(book)}
    lines = {case.number: _of_case(case, orders) for case in station.catalogue.cases(book)}
    lines |= {entry.number: _of_missing(entry, lines.get(entry.number)) for entry in station.catalogue.missing(book)}
    for finding in check_book(
        station.catalogue, found, station.recipe.key, station.columns.uncounted, station.naming.suffixes
    ):
        stands = _FINDINGS.get(finding.code)
        if stands:
            number = CaseNumber.parse(finding.subject, book)
            line = lines.get(number, Line(number, stands))
            other = str(finding.values.get("other", "")) or line.other
            lines[number] = Line(number, stands, line.pages, line.orders, line.date, other, line.why, line.by)
    return [lines[number] for number in sorted(lines)]


def _of_case(case: Case, orders: dict[str, int]) -> Line:
    stands = Stands.THERE if case.pages else Stands.NO_PAGE
    return Line(case.number, stands, case.pages, tuple(orders[page] for page in case.pages), case.date)


def _of_missing(entry: Missing, line: Line | None) -> Line:
    there = line or Line(entry.number, Stands.EXPLAINED)
    return Line(
        entry.number,
        Stands.EXPLAINED,
        there.pages,
        there.orders,
        there.date,
        entry.other or "",
        entry.why,
        entry.operator,
    )
