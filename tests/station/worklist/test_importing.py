"""A work list is taken row by row: good rows in one transaction, bad ones told with their place, twice like once."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from station.errors import BadInput
from station.model import Book
from station.naming import BookId
from station.wiring import Station
from station.words import Phrase
from station.worklist.adding import add_book
from station.worklist.importing import import_books
from tests.station.worklist.lists import LABELS, row, write_list


def everything(station: Station) -> list[Any]:
    """What the database holds of the work list."""
    with sqlite3.connect(station.root.catalogue) as database:
        queries = ("select * from registry order by code", "select * from book order by id")
        found = [database.execute(query).fetchall() for query in queries]
    database.close()
    return found


def codes(station: Station, *rows: dict[str, str], tmp_path: Path) -> list[tuple[int, str, str]]:
    report = import_books(station, write_list(tmp_path / "list.csv", *rows))
    return [(one.row, one.column, one.code) for one in report.problems]


@given(st.permutations(list(LABELS)))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_columns_means_nothing(station: Station, tmp_path: Path, columns: list[str]) -> None:
    one = row(
        "Hướng Phùng",
        "khai sinh",
        "2003-2004",
        "02",
        first="3",
        last="1",
        pages="40",
        shelf="Kệ A",
        assigned="Chị Bưởi",
        due="15/3/2025",
    )
    import_books(station, write_list(tmp_path / "list.csv", one, columns=columns))
    kept = station.book("19441/KS.2003-2004.02")
    assert kept == Book(
        BookId("19441", "KS", 2003, 2004, 2), first_number=3, last_number=1, pages_expected=40, shelf="Kệ A",
        assigned="Chị Bưởi", due="2025-03-15",
    )  # fmt: skip


def test_good_rows_are_taken_and_bad_ones_told_with_their_place(station: Station, tmp_path: Path) -> None:
    found = codes(
        station, row(volume="2"), row("Xã Không Đâu"), row(kind="lạ", pages="x"), row(volume="3", first="9", last="7"),
        row(volume=""), row(year="", due="mai"), row(volume="4"), tmp_path=tmp_path,
    )  # fmt: skip
    assert found == [
        (3, "A", "registry-unknown"), (4, "B", "bad-type"), (4, "G", "bad-page-count"), (5, "F", "first-after-last"),
        (6, "D", "cell-empty"), (7, "C", "cell-empty"), (7, "J", "bad-due"),
    ]  # fmt: skip
    assert [book.id.volume for book in station.catalogue.books()] == [1, 2, 4]
    assert (station.root.inbox / "19441" / "KS.2005.04").is_dir()


rows = st.builds(
    row,
    st.sampled_from(["19441", "Xã Húc Nghì", "Phường 1", ""]),
    st.sampled_from(["KS", "kết hôn", "lạ"]),
    st.sampled_from(["2005", "2003-2004", "?"]),
    st.sampled_from(["1", "2", "?", ""]),
    first=st.sampled_from(["", "1", "7"]),
    shelf=st.sampled_from(["", "A", "B"]),
    due=st.sampled_from(["", "2025-03-15", "mai"]),
)


@given(st.lists(rows, min_size=1, max_size=12))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_importing_twice_changes_nothing(station: Station, tmp_path: Path, listed: list[dict[str, str]]) -> None:
    path = write_list(tmp_path / "list.csv", *listed)
    first = import_books(station, path)
    before = everything(station)
    second = import_books(station, path)
    assert everything(station) == before
    assert (second.added, second.changed) == ([], [])
    assert second.problems == first.problems
    assert {book for _, book in second.given} == {book for _, book in first.given}


@given(st.lists(rows, min_size=1, max_size=10))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_is_taken_or_told(station: Station, tmp_path: Path, listed: list[dict[str, str]]) -> None:
    report = import_books(station, write_list(tmp_path / "list.csv", *listed))
    bad = {one.row for one in report.problems}
    taken = len(report.books)
    numbered = {(one["registry"], one["type"], one["year"], one["volume"]) for one in listed if one["volume"] in "12"}
    unnumbered = [one for place, one in enumerate(listed, 2) if one["volume"] == "?" and place not in bad]
    assert len(report.given) == len(unnumbered)
    assert len({book for _, book in report.given}) == len(unnumbered)
    assert taken + len(bad) >= len(numbered | {(str(n),) for n in range(len(unnumbered))})
    assert taken + len(bad) <= len(listed)


def test_a_changed_row_updates_what_it_says_and_no_more(station: Station, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    import_books(station, write_list(path, row(first="1", last="50", shelf="A", due="2025-03-15")))
    report = import_books(station, write_list(path, row(last="60", assigned="Chị Bưởi")))
    assert [str(book) for book in report.changed] == ["19441/KS.2005.01"]
    kept = station.book("19441/KS.2005.01")
    assert (kept.first_number, kept.last_number, kept.shelf, kept.assigned) == (1, 60, "A", "Chị Bưởi")


def test_a_sealed_book_keeps_what_was_sealed(station: Station, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    import_books(station, write_list(path, row(last="50")))
    station.catalogue.add_bag("bag", BookId.parse("19441/KS.2005.01"), "0" * 64, (1, 1), "2025-03-01")
    assert import_books(station, path).problems == []
    assert codes(station, row(last="60"), tmp_path=tmp_path) == [(2, "", "row-sealed")]
    (problem,) = import_books(station, write_list(path, row(last="60"))).problems
    assert "station reopen 19441/KS.2005.01" in str(Phrase(problem.code, problem.values))
    assert station.book("19441/KS.2005.01").last_number == 50


def test_one_book_in_two_rows(station: Station, tmp_path: Path) -> None:
    assert codes(station, row(last="50"), row(last="50"), row(last="60"), tmp_path=tmp_path) == [(4, "", "row-twice")]


def test_unnumbered_books_get_the_numbers_that_the_list_does_not_need(station: Station, tmp_path: Path) -> None:
    listed = [row(volume="?", shelf="A"), row(volume="02"), row(volume="?", shelf="B"), row(volume="?", shelf="B")]
    path = write_list(tmp_path / "list.csv", *listed)
    report = import_books(station, path)
    assert [(line.row, book.volume) for line, book in report.given] == [(2, 3), (4, 4), (5, 5)]
    assert station.book("19441/KS.2005.03").number_given
    assert not station.book("19441/KS.2005.02").number_given
    # Who does it and until when may change; the book is still the one with this number.
    again = import_books(station, write_list(path, *[one | {"assigned": "Chị Bưởi"} for one in listed]))
    assert [book.volume for _, book in again.given] == [3, 4, 5]
    assert again.added == []
    assert codes(station, row(volume="3"), tmp_path=tmp_path) == [(2, "", "row-number-given")]


def test_an_unknown_year_has_books_of_its_own(station: Station, tmp_path: Path) -> None:
    report = import_books(
        station, write_list(tmp_path / "list.csv", row(year="?", volume="?"), row(year="không rõ", volume="7"))
    )
    assert sorted(map(str, report.added)) == ["19441/KS.0000.07", "19441/KS.0000.08"]


def test_adding_an_unnumbered_book_by_hand(station: Station) -> None:
    first, _ = add_book(station, "19441/KS.2005.?", place=" Kệ  A ")
    second, _ = add_book(station, "KS.2005.?")
    assert [str(book.id) for book in (first, second)] == ["19441/KS.2005.02", "19441/KS.2005.03"]
    assert station.book("19441/KS.2005.02").shelf == "Kệ A"
    assert [str(add_book(station, "KT.?.?")[0].id) for _ in range(2)] == ["19441/KT.0000.01", "19441/KT.0000.02"]


def test_ids_of_books_do_instead_of_their_parts(station: Station, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Book id,Last number\n19441/KS.2004.01,9\nKH.2003-2004.02,7\nnonsense,1\n", encoding="utf-8")
    report = import_books(station, path)
    assert sorted(map(str, report.added)) == ["19441/KH.2003-2004.02", "19441/KS.2004.01"]
    assert [(one.row, one.column, one.code) for one in report.problems] == [(4, "A", "bad-book-id")]


def test_sums_and_headers_printed_again_are_no_rows(station: Station, tmp_path: Path) -> None:
    path = write_list(
        tmp_path / "list.csv", row(volume="2"), dict(LABELS), row(volume="3"), {"registry": "Tổng cộng", "pages": "81"}
    )
    report = import_books(station, path)
    assert (len(report.added), report.problems) == (2, [])


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("a;b;c", "list-without-header"),
        ("Nơi đăng ký;Loại;Năm", "list-column-missing"),
        ("Loại;Quyển;Số trang", "list-column-missing"),
        ("Loại;Năm;Quyển;Quyển số", "list-column-twice"),
    ],
)
def test_a_file_that_cannot_be_a_list_is_refused_whole(
    station: Station, tmp_path: Path, header: str, code: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"{header}\nKS;2005;1;1\n", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        import_books(station, path)
    assert caught.value.code == code


def test_a_crash_in_the_middle_leaves_the_list_as_it_was(
    station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(station)
    add, calls = station.catalogue.add_book, []

    def break_down(*args: Any) -> bool:
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return add(*args)

    monkeypatch.setattr(station.catalogue, "add_book", break_down)
    with pytest.raises(KeyboardInterrupt):
        import_books(station, write_list(tmp_path / "list.csv", *(row(volume=str(n)) for n in range(2, 9))))
    assert everything(station) == before
