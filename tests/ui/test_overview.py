"""What the screen shows, read without a screen."""

from pathlib import Path

import pytest

from outbox import bagfile
from outbox.states import State
from station.model import Book, BookState
from station.root import Root
from station.wiring import Station, create_station
from tests.outbox.bags import make_bag
from ui import overview
from ui.overview import read_overview


@pytest.fixture
def root(tmp_path: Path) -> Root:
    made = Root(tmp_path / "station")
    create_station(made, "19441", None)
    return made


def test_an_empty_station(root: Root) -> None:
    with Station.open(root) as station:
        found = read_overview(station)
    assert (found.place, found.books, found.items) == ("Xã Hướng Phùng (19441)", (), ())


def test_books_at_work_stand_before_sealed_ones(root: Root) -> None:
    with Station.open(root) as station:
        ids = [station.book_id(text) for text in ("KS.2004.01", "KS.2005.01")]
        for book_id in ids:
            station.add_book(Book(book_id))
        station.catalogue.add_bag("19441_KS.2004.01_00000000", ids[0], "0" * 64, (1, 1), "2026-03-01T08:00:00+07:00")
        found = read_overview(station)
    assert [(row.id, row.state) for row in found.books] == [
        ("19441/KS.2005.01", BookState.OPEN),
        ("19441/KS.2004.01", BookState.SEALED),
    ]


def test_the_newest_bag_stands_first_and_held_ones_keep_their_place(root: Root, tmp_path: Path) -> None:
    with Station.open(root) as station:
        bags = [bagfile.sealed(make_bag(tmp_path, seed=seed)) for seed in (1, 2, 3)]
        for bag in bags:
            station.outbox.enqueue(bag, "province")
        station.outbox.hold(bags[1].bag_id)
        found = read_overview(station)
    assert [row.bag_id for row in found.items] == [bag.bag_id for bag in reversed(bags)]
    assert [row.state for row in found.items] == [State.QUEUED, State.HELD, State.QUEUED]


def test_a_long_work_list_is_cut_and_counted(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "MOST_ROWS", 2)
    with Station.open(root) as station:
        for volume in range(1, 6):
            station.add_book(Book(station.book_id(f"KS.2005.{volume}")))
        found = read_overview(station)
    assert (len(found.books), found.more_books) == (2, 3)
