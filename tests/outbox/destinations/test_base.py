"""Blocking work beside the loop: its result, its error, and a limit that holds even when the work does not end."""

import threading

import pytest

from outbox.destinations.base import off_loop
from tests.outbox.bags import run


def test_results_and_errors_come_back() -> None:
    assert run(off_loop(lambda: 42)) == 42
    with pytest.raises(ZeroDivisionError):
        run(off_loop(lambda: 1 // 0))


def test_work_that_hangs_is_given_up_and_does_not_hold_the_loop() -> None:
    never = threading.Event()
    with pytest.raises(TimeoutError):
        run(off_loop(lambda: never.wait(60), 0.1), 5)
    never.set()
