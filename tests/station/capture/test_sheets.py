"""What is due from a driver: one image of a glass, sheet after sheet of a feeder, front and back of each if duplex."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.interface import RawImage, Side, Source
from station.capture.sheets import SideCounter

FRONT, BACK = Side.FRONT, Side.BACK
RIGHT = {
    Source.FLATBED: [(1, FRONT)],
    Source.ADF: [(sheet, FRONT) for sheet in range(1, 9)],
    Source.ADF_DUPLEX: [(sheet, side) for sheet in range(1, 5) for side in (FRONT, BACK)],
}


def image(place: tuple[int, Side]) -> RawImage:
    return RawImage(Path("x.tif"), *place)


@pytest.mark.parametrize("source", Source)
def test_the_right_order_is_taken_to_its_end(source: Source) -> None:
    counter = SideCounter(source)
    assert all(counter.fits(image(place)) for place in RIGHT[source])
    if source is Source.FLATBED:
        assert counter.due is None


@given(st.sampled_from(list(Source)), st.data())
def test_anything_but_the_image_that_is_due_is_refused_and_not_counted(source: Source, data: st.DataObject) -> None:
    counter, right = SideCounter(source), RIGHT[source]
    came = data.draw(st.integers(0, len(right) - 1))
    for place in right[:came]:
        assert counter.fits(image(place))
    wrong = data.draw(st.tuples(st.integers(1, 9), st.sampled_from([FRONT, BACK])).filter(lambda it: it != right[came]))
    assert not counter.fits(image(wrong))
    assert counter.fits(image(right[came]))
