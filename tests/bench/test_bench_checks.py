"""Recall and false alarms of the checks, on pages that no threshold was chosen on, and on the real ones."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from station.imaging.page import Check
from tests.bench.check_scores import SAMPLES, Fit, Score, score_drawn, score_real, score_spread, time_checks

pytestmark = pytest.mark.bench

HELD_OUT = range(1000, 1032)
SPREADS = range(2000, 2012)
FIRM = {
    Check.BLUR: ("blur 0.3 mm", "blur 0.4 mm", "blur 0.6 mm"),
    Check.OVEREXPOSED: ("+1.0 stops", "+1.5 stops"),
    Check.UNDEREXPOSED: ("-2.0 stops", "-3.0 stops"),
    Check.TORN_CORNER: ("torn 9 x 9 mm", "torn 16 x 10 mm", "torn 30 x 25 mm", "folded 11 x 11 mm"),
    Check.STREAK: ("streak 80 levels, 0.25 mm", "streak -40 levels, 0.17 mm"),
    Check.CUT_OFF: ("cut writing",),
    Check.TURNED: ("turned 90", "turned 180", "turned 270"),
    Check.HALF_DELIVERED: ("50% delivered", "90% delivered"),
}
"""The strengths that must be found; weaker ones are printed beside them."""
FOUND = {Check.BLUR: 0.99, Check.OVEREXPOSED: 0.99, Check.UNDEREXPOSED: 0.99, Check.CUT_OFF: 0.9}
"""A cut through thin, straight strokes alone is taken for ruled lines: 95 % were found."""
FALSE = {Check.BLUR: 0.01, Check.OVEREXPOSED: 0.01, Check.UNDEREXPOSED: 0.01}
USUALLY_FOUND, USUALLY_FALSE = 0.97, 0.02
MOST_MS = 25.0
SURE = 0.6
"""Confidence from which a gutter is taken as found."""


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    workers = min(2, os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="module")
def drawn(pool: ProcessPoolExecutor) -> tuple[list[Score], list[Fit]]:
    done = list(pool.map(score_drawn, HELD_OUT))
    return [score for scores, _ in done for score in scores], [fit for _, fit in done]


def test_checks_find_what_they_are_for_and_keep_quiet_otherwise(drawn: tuple[list[Score], list[Fit]]) -> None:
    scores, _ = drawn
    print("\n" + tell(scores))
    for check, truths in FIRM.items():
        of_it = [score for score in scores if score.check == check and score.truth in truths]
        found = sum(score.found or score.place is not None for score in of_it) / len(of_it)
        clean = [score for score in scores if score.check == check and score.truth.startswith("clean")]
        false = sum(score.found for score in clean) / len(clean)
        assert found >= FOUND.get(check, USUALLY_FOUND), (check, found)
        assert false <= FALSE.get(check, USUALLY_FALSE), (check, false)


def test_other_checks_keep_quiet_on_good_pages(drawn: tuple[list[Score], list[Fit]]) -> None:
    scores, _ = drawn
    for check in (Check.SKEW_LEFT, Check.PAPER_SIZE, Check.BLANK, Check.EDGES_DISAGREE):
        clean = [score for score in scores if score.check == check and score.truth.startswith("clean")]
        assert sum(score.found for score in clean) <= USUALLY_FALSE * len(clean), check


def test_the_paper_is_found(drawn: tuple[list[Score], list[Fit]]) -> None:
    _, fits = drawn
    skew, corners = np.percentile([fit.skew for fit in fits], 95), np.percentile([fit.corners for fit in fits], 95)
    failed = [fit for fit in fits if fit.skew > 0.2 or fit.corners > 20]
    print(f"\nskew p95 {skew:.3f} deg, corners p95 {corners:.1f} px at 300 dpi, {len(failed)} of {len(fits)} failed")
    assert skew <= 0.05
    assert corners <= 6
    assert all(fit.flagged for fit in failed)


def test_all_checks_together_are_cheap() -> None:
    spent = time_checks()
    print(f"\nall checks of an A4 page of 300 dpi: {spent:.1f} ms CPU")
    assert spent <= MOST_MS


def test_gutters(pool: ProcessPoolExecutor) -> None:
    done = list(pool.map(score_spread, SPREADS))
    sure = [off for _, off, confidence in done if confidence >= SURE]
    print(f"\ngutters: {len(sure)} of {len(done)} sure, the worst of them {max(sure):.2f} mm off")
    print(tell([score for scores, *_ in done for score in scores if score.found]))
    assert len(sure) >= 0.8 * len(done)
    assert max(sure) <= 0.5


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real pages are not on this machine")
def test_real_pages(pool: ProcessPoolExecutor) -> None:
    scores = [score for scores in pool.map(score_real, sorted(SAMPLES.glob("*.jpg"))) for score in scores]
    print("\n" + tell(scores))
    for check in FALSE:
        degraded = [score for score in scores if score.check == check and score.truth.startswith("real, ")]
        assert all(score.found for score in degraded), degraded
        assert not any(score.found for score in scores if score.check == check and score.truth == "real")


def tell(scores: list[Score]) -> str:
    """One line for each check and truth: how many were found, and the range of the values."""
    of_kind: dict[tuple[str, str], list[Score]] = defaultdict(list)
    for score in scores:
        of_kind[score.check, score.truth].append(score)
    lines = []
    for (check, truth), some in sorted(of_kind.items()):
        values = np.array([score.value for score in some])
        found, placed = sum(score.found for score in some), sum(score.place is not None for score in some)
        lines.append(
            f"{check:16} {truth:28} {found:4}/{len(some)}  place {placed:3}  {values.min():8.3f} .. {values.max():8.3f}"
        )
    return "\n".join(lines)
