"""The order of pages against the numbers on them, and the page that lies out of its place."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from station.completeness.places import Place
from station.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from station.catalogue.holdings import Leaf
    from station.naming import CaseNumber

_Value = tuple[int, int]


def check_order(pages: Sequence[Leaf], on_pages: Mapping[str, Sequence[CaseNumber]]) -> Iterator[Finding]:
    """Numbers that go backwards from one page to the next: a page out of its place, or a wrong number.

    The numbers of a page stand in order. Where a page fits between others, the values say which one and where. Nothing
    is said of a page that somebody looked at and found right.
    """
    bearing = [(page, on_pages[page.id]) for page in pages if on_pages.get(page.id)]
    if all(_first(here) >= _last(before) for (_, before), (_, here) in pairwise(bearing)):
        return
    looked_at = {page.id for page, _ in bearing if page.looked_at}
    places = [Place(page.id, page.order, tuple(numbers)) for page, numbers in bearing]
    row = _Row.of(places)
    for before, here in pairwise(places):
        if _first(here.numbers) >= _last(before.numbers) or here.page in looked_at:
            continue
        values = {
            "number": str(here.numbers[0]), "before": str(before.numbers[-1]), "before_order": before.order,
            **here.as_values(),
        }  # fmt: skip
        move = row.way_of(here) or row.way_of(before) or {}
        yield Finding.look("number-out-of-order", here.page, values | move)


def _first(numbers: Sequence[CaseNumber]) -> _Value:
    return numbers[0].year, numbers[0].value


def _last(numbers: Sequence[CaseNumber]) -> _Value:
    return numbers[-1].year, numbers[-1].value


@dataclass(frozen=True)
class _Row:
    """As many pages of a book as lie in the order of their numbers; the others are out of their place."""

    pages: list[Place]
    _ids: set[str]

    @classmethod
    def of(cls, bearing: Sequence[Place]) -> _Row:
        ends: list[_Value] = []
        closing: list[int] = []
        previous: list[int] = []
        for place, page in enumerate(bearing):
            length = bisect_right(ends, _first(page.numbers))
            previous.append(closing[length - 1] if length else -1)
            if length == len(ends):
                ends.append(_last(page.numbers))
                closing.append(place)
            elif _last(page.numbers) < ends[length]:
                ends[length], closing[length] = _last(page.numbers), place
        found = []
        place = closing[-1] if closing else -1
        while place >= 0:
            found.append(bearing[place])
            place = previous[place]
        return cls(found[::-1], {page.page for page in found})

    def way_of(self, page: Place) -> dict[str, str | int] | None:
        """Which page to move and beside which other one, where this one is out of its place and fits elsewhere."""
        if page.page in self._ids:
            return None
        behind = bisect_right(self.pages, _first(page.numbers), key=lambda one: _last(one.numbers))
        if behind < len(self.pages):
            following = self.pages[behind]
            fits, beside = _last(page.numbers) <= _first(following.numbers), {"to_before": following.page}
        else:
            fits, beside = True, {"to_after": self.pages[-1].page}
        return {"move": page.page, "move_order": page.order, **beside} if fits else None
