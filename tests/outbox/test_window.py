"""The part of the day in which bags may go."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.window import Window

NOON = datetime(2026, 3, 1, 12, 0).astimezone()
TIMES = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))


def at(text: str) -> datetime:
    hour, minute = text.split(":")
    return NOON.replace(hour=int(hour), minute=int(minute))


@pytest.mark.parametrize(
    ("window", "open_at", "closed_at"),
    [
        ("22:00-05:00", ["22:00", "23:59", "00:00", "04:59"], ["05:00", "12:00", "21:59"]),
        ("08:30-17:00", ["08:30", "16:59"], ["08:29", "17:00", "00:00"]),
        ("", ["00:00", "12:00"], []),
        ("06:00-06:00", ["06:00", "05:59"], []),
    ],
)
def test_it_is_open_from_its_start_up_to_its_end(window: str, open_at: list[str], closed_at: list[str]) -> None:
    parsed = Window.from_text(window)
    assert [text for text in open_at + closed_at if parsed.is_open(at(text))] == open_at


@given(TIMES, TIMES, st.integers(0, 1439))
def test_of_two_that_make_up_the_day_one_is_open(start: time, end: time, minute: int) -> None:
    if start == end:
        return
    moment = NOON.replace(hour=0) + timedelta(minutes=minute)
    assert Window(start, end).is_open(moment) != Window(end, start).is_open(moment)


def test_the_clock_on_the_wall_decides_whatever_zone_the_time_is_given_in() -> None:
    window = Window.from_text("22:00-05:00")
    assert window.is_open(at("23:00").astimezone(UTC))
    assert not window.is_open(at("12:00").astimezone(UTC))


@pytest.mark.parametrize("text", ["22-05", "24:00-05:00", "22:00", "22:60-05:00", "22:00-05:00 ", "always"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="22:00-05:00"):
        Window.from_text(text)
