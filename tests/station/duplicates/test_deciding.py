"""Somebody's word that two things may both stand."""

from __future__ import annotations

import pytest

from station.duplicates.deciding import keep_both, without_kept
from station.duplicates.findings import RECORDS, is_kept
from station.errors import UsageError
from station.model import Book, Finding
from station.naming import BookId
from station.wiring import Station
from tests.support import BOOK

OTHER = "19441/KS.2006.01"


@pytest.fixture
def two(station: Station) -> Station:
    station.add_book(Book(BookId.parse(OTHER)))
    return station


def test_a_word_counts_in_either_order_and_the_last_one_stays(two: Station) -> None:
    keep_both(two, BOOK, OTHER, "first")
    keep_both(two, OTHER, BOOK, " second ")
    kept = two.catalogue.kept_doubles()
    assert is_kept(kept, BOOK, OTHER)
    assert is_kept(kept, OTHER, BOOK)
    assert [one.why for one in kept.values()] == ["second"]


@pytest.mark.parametrize(("one", "other", "why"), [(BOOK, BOOK, "x"), (BOOK, "nothing", "x"), (BOOK, OTHER, "  ")])
def test_what_is_no_word_on_two_things_is_refused(two: Station, one: str, other: str, why: str) -> None:
    with pytest.raises(UsageError):
        keep_both(two, one, other, why)
    assert two.catalogue.kept_doubles() == {}


def test_the_records_are_a_side(two: Station) -> None:
    assert keep_both(two, BOOK, RECORDS, "a copy of the register").other == RECORDS


def test_findings_of_other_checks_heed_the_word(two: Station) -> None:
    keep_both(two, BOOK, OTHER, "two volumes of one number")
    book = BookId.parse(BOOK)
    finding = Finding.stop("number-in-other-book", "07/2005", {"other": OTHER})
    elsewhere = Finding.stop("number-in-other-book", "07/2005", {"other": "19441/KS.2007.01"})
    gap = Finding.stop("gap", "07/2005", {})
    kept = two.catalogue.kept_doubles()
    assert list(without_kept(kept, book, [finding, elsewhere, gap])) == [elsewhere, gap]
