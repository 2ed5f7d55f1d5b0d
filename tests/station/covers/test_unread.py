"""Pages of which nobody could see whether they are cover sheets: they are kept, and marked for a look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from drivers.interface import RawImage, Side
from station.announcements import Announcements
from station.capture.keeping import Capture
from station.capture.requests import Intent
from station.completeness import check_book
from station.covers.pile import Pile
from station.covers.reader import CodeReader
from station.line import ingest
from station.model import PageKind, Review
from station.wiring import Station
from tests.station.books.test_cases import KS
from tests.station.covers import papers
from tests.support import draw_pages


@pytest.fixture
def hasty(station: Station) -> Iterator[Station]:
    """A station whose reader of codes never has the time for a look."""
    with CodeReader(limit_seconds=0.0) as reader:
        station.__dict__["codes"] = reader
        yield station


def reviews(station: Station) -> list[Review | None]:
    return [page.review for page in station.catalogue.pages(KS)]


def test_files_are_taken_and_marked_once(hasty: Station, tmp_path: Path) -> None:
    files = draw_pages(tmp_path / "pages", 2)
    for _ in range(2):
        outcome = ingest(hasty, hasty.book(str(KS)), files, Intent(PageKind.PAGE), Announcements())
    assert [len(one.already) for one in outcome.taken] == [1, 1]
    assert reviews(hasty) == [Review.CODES_UNREAD] * 2
    found = [one for one in check_book(hasty.catalogue, hasty.book(str(KS)), "recipe") if one.code == "review"]
    assert [one.values["reason"] for one in found] == [Review.CODES_UNREAD] * 2


def test_a_page_between_others_is_not_looked_at(hasty: Station, tmp_path: Path) -> None:
    first, second = draw_pages(tmp_path / "pages", 2)
    book = hasty.book(str(KS))
    ingest(hasty, book, [first], Intent(PageKind.PAGE), Announcements())
    (page,) = hasty.catalogue.pages(KS)
    ingest(hasty, book, [second], Intent(PageKind.PAGE, after=page), Announcements())
    assert reviews(hasty) == [Review.CODES_UNREAD, None]


def test_images_of_a_scanner_are_kept_and_marked(hasty: Station) -> None:
    book, sheet = hasty.book(str(KS)), papers.cover("19441/KH.2006.01")
    with Pile(hasty.root, hasty.catalogue, hasty.codes, "work") as pile:
        pile.start_in(Capture(hasty.root, hasty.catalogue, book, "tester", lambda _: None))
        images = [place(pile.raw_spool, number, sheet.rotate(number)) for number in (1, 2)]
        pages = [page for image in images for page in pile.place(image, "given:1", duplex=False)]
    assert [page.kind for page in pages] == [PageKind.PAGE] * 2
    assert reviews(hasty) == [Review.CODES_UNREAD] * 2


def place(spool: Path, number: int, picture: Image.Image) -> RawImage:
    spool.mkdir(parents=True, exist_ok=True)
    path = papers.save(picture, spool / f"{number}.jpg")
    return RawImage(path, number, Side.FRONT, *picture.size, 100, None)
