"""Where the numbers of a book stand: on which of its pages, and between which of them a missing one belongs."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

    from station.catalogue.holdings import Holding
    from station.naming import CaseNumber


@dataclass(frozen=True)
class Place:
    """A page that bears numbers, all of them in order."""

    page: str
    order: int
    numbers: tuple[CaseNumber, ...]

    def as_values(self) -> dict[str, Any]:
        """Its order and its numbers as they are typed, for the values of a finding."""
        return {"order": self.order, "numbers": typed(self.numbers)}

    def with_other(self, old: CaseNumber, new: CaseNumber) -> dict[str, Any]:
        """The same with another number in the place of one."""
        return {"order": self.order, "numbers": typed(new if number == old else number for number in self.numbers)}


@dataclass(frozen=True)
class Places:
    """The pages of a book that bear numbers, by number."""

    of: dict[CaseNumber, list[Place]]
    _values: list[tuple[int, int]]
    _pages: list[tuple[str, str]]

    @classmethod
    def read(cls, held: Holding) -> Self:
        found: dict[CaseNumber, list[Place]] = {}
        ends: dict[tuple[int, int], tuple[str, str]] = {}
        for page in held.pages:
            numbers = tuple(held.on_pages.get(page.id, ()))
            for number in numbers:
                found.setdefault(number, []).append(Place(page.id, page.order, numbers))
                first, _ = ends.get((number.year, number.value), (page.id, ""))
                ends[number.year, number.value] = first, page.id
        values = sorted(ends)
        return cls(found, values, [ends[value] for value in values])

    def values_of(self, number: CaseNumber) -> dict[str, Any]:
        """Order and numbers of the first page of a number, for the values of a finding; empty where it has none."""
        places = self.of.get(number)
        return places[0].as_values() if places else {}

    def beside(self, number: CaseNumber) -> dict[str, str]:
        """The page behind which a missing number belongs, or before which, for the values of a finding."""
        place = bisect_left(self._values, (number.year, number.value))
        if place:
            return {"after": self._pages[place - 1][1]}
        return {"before": self._pages[0][0]} if self._pages else {}


def typed(numbers: Iterable[CaseNumber]) -> str:
    """Numbers as a command takes them."""
    return ",".join(map(str, numbers))
