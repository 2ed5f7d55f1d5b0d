"""What of the history of a case counts, against a slow model that reads it backwards."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from station.indexing.entries import Entry, FieldState, Side, Source, current, differences, states, typists

HISTORY = st.lists(
    st.builds(
        Entry,
        case_id=st.just(1),
        field=st.sampled_from(["nksHoTen", "nksNgaySinh"]),
        side=st.sampled_from(Side),
        value=st.sampled_from(["", "A", "B"]),
        source=st.sampled_from(Source),
        operator=st.sampled_from(["lan", "minh"]),
        at=st.just("2025-03-01T08:00:00+07:00"),
    ),
    max_size=12,
)


def last(history: list[Entry], field: str, side: Side) -> tuple[int, Entry] | None:
    found = [(place, entry) for place, entry in enumerate(history) if entry.field == field and entry.side is side]
    return found[-1] if found else None


def model_value(history: list[Entry], field: str) -> str:
    """A settlement counts until somebody types again; else the first side, else the second."""
    first, second, settled = (last(history, field, side) for side in (Side.FIRST, Side.SECOND, Side.SETTLED))
    typed = max((found[0] for found in (first, second) if found), default=-1)
    if settled and settled[0] > typed:
        return settled[1].value
    best = first or second
    return best[1].value if best else ""


@given(HISTORY)
def test_what_counts(history: list[Entry]) -> None:
    found = states(history)
    fields = {entry.field for entry in history}
    assert current(found) == {field: value for field in fields if (value := model_value(history, field))}


@given(HISTORY)
def test_a_difference_is_open_until_it_is_settled(history: list[Entry]) -> None:
    for field in differences(states(history)):
        entry = Entry(1, field, Side.SETTLED, "B", Source.TYPED, "third", "later")
        after = states([*history, entry])
        assert field not in differences(after)
        assert after[field].value == "B"


@given(HISTORY)
def test_without_a_second_person_nothing_differs(history: list[Entry]) -> None:
    assert differences(states(entry for entry in history if entry.side is not Side.SECOND)) == []


def entry(side: Side, value: str, source: Source = Source.TYPED, field: str = "nksHoTen") -> Entry:
    return Entry(1, field, side, value, source, "lan", "")


def test_what_one_of_two_left_out_differs_unless_it_came_from_records() -> None:
    begun = entry(Side.SECOND, "1", field="nksGioiTinh")
    assert differences(states([entry(Side.FIRST, "A"), begun])) == ["nksHoTen", "nksGioiTinh"]
    assert differences(states([entry(Side.FIRST, "A", Source.RECORD), begun])) == ["nksGioiTinh"]
    assert differences(states([entry(Side.FIRST, ""), begun])) == ["nksGioiTinh"]


def test_taking_over_a_record_is_not_typing() -> None:
    assert typists([entry(Side.FIRST, "A", Source.RECORD)], Side.FIRST) == set()
    assert typists([entry(Side.FIRST, "A")], Side.FIRST) == {"lan"}
    assert FieldState().value == ""
