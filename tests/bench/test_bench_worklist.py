"""The whole campaign as a work list: how long importing and listing take, and how large the catalogue grows."""

from __future__ import annotations

import hashlib
import subprocess
import time
from pathlib import Path

import pytest

from station.model import Book, Copy, Origin, Page, PageKind, PageState
from station.naming import BookId, CaseNumber
from station.root import Root
from station.wiring import Station
from tests.bench.test_bench_line import cpu_of
from tests.corpus.campaign import BOOKS, campaign, write_campaign
from tests.support import command, environment, make_station, succeed

pytestmark = pytest.mark.bench

MOST_IMPORT_SECONDS = 30
MOST_LIST_SECONDS = 1
MOST_DATABASE_MB = 200
PAGES_OF_A_CAMPAIGN = 1_000_000
PAGES = 20_000


def wall(argv: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(argv, check=True, env=environment(), timeout=600, capture_output=True)
    return time.perf_counter() - began


def test_importing_and_listing_the_campaign(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    path = write_campaign(tmp_path / "campaign.xlsx", campaign())
    first = wall(command(root, "--json", "books", "import", str(path)))
    again = wall(command(root, "--json", "books", "import", str(path)))
    listing = cpu_of(command(root, "books", "list"))
    searching = cpu_of(command(root, "books", "list", "--find", "huong phung khai sinh"))
    print(
        f"\n{BOOKS} books: import {first:.2f} s, again {again:.2f} s; books list {listing:.2f} s"
        f" CPU, --find {searching:.2f} s CPU"
    )
    assert len(succeed(root, "books", "list")) >= BOOKS
    assert first < MOST_IMPORT_SECONDS
    assert listing < MOST_LIST_SECONDS
    assert searching < MOST_LIST_SECONDS


def test_the_size_of_the_catalogue_with_a_million_pages(tmp_path: Path) -> None:
    """Every page with its case and its delivery copy, as after scanning; the size grows in a line with the pages."""
    root = make_station(tmp_path / "root")
    with Station.open(Root(root)) as station:
        catalogue = station.catalogue
        catalogue._db.execute("pragma synchronous = off")
        empty = station.root.catalogue.stat().st_size
        for index, book in enumerate(campaign()[: PAGES // 100]):
            book_id = BookId.parse(book.key)
            station.add_book(Book(book_id))
            for number in range(1, 101):
                add_page(station, book_id, index * 100 + number, number)
        catalogue._db.execute("pragma wal_checkpoint(truncate)")
    a_page = ((root / "catalogue.db").stat().st_size - empty) / PAGES
    copies = (root / "copies.db").stat().st_size / PAGES
    megabytes = a_page * PAGES_OF_A_CAMPAIGN / 1e6
    print(
        f"\n{a_page:.0f} bytes a page: {megabytes:.0f} MB with {PAGES_OF_A_CAMPAIGN} pages;"
        f" beside it {copies:.0f} bytes a page that can be made again"
    )
    assert megabytes < MOST_DATABASE_MB


def add_page(station: Station, book: BookId, serial: int, order: int) -> None:
    """A page as a scan leaves it, five pages to a case."""
    sha256 = hashlib.sha256(serial.to_bytes(8)).hexdigest()
    name = f"p{sha256[:12]}"
    verdicts = tuple({"check": f"check{n}", "level": "ok", "value": 0.31, "threshold": 0.17} for n in range(8))
    page = Page(
        id=name, book=book, order=order, kind=PageKind.PAGE, state=PageState.KEPT, sha256=sha256,
        file=f"masters/{book.registry}/{book.key}/{name}.tif", bytes=26_000_000, width=2480, height=3507, dpi=300,
        origin=Origin("tester", "sane:genesys:libusb:001:004", "2025-03-01T08:00:00+07:00", sheet=order, side="front"),
    )  # fmt: skip
    station.catalogue.add_page(page, [CaseNumber(book.year_first, (order + 4) // 5)])
    file = f"copies/{book.registry}/{book.key}/{name}.jpg"
    copy = Copy(sha256, station.recipe.key, file, sha256[::-1], 101_234, 1654, 2339, 200, 31, verdicts)
    station.catalogue.add_copy(copy)
