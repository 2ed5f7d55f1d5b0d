"""Pages with two or three words: one place in common is enough, where the form lies as it does on the other."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from station.duplicates.lookup import Index, weigh_places
from station.duplicates.sparse import FEW_TELLING, count_strong, find_sparse_candidates
from station.imaging.fingerprint import Fingerprint
from tests.station.duplicates.fingerprints import invent, join, take_again

PAGES, FORM_PLACES = 40, 16


def book_of(rng: np.random.Generator, words: int) -> list[Fingerprint]:
    form = invent(rng, FORM_PLACES)
    return [join(form, invent(rng, words)) for _ in range(PAGES)]


def is_of_its_own(book: list[Fingerprint], page: int) -> bool:
    """Whether a word of the page has a shape that nothing else in the book comes near, with a bit turned on both."""
    others = [
        *book[page].shapes[:FORM_PLACES],
        *(shape for one in book if one is not book[page] for shape in one.shapes),
    ]
    return any(
        min((int(own) ^ int(other)).bit_count() for other in others) > 2 for own in book[page].shapes[FORM_PLACES:]
    )


@given(st.integers(0, 1000), st.integers(1, 3))
def test_the_page_comes_first_by_one_place_of_its_own(seed: int, words: int) -> None:
    rng = np.random.default_rng(seed)
    book = book_of(rng, words)
    for place in (3, 8):
        assume(is_of_its_own(book, place))
    known = Index.of([one.pack() for one in book])
    sought = Index.of([take_again(rng, book[place], 0, moved=1).pack() for place in (3, 8)])
    found = find_sparse_candidates(sought, known, weigh_places(sought, (known,), known))
    best = {page: next(one for one in found if one.sought == page) for page in (0, 1)}
    assert [best[page].known for page in (0, 1)] == [3, 8]
    assert best[0].places >= FORM_PLACES


def test_pages_with_much_writing_are_left_to_the_other_search() -> None:
    rng = np.random.default_rng(1)
    index = Index.of([invent(rng, FEW_TELLING).pack(), invent(rng, FEW_TELLING - 1).pack()])
    weight = weigh_places(index, (index,))
    assert count_strong(index, weight).tolist() == [FEW_TELLING, FEW_TELLING - 1]
    assert {one.sought for one in find_sparse_candidates(index, index, weight)} == {1}


def test_a_place_elsewhere_on_the_page_is_another_word() -> None:
    rng = np.random.default_rng(2)
    one = invent(rng, 3)
    far = Fingerprint(one.size_mm, one.shapes, one.across, (one.down + 30) % 64)
    known, sought = Index.of([far.pack()]), Index.of([one.pack()])
    assert find_sparse_candidates(sought, known, weigh_places(sought, (known,))) == []


def test_blank_forms_have_nothing_to_look_for() -> None:
    rng = np.random.default_rng(3)
    index = Index.of([one.pack() for one in book_of(rng, 0)])
    weight = weigh_places(index, (index,), index)
    assert not count_strong(index, weight).any()
    assert find_sparse_candidates(index, index, weight) == []
