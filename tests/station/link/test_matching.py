"""Matching records and cases, against a slow model that looks at every pair of all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from station.link.matching import Key, dates_agree, match

DATES = st.sampled_from([None, "2005", "2005-03", "2005-03-01", "2005-03-02", "2004-12-31"])
KEYS = st.lists(
    st.builds(
        Key,
        year=st.sampled_from([2004, 2005]),
        value=st.integers(1, 3),
        suffix=st.sampled_from(["", "a"]),
        date=DATES,
    ),
    max_size=8,
)


def agree(one: str | None, other: str | None) -> bool:
    """Part by part, as far as both say something."""
    if one is None or other is None:
        return False
    return all(mine == yours for mine, yours in zip(one.split("-"), other.split("-"), strict=False))


def slow(records: list[Key], cases: list[Key]) -> dict[int, int]:
    """Three rounds over all pairs; in each, pairs that have nobody else are married until none is left."""
    pairs: dict[int, int] = {}
    for round_number in (1, 2, 3):
        changed = True
        while changed:
            edges = [
                (i, j)
                for i, record in enumerate(records)
                for j, case in enumerate(cases)
                if i not in pairs
                and j not in pairs.values()
                and (record.year, record.value) == (case.year, case.value)
                and (round_number == 2 or record.suffix == case.suffix)
                and (round_number == 3 or agree(record.date, case.date))
            ]
            alone = [
                (i, j)
                for i, j in edges
                if sum(other == i for other, _ in edges) == 1 and sum(other == j for _, other in edges) == 1
            ]
            pairs |= dict(alone)
            changed = bool(alone)
    return pairs


@given(KEYS, KEYS)
def test_as_the_slow_model_pairs(records: list[Key], cases: list[Key]) -> None:
    found = match(records, cases)
    assert found.pairs == slow(records, cases)
    assert sorted([*found.pairs, *found.records, *found.unclear]) == list(range(len(records)))
    assert sorted([*found.pairs.values(), *found.cases]) == list(range(len(cases)))
    waiting = {cases[index].number for index in found.cases}
    assert all(records[index].number in waiting for index in found.unclear)
    assert all(records[index].number not in waiting for index in found.records)


@given(KEYS, KEYS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(records: list[Key], cases: list[Key], random: object) -> None:
    order = list(range(len(records)))
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    shuffled = match([records[index] for index in order], cases)
    assert {order[index]: case for index, case in shuffled.pairs.items()} == match(records, cases).pairs


def test_one_row_and_one_case_meet_although_their_dates_differ() -> None:
    assert match([Key(2005, 7, "", "2005-03-01")], [Key(2005, 7, "", "2005-04-01")]).pairs == {0: 0}


def test_two_cases_with_one_number_are_told_apart_by_date() -> None:
    records = [Key(2005, 7, "", "2005-04-01"), Key(2005, 7, "", "2005-03-01")]
    cases = [Key(2005, 7, "", "2005-03-01"), Key(2005, 7, "a", "2005-04-01")]
    assert match(records, cases).pairs == {0: 1, 1: 0}


def test_what_cannot_be_told_apart_is_left_to_a_person() -> None:
    found = match([Key(2005, 7), Key(2005, 7)], [Key(2005, 7, "", "2005-03-01")])
    assert (found.pairs, found.unclear, found.cases) == ({}, (0, 1), (0,))


def test_a_part_of_a_date_agrees_with_the_whole() -> None:
    assert dates_agree("2005", "2005-03-01")
    assert not dates_agree("2005-1", "2005-12")
    assert not dates_agree(None, None)
