"""The numbers of a book as a list: what stands where after gaps, explanations and other books."""

from __future__ import annotations

from pathlib import Path

from station.books.cases import explain_missing
from station.books.ledger import Stands, read_ledger
from station.model import Book, Why
from station.naming import BookId, CaseNumber
from station.root import Root
from station.wiring import Station, create_station
from tests.station.desks import add_cases
from tests.support import REGISTRY

BOOK = BookId.parse("KS.2005.01", REGISTRY)
OTHER = BookId.parse("KS.2005.02", REGISTRY)


def number(value: int) -> CaseNumber:
    return CaseNumber(2005, value)


def stands(station: Station) -> dict[int, Stands]:
    return {line.number.value: line.stands for line in read_ledger(station, BOOK)}


def test_every_number_says_how_it_stands(tmp_path: Path) -> None:
    create_station(Root(tmp_path / "root"), REGISTRY, None)
    with Station.open(Root(tmp_path / "root"), "Mai") as station:
        add_cases(station, BOOK, [number(1), number(2), number(5)])
        station.add_book(Book(BOOK, first_number=1, last_number=6))
        wanted = dict.fromkeys((1, 2, 5), Stands.THERE) | dict.fromkeys((3, 4, 6), Stands.GAP)
        assert stands(station) == wanted
        explain_missing(station.catalogue, BOOK, [number(3)], (Why.TORN, None), "Mai")
        assert stands(station) == wanted | {3: Stands.EXPLAINED}
        add_cases(station, OTHER, [number(2)])
        explain_missing(station.catalogue, BOOK, [number(4)], (Why.OTHER_BOOK, OTHER), "Mai")
        assert stands(station) == wanted | {3: Stands.EXPLAINED, 2: Stands.TWICE, 4: Stands.DISPUTED}
        lines = {line.number.value: line for line in read_ledger(station, BOOK)}
        assert (lines[2].other, lines[2].orders, lines[3].why, lines[3].by) == (str(OTHER), (2,), Why.TORN, "Mai")
        assert [line.number.value for line in read_ledger(station, BOOK)] == [1, 2, 3, 4, 5, 6]
