"""Which pages may be the same where little is written: two or three places of their own are all that they have.

One of them is enough to look at a page, if the places around it, print as well, then lie as they do on the other. That
is asked of the few pages alone that need it: a place of print is on every page of its form.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from station.duplicates.lookup import Candidate, bits_aside, hits_of, make_probes
from station.imaging.fingerprint import TURNED_BITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from station.duplicates.lookup import Floats, Hits, Index, Ints

STRONGEST = 24
"""Places of a page that count here; weaker ones of a page with little ink are stains and noise."""
FEW_TELLING = 14
"""A page with fewer telling places among them has little writing."""
_BITS_ASIDE = 2
_MOVED_MM = 20.0
"""How far paper may lie from where it lay: it is cut out by its edges, or some of it is cut off."""
_NEAR_MM = 9.0
"""How far places may lie from where the one that was found says: paper lies askew and is larger or smaller."""
_PRINT_BITS = 0.5
"""What a place says that many pages have: that the form is the same."""
_AT_A_TIME = 4096


def count_strong(sought: Index, weight: Floats) -> Ints:
    """How many of the strongest places of each page say something."""
    return np.bincount(sought.owner[_strong(sought) & (weight > 0)], minlength=sought.pages)


def _strong(index: Index) -> NDArray[np.bool_]:
    """Which places are among the strongest of their page."""
    rank = np.arange(len(index.words)) - index.begin[index.owner]
    return np.asarray(rank < STRONGEST, np.bool_)


def find_sparse_candidates(sought: Index, known: Index, weight: Floats, most: int = 5) -> list[Candidate]:
    """For each sought page with little writing the known ones that may be the same, best first; see `find_candidates`.

    `places` counts every place that lies as on the other page, print as well.
    """
    few = count_strong(sought, weight) < FEW_TELLING
    telling = np.flatnonzero(_strong(sought) & (weight > 0) & few[sought.owner])
    if not len(telling) or not len(known.words):
        return []
    bits = bits_aside(known.pages, confirmed=False)
    found = [
        _judge(sought, known, weight, (near[0][first:end], near[1][first:end], near[2][first:end]))
        for hits in hits_of(known, make_probes(sought, telling, bits), least=1)
        for near in (_near(sought, known, hits),)
        for first in range(0, len(near[0]) or 1, _AT_A_TIME)
        for end in (first + _AT_A_TIME,)
    ]
    pages, theirs, turned, scores, places = (np.concatenate(column) for column in zip(*found, strict=True))
    return _best(np.stack([pages, theirs, turned, places]), scores, most)


def _near(sought: Index, known: Index, hits: Hits) -> Hits:
    """Hits that lie at about the same place of both pages: paper is cut out by its edges."""
    ours, theirs, turned = hits
    moved = np.abs(_place_of(sought, ours, turned) - known.places_mm(theirs)).max(axis=1)
    near = np.flatnonzero(moved < _MOVED_MM)
    return ours[near], theirs[near], turned[near]


def _judge(
    sought: Index, known: Index, weight: Floats, hits: Hits
) -> tuple[Ints, Ints, NDArray[np.bool_], Floats, Ints]:
    """For each hit: both pages, whether turned over, what its agreeing places say in bits, and how many they are."""
    ours, theirs, turned = hits
    pages, their_pages = sought.owner[ours].astype(np.int64), known.owner[theirs].astype(np.int64)
    rows, there = _strongest_of(sought, pages), _strongest_of(known, their_pages)
    here_mm, there_mm = _places_of(sought, rows, turned), _places_of(known, there, np.zeros(len(theirs), np.bool_))
    shift = _place_of(sought, ours, turned) - known.places_mm(theirs)
    flip = np.where(turned, np.uint32(TURNED_BITS), np.uint32(0))[:, None, None]
    differing = np.bitwise_count(sought.shapes_of(rows)[:, :, None] ^ known.shapes_of(there)[:, None, :] ^ flip)
    away = here_mm[:, :, None] - there_mm[:, None, :] - shift[:, None, None]
    near = (np.abs(away) < _NEAR_MM).all(axis=3)
    valid = _valid(sought, rows, pages)[:, :, None] & _valid(known, there, their_pages)[:, None, :]
    agrees = ((differing <= _BITS_ASIDE) & near & valid).any(axis=2)
    scores = (agrees * np.maximum(weight[rows], _PRINT_BITS)).sum(axis=1).astype(np.float32)
    return pages, their_pages, turned, scores, agrees.sum(axis=1)


def _strongest_of(index: Index, pages: Ints) -> Ints:
    """The indexes of so many places of each page; of pages with fewer, those of the next page follow."""
    rows = index.begin[pages][:, None] + np.arange(STRONGEST)
    return np.asarray(np.minimum(rows, len(index.words) - 1), np.int64)


def _valid(index: Index, rows: Ints, pages: Ints) -> NDArray[np.bool_]:
    return np.asarray(index.owner[rows] == pages[:, None], np.bool_)


def _places_of(index: Index, rows: Ints, turned: NDArray[np.bool_]) -> Floats:
    flat = _place_of(index, rows.ravel(), np.repeat(turned, rows.shape[1]))
    return flat.reshape(*rows.shape, 2)


def _place_of(index: Index, which: Ints, turned: NDArray[np.bool_]) -> Floats:
    """Where these places lie, of pages that are turned over as well."""
    here = index.places_mm(which)
    return np.where(turned[:, None], index.size_mm[index.owner[which]] - here, here)


def _best(hits: Ints, scores: Floats, most: int) -> list[Candidate]:
    """The best hit of each pair, and the best pairs of each sought page; each hit is pages, whether turned, places."""
    chosen: dict[tuple[int, int], Candidate] = {}
    taken: Counter[int] = Counter()
    for row in np.lexsort((-scores, hits[0])):
        page, other, turned, places = (int(value) for value in hits[:, row])
        if taken[page] < most and (page, other) not in chosen:
            taken[page] += 1
            chosen[page, other] = Candidate(page, other, round(float(scores[row]), 2), places, bool(turned))
    return list(chosen.values())
