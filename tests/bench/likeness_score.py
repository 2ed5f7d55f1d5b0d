"""How many second takings a station finds, and which pages it takes for others by mistake."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import comb
from typing import TYPE_CHECKING

from station.duplicates.likeness import Outcome
from station.duplicates.search import compare_pages
from tests.bench.takings import shelve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from station.wiring import Station
    from tests.bench.takings import Taken


@dataclass
class Score:
    """What came of one set of papers, each taken twice.

    `wrong` are pairs of two papers that were called the same; `pairs` is how many pairs of different papers there are
    in a book, and `pages` how many pages: the share of pages that take part in a wrong pair is the stricter measure.
    """

    asked: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    unsure: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)
    pages: int = 0
    pairs: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(
            self.asked + other.asked, self.found + other.found, self.unsure + other.unsure, self.lost + other.lost,
            self.wrong + other.wrong, self.pages + other.pages, self.pairs + other.pairs,
        )  # fmt: skip

    @property
    def recall(self) -> float:
        return self.found.total() / max(1, self.asked.total())

    @property
    def wrong_pages(self) -> float:
        """Share of pages that take part in a wrong pair."""
        return len({page for pair in self.wrong for page in pair}) / max(1, self.pages)

    def describe(self, name: str) -> str:
        parts = ", ".join(
            f"{kind} {self.found[kind]}/{self.asked[kind]}"
            for kind in sorted(self.asked)
            if self.found[kind] < self.asked[kind]
        )
        return (
            f"{name:34} found {self.found.total()}/{self.asked.total()} = {self.recall:6.1%}, cannot tell"
            f" {self.unsure.total()}, wrong pairs {len(self.wrong)} of {self.pairs}, wrong pages"
            f" {self.wrong_pages:.2%} of {self.pages}; {parts or 'every kind whole'}"
        )


def score(station: Station, book: str, again: str, taken: Sequence[Taken]) -> Score:
    """Put the first takings into one book and the second into another, look, and count."""
    first = shelve(station, book, [one.first for one in taken])
    second = shelve(station, again, [one.second for one in taken])
    compare_pages(station)
    paper_of = {
        page: one.paper.key for page, one in (*zip(first, taken, strict=True), *zip(second, taken, strict=True))
    }
    return count(station, paper_of, {page: one.kind for page, one in zip(second, taken, strict=True)})


def count(station: Station, paper_of: Mapping[str, str], kind_of: Mapping[str, str]) -> Score:
    """Count what the catalogue says of pages by the paper that each shows; asked of are those that have a kind."""
    told = [(pair.page.page, pair.other.page, pair.outcome) for pair in station.catalogue.page_pairs()]
    same = [(one, other) for one, other, outcome in told if outcome == Outcome.SAME]
    right = {page for pair in same if paper_of[pair[0]] == paper_of[pair[1]] for page in pair}
    unsure = {page for *pair, outcome in told if outcome != Outcome.SAME for page in pair}
    unsure |= {side.page for side in station.catalogue.bare_pages()}
    sizes = Counter(paper_of.values())
    result = Score(pages=len(paper_of), pairs=comb(len(paper_of), 2) - sum(comb(size, 2) for size in sizes.values()))
    for page, kind in kind_of.items():
        result.asked[kind] += 1
        if page in right:
            result.found[kind] += 1
        elif page in unsure:
            result.unsure[kind] += 1
        else:
            result.lost.append(f"{page} {kind}")
    result.wrong = [pair for pair in same if paper_of[pair[0]] != paper_of[pair[1]]]
    return result
