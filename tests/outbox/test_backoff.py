"""The back-off, for any count and any luck."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from outbox import backoff


@given(failures=st.integers(-5, 10**9), seed=st.integers())
def test_every_delay_lies_within_its_bound(failures: int, seed: int) -> None:
    bound = min(backoff.CAP_S, backoff.BASE_S * 2 ** min(max(failures - 1, 0), 30))
    assert 0 <= backoff.delay_s(failures, Random(seed)) <= bound


@given(failures=st.integers(1, 100), seed=st.integers())
def test_the_same_luck_gives_the_same_delay(failures: int, seed: int) -> None:
    assert backoff.delay_s(failures, Random(seed)) == backoff.delay_s(failures, Random(seed))


def test_the_delay_uses_its_whole_range() -> None:
    rng = Random(1)
    delays = [backoff.delay_s(20, rng) for _ in range(2000)]
    assert min(delays) < 10
    assert max(delays) > 590
    assert 280 < sum(delays) / len(delays) < 320
