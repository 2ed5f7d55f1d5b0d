"""Narrowing the list of books, and registries with a code of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.errors import BadName, UsageError
from station.model import Book
from station.wiring import Station
from station.worklist.excluding import import_exclusions
from station.worklist.listing import Filter, Shown, listed_books
from station.worklist.own_registries import Wish, add_registry
from tests.station.worklist.lists import row, write_list


@pytest.fixture
def filled(station: Station, tmp_path: Path) -> Station:
    listed = (
        ("KS.2005.02", "Kệ A1", "Chị Bưởi"), ("KH.2003-2005.01", "Kệ B", None), ("19582/KT.2004.01", None, "Anh Thuở"),
    )  # fmt: skip
    for text, shelf, assigned in listed:
        station.add_book(Book(station.book_id(text), shelf=shelf, assigned=assigned))
    station.catalogue.add_bag("bag", station.book_id("KS.2005.02"), "0" * 64, (1, 1), "2025-03-01")
    import_exclusions(station, write_list(tmp_path / "done.csv", row("19582", "KT", "2004", "")))
    return station


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        (Filter(), ["KH.2003-2005.01", "KS.2005.01", "KS.2005.02", "KT.2004.01"]),
        (Filter(registry="19582"), ["KT.2004.01"]),
        (Filter(registry="huc nghi"), ["KT.2004.01"]),
        (Filter(type="KS"), ["KS.2005.01", "KS.2005.02"]),
        (Filter(year=2004), ["KH.2003-2005.01", "KT.2004.01"]),
        (Filter(state=Shown.SEALED), ["KS.2005.02"]),
        (Filter(state=Shown.EXCLUDED), ["KT.2004.01"]),
        (Filter(state=Shown.OPEN), ["KH.2003-2005.01", "KS.2005.01"]),
        (Filter(assigned="buoi"), ["KS.2005.02"]),
        (Filter(find="ke a1"), ["KS.2005.02"]),
        (Filter(find="KẾT HÔN"), ["KH.2003-2005.01"]),
        (Filter(find="húc thuở"), ["KT.2004.01"]),
        (Filter(find="ks.2005", type="KH"), []),
    ],
)
def test_filters(filled: Station, wanted: Filter, keys: list[str]) -> None:
    assert [book.id.key for book, _ in listed_books(filled.catalogue, wanted)] == keys


def test_a_registry_of_its_own_is_kept_with_its_validity(station: Station) -> None:
    wish = Wish(
        "Phòng Tư pháp cũ", place="Huyện Hướng Hóa", prefix="phongtp_hhh", first_day="1/7/1990", last_day="2010"
    )
    made, added = add_registry(station.catalogue, "PTP1", wish)
    assert added
    assert (made.prefix, made.valid_from, made.valid_until) == ("phongtp_hhh", "1990-07-01", "2010")
    assert add_registry(station.catalogue, "PTP1", wish) == (made, False)
    assert station.registry("PTP1") == made
    station.add_book(Book(station.book_id("PTP1/KS.1999.01")))


@pytest.mark.parametrize(
    ("code", "wish", "refusal"),
    [
        ("19441", Wish("Xã Khác"), "registry-kept"),
        ("PX1", Wish("A", prefix="xahuongphung_hhh_tqt"), "prefix-taken"),
        ("PX1", Wish("A", prefix="xahucnghi_hd_tqt"), "prefix-taken"),
        ("PX1", Wish("A", prefix="Px 1"), "bad-prefix"),
        ("px 1", Wish("A"), "bad-registry"),
        ("PX1", Wish("A", first_day="2010", last_day="2009"), "validity-backwards"),
        ("PX1", Wish("A", first_day="hôm qua"), "bad-date"),
    ],
)
def test_what_cannot_be_a_registry(station: Station, code: str, wish: Wish, refusal: str) -> None:
    with pytest.raises((BadName, UsageError)) as caught:
        add_registry(station.catalogue, code, wish)
    assert caught.value.code == refusal


def test_a_unit_of_the_profile_under_an_older_name(station: Station) -> None:
    made, _ = add_registry(station.catalogue, "19681", Wish("thị trấn Hải Lăng"))
    assert (made.name, made.valid_until) == ("Thị trấn Hải Lăng", "2019-12-10")
