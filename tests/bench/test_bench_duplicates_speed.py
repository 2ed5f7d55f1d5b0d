"""What looking for duplicates costs: a fingerprint in the pass, a book among many pages, a pair to confirm."""

from __future__ import annotations

import time
import tracemalloc
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from station.duplicates.compare import PageView, overlay
from station.duplicates.lookup import Index, find_candidates, weigh_places
from station.duplicates.sparse import find_sparse_candidates
from station.imaging.checks import measure_paper
from station.imaging.fingerprint import PLACE_BITS, SHAPE_BITS, Fingerprint, take_fingerprint
from station.imaging.recipe import load_recipe
from tests.corpus import otherwise
from tests.corpus.registers import Register

if TYPE_CHECKING:
    from collections.abc import Callable

    from cv2.typing import MatLike

    from station.imaging.decode import Pixels

pytestmark = pytest.mark.bench

MOST_FINGERPRINT_MS = 5.0
MOST_LOOKUP_SECONDS = 1.0
KNOWN, BOOK = 200_000, 150
DPI = 200
ROUNDS = 3


def papers() -> list[MatLike]:
    """Pages of several forms, much and little written."""
    drawn = [Register(form, 4001).page(number) for form in ("ledger", "single", "certificate") for number in (1, 2)]
    return drawn + [otherwise.draw(form, 4002, number) for form in ("notarial", "sparse") for number in (1, 2)]


def ink_of(paper: MatLike) -> tuple[Pixels, float]:
    cv2.setNumThreads(1)
    seen = measure_paper(np.asarray(cv2.cvtColor(paper, cv2.COLOR_BGR2GRAY), np.uint8), load_recipe().checks)
    return seen.ink, DPI * seen.ink.shape[0] / paper.shape[0]


def fastest_ms(work: Callable[[], object]) -> float:
    """CPU milliseconds of the fastest round: the others measured the machine's neighbours."""
    found = []
    for _ in range(ROUNDS):
        before = time.thread_time()
        work()
        found.append((time.thread_time() - before) * 1000)
    return min(found)


def test_a_fingerprint_in_the_pass() -> None:
    inks = [ink_of(paper) for paper in papers()]
    each = [fastest_ms(lambda ink=ink, dpi=dpi: take_fingerprint(ink, dpi)) for ink, dpi in inks]  # type: ignore[misc]
    print(f"\nfingerprint: {np.mean(each):.2f} ms CPU a page, {max(each):.2f} at most")
    assert max(each) <= MOST_FINGERPRINT_MS


def test_a_book_among_many_pages() -> None:
    packed = many_pages(KNOWN)
    before = time.process_time()
    known = Index.of(packed)
    built = time.process_time() - before
    sought = Index.of(packed[:BOOK])

    def look() -> int:
        weight = weigh_places(sought, (known,), sought)
        return len([*find_candidates(sought, known, weight), *find_sparse_candidates(sought, known, weight)])

    tracemalloc.start()
    found = look()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    held = sum(part.nbytes for part in (known.words, known.owner, known.begin, known.size_mm))
    seconds = fastest_ms(look) / 1000
    print(
        f"\n{BOOK} pages among {KNOWN}: {seconds:.2f} s CPU, {found} candidates; index made in {built:.2f} s,"
        f" {held / 1e6:.0f} MB, beside {sum(map(len, packed)) / 1e6:.0f} MB of fingerprints;"
        f" {most / 1e6:.0f} MB while looking"
    )
    assert found >= BOOK
    assert seconds < MOST_LOOKUP_SECONDS


def many_pages(count: int) -> list[bytes]:
    """Fingerprints made of those of drawn pages: each keeps a third of one page's places, its print, as they are.

    The others come from any page, moved, with some bits of their shape turned.
    """
    rng = np.random.default_rng(4003)
    pool = [take_fingerprint(*ink_of(paper)) for paper in papers()]
    shapes = np.concatenate([one.shapes for one in pool])
    pages = []
    for one in (pool[place] for place in rng.integers(len(pool), size=count)):
        places = len(one.shapes)
        kept = rng.random(places) < 1 / 3
        turned = np.zeros(places, np.uint32)
        for _ in range(4):
            turned ^= np.uint32(1) << rng.integers(SHAPE_BITS, size=places, dtype=np.uint32)
        moved = rng.integers(1 << PLACE_BITS, size=(2, places))
        pages.append(
            Fingerprint(
                one.size_mm,
                np.where(kept, one.shapes, shapes[rng.integers(len(shapes), size=places)] ^ turned),
                np.where(kept, one.across, moved[0]),
                np.where(kept, one.down, moved[1]),
            ).pack()
        )
    return pages


def test_a_pair_to_confirm() -> None:
    views = [PageView(*ink_of(paper)) for paper in papers()]
    for name, whole in (("looked at in full", True), ("given up where half is missed", False)):
        same = [fastest_ms(lambda v=view, w=whole: overlay(v, v, whole=w)) for view in views]  # type: ignore[misc]
        other = [
            fastest_ms(lambda a=one, b=two, w=whole: overlay(a, b, whole=w))  # type: ignore[misc]
            for one, two in zip(views[::2], views[1::2], strict=True)
        ]
        print(f"\na pair {name}: the same {np.mean(same):.0f} ms CPU, another page of the form {np.mean(other):.0f} ms")
        assert max(*same, *other) < 300
