"""Checking the whole campaign, and one book of it, when every case has been scanned."""

from __future__ import annotations

import itertools
import resource
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from station.imaging.page import FINGERPRINT_VERSION
from station.model import Book, Copy, Origin, Page, PageKind, PageState
from station.naming import BookId, CaseNumber
from station.root import Root
from station.wiring import Station
from tests.corpus.campaign import BOOKS, CASES, CampaignBook, campaign
from tests.support import command, environment, make_station, run_here

pytestmark = pytest.mark.bench

MOST_ALL_SECONDS = 5
MOST_BOOK_SECONDS = 1
serials = itertools.count(1)
LACKING = 37
"""In each book whose place is a multiple of this, one number is not there."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with the campaign in its catalogue: a page with its delivery copy for each case, all looked for."""
    path = make_station(tmp_path_factory.mktemp("campaign") / "root")
    with Station.open(Root(path)) as station:
        station.catalogue._db.execute("pragma synchronous = off")
        for place, book in enumerate(campaign(), 1):
            book_id = BookId.parse(book.key)
            station.registry(book_id.registry)
            station.catalogue.add_book(Book(book_id, first_number=book.first, last_number=book.last), "now")
            station.catalogue._db.execute("begin")
            names = fill(station, book, lacking=place % LACKING == 0)
            station.catalogue._db.execute("commit")
            station.catalogue.enter_likenesses([(name, False) for name in names], [], "now")
    return path


def fill(station: Station, book: CampaignBook, *, lacking: bool) -> list[str]:
    """The rows of a scanned book, as the catalogue's own methods write them, without a transaction for each page.

    Returns the ids of its pages.
    """
    catalogue, book_id = station.catalogue, BookId.parse(book.key)
    names: list[str] = []
    for order, number in enumerate(range(book.first, book.last + 1), 1):
        if lacking and number == book.first + 1:
            continue
        name = f"p{next(serials):012x}"
        page = Page(
            id=name, book=book_id, order=order, kind=PageKind.PAGE, state=PageState.KEPT,
            sha256=sha256(name.encode()).hexdigest(), file=f"masters/{book.key}/{name}.tif",
            bytes=26_000_000, width=2480, height=3507, dpi=300,
            origin=Origin("tester", "sane:genesys:libusb:001:004", "2025-03-01T08:00:00+07:00"),
        )  # fmt: skip
        catalogue._insert_page(page, order)
        catalogue._link_cases(page, [CaseNumber(book.year, number)])
        verdicts = tuple({"check": f"check{n}", "level": "ok", "value": 0.31, "threshold": 0.17} for n in range(8))
        copied = Copy(page.sha256, station.recipe.key, name, page.sha256, 101_234, 1654, 2339, 200, 31, verdicts)
        catalogue.add_copy(copied)
        catalogue.keep_fingerprint(name, bytes([FINGERPRINT_VERSION]))
        names.append(name)
    return names


def cpu_of_check(root: Path, *words: str) -> float:
    """CPU seconds of a check that finds something, the best of a few."""
    best = float("inf")
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            command(root, "--json", "check", *words),
            env=environment(PYTHONDONTWRITEBYTECODE=""),
            timeout=120,
            capture_output=True,
            check=False,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode in {0, 3}
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


def test_checking_the_whole_campaign_and_one_book(root: Path) -> None:
    ran = run_here(root, "--json", "check")
    assert (ran.code, {one["code"] for one in ran.data}) == (3, {"gap", "no-pages"})
    assert len([one for one in ran.data if one["code"] == "gap"]) >= BOOKS // LACKING - 2
    book = campaign()[0].key
    whole, single = cpu_of_check(root), cpu_of_check(root, book)
    print(f"\ncheck of {BOOKS} books, {CASES} cases: {whole:.2f} s CPU; of one book {single:.2f} s CPU")
    assert whole < MOST_ALL_SECONDS
    assert single < MOST_BOOK_SECONDS
