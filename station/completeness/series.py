"""The numbers of one registry, type and year over all its volumes: pure arithmetic on lists of numbers.

Numbers restart at 1 each year, also inside a book that runs on into the next year, and go on over the second and third
volume of the year. A suffix says that a case is the second one with its number: it stands for no first one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Volume:
    """What one book holds of a year. `first` and `last` are what the work list says, None where it does not.

    `numbers` are those of cases without a suffix, `seconds` those of cases with one; a number may be in both.
    `opened`: it has pages or cases; of one that was never opened nothing but the list is known. `continues`: a
    second or later volume, whose numbers go on from one that may stand in no list.
    """

    book: str
    numbers: frozenset[int] = frozenset()
    first: int | None = None
    last: int | None = None
    opened: bool = True
    continues: bool = False
    seconds: frozenset[int] = frozenset()

    @property
    def values(self) -> frozenset[int]:
        """The numbers that it has, with a suffix or without."""
        return self.numbers | self.seconds if self.seconds else self.numbers


@dataclass(frozen=True)
class Judged:
    """What is wrong with the numbers of a volume.

    `lacking` are the numbers of its own span that it has not, those too of which it has a second case alone and no
    volume the first one; `between` those that lie between the volume before it and its first one; `beyond` those that
    it has outside of what the work list says.
    """

    first: int
    last: int
    lacking: tuple[int, ...] = ()
    between: tuple[int, ...] = ()
    beyond: tuple[int, ...] = ()


def judge_series(volumes: Sequence[Volume]) -> list[Judged | None]:
    """Judge the volumes of one year, in their order; None for a book that was never opened.

    A gap between two volumes belongs to the later one: it is the later one's first number that shows it, and the
    earlier one may have been sealed long before. Behind a book that holds no number yet, and of which the list does not
    say where it ends, there is no such gap: the numbers may all be in it.
    """
    judged: list[Judged | None] = []
    reached: int | None = 0
    highest = 0
    for place, volume in enumerate(volumes):
        there = _there(volume, volumes)
        found = _judge(volume, there, reached, later=place > 0 or volume.continues) if volume.opened else None
        judged.append(found)
        end = found.last if found and volume.values else volume.last
        highest = max(highest, end or 0)
        reached = None if end is None else highest
    return judged


def _there(volume: Volume, volumes: Iterable[Volume]) -> frozenset[int]:
    """The numbers of a volume that are not missing: a second case counts where another volume has the first one."""
    alone = volume.seconds - volume.numbers
    return volume.numbers.union(*(alone & other.numbers for other in volumes)) if alone else volume.numbers


def _judge(volume: Volume, there: frozenset[int], reached: int | None, *, later: bool) -> Judged:
    """One opened volume. `reached` is the last number of the volumes before it, 0 without any, None if nobody knows."""
    first = _first(volume, reached, later=later)
    last = volume.last or max(volume.values, default=first)
    between = find_gaps((), reached + 1, first - 1) if reached and later else []
    low, high = volume.first or 1, volume.last or last
    beyond = sorted(number for number in volume.values if not low <= number <= high)
    return Judged(first, last, tuple(find_gaps(there, first, last)), tuple(between), tuple(beyond))


def _first(volume: Volume, reached: int | None, *, later: bool) -> int:
    """Where a volume has to begin: the list knows; the first one of a year begins at 1, a later one where it does.

    A year of which a book holds no number at all lacks at least the next one.
    """
    if volume.first:
        return volume.first
    if later and volume.values:
        return min(volume.values)
    return (reached or 0) + 1 if later else 1


def find_gaps(numbers: Iterable[int], first: int, last: int) -> list[int]:
    """Numbers of `first`..`last` that are not there."""
    there = set(numbers)
    return [number for number in range(first, last + 1) if number not in there]
