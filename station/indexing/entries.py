"""What was typed of a case as a history, and what of it counts: pure functions over its entries."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Side(StrEnum):
    """Who of two people typed it, or that a third look settled it."""

    FIRST = "first"
    SECOND = "second"
    SETTLED = "settled"


class Source(StrEnum):
    """Whether somebody typed it here or it was taken over from records that were typed elsewhere."""

    TYPED = "typed"
    RECORD = "record"


class Entry(Struct, frozen=True, gc=False):
    """One field of a case as somebody gave it. An empty value says that the paper holds nothing there.

    A struct, because a book that was typed in full has several hundred thousand.
    """

    case_id: int
    field: str
    side: Side
    value: str
    source: Source
    operator: str
    at: str


class FieldState(Struct, frozen=True, gc=False):
    """The last word of each side about a field."""

    first: Entry | None = None
    second: Entry | None = None
    settled: Entry | None = None

    @property
    def counts(self) -> Entry | None:
        """The entry that goes into the workbook: what was settled, else the first, else the second."""
        return self.settled or self.first or self.second

    @property
    def value(self) -> str:
        return self.counts.value if self.counts else ""

    def of(self, side: Side) -> Entry | None:
        return {Side.FIRST: self.first, Side.SECOND: self.second, Side.SETTLED: self.settled}[side]


def states(entries: Iterable[Entry]) -> dict[str, FieldState]:
    """Each field's last words. What is typed after a settlement opens the question again.

    `entries` are of one case, oldest first.
    """
    last: dict[str, dict[Side, Entry]] = {}
    for entry in entries:
        sides = last.setdefault(entry.field, {})
        if entry.side is not Side.SETTLED:
            sides.pop(Side.SETTLED, None)
        sides[entry.side] = entry
    return {name: FieldState(**sides) for name, sides in last.items()}


def current(fields: Mapping[str, FieldState]) -> dict[str, str]:
    """What counts of each field, without the empty ones."""
    return {name: state.value for name, state in fields.items() if state.value}


def typists(fields: Iterable[Entry], side: Side) -> set[str]:
    """Who typed on a side. Taking over a record is not typing."""
    return {entry.operator for entry in fields if entry.side is side and entry.source is Source.TYPED}


def differences(fields: Mapping[str, FieldState]) -> list[str]:
    """The fields in which two people disagree; none before the second has begun.

    A field that one of the two left out counts as empty there, except that the second need not type what came from
    records. A settled field is no difference any more.
    """
    if not any(state.second for state in fields.values()):
        return []
    return [name for name, state in fields.items() if _differs(state)]


def _differs(state: FieldState) -> bool:
    if state.settled:
        return False
    if state.second is None and state.first and state.first.source is Source.RECORD:
        return False
    return (state.first.value if state.first else "") != (state.second.value if state.second else "")
