"""Whatever a device does and whoever mends it: the book is what came, in its order, no page lost and none twice."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import Side, Source
from station.capture.duplex import Turned, find_waiting, pair_waiting
from station.capture.feeds import DOUBTFUL, find_doubt
from station.capture.paper import check_paper, confirm_page
from station.capture.requests import Intent
from station.model import Book, Page, PageKind, PageState, Review
from station.root import Root
from station.wiring import Station, create_station
from tests.station.books.test_cases import KS
from tests.station.given import GivenScanner, Trigger, number_in, scan
from tests.support import BOOK, REGISTRY

FAULTS = st.sampled_from([FaultKind.JAM, FaultKind.DOUBLE_FEED, FaultKind.IO_ERROR, FaultKind.STALLED, FaultKind.BUSY])


class Record(RuleBasedStateMachine):
    """A book, and beside it a plain list of the images that should be its pages."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="record-"))
        root = Root(self.folder / "root")
        create_station(root, REGISTRY, None)
        self.station = Station.open(root, "tester")
        self.station.add_book(Book(self.station.book_id(BOOK)))
        self.images = 0
        self.book: list[int] = []
        self.sides: dict[Side, list[int]] = {Side.FRONT: [], Side.BACK: []}
        self.aside: set[int] = set()
        self.away: set[int] = set()
        self.doubt = False
        self.owed = False

    def teardown(self) -> None:
        self.station.__exit__()
        shutil.rmtree(self.folder)

    def new(self, count: int) -> list[int]:
        first, self.images = self.images, self.images + count
        return list(range(first, self.images))

    def feed(self, source: Source, count: int, fault: FaultKind | None, turned: Turned | None = None) -> list[int]:
        """A feed to the end of the book, the last page confirmed where somebody has to."""
        images = self.new(count)
        trigger = Trigger(images, DeviceFault(fault) if fault else None)
        last = str(len(self.book)) if self.doubt else None
        outcome = scan(self.station, GivenScanner(source, [trigger]), last_page=last, turned=turned)
        marks = [page.review for page in outcome.result.pages]
        assert marks == [
            Review.AFTER_BREAK if self.owed and not self.doubt and not place else None for place in range(count)
        ]
        self.owed &= not (count or self.doubt)
        self.doubt = fault in DOUBTFUL
        self.owed |= fault in {FaultKind.IO_ERROR, FaultKind.STALLED} or (fault is FaultKind.BUSY and count > 0)
        return images

    @property
    def pages(self) -> list[Page]:
        return self.station.catalogue.pages(KS)

    @property
    def stacked(self) -> bool:
        return any(self.sides.values())

    @precondition(lambda self: not self.stacked)
    @rule(count=st.integers(0, 3), fault=st.none() | FAULTS)
    def one_side(self, count: int, fault: FaultKind | None) -> None:
        self.book += self.feed(Source.ADF, count, fault)

    @precondition(lambda self: not self.stacked)
    @rule(sheets=st.integers(0, 2), fault=st.none() | FAULTS)
    def both_sides(self, sheets: int, fault: FaultKind | None) -> None:
        self.book += self.feed(Source.ADF_DUPLEX, 2 * sheets, fault)

    @precondition(lambda self: not self.stacked and not self.doubt and not self.owed)
    @rule(count=st.integers(1, 3))
    def out_of_order(self, count: int) -> None:
        """A sheet is left out: the images before it are kept, the one after it lies in quarantine."""
        images = self.new(count + 1)
        places = [(sheet, Side.FRONT) for sheet in [*range(1, count + 1), count + 2]]
        outcome = scan(self.station, GivenScanner(Source.ADF, [Trigger(images, places=places)]))
        assert outcome.result.out_of_order is not None
        self.book += images[:-1]
        self.aside.add(images[-1])
        self.doubt = True

    @precondition(lambda self: not self.sides[Side.BACK])
    @rule(count=st.integers(0, 3), fault=st.none() | FAULTS)
    def fronts(self, count: int, fault: FaultKind | None) -> None:
        came = self.feed(Source.ADF, count, fault, Turned(Side.FRONT))
        self.sides[Side.FRONT] += came
        self.book += came

    @precondition(lambda self: len(self.sides[Side.BACK]) < len(self.sides[Side.FRONT]))
    @rule(count=st.integers(1, 3), fault=st.none() | FAULTS)
    def backs(self, count: int, fault: FaultKind | None) -> None:
        came = self.feed(Source.ADF, count, fault, Turned(Side.BACK))
        self.sides[Side.BACK] += came
        self.book += came
        self.expect_pairs(at_once=fault is None)

    @precondition(lambda self: all(self.sides.values()))
    @rule(same=st.booleans())
    def backs_again(self, same: bool) -> None:
        """The backs that came give way to as many as there are fronts, or to one more."""
        gone = self.sides[Side.BACK]
        self.away |= set(gone)
        self.book = [image for image in self.book if image not in gone]
        self.sides[Side.BACK] = []
        if self.doubt:  # the last page that somebody confirms is one of those that give way
            self.confirm_last()
        came = self.feed(Source.ADF, len(self.sides[Side.FRONT]) + (not same), None, Turned(Side.BACK, again=True))
        self.sides[Side.BACK] = came
        self.book += came
        self.expect_pairs(at_once=True)

    def confirm_last(self) -> None:
        confirm_page(self.station.catalogue, self.pages[-1], "tester")
        self.doubt = False
        self.owed = False

    def expect_pairs(self, *, at_once: bool) -> None:
        fronts, backs = self.sides[Side.FRONT], self.sides[Side.BACK]
        if at_once and len(fronts) == len(backs):
            first = self.book.index(fronts[0])
            others = [image for image in self.book if image not in {*fronts, *backs}]
            pairs = [image for pair in zip(fronts, reversed(backs), strict=True) for image in pair]
            self.book = [*others[:first], *pairs, *others[first:]]
            self.sides = {Side.FRONT: [], Side.BACK: []}

    @precondition(lambda self: self.sides[Side.BACK])
    @rule()
    def pair(self) -> None:
        pair_waiting(self.station, self.station.book(BOOK), in_order=False, as_they_are=False)
        self.expect_pairs(at_once=True)

    @precondition(lambda self: self.book)
    @rule(data=st.data())
    def replace(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.book) - 1))
        (image,) = self.new(1)
        old = self.book[place]
        intent = Intent(PageKind.PAGE, replaces=self.pages[place])
        scan(self.station, GivenScanner(Source.ADF, [Trigger([image])]), intent, pages=1)
        self.book[place] = image
        self.away.add(old)
        for side in self.sides.values():
            side[:] = [image if one == old else one for one in side]

    @precondition(lambda self: self.book)
    @rule(data=st.data())
    def insert(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.book) - 1))
        (image,) = self.new(1)
        before = self.book[place]
        intent = Intent(PageKind.PAGE, after=self.pages[place])
        scan(self.station, GivenScanner(Source.ADF, [Trigger([image])]), intent, pages=1)
        self.book.insert(place + 1, image)
        for side in self.sides.values():
            if before in side:
                side.insert(side.index(before) + 1, image)

    @precondition(lambda self: self.book)
    @rule(data=st.data())
    def discard(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.book) - 1))
        self.station.catalogue.discard_page(self.pages[place].id, "too many")
        self.away.add(self.book[place])
        gone = self.book.pop(place)
        for side in self.sides.values():
            side[:] = [one for one in side if one != gone]

    @precondition(lambda self: self.doubt and self.book)
    @rule()
    def confirm(self) -> None:
        self.confirm_last()

    @invariant()
    def the_book_is_what_came_in_its_order(self) -> None:
        files = [self.station.root.path / page.file for page in self.pages]
        assert [number_in(file) for file in files] == self.book
        assert [page.order for page in self.pages] == list(range(1, len(self.book) + 1))

    @invariant()
    def every_image_is_somewhere_once(self) -> None:
        rows = self.station.catalogue.all_pages(KS)
        gone = [number_in(self.station.root.path / page.file) for page in rows if page.state is not PageState.KEPT]
        aside = [number_in(file) for file in self.station.root.quarantine.glob("*.tif")]
        assert sorted([*self.book, *gone, *aside]) == list(range(self.images))
        assert (set(gone), set(aside)) == (self.away, self.aside)
        assert [path for path in self.station.root.spool.rglob("*") if path.is_file()] == []

    @invariant()
    def what_is_open_is_said(self) -> None:
        found = {finding.code for finding in check_paper(self.station.catalogue, self.station.book(BOOK), self.pages)}
        assert ("last-page-unconfirmed" in found) == (find_doubt(self.station.catalogue, KS) is not None) == self.doubt
        assert ("stack-waits" in found) == (find_waiting(self.station.catalogue, KS) is not None) == self.stacked


QUICK = settings(max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))

TestRecord = Record.TestCase
TestRecord.settings = QUICK


@pytest.mark.soak
def test_the_record_follows_the_paper_for_long() -> None:
    run_state_machine_as_test(Record, settings=settings(QUICK, max_examples=500))
