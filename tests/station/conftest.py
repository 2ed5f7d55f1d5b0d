"""A station in memory of one test, built in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.model import Book
from station.root import Root
from station.wiring import Station, create_station
from tests.support import BOOK, REGISTRY


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """An empty station with one book."""
    root = Root(tmp_path / "root")
    create_station(root, REGISTRY, None)
    with Station.open(root, "tester") as opened:
        opened.add_book(Book(opened.book_id(BOOK)))
        yield opened
