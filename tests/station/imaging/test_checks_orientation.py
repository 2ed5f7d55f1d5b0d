"""A page that lies otherwise than its book's reference page is found, whoever wrote on it."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from station.imaging import checks
from station.imaging.checks.orientation import Map, map_ink
from station.imaging.page import Level
from station.imaging.recipe import load_recipe
from tests.corpus.defects import turn
from tests.corpus.pages import Book, Pixels
from tests.corpus.registers import DRAWN_DPI

LIMITS = load_recipe().checks


def finished(book: Book, number: int) -> Pixels:
    """A page as it leaves the warp."""
    scale = 200 / DRAWN_DPI
    return np.asarray(cv2.resize(book.paper(number), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def measure(page: Pixels) -> checks.Paper:
    return checks.measure_paper(page, LIMITS)


@pytest.fixture(scope="module", params=["single", "ledger", "typed"])
def pages(request: pytest.FixtureRequest) -> tuple[Pixels, Map]:
    """Two pages of one book: one to be judged, the other as the reference."""
    book = Book(7, request.param)
    return finished(book, 12), map_ink(measure(finished(book, 3)))


def test_a_page_that_lies_right_passes(pages: tuple[Pixels, Map]) -> None:
    page, reference = pages
    verdict = checks.check_orientation(measure(page), reference, LIMITS)
    assert verdict.level is Level.OK
    assert verdict.value < 0


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_page_is_looked_at(pages: tuple[Pixels, Map], quarters: int) -> None:
    page, reference = pages
    assert checks.check_orientation(measure(turn(page, quarters)), reference, LIMITS).level is Level.LOOK


def test_a_page_of_another_form_is_not_judged(pages: tuple[Pixels, Map]) -> None:
    _, reference = pages
    other = finished(Book(8, "notebook"), 1)
    for quarters in range(4):
        assert checks.check_orientation(measure(turn(other, quarters)), reference, LIMITS).level is Level.OK


def test_without_a_reference_nothing_is_said() -> None:
    blank = np.full((400, 300), 220, np.uint8)
    assert checks.check_orientation(measure(blank), None, LIMITS).value == 0
    assert checks.check_orientation(measure(blank), map_ink(measure(blank)), LIMITS).level is Level.OK


def test_a_reference_is_read_from_its_delivery_copy(tmp_path: Path) -> None:
    page = finished(Book(7, "single"), 3)
    copy = tmp_path / "copy.jpg"
    cv2.imwrite(str(copy), page[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 30])
    reference = checks.load_reference(copy, LIMITS)
    assert reference is not None
    assert np.corrcoef(reference.ravel(), map_ink(measure(page)).ravel())[0, 1] > 0.95


def test_a_reference_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    assert checks.load_reference(tmp_path / "bad.jpg", LIMITS) is None
    assert checks.load_reference(tmp_path / "gone.jpg", LIMITS) is None
