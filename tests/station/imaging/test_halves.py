"""A finished spread cut at its gutter: each half has all of its own and next to nothing of the other."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.imaging.halves import OVERLAP_MM, PLACES, cut_half, draw_fold, find_fold
from station.imaging.page import Cut, Fold, Half, PageJob, thumbnail_of
from station.imaging.process import process_page
from station.imaging.recipe import load_recipe
from tests.corpus.pages import Book, Picture, Taking, take
from tests.support import with_density

DPI = 200
WIDTH, HEIGHT = 330, 240
LONGEST_STRIP_MM = 0.5
FILL = (7, 7, 7)

places = st.integers(100, PLACES - 100)


def numbered(channels: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A page on which every column has its own value, none of them that of the fill."""
    columns = np.tile(np.arange(WIDTH) % 200 + 20, (HEIGHT, 1)).astype(np.uint8)
    return columns if channels == 1 else np.dstack([columns] * channels)


@settings(max_examples=60, deadline=None)
@given(places, places, st.sampled_from([1, 3]))
def test_nothing_is_lost_and_no_strip_of_the_other_side_stays(top: int, bottom: int, channels: int) -> None:
    page = numbered(channels)
    fill = FILL[:channels]
    left = cut_half(page, Cut(Half.LEFT, top, bottom), DPI, fill)
    right = cut_half(page, Cut(Half.RIGHT, top, bottom), DPI, fill)
    most = LONGEST_STRIP_MM * DPI / 25.4
    for row in (0, 1, HEIGHT // 2, HEIGHT - 1):
        line = (top + (bottom - top) * (row + 0.5) / HEIGHT) / PLACES * WIDTH
        on_left, on_right = shown(left[row], fill), shown(right[row], fill)
        assert len(on_left) + len(on_right) >= WIDTH
        np.testing.assert_array_equal(left[row][: len(on_left)], page[row][: len(on_left)])
        np.testing.assert_array_equal(right[row][len(right[row]) - len(on_right) :], page[row][WIDTH - len(on_right) :])
        assert -0.5 <= len(on_left) - line <= most
        assert -0.5 <= line - (WIDTH - len(on_right)) <= most


def shown(row: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], fill: tuple[int, ...]) -> list[int]:
    """The places of a row that are not covered."""
    values = row if row.ndim == 1 else row[:, 0]
    return [int(place) for place in np.flatnonzero(values != fill[0])]


def test_the_page_itself_is_not_painted_on() -> None:
    page = numbered(3)
    for half in Half:
        cut_half(page, Cut(half, 4000, 6000), DPI, FILL)
    np.testing.assert_array_equal(page, numbered(3))


@cache
def spread(seed: int) -> Picture:
    return take(Book.of(seed).spread(3), replace(Taking.of(seed), dpi=100))


def save(picture: Picture, file: Path) -> Path:
    done, data = cv2.imencode(".jpg", picture.pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
    assert done
    file.write_bytes(with_density(data.tobytes(), picture.dpi))
    return file


def job(master: Path, copy: Path, part: Cut | None = None) -> PageJob:
    digest = hashlib.sha256(master.read_bytes()).hexdigest()
    return PageJob(master, digest, copy, load_recipe("legible"), previews=True, part=part)


@pytest.mark.parametrize("seed", [2000, 2004])
def test_a_drawn_spread_is_found_cut_and_both_halves_are_whole_pages(tmp_path: Path, seed: int) -> None:
    picture = spread(seed)
    master = save(picture, tmp_path / "spread.jpg")
    whole = process_page(job(master, tmp_path / "whole.jpg"))
    assert whole.gutter is not None
    assert whole.gutter.confidence >= 0.6
    assert picture.gutter is not None
    corners = picture.corners
    for place, end, (near, far) in ((whole.gutter.top, 0, (0, 1)), (whole.gutter.bottom, 1, (3, 2))):
        share = np.linalg.norm(picture.gutter[end] - corners[near]) / np.linalg.norm(corners[far] - corners[near])
        paper_mm = whole.paper_mm[0]
        assert abs(place / PLACES - share) * paper_mm < 2.5  # the copy has a margin of bed around the paper
    halves = [
        process_page(job(master, tmp_path / f"{half}.jpg", Cut(half, whole.gutter.top, whole.gutter.bottom)))
        for half in Half
    ]
    lean = abs(whole.gutter.top - whole.gutter.bottom) / PLACES * whole.width
    assert whole.width <= sum(half.width for half in halves) <= whole.width + lean + 2 * OVERLAP_MM * DPI / 25.4 + 4
    for half in halves:
        assert half.height == whole.height
        assert half.dpi == whole.dpi
        assert half.gutter is None
        assert half.width < half.height
        assert {verdict.check for verdict in half.verdicts} == {verdict.check for verdict in whole.verdicts}
        assert not [verdict for verdict in half.verdicts if verdict.level != "ok"]
        thumbnail = cv2.imread(str(thumbnail_of(half.copy)))
        assert thumbnail is not None
        assert thumbnail.shape[0] == 400
    assert halves[0].sha256 != halves[1].sha256
    assert halves[0].fingerprint != halves[1].fingerprint


def test_a_page_that_is_no_spread_shows_no_gutter() -> None:
    assert find_fold(take(Book.of(7).paper(3), replace(Taking.filling(7), dpi=100)).pixels, 100) is None


def test_the_line_is_drawn_where_the_gutter_is(tmp_path: Path) -> None:
    copy = tmp_path / "copy.jpg"
    cv2.imwrite(str(copy), np.full((400, 600, 3), 255, np.uint8))
    drawn = cv2.imdecode(np.frombuffer(draw_fold(copy, Fold(2500, 7500)), np.uint8), cv2.IMREAD_COLOR)
    assert drawn is not None
    assert drawn.shape == (400, 600, 3)
    for row, column in ((2, 151), (200, 300), (397, 448)):
        red = drawn[row].astype(int)
        places = np.flatnonzero(red[:, 2] - red[:, 0] > 100)
        assert abs(float(places.mean()) - column) < 3
    with pytest.raises(OSError, match="none"):
        draw_fold(tmp_path / "none.jpg", Fold(1, 1))
