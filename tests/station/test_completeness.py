"""Completeness against a slow and obvious model, and each finding once, with the command that mends it."""

from __future__ import annotations

import shlex

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.books.cases import explain_missing
from station.books.mending import _ACCEPTS, _COMMANDS, mend_of, told
from station.catalogue.holdings import Holding
from station.cli import station as command
from station.completeness import check_book, check_books, count_by_code, find_gaps
from station.completeness.numbers import Series, check_numbers, check_seconds
from station.completeness.series import Volume, judge_series
from station.errors import UsageError
from station.model import Book, BookState, Finding, Missing, PageKind, Why
from station.naming import UNKNOWN_YEAR, BookId, CaseNumber
from station.sentences import SENTENCES
from station.wiring import Station
from tests.station.books.test_cases import KS, add_page
from tests.station.desks import add_cases, numbers

NUMBERS = st.sets(st.integers(1, 40), max_size=25)


@given(NUMBERS, st.integers(1, 20), st.integers(1, 60))
def test_gaps_are_exactly_the_numbers_that_are_not_there(there: set[int], first: int, last: int) -> None:
    slow = []
    number = first
    while number <= last:
        if number not in there:
            slow.append(number)
        number += 1
    assert find_gaps(there, first, last) == slow


@st.composite
def series(draw: st.DrawFn) -> list[Volume]:
    return [
        Volume(
            f"v{place}",
            frozenset(draw(NUMBERS)) if (opened := draw(st.booleans())) else frozenset(),
            draw(st.none() | st.integers(1, 30)),
            draw(st.none() | st.integers(30, 45)),
            opened,
            continues=place > 0 or draw(st.booleans()),
            seconds=frozenset(draw(NUMBERS)) if opened else frozenset(),
        )
        for place in range(draw(st.integers(1, 4)))
    ]


def slow_judge(volumes: list[Volume], place: int) -> dict[str, set[int]]:
    """What a patient person with the volumes on the table says of one of them, number by number."""
    volume, before = volumes[place], volumes[:place]
    first_of_year = not before and not volume.continues
    ends_known = not before or bool(borne(before[-1])) or before[-1].last is not None
    highest = 0
    for other in before:
        highest = max(highest, other.last or max(borne(other), default=0))
    if volume.first:
        begin = volume.first
    elif first_of_year:
        begin = 1
    elif borne(volume):
        begin = min(borne(volume))
    else:
        begin = highest + 1 if ends_known else 1
    end = volume.last or max(borne(volume), default=begin)
    said: dict[str, set[int]] = {"lacking": set(), "between": set(), "beyond": set()}
    for number in range(1, 100):
        first_case_elsewhere = any(number in other.numbers for other in volumes if other is not volume)
        stands = number in volume.numbers or (number in volume.seconds and first_case_elsewhere)
        if begin <= number <= end and not stands:
            said["lacking"].add(number)
        if before and ends_known and highest and highest < number < begin:
            said["between"].add(number)
        listed = (volume.first or 0) <= number <= (volume.last or 999)
        if number in borne(volume) and not listed:
            said["beyond"].add(number)
    return said


def borne(volume: Volume) -> set[int]:
    """Every number that stands in a volume, whatever its suffix."""
    return {number for number in range(1, 100) if number in volume.numbers or number in volume.seconds}


@given(series())
def test_a_series_against_the_slow_model(volumes: list[Volume]) -> None:
    for place, judged in enumerate(judge_series(volumes)):
        if judged is None:
            assert not volumes[place].opened
            continue
        found = {"lacking": judged.lacking, "between": judged.between, "beyond": judged.beyond}
        assert {name: set(values) for name, values in found.items()} == slow_judge(volumes, place)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=5), st.data())
def test_a_year_that_is_whole_over_all_its_volumes_has_no_finding_and_each_number_taken_out_has_one(
    sizes: list[int], data: st.DataObject
) -> None:
    volumes, reached = [], 0
    for place, size in enumerate(sizes):
        volumes.append(Volume(f"v{place}", frozenset(range(reached + 1, reached + size + 1)), continues=place > 0))
        reached += size
    assert all(not (one.lacking or one.between or one.beyond) for one in judge_series(volumes) if one)
    out = data.draw(st.integers(1, reached))
    less = [Volume(one.book, one.numbers - {out}, continues=one.continues) for one in volumes]
    told_of = [n for one in judge_series(less) if one for n in (*one.lacking, *one.between)]
    emptied = any(not one.numbers for one in less)
    assert emptied or told_of == ([] if out == reached else [out])


def test_a_gap_between_two_volumes_belongs_to_the_later_one() -> None:
    first, second = judge_series([Volume("a", frozenset({1, 2, 3})), Volume("b", frozenset({6, 7}), continues=True)])
    assert (first and first.lacking, second and second.lacking, second and second.between) == ((), (), (4, 5))


def test_nothing_is_said_of_the_numbers_before_while_the_book_before_has_none() -> None:
    _, second = judge_series([Volume("a", opened=False), Volume("b", frozenset({6, 7}), continues=True)])
    assert second
    assert second.between == ()
    _, third = judge_series([Volume("a", last=4, opened=False), Volume("b", frozenset({6, 7}), continues=True)])
    assert third
    assert third.between == (5,)


def blocking(book: Book, there: set[CaseNumber], explained: set[CaseNumber]) -> set[str]:
    missing = [Missing(number, Why.VOID, "t", "now") for number in sorted(explained - there)]
    held = Holding(numbers=sorted(there), missing=missing)
    alone = Series([book], {str(book.id): held.numbers}, lambda _: True)
    found = [*check_numbers(book, alone, held), *check_seconds(book, alone, held, "abc")]
    return {finding.subject for finding in found}


def slow_model(book: Book, there: set[CaseNumber], explained: set[CaseNumber]) -> set[str]:
    """Every number of a book without others that a patient person would complain about, year by year."""
    found = set()
    for year in range(book.id.year_first, book.id.year_last + 1):
        values = {number.value for number in there if number.year == year}
        first = min(values, default=1)
        if book.id.volume == 1 or year != book.id.year_first:
            first = 1
        if year == book.id.year_first and book.first_number:
            first = book.first_number
        last = max(values) if values else first
        if year == book.id.year_last and book.last_number:
            last = book.last_number
        low = book.first_number if year == book.id.year_first and book.first_number else 0
        high = book.last_number if year == book.id.year_last and book.last_number else 999
        for value in range(1, 200):
            plain, a, b = (CaseNumber(year, value, suffix) for suffix in ("", "a", "b"))
            if not low <= value <= high:
                found |= {str(number) for number in (plain, a, b) if number in there or number in explained}
            elif first <= value <= last and plain not in there and plain not in explained:
                found.add(str(plain))
            if b in there and a not in there:
                found.add(str(a))
    return found


@given(st.data())
def test_numbers_of_a_book_against_the_slow_model(data: st.DataObject) -> None:
    first_year = data.draw(st.integers(2000, 2004))
    last_year = data.draw(st.integers(first_year, first_year + 2))
    book = Book(
        BookId.of("1", "KS", first_year, last_year, data.draw(st.integers(1, 3))),
        first_number=data.draw(st.none() | st.integers(1, 15)),
        last_number=data.draw(st.none() | st.integers(15, 45)),
    )
    years = st.integers(first_year, last_year)
    suffixes = st.sampled_from(["", "", "", "a", "b"])
    there = data.draw(st.sets(st.builds(CaseNumber, years, st.integers(1, 40), suffixes), max_size=40))
    explained = data.draw(st.sets(st.builds(CaseNumber, years, st.integers(1, 45)), max_size=10))
    assert blocking(book, there, explained) == slow_model(book, there, explained)


def found_in(station: Station, book: str = str(KS)) -> list[Finding]:
    return check_book(station.catalogue, station.book(book), "recipe")


def codes(station: Station, book: str = str(KS)) -> dict[str, int]:
    return count_by_code(found_in(station, book))


def test_a_book_that_was_never_opened_is_one_finding(station: Station) -> None:
    station.catalogue.expect(Book(KS, first_number=1, last_number=90))
    assert codes(station) == {"no-pages": 1}


def test_a_year_of_the_book_without_any_case_is_a_gap() -> None:
    book = Book(BookId.parse("19441/KH.2007-2009.01"))
    assert blocking(book, {CaseNumber(2007, 1), CaseNumber(2009, 1)}, set()) == {"01/2008"}


def test_covers_alone_are_no_complete_book(station: Station) -> None:
    add_page(station, "pa", kind=PageKind.COVER)
    assert codes(station)["gap"] == 1


def test_each_kind_of_trouble_is_found(station: Station) -> None:
    add_page(station, "pa", 1)
    add_page(station, "pb", 3)
    add_page(station, "pc")
    station.catalogue.expect(Book(KS, pages_expected=4, last_number=3))
    assert codes(station) == {"page-count": 1, "page-without-case": 1, "gap": 1, "no-copy": 3}
    (bare,) = [one for one in found_in(station) if one.code == "page-without-case"]
    assert bare.values == {"order": 3, "before": "03/2005"}


def test_a_number_of_another_book_of_the_same_year_is_found_in_both(station: Station) -> None:
    other = BookId.parse("19441/KS.2005.02")
    add_page(station, "pa", 1)
    add_cases(station, other, numbers(1, 2))
    (here,) = [one for one in found_in(station) if one.code == "number-in-other-book"]
    assert (here.subject, here.values["other"], here.values["order"]) == ("01/2005", str(other), 1)
    assert codes(station, str(other))["number-in-other-book"] == 1


def test_books_of_unknown_years_hold_their_numbers_for_themselves(station: Station) -> None:
    first, second = BookId.parse("19441/KT.?.01"), BookId.parse("19441/KT.?.02")
    for book in (first, second):
        add_cases(station, book, numbers(1, 3, UNKNOWN_YEAR))
        assert set(codes(station, str(book))) - {"same-image"} == {"no-copy"}
    assert station.catalogue.holder(second, CaseNumber(UNKNOWN_YEAR, 4)) is None


def test_gaps_between_volumes_and_numbers_that_went_into_another_one(station: Station) -> None:
    second = BookId.parse("19441/KS.2005.02")
    add_cases(station, KS, [*numbers(1, 2), *numbers(4, 5)])
    add_cases(station, second, [*numbers(3, 3), *numbers(8, 9)])
    station.catalogue.expect(Book(second, first_number=8))
    gap = next(one for one in found_in(station) if one.code == "gap")
    assert (gap.subject, gap.values["other"]) == ("03/2005", str(second))
    assert mend_of(station.book(str(KS)), gap).endswith(f"--why other-book --in {second}")
    assert [one.subject for one in found_in(station, str(second)) if one.code == "gap-between"] == [
        "06/2005",
        "07/2005",
    ]


def test_explanations_that_do_not_hold_are_told(station: Station) -> None:
    second = BookId.parse("19441/KS.2005.02")
    add_cases(station, KS, [*numbers(1, 1), *numbers(4, 4)])
    add_cases(station, second, numbers(5, 6))
    entries = [(2, Why.VOID, None), (3, Why.OTHER_BOOK, second)]
    for value, why, other in entries:
        explain_missing(station.catalogue, KS, numbers(value, value), (why, other), "tester")
    assert "gap" not in codes(station)
    assert codes(station)["not-in-other-book"] == 1
    page = add_page(station, "p9")
    station.catalogue.assign(page, numbers(2, 2))
    assert codes(station)["explained-but-there"] == 1


def test_a_number_explained_as_void_that_another_book_has_is_told(station: Station) -> None:
    second = BookId.parse("19441/KS.2005.02")
    add_cases(station, KS, [*numbers(1, 2), *numbers(4, 4)])
    explain_missing(station.catalogue, KS, numbers(3, 3), (Why.VOID, None), "tester")
    assert set(codes(station)) == {"no-copy"}
    add_cases(station, second, numbers(3, 3))
    (found,) = [one for one in found_in(station) if one.code == "explained-but-elsewhere"]
    assert (found.subject, found.blocking, found.values["other"]) == ("03/2005", True, str(second))
    mend = f"station cases missing {KS} --number 03/2005 --why other-book --in {second}"
    assert mend_of(station.book(str(KS)), found) == mend
    explain_missing(station.catalogue, KS, numbers(3, 3), (Why.OTHER_BOOK, second), "tester")
    assert "explained-but-elsewhere" not in codes(station)


def test_a_number_that_the_work_list_does_not_have_cannot_be_missing(station: Station) -> None:
    add_cases(station, KS, numbers(2, 3))
    explain_missing(station.catalogue, KS, numbers(4, 9), (Why.TORN, None), "tester")
    assert set(codes(station)) == {"gap", "no-copy"}
    station.catalogue.expect(Book(KS, first_number=2, last_number=8))
    assert codes(station)["explained-beyond-list"] == 1
    for value in (1, 9, 77):
        with pytest.raises(UsageError, match="missing-beyond-list"):
            explain_missing(station.catalogue, KS, numbers(value, value), (Why.VOID, None), "tester")


def test_what_lies_between_two_books_is_explained_in_the_later_one(station: Station) -> None:
    second = BookId.parse("19441/KS.2005.02")
    add_cases(station, KS, numbers(1, 5))
    add_cases(station, second, numbers(8, 9))
    station.catalogue.expect(Book(second, first_number=8, last_number=9))
    explain_missing(station.catalogue, second, numbers(6, 7), (Why.VOID, None), "tester")
    assert set(codes(station, str(second))) & {"gap-between", "explained-beyond-list"} == set()
    with pytest.raises(UsageError, match="missing-beyond-list"):
        explain_missing(station.catalogue, second, numbers(5, 5), (Why.VOID, None), "tester")


def likely(station: Station) -> list[str | None]:
    return [one.values.get("likely") for one in found_in(station) if one.code == "page-without-case"]


def test_a_number_that_is_not_free_is_not_suggested_for_a_page(station: Station) -> None:
    add_page(station, "pa", 1)
    bare = add_page(station, "pb")
    add_page(station, "pc", 3)
    assert likely(station) == ["02/2005"]
    explain_missing(station.catalogue, KS, numbers(2, 2), (Why.VOID, None), "tester")
    assert likely(station) == [None]
    station.catalogue.withdraw_missing(KS, numbers(2, 2), "tester", "now")
    add_cases(station, BookId.parse("19441/KS.2005.02"), numbers(2, 2))
    assert likely(station) == [None]
    station.catalogue.assign(bare, numbers(2, 2))
    add_page(station, "pd")
    assert likely(station) == ["04/2005"]
    station.catalogue.expect(Book(KS, last_number=3))
    assert likely(station) == [None]


def test_a_case_that_lost_its_page_is_suggested_for_one(station: Station) -> None:
    pages = [add_page(station, "pa", 1), add_page(station, "pb", 2), add_page(station, "pc", 3)]
    station.desk(KS).type_in(CaseNumber(2005, 2), {"nksHoTen": "Nguyễn Thị Mận"})
    station.catalogue.assign(pages[1], [])
    assert (likely(station), codes(station)["case-without-page"]) == (["02/2005"], 1)


def test_checking_all_books_says_what_checking_each_says(station: Station) -> None:
    add_cases(station, KS, [*numbers(1, 2), *numbers(5, 5)])
    add_cases(station, BookId.parse("19441/KS.2005.02"), numbers(5, 9))
    add_cases(station, BookId.parse("19441/KS.2004-2005.03"), [*numbers(3, 3, 2004), *numbers(40, 41)])
    add_cases(station, BookId.parse("19441/KT.2005.01"), numbers(1, 2), kind=PageKind.BLANK)
    station.add_book(Book(BookId.parse("19441/KS.2005.03"), last_number=4))
    station.add_book(Book(BookId.parse("19441/KS.2005.04")))
    together = {str(book.id): findings for book, findings in check_books(station.catalogue, "recipe")}
    assert together == {book: found_in(station, book) for book in together}
    assert len(together) == 6
    assert all(together.values())


def test_a_command_that_does_not_exist_mends_nothing() -> None:
    """Every mending command is one of the program's, with options that it has."""
    values = dict.fromkeys(
        (
            "book",
            "subject",
            "order",
            "likely",
            "found",
            "first",
            "value",
            "other",
            "others",
            "numbers",
            "number",
            "field",
            "go_on",
            "at",
            "after",
            "before",
            "only",
            "move",
            "to_before",
            "to_after",
            "later",
            "pages",
        ),
        "7",
    )
    for key, text in (*_COMMANDS.items(), *_ACCEPTS.items()):
        words = shlex.split(text.format(**values))
        found: click.Command | None = command
        context = click.Context(command)
        while isinstance(found, click.Group):
            name, found, words = found.resolve_command(context, words)
            assert name
        assert found is not None, key
        known = {option for parameter in found.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, key


@pytest.mark.parametrize("code", [key for key in _COMMANDS if f"finding.{key}" in SENTENCES])
def test_a_sealed_book_is_mended_by_a_checker_alone(code: str) -> None:
    book = Book(KS, BookState.SEALED)
    assert told(book, Finding.stop(code, "x"))["mend"].startswith(f"station reopen {KS} ")
