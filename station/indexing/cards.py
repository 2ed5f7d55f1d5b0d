"""A case as somebody types it at a screen: its place in the book, its pages, its fields and what one side says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from station.errors import UsageError
from station.indexing.entries import Side, typists
from station.standing import see_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from station.model import Case
    from station.naming import BookId, CaseNumber
    from station.registers.columns import Field
    from station.standing import Seen
    from station.wiring import Station


_OTHER = {Side.FIRST: Side.SECOND, Side.SECOND: Side.FIRST}


@dataclass(frozen=True)
class Card:
    """`values` are of `side`, by field; `place` counts from 1 among the book's `total` cases.

    `barred` is the operator where they made the other entry of the case, and so may not make this one; else nothing.
    """

    number: CaseNumber
    place: int
    total: int
    side: Side
    fields: tuple[Field, ...]
    values: Mapping[str, str]
    pages: tuple[Seen, ...]
    barred: str = ""


@dataclass(frozen=True)
class Difference:
    """A field in which two people disagree, with what each typed and who they are."""

    number: CaseNumber
    field: Field
    first: tuple[str, str]
    second: tuple[str, str]


def read_card(station: Station, book: BookId, number: CaseNumber | None, step: int, side: Side) -> Card | None:
    """The case so many steps from the given one, at most the first or last; without one, the first untyped case.

    For the second entry only cases are gone to of which another person made the first one: raises `UsageError` where
    the given case is none of them. None when the book has no case.
    """
    cases, desk = station.catalogue.cases(book), station.desk(book)
    if not cases:
        return None
    place = _place(station, book, cases, number)
    if side is Side.SECOND:
        place = _place_of_second(station, cases, place, step)
    else:
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
        station.operator if station.operator in typists(desk.history(case), _OTHER[side]) else "",
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


def _place_of_second(station: Station, cases: list[Case], place: int, step: int) -> int:
    """Where the case lies that is so many steps away among those whose second entry this operator may make."""
    entries = station.catalogue.entries(cases[0].book)
    firsts = [[one for one in entries.get(case.id, ()) if one.side is Side.FIRST] for case in cases]
    mine = [station.operator in typists(first, Side.FIRST) for first in firsts]
    number = str(cases[place].number)
    if not step and not firsts[place]:
        raise UsageError("no-first-entry", number=number)
    if not step and mine[place]:
        raise UsageError("same-person", number=number, operator=station.operator)
    offered = [at for at, first in enumerate(firsts) if first and not mine[at]]
    ahead = [at for at in offered if at > place] if step > 0 else [at for at in reversed(offered) if at < place]
    return ahead[min(abs(step), len(ahead)) - 1] if step and ahead else place


def _place(station: Station, book: BookId, cases: list[Case], number: CaseNumber | None) -> int:
    if number is not None:
        return next((at for at, case in enumerate(cases) if case.number >= number), len(cases) - 1)
    typed = station.catalogue.entries(book)
    return next((at for at, case in enumerate(cases) if case.id not in typed), 0)
