"""What an earlier phase has done, books and ranges of numbers, against a slow obvious model; who lets it through."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.books.mending import told
from station.completeness import check_book
from station.errors import UsageError
from station.model import Book, BookState, Exclusion, Inclusion, Span
from station.naming import BookId, CaseNumber
from station.wiring import Station
from station.worklist.excluding import import_exclusions
from station.worklist.exclusions import (
    _whole,
    excluded_books,
    excluded_numbers,
    exclusion_of,
    is_let_through,
    lets_through,
    not_excluded,
    of_number,
    refuse_excluded,
    refuse_excluded_numbers,
)
from station.worklist.including import excluded_parts, include_book, withdraw_inclusion
from tests.station.books.test_cases import KS, add_page
from tests.station.worklist.lists import row, write_list

years = st.integers(2003, 2006)


@st.composite
def exclusions(draw: st.DrawFn) -> Exclusion:
    first, last = sorted((draw(years), draw(years)))
    numbers = draw(st.none() | st.tuples(st.integers(1, 9), st.integers(1, 9)).map(lambda pair: tuple(sorted(pair))))
    low, high = numbers or (None, None)
    return Exclusion("19441", "KS", first, last, draw(st.none() | st.integers(1, 2)), low, high, "", "list")


@st.composite
def books(draw: st.DrawFn) -> BookId:
    first, last = sorted((draw(years), draw(years)))
    return BookId("19441", "KS", first, last, draw(st.integers(1, 2)))


def numbers_done(rows: list[Exclusion], book: BookId) -> set[tuple[int, int]]:
    """The slow obvious model: which of the numbers 1 to 9 of each year some row names."""
    done = set()
    for year in range(book.year_first, book.year_last + 1):
        for number in range(1, 10):
            for one in rows:
                meant = one.volume is None or (one.volume, one.year_first, one.year_last) == (
                    book.volume, book.year_first, book.year_last,
                )  # fmt: skip
                in_range = one.first_number is None or (
                    one.last_number and one.first_number <= number <= one.last_number
                )
                if meant and one.year_first <= year <= one.year_last and in_range:
                    done.add((year, number))
    return done


@given(st.lists(exclusions(), max_size=4), books())
def test_numbers_are_excluded_as_the_model_says(rows: list[Exclusion], book: BookId) -> None:
    span = range(book.year_first, book.year_last + 1)
    found = {(y, n) for y in span for n in range(1, 10) if of_number(rows, book, CaseNumber(y, n))}
    assert found == numbers_done(rows, book)


@given(st.lists(exclusions(), max_size=4), books())
def test_a_book_is_excluded_when_rows_without_numbers_name_it_or_all_its_years(
    rows: list[Exclusion], book: BookId
) -> None:
    unlimited = [one for one in rows if one.first_number is None]
    every = (book.year_last - book.year_first + 1) * 9
    assert bool(_whole(rows, book)) == (len(numbers_done(unlimited, book)) == every)


@pytest.fixture
def listed(station: Station) -> Station:
    for text in ("KS.2005.02", "KS.2004.01", "KH.2004-2005.01", "KT.2005.01"):
        station.add_book(Book(station.book_id(text)))
    return station


def exclude(station: Station, path: Path, *rows: dict[str, str]) -> None:
    assert import_exclusions(station, write_list(path / "done.csv", *rows)).problems == []


def test_rows_of_the_list_mean_books_years_and_ranges(listed: Station, tmp_path: Path) -> None:
    some = row(kind="KH", year="2004-2005", volume="", first="1", last="5", reason="nhập 2019")
    exclude(listed, tmp_path, row(volume="02"), row(kind="KT", volume=""), some)
    assert sorted(map(str, excluded_books(listed.catalogue, [b.id for b in listed.catalogue.books()]))) == [
        "19441/KS.2005.02",
        "19441/KT.2005.01",
    ]
    assert [str(book.id) for book in not_excluded(listed.catalogue)] == [
        "19441/KH.2004-2005.01",
        "19441/KS.2004.01",
        "19441/KS.2005.01",
    ]
    several = listed.book_id("KH.2004-2005.01")
    refuse_excluded(listed.catalogue, several)
    refuse_excluded_numbers(listed.catalogue, several, [CaseNumber(2004, 6)])
    with pytest.raises(UsageError) as caught:
        refuse_excluded_numbers(listed.catalogue, several, [CaseNumber(2005, 6), CaseNumber(2005, 5)])
    assert caught.value.values["reason"] == "nhập 2019"
    assert caught.value.values["source"] == "done.csv, 4"


def test_the_list_twice_is_the_list_once(listed: Station, tmp_path: Path) -> None:
    path = write_list(tmp_path / "done.csv", row(volume=""), row(volume="1"), row(volume="1", first="1", last="2"))
    assert import_exclusions(listed, path).added == 3
    assert import_exclusions(listed, path).added == 0


@pytest.mark.parametrize(
    ("typed", "column", "code"),
    [
        (row(first="5"), "", "range-half"), (row(volume="?"), "D", "bad-volume"), (row(year=""), "C", "cell-empty"),
        (row(first="5", last="3"), "F", "first-after-last"), (row("Xã Không Đâu"), "A", "registry-unknown"),
    ],
)  # fmt: skip
def test_bad_rows_are_told_and_the_others_taken(
    station: Station, tmp_path: Path, typed: dict[str, str], column: str, code: str
) -> None:
    report = import_exclusions(station, write_list(tmp_path / "done.csv", typed, row(kind="KT", volume="")))
    assert [(one.row, one.column, one.code) for one in report.problems] == [(2, column, code)]
    assert report.added == 1


def test_a_checker_lets_a_book_through_and_is_kept(listed: Station, tmp_path: Path) -> None:
    book = listed.book_id("KS.2005.02")
    with pytest.raises(UsageError, match="book-not-excluded"):
        include_book(listed, book, "Trần Thị Bưởi", "mờ")
    exclude(listed, tmp_path, row(volume="02"))
    with pytest.raises(UsageError, match="book-excluded"), listed.changing(book):
        pass
    include_book(listed, book, "Trần Thị Bưởi", "trang mờ")
    include_book(listed, book, "Lê Văn Thuở", "xem lại")
    exclude(listed, tmp_path, row(volume="02"), row(volume=""))
    assert exclusion_of(listed.catalogue, book) is None
    with listed.changing(book):
        pass
    _, kept = listed.catalogue.inclusions(book)
    assert (kept.checker, kept.why, kept.operator) == ("Lê Văn Thuở", "xem lại", "tester")
    assert kept.at


def test_check_names_excluded_numbers_and_takes_them_for_no_gap(station: Station, tmp_path: Path) -> None:
    exclude(station, tmp_path, row(volume="", first="1", last="3"))
    add_page(station, "p1", 3)
    add_page(station, "p2", 5)
    found = [(one.code, one.subject) for one in check_book(station.catalogue, station.book(str(KS)), "recipe")]
    assert ("number-excluded", "03/2005") in found
    assert [subject for code, subject in found if code == "gap"] == ["04/2005"]


def test_check_is_silent_of_an_excluded_book_unless_it_has_pages(station: Station, tmp_path: Path) -> None:
    exclude(station, tmp_path, row())
    assert check_book(station.catalogue, station.book(str(KS)), "recipe") == []
    add_page(station, "p1", 3)
    assert [one.code for one in check_book(station.catalogue, station.book(str(KS)), "recipe")] == ["book-excluded"]


words = st.builds(
    lambda span, withdraws: Inclusion("b", "c", "w", "o", "t", (Span(2005, *sorted(span)),) if span else (), withdraws),
    st.none() | st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.booleans(),
)


@given(st.lists(words, max_size=5))
def test_the_last_word_on_a_number_counts(said: list[Inclusion]) -> None:
    model: set[int] = set()
    for word in said:
        span = word.spans[0] if word.spans else Span(2005, 1, 9)
        numbers = set(range(span.first, span.last + 1))
        model = model - numbers if word.withdraws else model | numbers
    through = {value for value in range(1, 10) if is_let_through(said, CaseNumber(2005, value))}
    assert through == model
    beyond = is_let_through(said, CaseNumber(2005, 99))
    assert lets_through(said) == bool(through or beyond)


def numbers(first: int, last: int) -> list[CaseNumber]:
    return [CaseNumber(2005, value) for value in range(first, last + 1)]


def test_a_part_of_a_range_is_let_through_and_taken_back(station: Station, tmp_path: Path) -> None:
    exclude(station, tmp_path, row(volume="", first="10", last="30"))
    with pytest.raises(UsageError, match="numbers-not-excluded"):
        include_book(station, KS, "Bưởi", "mờ", numbers(1, 9))
    include_book(station, KS, "Bưởi", "mờ", numbers(9, 20))
    assert [one.value for one in excluded_numbers(station.catalogue, KS, numbers(1, 40))] == list(range(21, 31))
    ((span, _, through),) = excluded_parts(station.catalogue, KS)
    assert (str(span), [str(one) for one in through]) == ("10-30/2005", ["10-20/2005"])
    add_page(station, "p1", 20)
    assert not [one for one in check_book(station.catalogue, station.book(str(KS)), "recipe") if one.code == "gap"
                and CaseNumber.parse(one.subject, KS).value > 20]  # fmt: skip
    withdraw_inclusion(station, KS, numbers=numbers(15, 20))
    assert [one.value for one in excluded_numbers(station.catalogue, KS, numbers(1, 40))] == list(range(15, 31))
    with pytest.raises(UsageError, match="nothing-included"):
        withdraw_inclusion(station, KS, numbers=numbers(15, 20))
    withdraw_inclusion(station, KS, "nhầm")
    assert len(excluded_numbers(station.catalogue, KS, numbers(1, 40))) == 21
    assert [word.withdraws for word in station.catalogue.inclusions(KS)] == [False, True, True]


def test_a_book_that_was_let_through_is_excluded_again(listed: Station, tmp_path: Path) -> None:
    book = listed.book_id("KS.2005.02")
    exclude(listed, tmp_path, row(volume="02"))
    with pytest.raises(UsageError, match="nothing-included"):
        withdraw_inclusion(listed, book)
    include_book(listed, book, "Bưởi", "mờ", numbers(3, 4))
    assert exclusion_of(listed.catalogue, book) is None
    assert [one.value for one in excluded_numbers(listed.catalogue, book, numbers(1, 5))] == [1, 2, 5]
    report = import_exclusions(listed, tmp_path / "done.csv")
    assert (report.books, report.let_through) == ([], [book])
    withdraw_inclusion(listed, book)
    assert excluded_books(listed.catalogue, [book]) == {book}
    assert import_exclusions(listed, tmp_path / "done.csv").books == [book]


def test_nothing_is_let_through_where_nothing_is_excluded(listed: Station, tmp_path: Path) -> None:
    exclude(listed, tmp_path, row(volume="", first="30", last="40"))
    listed.add_book(Book(KS, first_number=1, last_number=4))
    with pytest.raises(UsageError, match="book-not-excluded"):
        include_book(listed, KS, "Bưởi", "mờ")
    exclude(listed, tmp_path, row(volume="", first="3", last="4"))
    sealed = Book(KS, BookState.SEALED)
    listed.catalogue._db.execute("update book set state = 'sealed' where id = ?", (str(sealed.id),))
    with pytest.raises(UsageError, match="book-sealed"):
        include_book(listed, KS, "Bưởi", "mờ")
    assert listed.catalogue.inclusions(KS) == []


def test_an_excluded_number_is_mended_by_taking_its_page_out(station: Station, tmp_path: Path) -> None:
    exclude(station, tmp_path, row(volume="", first="2", last="5"))
    alone, shared = add_page(station, "p1", 2), add_page(station, "p2", 5, 6)
    book = station.book(str(KS))
    found = [told(book, one) for one in check_book(station.catalogue, book, "recipe") if one.code == "number-excluded"]
    assert [one["mend"] for one in found] == [
        f"station pages discard {alone.id} --why WHY",
        f"station cases assign {KS} --page {shared.order} --numbers 06/2005",
    ]
    assert [one["accept"] for one in found] == [
        f"station books include {KS} --numbers {number} --checker NAME --why WHY" for number in ("02/2005", "05/2005")
    ]
