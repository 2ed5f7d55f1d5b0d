"""Keys that were meant and keys that were not, by a clock of the test."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from ui.typing.patience import DEAD_SECONDS, REPEAT_SECONDS, Patience


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_screen_that_became_ready_is_deaf_for_a_while() -> None:
    clock = Clock()
    patience = Patience(clock=clock)
    assert not patience.hears()
    clock.now += DEAD_SECONDS
    assert patience.is_over
    assert patience.hears()
    patience.begin()
    clock.now += DEAD_SECONDS / 2
    assert not patience.hears()


@given(some.lists(some.floats(0.001, REPEAT_SECONDS * 0.99), min_size=1), some.floats(0.25, 0.66))
def test_a_held_key_is_heard_once_at_most(repeats: list[float], delay: float) -> None:
    """It is pressed when the screen hears, the page comes at once, and the key is held on."""
    clock = Clock()
    patience = Patience(clock=clock)
    clock.now += DEAD_SECONDS
    assert patience.hears()
    clock.now += delay
    heard = [patience.hears()]
    for pause in repeats:
        clock.now += pause
        heard.append(patience.hears())
    assert not any(heard)


@given(some.lists(some.floats(DEAD_SECONDS * 1.001, 60), min_size=1))
def test_who_turns_a_page_between_two_keys_is_always_heard(pauses: list[float]) -> None:
    clock = Clock()
    patience = Patience(clock=clock)
    for pause in pauses:
        clock.now += pause
        assert patience.hears()


@given(some.floats(0.0, DEAD_SECONDS * 0.99), some.floats(0.0, 5.0))
def test_a_key_pressed_in_haste_is_not_heard_however_late_it_is_taken_in(haste: float, late: float) -> None:
    clock = Clock()
    patience = Patience(clock=clock)
    pressed = clock.now + haste
    clock.now = pressed + late
    assert not patience.hears(pressed)
