"""What a fingerprint keeps of a page, and what of it another taking shows again."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.imaging.decode import Pixels
from station.imaging.fingerprint import (
    HEADER_BYTES,
    MOST_PLACES,
    PLACES,
    SHAPE_BITS,
    TURNED_BITS,
    Fingerprint,
    remove_rules,
    take_fingerprint,
)
from station.imaging.page import FINGERPRINT_VERSION

DPI = 100
PLACE = st.tuples(st.integers(0, (1 << SHAPE_BITS) - 1), st.integers(0, PLACES - 1), st.integers(0, PLACES - 1))


def draw_words(seed: int, count: int = 40, size: tuple[int, int] = (827, 1169)) -> Pixels:
    """Ink of so many short scribbles on an A4 page."""
    rng = np.random.default_rng(seed)
    ink = np.zeros(size[::-1], np.uint8)
    for _ in range(count):
        start = rng.integers((60, 60), (size[0] - 160, size[1] - 60))
        steps = np.stack([np.linspace(0, 90, 14), rng.normal(0, 9, 14)], axis=1)
        cv2.polylines(ink, [(start + steps).astype(np.int32)], isClosed=False, color=90, thickness=2)
    return ink


def seen_again(one: Fingerprint, other: Fingerprint, turned: int = 0) -> int:
    """Places of one whose shape, a bit or less aside, the other has."""
    differing = np.bitwise_count(one.shapes[:, None] ^ other.shapes[None] ^ np.uint32(turned))
    return int((differing <= 1).any(axis=1).sum())


@given(st.tuples(st.integers(0, 65535), st.integers(0, 65535)), st.lists(PLACE, max_size=MOST_PLACES))
def test_packing_goes_there_and_back(size: tuple[int, int], places: list[tuple[int, int, int]]) -> None:
    shapes, across, down = (np.array([place[part] for place in places], np.int64) for part in range(3))
    one = Fingerprint(size, shapes.astype(np.uint32), across, down)
    packed = one.pack()
    assert (len(packed), packed[0]) == (HEADER_BYTES + 4 * len(places), FINGERPRINT_VERSION)
    other = Fingerprint.unpack(packed)
    assert other.size_mm == size
    assert [other.shapes.tolist(), other.across.tolist(), other.down.tolist()] == [
        one.shapes.tolist(), across.tolist(), down.tolist()
    ]  # fmt: skip


@given(st.binary(max_size=40))
def test_bytes_that_are_no_fingerprint_are_refused_or_read(data: bytes) -> None:
    try:
        assert Fingerprint.unpack(data).pack() == data
    except ValueError:
        assert len(data) < HEADER_BYTES or (len(data) - HEADER_BYTES) % 4 or data[0] != FINGERPRINT_VERSION


@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([25, 50, 75, 300]))
def test_pages_of_any_size_have_a_fingerprint(width: int, height: int, dpi: int) -> None:
    ink = np.random.default_rng(width * height).integers(0, 256, (height, width), np.uint8)
    found = take_fingerprint(ink, dpi)
    assert len(found.shapes) <= MOST_PLACES
    assert ((found.across >= 0) & (found.across < PLACES) & (found.down >= 0) & (found.down < PLACES)).all()


@pytest.mark.parametrize("level", [0, 7, 255])
def test_a_page_without_writing_has_no_places(level: int) -> None:
    assert len(take_fingerprint(np.full((400, 300), level, np.uint8), DPI).shapes) == 0


def test_ruled_lines_are_no_places() -> None:
    ink = np.zeros((1169, 827), np.uint8)
    ink[100:1100:40] = 90
    assert len(take_fingerprint(ink, DPI).shapes) == 0


@pytest.mark.parametrize("slack", [0, 1])
def test_removing_rules_leaves_writing(slack: int) -> None:
    ink = draw_words(2, 10)
    ruled = ink.copy()
    ruled[600, 40:780] = 90
    written = remove_rules(ink, 24, slack)
    assert written.any()
    assert not remove_rules(ruled, 24, slack)[600, 50:770].any()


def test_the_page_size_is_kept_in_millimetres() -> None:
    assert take_fingerprint(draw_words(3), DPI).size_mm == (210, 297)


def test_the_same_page_at_another_resolution_or_moved_shows_its_places_again() -> None:
    ink = draw_words(4)
    first = take_fingerprint(ink, DPI)
    larger = np.asarray(cv2.resize(ink, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_LINEAR), np.uint8)
    assert seen_again(first, take_fingerprint(larger, 1.5 * DPI)) >= 0.7 * len(first.shapes)
    moved = np.zeros_like(ink)
    moved[17:, 9:] = ink[:-17, :-9]
    assert seen_again(first, take_fingerprint(moved, DPI)) >= 0.5 * len(first.shapes)
    other = take_fingerprint(draw_words(5), DPI)
    assert seen_again(first, other) <= 0.1 * len(first.shapes)


def test_a_page_turned_over_has_the_odd_bits_of_its_shapes_turned() -> None:
    ink = draw_words(6)
    upright, over = take_fingerprint(ink, DPI), take_fingerprint(np.ascontiguousarray(ink[::-1, ::-1]), DPI)
    assert seen_again(upright, over, TURNED_BITS) >= 0.7 * len(upright.shapes)
    assert seen_again(upright, over) <= 0.1 * len(upright.shapes)
