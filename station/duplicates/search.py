"""Looking for pages that stand twice: every page is looked for once, among all that are there then."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from station import clock
from station.duplicates.compare import form_of, judge, overlay
from station.duplicates.likeness import Likeness, Outcome
from station.duplicates.lookup import FARTHEST_PAGES, LEAST_PLACES, Candidate, Index, find_candidates, weigh_places
from station.duplicates.sparse import FEW_TELLING, count_strong, find_sparse_candidates
from station.duplicates.views import Views
from station.imaging.page import FINGERPRINT_VERSION as VERSION
from station.model import BookState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from station.catalogue import Catalogue
    from station.catalogue.fingerprints import Sight
    from station.duplicates.compare import Form, Overlay, PageView
    from station.duplicates.lookup import Floats
    from station.naming import BookId
    from station.wiring import Station

    ForeignMatch = tuple[str, int, int, int, float]
    """A page of ours, book row and position of theirs, places, score."""

log = logging.getLogger(__name__)

_AT_A_TIME = 128
"""Pages that are looked for together; what is found of them is kept in one transaction."""
_FORM_PAGES = 5
"""Other pages of each book that tell print from writing."""

FOREIGN_PLACES, _ENOUGH_BITS = 6, 60.0
"""Places that move together, and what they say at most, before a page of another station is told of: nothing but the
fingerprint is there to confirm it."""


def compare_pages(station: Station, book: BookId | None = None) -> int:
    """Look for the pages of a book, or of all, that were never looked for; returns how many they were.

    Candidates are found by fingerprints and confirmed by the delivery copies. A crash, and a copy that is gone, leave
    pages to be looked for at the next call; of a sealed book a purge may have taken the copies for ever.
    """
    catalogue, recipe = station.catalogue, station.recipe
    views = Views(station.root.path, recipe.checks)
    make_missing(station, book)
    waiting = catalogue.pages_not_sought(VERSION, book)
    if not waiting:
        return 0
    everything = _Everything.read(catalogue)
    compared: set[tuple[str, str]] = set()
    unsealed = {str(one.id) for one in catalogue.books() if one.state is not BookState.SEALED}
    bare = {side.page for side in catalogue.bare_pages()}
    for batch in _batches(waiting):
        names = [page for page, _, _ in batch]
        sought = Index.of([data for _, _, data in batch])
        places, own = everything.of_book(catalogue, batch[0][1])
        weight = weigh_places(sought, (everything.ours, everything.theirs), own)
        found = everything.find_ours(sought, weight, places, own)
        candidates = [(names[one], everything.pages[known]) for one, known in found]
        search = _Search(catalogue, views, recipe.key, candidates, compared, bare)
        bare |= search.bare_pages(dict(zip(names, count_strong(sought, weight).tolist(), strict=True)))
        catalogue.enter_foreign_likenesses(everything.find_theirs(names, sought, own))
        pairs = list(search.pairs())
        gone = {page for page, book in views.unread.items() if book in unsealed}
        left = gone | {page for pair in candidates if gone & set(pair) for page in pair}
        done = [(name, name in bare) for name in names if name not in left]
        catalogue.enter_likenesses(done, pairs, clock.now())
    log.info("looked for %d pages among %d", len(waiting), len(everything.pages))
    return len(waiting)


def _batches(waiting: Sequence[tuple[str, str, bytes]]) -> Iterator[Sequence[tuple[str, str, bytes]]]:
    """Pages of one book, not too many at a time."""
    for _, group in groupby(waiting, key=lambda page: page[1]):
        pages = list(group)
        yield from (pages[first : first + _AT_A_TIME] for first in range(0, len(pages), _AT_A_TIME))


def make_missing(station: Station, book: BookId | None = None) -> None:
    """Fingerprints of pages whose copies were made before there were any, or share the copy of another page."""
    views = Views(station.root.path, station.recipe.checks)
    for sight in station.catalogue.pages_without_fingerprint(VERSION, station.recipe.key, book):
        data = views.fingerprint(sight)
        if data:
            station.catalogue.keep_fingerprint(sight.page, data)


@dataclass
class _Search:
    """Candidates of some pages on their way to being pairs.

    `compared` are pairs that were looked at before, `bare` pages that have next to nothing of their own.
    """

    catalogue: Catalogue
    views: Views
    recipe: str
    candidates: Sequence[tuple[str, str]]
    compared: set[tuple[str, str]]
    bare: AbstractSet[str]
    _said: dict[tuple[str, str], list[Overlay | None]] = field(default_factory=dict)

    def pairs(self) -> Iterator[tuple[str, str, str, int, int, bool]]:
        """Page, other page, outcome and measures of the candidates that are the same, or cannot be told apart."""
        sights = self.catalogue.sights({page for pair in self.candidates for page in pair}, self.recipe)
        for page, other in self.candidates:
            key = (min(page, other), max(page, other))
            if page == other or key in self.compared or page not in sights or other not in sights:
                continue
            self.compared.add(key)
            if sights[page].master_sha256 == sights[other].master_sha256:
                continue
            found = self._compare(sights[page], sights[other])
            if found.outcome is not Outcome.OTHER:
                outcome = Outcome.CANNOT_TELL if {page, other} & self.bare else found.outcome
                yield page, other, outcome, found.shared, found.missed, found.form_known

    def bare_pages(self, telling: Mapping[str, int]) -> set[str]:
        """Pages with next to nothing of their own; `telling` is how many of their places other pages do not have.

        Stains and noise are places too: where the number leaves it open, other pages of the form decide.
        """
        few = [page for page, count in telling.items() if count < FEW_TELLING]
        sights = self.catalogue.sights(few, self.recipe)
        return {page for page, sight in sights.items() if self._is_bare(sight, telling[page])}

    def _is_bare(self, sight: Sight, telling: int) -> bool:
        view = self.views.view(sight)
        if view is None:
            return False
        form = self._form(view, sight, sight)
        return form.hides(view) if form.known or form.alike else telling < LEAST_PLACES

    def _compare(self, one: Sight, other: Sight) -> Likeness:
        view, their_view = self.views.view(one), self.views.view(other)
        if view is None or their_view is None:
            return Likeness(Outcome.OTHER)
        pair = overlay(view, their_view, whole=False)
        # Most candidates are other pages of the form; for them nothing else need be read.
        if pair is None or pair.differs:
            return Likeness(Outcome.OTHER)
        return judge(pair, self._form(view, one, other))

    def _form(self, view: PageView, one: Sight, other: Sight) -> Form:
        """What other pages say about the form of a page: those of its own book, then those of the other's as well.

        Pages that may be further scans of the page are asked when these leave it open.
        """
        alike = {page for pair in self.candidates if one.page in pair for page in pair}
        said: list[Overlay | None] = []
        for book in dict.fromkeys((one.book, other.book)):
            key = one.page, book
            if key not in self._said:
                self._said[key] = self._ask(view, [page for page in self._pages(book) if page not in alike])
            said += self._said[key]
            form = form_of(view, said)
            if form.known:
                return form
        return form_of(view, said + self._ask(view, [page for page in alike if page not in {one.page, other.page}]))

    def _ask(self, view: PageView, pages: Sequence[str]) -> list[Overlay | None]:
        sights = self.catalogue.sights(_spread(pages), self.recipe)
        views = (self.views.view(sight) for sight in sights.values())
        return [overlay(view, other) for other in views if other]

    def _pages(self, book: str) -> list[str]:
        return self.catalogue.pages_compared_in(book)


def _spread(pages: Sequence[str]) -> list[str]:
    """Some of the pages, evenly over the book."""
    step = max(1, len(pages) // _FORM_PAGES)
    return list(pages[step // 2 :: step][:_FORM_PAGES])


@dataclass(frozen=True)
class _Everything:
    """The fingerprints of all pages that are known: ours, and those of other stations."""

    pages: Sequence[str]
    packed: Sequence[bytes]
    ours: Index
    their_pages: Sequence[tuple[int, int]]
    theirs: Index

    @classmethod
    def read(cls, catalogue: Catalogue) -> _Everything:
        pages, packed = catalogue.fingerprints(VERSION)
        their_pages, their_packed = catalogue.foreign_fingerprints(VERSION)
        return cls(pages, packed, Index.of(packed), their_pages, Index.of(their_packed))

    @cached_property
    def _places(self) -> dict[str, int]:
        return {page: place for place, page in enumerate(self.pages)}

    def of_book(self, catalogue: Catalogue, book: str) -> tuple[list[int], Index]:
        """The pages of a book: their places among ours, and their index."""
        places = [self._places[page] for page in catalogue.pages_compared_in(book) if page in self._places]
        return places, Index.of([self.packed[place] for place in places])

    def find_ours(self, sought: Index, weight: Floats, places: Sequence[int], own: Index) -> list[tuple[int, int]]:
        """Pages of ours that may be the same: each with its index among the sought, and its place among ours.

        Among very many pages fewer bits may differ, but not in the own book: there a page stands twice most often.
        """
        found = [*find_candidates(sought, self.ours, weight), *find_sparse_candidates(sought, self.ours, weight)]
        pairs = [(one.sought, one.known) for one in found]
        if self.ours.pages > FARTHEST_PAGES:
            pairs += [(one.sought, places[one.known]) for one in find_candidates(sought, own, weight)]
        return pairs

    def find_theirs(self, names: Sequence[str], sought: Index, book: Index) -> list[ForeignMatch]:
        """Pages of a book that look like one of theirs."""
        weight = weigh_places(sought, (self.ours, self.theirs), book, confirmed=False)
        sure = self.sure(find_candidates(sought, self.theirs, weight, confirmed=False))
        return [(names[one.sought], *self.their_pages[one.known], one.places, one.score) for one in sure]

    def sure(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Candidates of which the fingerprints alone say enough; among few pages a place says less."""
        enough = min(_ENOUGH_BITS, FOREIGN_PLACES * math.log2((self.ours.pages + self.theirs.pages + 2) / 3))
        return [one for one in candidates if one.places >= FOREIGN_PLACES and one.score >= enough]


def find_among_ours(catalogue: Catalogue, books: Sequence[tuple[int, Mapping[int, bytes]]]) -> int:
    """Look for the pages of other stations' books among ours: their row and their pages by their place in the book;
    returns how many were found.

    Ours that come later are looked for among theirs by `compare_pages`.
    """
    everything, count = _Everything.read(catalogue), 0
    for row, pages in books:
        places, packed = list(pages), list(pages.values())
        for first in range(0, len(packed), _AT_A_TIME):
            sought = Index.of(packed[first : first + _AT_A_TIME])
            weight = weigh_places(sought, (everything.ours, everything.theirs), Index.of(packed), confirmed=False)
            sure = everything.sure(find_candidates(sought, everything.ours, weight, confirmed=False))
            catalogue.enter_foreign_likenesses(
                (everything.pages[one.known], row, places[first + one.sought], one.places, one.score) for one in sure
            )
            count += len({one.sought for one in sure})
    return count
