"""One delivery and its book-keeper: a line that stands still ends it, whatever the destination does."""

import asyncio
from pathlib import Path

import pytest

from outbox.bagfile import BagFile
from outbox.delivery import Meter, deliver
from outbox.destinations.base import Later, Outcome, Progress, Sent
from outbox.errors import Code
from tests.outbox.bags import make_bag, run
from tests.outbox.test_sender import Endless, Scripted


class Stuck(Scripted):
    """Gets to a third and then hears nothing more, and minds no cancelling for a while."""

    async def deliver(self, bag: BagFile, name: str, progress: Progress) -> Outcome:  # noqa: ARG002
        progress(0)
        progress(bag.size // 3)
        await asyncio.sleep(3600)
        raise AssertionError


class Pondering(Stuck):
    """Has everything there and takes its time with the digest."""

    async def deliver(self, bag: BagFile, name: str, progress: Progress) -> Outcome:  # noqa: ARG002
        progress(bag.size)
        await asyncio.sleep(1.5)
        return Sent("slowly")


@pytest.fixture
def bag(tmp_path: Path) -> BagFile:
    return BagFile(make_bag(tmp_path / "bags"))


def test_a_line_that_stands_still_ends_the_attempt(bag: BagFile) -> None:
    meter = Meter(0, bag.size)
    outcome = run(deliver(Stuck(), bag, meter, lambda: True, stall_s=0.3), 10)
    assert isinstance(outcome, Later)
    assert (outcome.reason.code, outcome.offline) == (Code.STALLED, False)
    assert (meter.found, meter.done, meter.has_moved) == (0, bag.size // 3, True)


def test_work_over_there_after_the_last_byte_is_no_stall(bag: BagFile) -> None:
    outcome = run(deliver(Pondering(), bag, Meter(0, bag.size), lambda: True, stall_s=0.3), 10)
    assert outcome == Sent("slowly")


def test_a_look_that_says_no_breaks_it_off(bag: BagFile) -> None:
    assert run(deliver(Endless(), bag, Meter(0, bag.size), lambda: False), 10) is None


def test_waiting_for_our_own_limit_is_no_stall() -> None:
    now = [0.0]
    meter = Meter(0, 1000, lambda: now[0])
    assert meter.stands_s() == 0.0
    meter(100)
    now[0] = 19.0
    meter.excuse()
    now[0] = 30.0
    assert meter.stands_s() == 11.0
    meter(1000)
    now[0] = 99.0
    assert meter.stands_s() == 0.0


def test_speed_is_smoothed_and_what_was_there_before_does_not_count() -> None:
    now = [0.0]
    meter = Meter(0, 10_000_000, lambda: now[0])
    meter(5_000_000)
    assert meter.look() is None
    for second in range(1, 61):
        now[0] = second
        meter(5_000_000 + 1000 * second)
        speed = meter.look()
    assert speed == pytest.approx(1000)
    now[0] = 61
    meter(5_000_000 + 1000 * 60 + 100_000)
    assert meter.look() == pytest.approx(1000 + 99_000 * 0.095, rel=0.01)
