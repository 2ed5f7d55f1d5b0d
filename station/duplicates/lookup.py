"""Which pages may be the same, by their fingerprints alone: fast over a million pages, and sometimes wrong.

Two fingerprints are compared place by place. Places of the same shape, one bit aside, speak for the same page where
they are all moved by the same distance. A shape that many pages have is print and says little.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from station.imaging.fingerprint import (
    HEADER_BYTES,
    MOST_PLACES,
    PLACE_BITS,
    PLACES,
    SHAPE_BITS,
    TURNED_BITS,
    read_places,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float32]
    _Votes = tuple[Ints, NDArray[np.float64], Ints]
    Hits = tuple[Ints, Ints, NDArray[np.bool_]]

_FLIPS = np.array([0, *(1 << bit for bit in range(SHAPE_BITS))], np.uint32)
_FAR_FLIPS = np.unique(_FLIPS[:, None] ^ _FLIPS)
_ASIDE = (_FLIPS[:1], _FLIPS, _FAR_FLIPS, np.unique(_FAR_FLIPS[:, None] ^ _FLIPS))
"""What turns up to so many bits of a shape."""
_FAR_PAGES = 25_000
"""Among so many pages shapes may be two bits aside: small or typed letters are found less sharply than writing."""
FARTHEST_PAGES = 4_000
"""Among so many pages, where pictures confirm what is found, three: of a small page in a weak light few places keep
their shape to two bits, and twice as many to three."""
_PROBES = 1 << 21
"""What is looked for at a time, at most: some 100 MB."""
_COMMON_PART = 0.02
_COMMON_LEAST, _OWN_PART, _OWN_LEAST = 24, 0.25, 8
"""A place that more than this part of all pages have, or of the own book, and more than so many, is print and is left
out."""
_SURE_LEAST, _SURE_OWN_PART, _SURE_OWN_LEAST = 8, 0.08, 4
"""The same where no picture will confirm what is found."""
_CHUNK = 1 << 11
"""Pages that are compared at a time: the counts of a book's pairs with them fit the processor's cache."""
_COUNTED = 1 << 21
_STEP_MM = 14.0
"""Places that move together differ by less: paper lies askew, is larger or smaller by a little, places are coarse."""
LEAST_PLACES = 3
"""Places that must move together before two pages are compared."""
_MANY_PLACES, _MORE = 20, 3
"""Where so many move together a page is a candidate beside the best ones, up to so many times their number: a page that
lies there many times is like each of them."""
_CELLS = 512
"""More than there are distances of one step between places of two pages, across or down."""
_MOST_ALIKE = 255
"""Sought places of one shape beyond these are passed over: they are print."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two pages that may be the same, by their indexes among the sought and the known ones.

    `places` moved together; `score` is how much they say in bits, a place that few pages have more than others.
    """

    sought: int
    known: int
    score: float
    places: int
    upside_down: bool


@dataclass(frozen=True)
class Index:
    """The places of many pages one after the other; `owner` is the page of each, `begin` the first of each page."""

    words: NDArray[np.uint32]
    owner: NDArray[np.int32]
    begin: Ints
    size_mm: Floats

    @classmethod
    def of(cls, packed: Sequence[bytes]) -> Self:
        """The index of packed fingerprints, all of this version."""
        counts = np.array([len(data) - HEADER_BYTES for data in packed], np.int64) // 4
        words = np.frombuffer(b"".join(data[HEADER_BYTES:] for data in packed), "<u4")
        sizes = np.frombuffer(b"".join(data[1:HEADER_BYTES] for data in packed), "<u2").reshape(-1, 2)
        owner = np.repeat(np.arange(len(packed), dtype=np.int32), counts)
        begin = np.concatenate([[0], np.cumsum(counts)])
        return cls(words, owner, begin, np.maximum(sizes, 1).astype(np.float32))

    @property
    def pages(self) -> int:
        return len(self.size_mm)

    @property
    def shapes(self) -> NDArray[np.uint32]:
        return self.words >> np.uint32(2 * PLACE_BITS)

    def shapes_of(self, which: Ints) -> NDArray[np.uint32]:
        """The shapes of these places alone."""
        return np.asarray(self.words[which] >> np.uint32(2 * PLACE_BITS), np.uint32)

    @cached_property
    def frequency(self) -> Ints:
        """How many places have each shape; of very many places a part is counted."""
        step = max(1, len(self.words) // _COUNTED)
        return np.bincount(self.words[::step] >> np.uint32(2 * PLACE_BITS), minlength=1 << SHAPE_BITS) * step

    def places_mm(self, which: Ints) -> Floats:
        """Where these places lie on their pages, from the left and the top."""
        size = self.size_mm[self.owner[which]]
        unit = size.max(axis=1) / PLACES
        across, down = read_places(self.words[which])
        return np.stack([(across + 0.5) * unit, (down + 0.5) * unit], axis=1).astype(np.float32)

    def chunks(self) -> Iterator[tuple[slice, int]]:
        """Pieces of so many pages: the places, and the first page."""
        for first in range(0, self.pages, _CHUNK):
            end = min(first + _CHUNK, self.pages)
            yield slice(int(self.begin[first]), int(self.begin[end])), first


@dataclass(frozen=True, slots=True)
class Probes:
    """What is looked for, in the order of shapes: the place, whether turned over, and the row of its page's counts.

    `first` and `count` say for each of all shapes which of them they are.
    """

    place: NDArray[np.int32]
    turned: NDArray[np.bool_]
    row: NDArray[np.int32]
    first: NDArray[np.int32]
    count: NDArray[np.uint8]


def find_candidates(
    sought: Index, known: Index, weight: Floats, most: int = 5, *, confirmed: bool = True
) -> list[Candidate]:
    """For each sought page the known ones that may be the same, upright or upside down, best first.

    `weight` is what `weigh_places` says of the sought ones. A page that is in both finds itself first. Not `confirmed`:
    the fingerprints alone decide.
    """
    telling = np.flatnonzero(weight > 0)
    if not len(telling) or not len(known.words):
        return []
    bits = bits_aside(known.pages, confirmed=confirmed)
    found = [
        _vote(sought, known, weight, hits)
        for part in _parts(sought, telling, bits)
        for hits in hits_of(known, make_probes(sought, part, bits))
    ]
    return _choose([np.concatenate(column) for column in zip(*found, strict=True)], known.pages, most)


def bits_aside(among: int, *, confirmed: bool) -> int:
    """How many bits of a shape may differ among so many pages."""
    if confirmed and among <= FARTHEST_PAGES:
        return 3
    return 2 if among <= _FAR_PAGES else 1


def _parts(sought: Index, places: Ints, bits: int) -> Iterator[Ints]:
    """The places in parts of whole pages, so that not too much is looked for at a time."""
    pages = max(1, _PROBES // (MOST_PLACES * len(_ASIDE[bits])))
    ends = np.searchsorted(sought.owner[places], np.arange(pages, sought.pages, pages))
    yield from (part for part in np.split(places, ends) if len(part))


def weigh_places(sought: Index, known: Sequence[Index], book: Index | None = None, *, confirmed: bool = True) -> Floats:
    """What each place of the sought pages says, in bits: nothing where too many pages have its shape.

    `known` are all pages that are known, `book` those of the book that the sought ones belong to. Not `confirmed`: the
    fingerprints alone decide.
    """
    least = _COMMON_LEAST if confirmed else _SURE_LEAST
    own_part, own_least = (_OWN_PART, _OWN_LEAST) if confirmed else (_SURE_OWN_PART, _SURE_OWN_LEAST)
    pages = sum(index.pages for index in known)
    have = np.sum([_count_alike(sought.shapes, index) for index in known], axis=0)
    common = have > max(least, _COMMON_PART * pages)
    if book is not None:
        common |= _count_alike(sought.shapes, book) > max(own_least, own_part * book.pages)
    return np.where(common, 0, np.log2((pages + 2) / (have + 1))).astype(np.float32)


def _count_alike(shapes: NDArray[np.uint32], index: Index) -> Ints:
    """How many places of an index have each of these shapes, one bit aside."""
    return np.asarray(np.sum([index.frequency[shapes ^ flip] for flip in _FLIPS], axis=0), np.int64)


def make_probes(sought: Index, places: Ints, bits: int) -> Probes:
    """What is looked for: every shape so many bits aside, one less for the page turned over.

    That is rare.
    """
    flips, fewer = _ASIDE[bits], _ASIDE[bits - 1]
    shapes = sought.shapes[places]
    upright = (shapes[:, None] ^ flips).ravel()
    over = (shapes[:, None] ^ np.uint32(TURNED_BITS) ^ fewer).ravel()
    variants = np.concatenate([upright, over])
    order = np.argsort(variants, kind="stable")
    turned = order >= len(upright)
    place = places[np.where(turned, (order - len(upright)) // len(fewer), order // len(flips))]
    count = np.minimum(np.bincount(variants, minlength=1 << SHAPE_BITS), _MOST_ALIKE)
    first = np.searchsorted(variants[order], np.arange(1 << SHAPE_BITS))
    row = (sought.owner[place].astype(np.int32) * 2 + turned) * _CHUNK
    return Probes(place.astype(np.int32), turned, row.astype(np.int32), first.astype(np.int32), count.astype(np.uint8))


def hits_of(known: Index, probes: Probes, least: int = LEAST_PLACES) -> Iterator[Hits]:
    """Places that are alike, of those pages alone that have enough of them; a piece of the known pages at a time."""
    for piece, first_page in known.chunks():
        shapes = known.words[piece] >> np.uint32(2 * PLACE_BITS)
        times = probes.count[shapes]
        hit = np.flatnonzero(times).astype(np.int32)
        times = times[hit]
        ends = np.cumsum(times, dtype=np.int32)
        start = probes.first[shapes[hit]] - (ends - times)
        probe = np.repeat(start, times) + np.arange(ends[-1] if len(ends) else 0, dtype=np.int32)
        theirs = np.repeat(hit, times)
        pair = probes.row[probe] + (known.owner[piece][theirs] - np.int32(first_page))
        enough = np.flatnonzero(np.bincount(pair)[pair] >= least) if len(pair) else pair
        probe = probe[enough]
        yield probes.place[probe].astype(np.int64), theirs[enough].astype(np.int64) + piece.start, probes.turned[probe]


def _vote(sought: Index, known: Index, weight: Floats, hits: Hits) -> _Votes:
    """Pairs of pages with the distances by which enough of their places are moved: pair, score, number of places."""
    ours, theirs, turned = hits
    pages = sought.owner[ours].astype(np.int64), known.owner[theirs].astype(np.int64)
    here = sought.places_mm(ours)
    here = np.where(turned[:, None], sought.size_mm[pages[0]] - here, here)
    moved = (here - known.places_mm(theirs)) / np.float32(_STEP_MM)
    pair = (pages[0] * known.pages + pages[1]) * 2 + turned
    shifts = np.array([(0, 0), (0.5, 0), (0, 0.5), (0.5, 0.5)], np.float32)
    found = [_count(pair, moved + shift, ours, weight) for shift in shifts]
    pairs, scores, counts = (np.concatenate(column) for column in zip(*found, strict=True))
    return pairs, scores, counts


def _count(pair: Ints, moved: Floats, ours: Ints, weight: Floats) -> _Votes:
    """The distances on one grid. A place votes once for each, however many places of the other page it resembles."""
    cell = np.floor(moved).astype(np.int64) + _CELLS // 2
    key = (pair * _CELLS + cell[:, 0]) * _CELLS + cell[:, 1]
    _, single = np.unique(key * len(weight) + ours, return_index=True)
    keys, inverse, counts = np.unique(key[single], return_inverse=True, return_counts=True)
    scores = np.bincount(inverse, weights=weight[ours[single]], minlength=len(keys))
    enough = counts >= LEAST_PLACES
    return keys[enough] // _CELLS**2, scores[enough], counts[enough]


def _choose(votes: Sequence[NDArray[np.int64 | np.float64]], pages: int, most: int) -> list[Candidate]:
    """The best distance of each pair, and the best pairs of each sought page."""
    pair, score, count = votes
    turned, sought, known = pair % 2, pair // 2 // pages, pair // 2 % pages
    chosen: dict[tuple[int, int], Candidate] = {}
    taken: Counter[int] = Counter()
    for row in np.lexsort((-score, sought)):
        key = int(sought[row]), int(known[row])
        room = most if count[row] < _MANY_PLACES else _MORE * most
        if taken[key[0]] < room and key not in chosen:
            taken[key[0]] += 1
            chosen[key] = Candidate(*key, round(float(score[row]), 2), int(count[row]), bool(turned[row]))
    return list(chosen.values())
