"""A case as somebody types it at a screen: its place in the book, its pages, its fields and what one side says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from station.standing import see_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from station.indexing.entries import Side
    from station.model import Case
    from station.naming import BookId, CaseNumber
    from station.registers.columns import Field
    from station.standing import Seen
    from station.wiring import Station


@dataclass(frozen=True)
class Card:
    """`values` are of `side`, by field; `place` counts from 1 among the book's `total` cases."""

    number: CaseNumber
    place: int
    total: int
    side: Side
    fields: tuple[Field, ...]
    values: Mapping[str, str]
    pages: tuple[Seen, ...]


@dataclass(frozen=True)
class Difference:
    """A field in which two people disagree, with what each typed and who they are."""

    number: CaseNumber
    field: Field
    first: tuple[str, str]
    second: tuple[str, str]


def read_card(station: Station, book: BookId, number: CaseNumber | None, step: int, side: Side) -> Card | None:
    """The case so many steps from the given one, at most the first or last; without one, the first untyped case.

    None when the book has no case.
    """
    cases, desk = station.catalogue.cases(book), station.desk(book)
    if not cases:
        return None
    place = _place(station, book, cases, number)
    place = max(0, min(place + step, len(cases) - 1))
    case = cases[place]
    said = {name: state.of(side) for name, state in desk.states(case).items()}
    return Card(
        case.number,
        place + 1,
        len(cases),
        side,
        tuple(field for field in desk.fields().values() if field.typed),
        {name: entry.value for name, entry in said.items() if entry},
        tuple(see_page(station, station.page(page)) for page in case.pages),
    )


def read_differences(station: Station, book: BookId) -> list[Difference]:
    """What two people typed otherwise and nobody has settled, in the order of cases and columns."""
    desk = station.desk(book)
    fields = desk.fields()
    found = []
    for case, name, state in desk.compare():
        words = [(one.value, one.operator) if one else ("", "") for one in (state.first, state.second)]
        found.append(Difference(case.number, fields[name], words[0], words[1]))
    return found


def _place(station: Station, book: BookId, cases: list[Case], number: CaseNumber | None) -> int:
    if number is not None:
        return next((at for at, case in enumerate(cases) if case.number >= number), len(cases) - 1)
    typed = station.catalogue.entries(book)
    return next((at for at, case in enumerate(cases) if case.id not in typed), 0)
