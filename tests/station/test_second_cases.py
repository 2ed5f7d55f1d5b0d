"""Second cases with a number: a suffix stands for no first case, and leaves no gap of its own."""

from __future__ import annotations

import pytest

from station.books import cases
from station.books.cases import explain_missing
from station.books.ledger import Stands, read_ledger
from station.books.mending import mend_of, told
from station.completeness import check_book, check_books
from station.errors import UsageError
from station.finding_words import finding_text
from station.model import Book, Finding, Why
from station.naming import BookId, CaseNumber, Numbering
from station.wiring import Station
from tests.station.books.test_cases import KS, add_page, assign
from tests.station.desks import add_cases, numbers

SECOND = BookId.parse("19441/KS.2005.02")
LETTERS = "abc"


def found_in(station: Station, book: BookId = KS) -> list[Finding]:
    """What is said of the numbers of a book, alone and among all books."""
    listed = station.book(str(book))
    alone = check_book(station.catalogue, listed, "recipe", suffixes=LETTERS)
    among = next(found for one, found in check_books(station.catalogue, "recipe", suffixes=LETTERS) if one == listed)
    assert alone == among
    return [one for one in alone if one.code not in {"no-copy", "number-out-of-order", "same-image", "volume-missing"}]


def number(text: str) -> CaseNumber:
    return CaseNumber.parse(text, KS)


def with_lone_second(station: Station) -> None:
    """Pages 01, 02, 02a, 03, of which the second one is said to be of 01."""
    for name, values in (("pa", [1]), ("pb", [2]), ("pc", []), ("pd", [3])):
        add_page(station, name, *values)
    assign(station, "3", 2, second=True)
    assert found_in(station) == []
    assign(station, "2", 1, join=True)


def test_a_second_case_alone_leaves_a_gap_that_stops_packing(station: Station) -> None:
    station.catalogue.expect(Book(KS, first_number=1, last_number=3))
    with_lone_second(station)
    (gap,) = found_in(station)
    assert (gap.code, gap.subject, gap.blocking, gap.values["only"]) == ("gap", "02/2005", True, "02a/2005")
    assert {line.number: line.stands for line in read_ledger(station, KS)}[number("2")] is Stands.GAP
    phrase = finding_text(told(station.book(str(KS)), gap))
    assert phrase.key == "finding.gap-second"
    assert phrase.values["rename"] == f"station cases assign {KS} --page 3 --numbers 02/2005"
    assign(station, "3", 2)
    assert found_in(station) == []


def test_a_second_case_over_several_pages_becomes_the_first_page_by_page(station: Station) -> None:
    with_lone_second(station)
    station.catalogue.assign(add_page(station, "pe"), [number("2a"), number("4")])
    (gap,) = found_in(station)
    assert finding_text(told(station.book(str(KS)), gap)).values["rename"] == (
        f"station cases assign {KS} --page 3 --numbers 02/2005; "
        f"station cases assign {KS} --page 5 --numbers 02/2005,04/2005 --join"
    )


def test_the_first_case_is_explained_while_its_second_is_there_and_never_the_second(station: Station) -> None:
    with_lone_second(station)
    explain_missing(station.catalogue, KS, [number("2")], (Why.VOID, None), "tester")
    assert found_in(station) == []
    for text, error in (("2a", "missing-with-suffix"), ("1", "number-is-there")):
        with pytest.raises(UsageError, match=error):
            explain_missing(station.catalogue, KS, [number(text)], (Why.VOID, None), "tester")
    assign(station, "3", 2)
    assert [one.code for one in found_in(station)] == ["explained-but-there"]


def test_a_second_case_whose_first_stands_in_another_book_is_no_gap(station: Station) -> None:
    add_cases(station, KS, numbers(1, 5))
    add_cases(station, SECOND, [number("5a"), *numbers(6, 7)])
    station.catalogue.expect(Book(SECOND, first_number=5, last_number=7))
    assert found_in(station, SECOND) == []
    station.catalogue.assign(cases.find_page(station.catalogue, KS, "5"), [])
    (gap,) = found_in(station, SECOND)
    assert (gap.code, gap.subject, gap.values["only"]) == ("gap", "05/2005", "05a/2005")


def test_a_third_case_without_the_second_is_told(station: Station) -> None:
    add_cases(station, KS, [*numbers(1, 2), number("2a"), number("2b"), *numbers(3, 3)])
    assert found_in(station) == []
    station.catalogue.assign(cases.find_page(station.catalogue, KS, "3"), numbers(4, 4))
    (lacking,) = found_in(station)
    assert (lacking.code, lacking.subject, lacking.blocking) == ("second-missing", "02a/2005", True)
    third = cases.find_page(station.catalogue, KS, "4")
    assert mend_of(Book(KS), lacking) == f"station pages insert --scan --before {third.id} --number 02a/2005"
    station.catalogue.assign(third, [number("2a")])
    assert found_in(station) == []


def test_a_second_case_beyond_the_list_is_named_with_its_suffix(station: Station) -> None:
    add_cases(station, KS, [*numbers(1, 3), number("9a")])
    station.catalogue.expect(Book(KS, last_number=3))
    (beyond,) = found_in(station)
    assert (beyond.code, beyond.subject, beyond.values["numbers"]) == ("beyond-list", "09a/2005", "09a/2005")
    assert mend_of(Book(KS), beyond) == f"station cases assign {KS} --page 4 --numbers NUMBERS"


def test_the_same_second_case_in_two_books_is_found_in_both(station: Station) -> None:
    add_cases(station, KS, [*numbers(1, 2), number("2a")])
    add_cases(station, SECOND, [number("2a"), *numbers(3, 4)])
    for book, other in ((KS, SECOND), (SECOND, KS)):
        (twice,) = [one for one in found_in(station, book) if one.code != "gap"]
        assert (twice.code, twice.subject, twice.values["other"]) == ("number-in-other-book", "02a/2005", str(other))


def test_pages_that_are_counted_from_a_second_case_on_keep_its_suffix() -> None:
    numbering = Numbering.parse("2a", "1/2", KS)
    assert [str(*numbering.numbers_of(index)) for index in range(4)] == ["02a/2005", "02a/2005", "03/2005", "03/2005"]
    assert list(map(str, Numbering.parse("2a", "3", KS).numbers_of(0))) == ["02a/2005", "03/2005", "04/2005"]
