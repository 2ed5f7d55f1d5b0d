"""Which pages may be the same, against a slow model that compares every place with every other."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.duplicates import lookup
from station.duplicates.lookup import LEAST_PLACES, Index, find_candidates, weigh_places
from station.imaging.fingerprint import SHAPE_BITS, Fingerprint
from tests.station.duplicates.fingerprints import invent, join, take_again

STEP_MM = 14.0
MOST_BITS = 2


def shared_places(one: Fingerprint, other: Fingerprint) -> int:
    """The most places of one that some place of the other is like, all moved by about the same."""
    alike = [
        (
            here,
            (one.across[here] - other.across[there]) * one.unit_mm,
            (one.down[here] - other.down[there]) * one.unit_mm,
        )
        for here, there in product(range(len(one.shapes)), range(len(other.shapes)))
        if int(one.shapes[here] ^ other.shapes[there]).bit_count() <= MOST_BITS
    ]
    return max(
        (
            len({here for here, x, y in alike if abs(x - x0) < STEP_MM / 4 and abs(y - y0) < STEP_MM / 4})
            for _, x0, y0 in alike
        ),
        default=0,
    )


@given(st.integers(0, 10_000), st.integers(1, 6), st.lists(st.integers(0, 12), min_size=1, max_size=5))
def test_pages_with_enough_places_in_common_are_found(seed: int, pages: int, lost: list[int]) -> None:
    rng = np.random.default_rng(seed)
    first = [invent(rng, 12) for _ in range(pages)]
    again = [take_again(rng, first[place % pages], count) for place, count in enumerate(lost)]
    known, sought = Index.of([one.pack() for one in first]), Index.of([one.pack() for one in again])
    found = {(one.sought, one.known): one for one in find_candidates(sought, known, weigh_places(sought, (known,)), 8)}
    for (place, one), (other, page) in product(enumerate(again), enumerate(first)):
        shared = shared_places(one, page)
        if shared >= LEAST_PLACES:
            assert found[place, other].places >= shared
        if (place, other) in found:
            assert found[place, other].places >= LEAST_PLACES


@given(st.integers(0, 10_000))
def test_a_page_that_is_known_finds_itself_first(seed: int) -> None:
    rng = np.random.default_rng(seed)
    index = Index.of([invent(rng, 10).pack() for _ in range(5)])
    found = find_candidates(index, index, weigh_places(index, (index,)), 1)
    assert [(one.sought, one.known, one.upside_down) for one in found] == [(page, page, False) for page in range(5)]


def test_what_every_page_of_a_book_has_says_nothing() -> None:
    rng = np.random.default_rng(1)
    form = invent(rng, 20)
    book = Index.of([join(form, invent(rng, 5)).pack() for _ in range(60)])
    weight = weigh_places(book, (book,), book).reshape(60, 25)
    assert not weight[:, :20].any()
    assert (weight[:, 20:] > 0).mean() > 0.95
    assert all(one.sought == one.known for one in find_candidates(book, book, weight.ravel()))


def test_three_bits_of_every_shape_may_differ_where_pictures_confirm() -> None:
    rng = np.random.default_rng(3)
    page = invent(rng, 12)
    turned = np.array([sum(1 << int(bit) for bit in rng.permutation(SHAPE_BITS)[:3]) for _ in page.shapes], np.uint32)
    again = Fingerprint(page.size_mm, page.shapes ^ turned, page.across, page.down)
    known, sought = Index.of([page.pack(), invent(rng, 12).pack()]), Index.of([again.pack()])
    weight = weigh_places(sought, (known,))
    assert [one.known for one in find_candidates(sought, known, weight)] == [0]
    assert find_candidates(sought, known, weight, confirmed=False) == []


def test_a_page_that_lies_there_many_times_finds_all_of_them() -> None:
    rng = np.random.default_rng(4)
    page, others = invent(rng, 30), [invent(rng, 30).pack() for _ in range(9)]
    known = Index.of([*(take_again(rng, page, 2).pack() for _ in range(8)), *others])
    sought = Index.of([page.pack()])
    found = find_candidates(sought, known, weigh_places(sought, (known,)))
    assert {one.known for one in found} >= set(range(8))


def test_what_is_looked_for_in_parts_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    index = Index.of([invent(rng, 10).pack() for _ in range(7)])
    weight = weigh_places(index, (index,))
    whole = find_candidates(index, index, weight)
    monkeypatch.setattr(lookup, "_PROBES", 1)
    assert find_candidates(index, index, weight) == whole


def test_a_page_without_places_is_found_nowhere() -> None:
    rng = np.random.default_rng(2)
    empty, full = Index.of([invent(rng, 0).pack()]), Index.of([invent(rng, 9).pack()])
    for sought, known in ((empty, full), (full, empty), (empty, empty)):
        assert find_candidates(sought, known, weigh_places(sought, (known,))) == []
