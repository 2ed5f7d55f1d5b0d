"""Which record is of which case: by year and number, then by suffix and date. Nothing is guessed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Key:
    """What a record or a case is matched by; the date is ISO, whole or partial, or None."""

    year: int
    value: int
    suffix: str = ""
    date: str | None = None

    @property
    def number(self) -> tuple[int, int]:
        return self.year, self.value


@dataclass(frozen=True)
class Matching:
    """Pairs by record, and what is left of both. Indexes are those of the sequences that were given.

    `unclear` are records that a case with their number is left for, but not one alone.
    """

    pairs: dict[int, int]
    records: tuple[int, ...]
    cases: tuple[int, ...]
    unclear: tuple[int, ...]


def match(records: Sequence[Key], cases: Sequence[Key]) -> Matching:
    """Pair records and cases of one year and number.

    Where several have the number, those pair first whose suffix and date agree, then those whose dates agree, then
    those whose suffixes agree: each time only where both sides have exactly one partner left. The order of either side
    does not matter.
    """
    by_number = _by_number(cases)
    pairs: dict[int, int] = {}
    for number, group in _by_number(records).items():
        pairs |= _match_group(records, cases, group, by_number.get(number, []))
    taken = set(pairs.values())
    left = tuple(index for index in range(len(cases)) if index not in taken)
    waiting = {cases[index].number for index in left}
    alone = [index for index in range(len(records)) if index not in pairs]
    return Matching(
        pairs,
        tuple(index for index in alone if records[index].number not in waiting),
        left,
        tuple(index for index in alone if records[index].number in waiting),
    )


def dates_agree(one: str | None, other: str | None) -> bool:
    """Whether both are known and one is the other or a part of it: `2005-03` agrees with `2005-03-01`."""
    if not one or not other:
        return False
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")


def _same_suffix(record: Key, case: Key) -> bool:
    return record.suffix == case.suffix


def _same_date(record: Key, case: Key) -> bool:
    return dates_agree(record.date, case.date)


def _both(record: Key, case: Key) -> bool:
    return _same_suffix(record, case) and _same_date(record, case)


AGREEMENTS: tuple[Callable[[Key, Key], bool], ...] = (_both, _same_date, _same_suffix)


def _match_group(
    records: Sequence[Key], cases: Sequence[Key], free_records: list[int], free_cases: list[int]
) -> dict[int, int]:
    """Pairs among the records and cases of one number; round by round, so that no order of them decides."""
    pairs: dict[int, int] = {}
    for agree in AGREEMENTS:
        while certain := _certain_pairs(records, cases, (free_records, free_cases), agree):
            pairs |= certain
            free_records = [index for index in free_records if index not in certain]
            free_cases = [index for index in free_cases if index not in certain.values()]
    return pairs


def _certain_pairs(
    records: Sequence[Key],
    cases: Sequence[Key],
    free: tuple[list[int], list[int]],
    agree: Callable[[Key, Key], bool],
) -> dict[int, int]:
    """Those of whom each has the other as its only partner."""
    partners = {record: [case for case in free[1] if agree(records[record], cases[case])] for record in free[0]}
    wooed = Counter(case for found in partners.values() for case in found)
    return {record: found[0] for record, found in partners.items() if len(found) == 1 and wooed[found[0]] == 1}


def _by_number(keys: Sequence[Key]) -> dict[tuple[int, int], list[int]]:
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        groups[key.number].append(index)
    return groups
