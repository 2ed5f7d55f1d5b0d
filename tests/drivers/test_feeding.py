"""Counting paper: any course of a feed, and what the count says of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.faults import FaultKind
from drivers.feeding import FeedCount
from drivers.interface import Side, Source


@given(st.sampled_from(Source), st.integers(0, 60))
def test_whole_images_have_their_sheet_and_side_and_are_all_fed(source: Source, images: int) -> None:
    count = FeedCount(source)
    places = []
    for _ in range(images):
        places.append(count.place)
        count.begin()
        count.keep()
    sides = 2 if source is Source.ADF_DUPLEX else 1
    assert places == [(n // sides + 1, Side.BACK if n % sides else Side.FRONT) for n in range(images)]
    assert count.is_between_sides == (images % sides != 0)
    assert count.sheets_fed == (None if source is Source.FLATBED else (images + sides - 1) // sides)


@pytest.mark.parametrize(("kind", "began", "came", "sheets"), [
    (FaultKind.JAM, False, False, 3),  # refused at the start, yet paper is on its way
    (FaultKind.DOUBLE_FEED, False, False, 3),
    (FaultKind.COVER_OPEN, False, False, 2),
    (FaultKind.COVER_OPEN, True, False, 2),  # sane-airscan starts in any case
    (FaultKind.COVER_OPEN, True, True, 3),
    (FaultKind.FEEDER_EMPTY, True, False, 2),
    (FaultKind.FEEDER_EMPTY, True, True, 3),
    (FaultKind.IO_ERROR, False, False, 2),
    (FaultKind.IO_ERROR, True, False, 3),
    (FaultKind.SHORT_PAGE, True, True, 3),
])  # fmt: skip
def test_fault_on_the_third_sheet(kind: FaultKind, began: bool, came: bool, sheets: int) -> None:
    count = FeedCount(Source.ADF, images=2)
    count.begin() if began else count.end_in(FaultKind.BUSY, data_came=False)
    count.end_in(kind, data_came=came)
    assert count.sheets_fed == sheets


@given(st.integers(1, 40), st.sampled_from(FaultKind), st.booleans(), st.booleans())
def test_count_never_is_less_than_what_came_nor_more_than_one_beyond(
    images: int, kind: FaultKind, began: bool, came: bool
) -> None:
    for source in (Source.ADF, Source.ADF_DUPLEX):
        count = FeedCount(source)
        for _ in range(images):
            count.keep()
        if began:
            count.begin()
        count.end_in(kind, data_came=came)
        sheets = -(-images // count.sides)
        assert count.sheets_fed is not None
        assert sheets <= count.sheets_fed <= sheets + 1
