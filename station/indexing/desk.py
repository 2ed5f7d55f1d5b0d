"""The desk at which one operator types the cases of one book: reading, typing, comparing, settling."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from station import clock
from station.books.cases import find_case
from station.errors import StationError, UsageError
from station.indexing.dates import iso_date, written_date
from station.indexing.entries import Entry, FieldState, Side, Source, current, differences, states, typists
from station.indexing.values import BadField, normalise
from station.model import Finding
from station.said import said_why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from station.catalogue import Catalogue
    from station.model import Case
    from station.naming import BookId, CaseNumber
    from station.registers.columns import ColumnProfile, Field

DATE = "ngayDangKy"
"""The field whose truth is the case's own date."""


@dataclass(frozen=True)
class Replaced:
    """An entry that another one now stands before: which field, and who had typed it when."""

    field: str
    operator: str
    at: str


@dataclass
class Outcome:
    """What became of one case's typing: the fields that were kept, or the refusals, field by field."""

    number: CaseNumber | None
    kept: list[str] = field(default_factory=list)
    replaced: list[Replaced] = field(default_factory=list)
    refused: list[StationError] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Desk:
    """Typing of one book by one operator. Methods that change something expect the book to be held.

    Everything is read back from the catalogue each time: two people may sit at two desks.
    """

    catalogue: Catalogue
    columns: ColumnProfile
    book: BookId
    operator: str

    def fields(self) -> dict[str, Field]:
        """The fields of this book's cases in the order of its workbook, by name."""
        return {field.name: field for field in self.columns.fields(self.book.type)}

    def field(self, name: str) -> Field:
        """A field that people type into. Raises `UsageError`."""
        known = self.fields()
        found = known.get(name)
        if found is None:
            near = get_close_matches(name, known, n=3, cutoff=0.4) or list(known)
            raise UsageError("no-such-field", field=name, type=self.book.type, near=", ".join(near))
        if not found.typed:
            raise UsageError("field-of-station", field=name)
        return found

    def case(self, number: CaseNumber) -> Case:
        return find_case(self.catalogue, self.book, number)

    def states(self, case: Case) -> dict[str, FieldState]:
        """What each side says of a case, field by field."""
        return states(self.history(case))

    def history(self, case: Case) -> list[Entry]:
        """Everything that was ever typed of a case, oldest first."""
        return _with_date(case, self.catalogue.entries_of(case.id))

    def type_in(self, number: CaseNumber, values: Mapping[str, str], side: Side = Side.FIRST) -> Outcome:
        """Keep what was typed of a case: all of it, or nothing with the refusals field by field.

        A field that says already what is typed gets no further row. Raises `UsageError` for an unknown case or field,
        and when the operator has typed this case's other side: double entry means two people.
        """
        case, outcome = self.case(number), Outcome(number)
        history = self.history(case)
        self._refuse_same_person(number, history, side)
        typed = dict(self._normalised(values, outcome))
        if outcome.refused:
            return outcome
        before = states(history)
        entries = []
        for name, value in typed.items():
            old = before.get(name, FieldState()).of(side)
            if old and old.value == value:
                continue
            if old and old.value:
                outcome.replaced.append(Replaced(name, old.operator, old.at))
            entries.append(self._entry(case, name, side, value))
        self._enter(case, history, entries)
        outcome.kept = list(typed)
        mine = states(entry for entry in [*history, *entries] if entry.side is side)
        outcome.warnings = list(self._warnings(case, current(mine)))
        return outcome

    def settle(self, number: CaseNumber, name: str, take: Side | None, value: str = "") -> Outcome:
        """Decide a field by a third look: what one of the two typed, or the value that the paper really holds.

        Raises `UsageError` when that one typed nothing.
        """
        case, wanted = self.case(number), self.field(name)
        history = self.history(case)
        if take:
            entry = states(history).get(name, FieldState()).of(take)
            if entry is None:
                raise UsageError("nothing-to-take", number=str(number), field=name, entry=take)
            value = entry.value
        outcome = Outcome(number)
        try:
            value = normalise(wanted, value)
        except BadField as error:
            outcome.refused.append(error)
            return outcome
        self._enter(case, history, [self._entry(case, name, Side.SETTLED, value)])
        outcome.kept = [name]
        return outcome

    def move(self, source: CaseNumber, target: CaseNumber) -> None:
        """Let what was typed of one case belong to another, of which nothing was typed yet.

        Raises `UsageError` for unknown cases, when there is nothing to move, or when the other case has entries.
        """
        taken, given = self.case(source), self.case(target)
        entries = self.history(taken)
        if not entries:
            raise UsageError("nothing-typed", number=str(source))
        if self.history(given):
            raise UsageError("case-has-entries", number=str(target))
        self.catalogue.move_entries(taken, given, taken.date)

    def drop(self, number: CaseNumber, why: str) -> None:
        """Take a case without a page out of the book. Raises `UsageError` when it has pages, and without a reason."""
        case, why = self.case(number), said_why(why)
        if case.pages:
            raise UsageError("case-has-pages", number=str(number))
        self.catalogue.drop_case(case, why, self.operator, clock.now())

    def compare(self) -> Iterator[tuple[Case, str, FieldState]]:
        """Each field in which two people disagree, in the order of cases and columns."""
        order = {name: place for place, name in enumerate(self.fields())}
        entries = self.catalogue.entries(self.book)
        for case in self.catalogue.cases(self.book) if entries else ():
            found = _states(case, entries)
            for name in sorted(differences(found), key=lambda name: order.get(name, len(order))):
                yield case, name, found[name]

    def findings(self) -> Iterator[Finding]:
        """What `check` says of the fields: open differences, and what is missing from cases that somebody typed.

        A date alone is not typing: it is given while scanning. With `required.level = "stop"` every case needs its
        required fields, typed or not.
        """
        entries = self.catalogue.entries(self.book)
        if not entries and not self.columns.required_stops:
            return
        for case in self.catalogue.cases(self.book):
            found = _states(case, entries)
            if open_fields := differences(found):
                values = {"fields": ", ".join(open_fields), "number": str(case.number)}
                yield Finding.stop("entries-differ", str(case.number), values)
            if found.keys() - {DATE} or self.columns.required_stops:
                yield from self._missing(case, current(found))

    def _normalised(self, values: Mapping[str, str], outcome: Outcome) -> Iterator[tuple[str, str]]:
        for name, text in values.items():
            try:
                yield name, normalise(self.field(name), text)
            except (BadField, UsageError) as error:
                outcome.refused.append(error)

    def _refuse_same_person(self, number: CaseNumber, history: Iterable[Entry], side: Side) -> None:
        other = Side.SECOND if side is Side.FIRST else Side.FIRST
        if self.operator in typists(history, other):
            raise UsageError("same-person", number=str(number), operator=self.operator)

    def _entry(self, case: Case, name: str, side: Side, value: str) -> Entry:
        return Entry(case.id, name, side, value, Source.TYPED, self.operator, clock.now())

    def _enter(self, case: Case, history: Iterable[Entry], entries: list[Entry]) -> None:
        """The commit point: the rows, and the case's date where they change what counts as its date."""
        dates = {}
        if any(entry.field == DATE for entry in entries):
            dates[case.id] = iso_date(states([*history, *entries])[DATE].value)
        if entries:
            self.catalogue.enter(entries, dates)

    def _warnings(self, case: Case, values: Mapping[str, str]) -> Iterator[Finding]:
        """What whoever types is told: what is missing, and a date of another year than the number's."""
        yield from self._missing(case, values)
        date = values.get(DATE) or written_date(case.date)
        if date and self.book.year_known and not date.endswith(str(case.number.year)):
            yield Finding.stop("year-differs", str(case.number), {"field": DATE, "number": str(case.number)})

    def _missing(self, case: Case, values: Mapping[str, str]) -> Iterator[Finding]:
        """The fields of a case that are required and say nothing."""
        look = Finding.stop if self.columns.required_stops else Finding.look
        known = {DATE} if case.date else set()
        for wanted in self.fields().values():
            if wanted.required and not wanted.offered and wanted.name not in known and not values.get(wanted.name):
                yield look("field-missing", str(case.number), {"field": wanted.name, "number": str(case.number)})


def _states(case: Case, entries: Mapping[int, list[Entry]]) -> dict[str, FieldState]:
    """The states of one of a book's cases; none when nobody typed anything of it."""
    return states(_with_date(case, entries[case.id])) if case.id in entries else {}


def _with_date(case: Case, entries: list[Entry]) -> list[Entry]:
    """The entries, and before them a date that the case has without any: the first word about it."""
    if case.date is None or any(entry.field == DATE for entry in entries):
        return entries
    return [Entry(case.id, DATE, Side.FIRST, written_date(case.date), Source.RECORD, "", ""), *entries]
