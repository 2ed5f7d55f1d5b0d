"""The limit on the bandwidth, on a clock that the test moves."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.pacing import Bucket
from tests.outbox.bags import run


class Time:
    """Sleeping moves it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@given(st.lists(st.integers(1, 100_000), min_size=1, max_size=50), st.floats(1_000, 1e6))
def test_no_more_goes_than_the_limit_and_a_quarter_of_a_second(sizes: list[int], bytes_per_s: float) -> None:
    time = Time()
    bucket = Bucket(bytes_per_s, time, time.sleep)

    async def send_all() -> None:
        for size in sizes:
            await bucket(size)

    run(send_all())
    spent = time.now - 100.0
    assert sum(sizes) <= bytes_per_s * (spent + 0.25) * 1.000001
    assert spent <= sum(sizes) / bytes_per_s + 1e-6


def test_a_rest_is_not_made_up_for() -> None:
    time = Time()
    bucket = Bucket(1000, time, time.sleep)
    time.now += 3600
    run(bucket(1250))
    assert time.now == pytest.approx(3701.0)


def test_who_gives_up_waiting_gives_its_bytes_back() -> None:
    async def give_up() -> float:
        bucket = Bucket(1000)
        waiting = asyncio.create_task(bucket(1_000_000))
        await asyncio.sleep(0)
        waited_for = [bucket.is_waited_for]
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert [*waited_for, bucket.is_waited_for] == [True, False]
        began = asyncio.get_running_loop().time()
        await bucket(100)
        return asyncio.get_running_loop().time() - began

    assert run(give_up(), 10) < 5
