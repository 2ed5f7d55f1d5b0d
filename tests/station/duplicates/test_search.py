"""Every page is looked for once, and its picture read once, however often a check asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.books.mending import mend_of
from station.duplicates.search import compare_pages, make_missing
from station.imaging.page import FINGERPRINT_VERSION
from station.line import check, check_all
from station.naming import BookId
from station.root import Root
from station.wiring import Station
from tests.corpus import otherwise
from tests.corpus.rescans import changed, take_jpeg, usual
from tests.support import BOOK, make_station, succeed

PAGES, DOUBLED = 5, 2


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book of five pages, the second of them scanned twice."""
    folder = tmp_path_factory.mktemp("search")
    (folder / "pages").mkdir()
    for place, number in enumerate((1, 2, 3, 4, 2), 1):
        how = changed("light", 9) if place == PAGES else usual(place)
        paper = otherwise.draw("script form", 81, number)
        (folder / "pages" / f"p{place}.jpg").write_bytes(take_jpeg(paper, how, otherwise.DPI))
    path = make_station(folder / "root")
    succeed(path, "ingest", BOOK, str(folder / "pages"), "--number", "1")
    return path


def forget(station: Station) -> None:
    station.catalogue._db.execute("delete from fingerprint")
    station.catalogue._db.execute("delete from likeness")


def test_fingerprints_that_are_missing_are_made_once_and_kept(root: Path) -> None:
    with Station.open(Root(root), "tester") as station:
        first = dict(zip(*station.catalogue.fingerprints(FINGERPRINT_VERSION), strict=True))
        assert len(first) == PAGES
        forget(station)
        make_missing(station)
        assert len(station.catalogue.fingerprints(FINGERPRINT_VERSION)[0]) == PAGES
        assert station.catalogue.pages_without_fingerprint(FINGERPRINT_VERSION, station.recipe.key) == []


def test_a_second_check_of_a_catalogue_without_fingerprints_reads_no_picture(root: Path) -> None:
    with Station.open(Root(root), "tester") as station:
        forget(station)
        found = [finding.code for _, finding in check_all(station)]
        assert found == ["same-page"]
        copies = list(station.catalogue.copies(BookId.parse(BOOK), station.recipe.key).values())
        hidden = [(root / copy.file, root / f"{copy.file}.hidden") for copy in copies]
        for file, away in hidden:
            file.rename(away)
        try:
            assert not station.catalogue.anything_to_compare(FINGERPRINT_VERSION, station.recipe.key)
            assert compare_pages(station) == 0
            assert [pair.outcome for pair in station.catalogue.page_pairs()] == ["same"]
        finally:
            for file, away in hidden:
                away.rename(file)


def test_pages_that_could_not_be_compared_are_told_until_they_are(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with Station.open(Root(root), "tester") as station:
        book = station.book(BOOK)
        found = [finding.code for finding in check(station, book)]
        station.catalogue._db.execute("update fingerprint set sought = 0")
        station.catalogue._db.execute("delete from likeness")
        copies = root / "copies" / BOOK
        away = copies.rename(root / "hidden")
        try:
            for _ in range(2):
                (told,) = check(station, book)
                assert (told.code, told.blocking, told.subject) == ("copies-gone", False, BOOK)
                assert told.values["pages"] >= DOUBLED
                assert mend_of(book, told) == f"station process {BOOK}"
        finally:
            away.rename(copies)
        assert [finding.code for finding in check(station, book)] == found
    assert capfd.readouterr().err == ""


def test_a_page_without_its_copy_is_passed_over_until_it_is_there(root: Path) -> None:
    with Station.open(Root(root), "tester") as station:
        forget(station)
        copy = next(iter(station.catalogue.copies(BookId.parse(BOOK), station.recipe.key).values()))
        file, away = root / copy.file, root / f"{copy.file}.hidden"
        file.rename(away)
        try:
            assert compare_pages(station) == PAGES - 1
        finally:
            away.rename(file)
        assert compare_pages(station) == 1
        assert compare_pages(station) == 0
