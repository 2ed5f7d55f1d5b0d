"""Splitting open books at the screen, and taking it back."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.books import folding
from station.errors import UsageError
from station.imaging.page import Fold
from station.root import Root
from station.wiring import Station
from tests.support import BOOK, draw_pages, make_station, succeed

PLACES = st.integers(500, 9_500)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Root:
    """A book of three pages with a case each."""
    folder = tmp_path_factory.mktemp("folding")
    path = make_station(folder / "root")
    succeed(path, "ingest", BOOK, *map(str, draw_pages(folder / "pages", 3)), "--number", "1")
    return Root(path)


def state(station: Station) -> list[tuple[bool, list[str]]]:
    """Whether each page is half a page, and its numbers."""
    book = station.book_id(BOOK)
    numbers = station.catalogue.numbers_of_pages(book)
    return [(page.part is not None, [str(one) for one in numbers.get(page.id, [])])
            for page in station.catalogue.pages(book)]  # fmt: skip


def page_at(station: Station, place: int) -> str:
    return station.catalogue.pages(station.book_id(BOOK))[place].id


@given(PLACES, PLACES, st.integers(-20_000, 20_000))
def test_a_line_that_is_moved_keeps_its_slant_and_stays_on_the_page(top: int, bottom: int, step: int) -> None:
    moved = folding.move_fold(Fold(top, bottom), step)
    assert moved.top - moved.bottom == top - bottom
    assert min(moved.top, moved.bottom) >= 500
    assert max(moved.top, moved.bottom) <= 9_500
    if min(top, bottom) + step >= 500 and max(top, bottom) + step <= 9_500:
        assert moved.top == top + step


def test_the_line_is_drawn_where_it_will_be_cut_and_one_picture_is_kept(root: Root) -> None:
    with Station.open(root, "tester") as station:
        page = page_at(station, 1)
        assert folding.find_fold(station, page) == folding.MIDDLE
        folding.draw(station, page, Fold(2_000, 2_000))
        picture = folding.draw(station, page, Fold(4_000, 4_000))
    assert [file.name for file in picture.parent.iterdir()] == [picture.name]
    pixels = cv2.imread(str(picture))
    assert pixels is not None
    blue, _, red = pixels[pixels.shape[0] // 2, round(0.4 * pixels.shape[1])]
    assert (int(red) > 200, int(blue) < 80) == (True, True)


def test_a_split_and_its_undoing_are_taken_back(root: Root, tmp_path: Path) -> None:
    whole = [(False, ["01/2005"]), (False, ["02/2005"]), (False, ["03/2005"])]
    halves = [whole[0], (True, ["02/2005"]), (True, ["02/2005"]), whole[2]]
    with Station.open(root, "tester") as station:
        undo_split = folding.split(station, page_at(station, 1), Fold(4_900, 5_100))
        assert state(station) == halves
        copies = [station.catalogue.copy(page.copy_of, station.recipe.key)
                  for page in station.catalogue.pages(station.book_id(BOOK))]  # fmt: skip
        assert None not in copies
        with pytest.raises(UsageError, match="page-is-half"):
            folding.find_fold(station, page_at(station, 1))
        undo_whole = folding.unsplit(station, page_at(station, 2))
        assert state(station) == whole
        undo_whole(station)
        assert state(station) == halves
        part = station.page(page_at(station, 1)).part
        assert part is not None
        assert (part.cut.top, part.cut.bottom) == (4_900, 5_100)
        undo_split(station)
        assert state(station) == whole
        with pytest.raises(UsageError, match="page-is-whole"):
            folding.unsplit(station, page_at(station, 1))
