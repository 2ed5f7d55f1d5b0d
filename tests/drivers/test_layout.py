"""SANE's images put into the raw file's form, for every layout that SANE can announce."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.faults import DeviceFault, FaultKind
from drivers.layout import check_parameters, image_of
from drivers.rawfile import bytes_per_line
from drivers.sane_api import FrameFormat, Parameters

SHAPES = st.tuples(
    st.sampled_from([(FrameFormat.GRAY, 1), (FrameFormat.GRAY, 8), (FrameFormat.GRAY, 16), (FrameFormat.RGB, 8),
                     (FrameFormat.RGB, 16)]),
    st.integers(1, 50), st.integers(1, 30), st.integers(0, 9),
)  # fmt: skip


def parameters_of(shape: tuple[tuple[FrameFormat, int], int, int, int]) -> Parameters:
    (form, depth), width, lines, filling = shape
    used = bytes_per_line(width, 3 if form is FrameFormat.RGB else 1, depth)
    return Parameters(form, True, used + filling, width, lines, depth)


@given(SHAPES, st.booleans(), st.integers(0, 2**32 - 1))
def test_rows_come_without_their_filling(
    shape: tuple[tuple[FrameFormat, int], int, int, int], unknown: bool, seed: int
) -> None:
    """A hand scanner does not announce its lines and may stop within one."""
    announced = parameters_of(shape)
    check_parameters(announced)
    used = announced.bytes_per_line - shape[3]
    rows = np.random.default_rng(seed).integers(0, 256, (announced.lines, announced.bytes_per_line), dtype=np.uint8)
    data = rows.tobytes()
    if unknown:
        announced = Parameters(**vars(announced) | {"lines": -1})
        data += bytes(announced.bytes_per_line - 1)
    image = image_of(data, announced)
    assert (image.width, image.height) == (announced.pixels_per_line, shape[2])
    assert (image.samples, image.depth) == (announced.samples, announced.depth)
    assert bytes(image.pixels) == rows[:, :used].tobytes()


@given(SHAPES, st.data())
def test_lines_that_are_missing_are_a_short_page_and_none_an_empty_one(
    shape: tuple[tuple[FrameFormat, int], int, int, int], data: st.DataObject
) -> None:
    announced = parameters_of(shape)
    whole = announced.bytes_per_line * announced.lines
    came = data.draw(st.integers(0, whole - 1))
    with pytest.raises(DeviceFault) as fault:
        image_of(bytes(came), announced)
    short = came >= announced.bytes_per_line
    assert fault.value.kind is (FaultKind.SHORT_PAGE if short else FaultKind.EMPTY_PAGE)


@pytest.mark.parametrize(("form", "depth"), [
    (FrameFormat.RED, 8), (FrameFormat.RGB, 1), (FrameFormat.GRAY, 4), (11, 8),
])  # fmt: skip
def test_image_that_nobody_can_put_together_is_refused(form: int, depth: int) -> None:
    with pytest.raises(DeviceFault) as fault:
        check_parameters(Parameters(form, True, 100, 10, 10, depth))
    assert fault.value.kind is FaultKind.UNSUPPORTED_SETTING


def test_line_too_short_for_its_pixels_is_refused() -> None:
    with pytest.raises(DeviceFault, match="9 bytes for 10 px"):
        check_parameters(Parameters(FrameFormat.GRAY, True, 9, 10, 10, 8))
