"""How many pages that were scanned twice are found, and how many that only look alike are taken for the same.

Every paper is drawn, or is a real page, and lies under the scanner twice: the first takings are one book, the second
ones another, and the station looks for what stands twice as it does at every check. None of these books was there
when the thresholds were chosen; most of the forms were, with other books. Pages in a wrong pair are counted as a share
of all pages of books whose pages are all alike; the share of all pairs is printed beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import pytest

from station.root import Root
from station.wiring import Station
from tests.bench.likeness_score import Score, score
from tests.bench.takings import KINDS, PHOTO, SAMPLES, Paper, Taken, take_all
from tests.support import make_station

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.bench, pytest.mark.timeout(2400)]

LEAST_FOUND = 0.97
MOST_WRONG_PAGES = 0.001
MOST_LOST_IN_A_SET = 0.08
"""Or one page, because a set has few: of 14, one is 7 percent."""
AGAIN = "19441/KS.2005.02"


@dataclass(frozen=True)
class Set:
    """So many pages of one form; a kind of change for each page in turn, or photographs."""

    family: str
    form: str
    book: int
    pages: int
    kinds: tuple[str, ...] = KINDS
    filled: float = 1.0

    @property
    def name(self) -> str:
        return f"{self.family} {self.form}{', photographed' if self.kinds == (PHOTO,) else ''}, {self.pages} pages"

    def papers(self) -> list[tuple[Paper, str]]:
        return [
            (Paper(self.family, self.form, self.book, number, self.filled), self.kinds[number % len(self.kinds)])
            for number in range(1, self.pages + 1)
        ]


SETS = (
    Set("drawn", "ledger", 2001, 42),
    Set("other", "script form", 2002, 42),
    Set("other", "typed ledger", 2003, 42),
    Set("drawn", "single", 2004, 14),
    Set("drawn", "certificate", 2005, 14),
    Set("drawn", "wide", 2006, 14),
    Set("drawn", "notebook", 2007, 14),
    Set("drawn", "typed", 2008, 14),
    Set("other", "typed form", 2009, 14),
    Set("other", "notarial", 2010, 14),
    Set("other", "sparse", 2011, 14),
    Set("other", "spread", 2012, 7),
    Set("other", "script ledger", 2013, 14, (PHOTO,)),
    Set("typeset", "filled", 2016, 28),
)
FEW = Set("typeset", "few", 2017, 28)
BLANK = (Set("other", "blank", 2014, 7), Set("drawn", "blocks", 2015, 7, filled=0.0))
_measured: dict[Set, Score] = {}
"""Each set is drawn and measured once a run."""


def measured(which: Set, folder: Path) -> Score:
    if which not in _measured:
        _measured[which] = look(take_all(which.papers(), folder / "takings"), folder)
        print(f"\n{_measured[which].describe(which.name)}")
    return _measured[which]


def look(taken: list[Taken], folder: Path) -> Score:
    root = make_station(folder / "root")
    with Station.open(Root(root), "tester") as station:
        return score(station, "19441/KS.2005.01", AGAIN, taken)


@pytest.mark.parametrize("which", SETS, ids=lambda one: one.name)
def test_pages_taken_twice(which: Set, tmp_path: Path) -> None:
    found = measured(which, tmp_path)
    asked = found.asked.total()
    assert asked - found.found.total() <= max(1, MOST_LOST_IN_A_SET * asked)


def test_all_of_them(tmp_path: Path) -> None:
    total = reduce(add, [measured(which, tmp_path / f"{place}") for place, which in enumerate(SETS)])
    print(f"\n{total.describe('all drawn pages')}")
    for kind in sorted(total.asked):
        print(f"  {kind:12} {total.found[kind]}/{total.asked[kind]}, cannot tell {total.unsure[kind]}")
    print(f"  lost: {', '.join(total.lost) or 'none'}; wrong: {total.wrong or 'none'}")
    assert total.recall >= LEAST_FOUND
    assert total.wrong_pages <= MOST_WRONG_PAGES


@pytest.mark.parametrize("which", BLANK, ids=lambda one: one.name)
def test_blank_forms_are_never_a_pair(which: Set, tmp_path: Path) -> None:
    found = measured(which, tmp_path)
    assert (found.wrong, found.found.total()) == ([], 0)
    assert found.unsure.total() == which.pages


def test_forms_that_differ_in_a_number_and_a_name_are_never_a_pair(tmp_path: Path) -> None:
    found = measured(FEW, tmp_path)
    assert found.wrong == []


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real pages are not on this machine")
def test_real_pages_taken_again(tmp_path: Path) -> None:
    """Each real page under the scanner once in the usual way, and again with every kind of change."""
    names = sorted(path.name for path in SAMPLES.glob("*.jpg"))
    papers = [(Paper("real", name, 3000, place), kind) for name in names for place, kind in enumerate(KINDS)]
    found = look(take_all(papers, tmp_path / "takings"), tmp_path)
    print(f"\n{found.describe(f'{len(names)} real pages')}; lost: {', '.join(found.lost) or 'none'}")
    assert found.recall >= LEAST_FOUND
    assert found.wrong == []
