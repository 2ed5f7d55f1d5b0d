"""The command that mends a finding, and the one that lets it stand as it is."""

from __future__ import annotations

from typing import Any

import pytest

from station.books.mending import told
from station.duplicates.findings import duplicate_findings
from station.indexing.entries import Side
from station.model import Book, Finding
from station.naming import BookId
from station.wiring import Station
from tests.station.books.test_cases import KS, add_page
from tests.station.desks import desk_of

LATER = BookId.parse("19441/KS.2006.01")
SIDES = {KS: ("p1", 4), LATER: ("p2", 3)}


def both_sides(code: str, **more: Any) -> list[dict[str, Any]]:
    """What is said of two books, from each of them."""
    rows = []
    for here, there in ((KS, LATER), (LATER, KS)):
        (page, order), (other, other_order) = SIDES[here], SIDES[there]
        values = {"order": order, "other": other, "other_book": str(there), "other_order": other_order} | more
        if code == "same-book":
            values |= {"other": str(there), "pairs": [{"page": page, "other": other}, {"page": "x", "other": "x"}]}
        subject = page if code == "same-page" else str(here)
        rows.append(told(Book(here), Finding.stop(code, subject, values)))
    return rows


@pytest.mark.parametrize(("code", "pages"), [("same-page", "p2"), ("same-book", "p2 x")])
def test_of_two_that_are_the_same_both_sides_discard_the_later_one_or_keep_both(code: str, pages: str) -> None:
    rows = both_sides(code)
    assert {row["mend"] for row in rows} == {f"station pages discard {pages} --why WHY"}
    assert [row["accept"] for row in rows] == [
        f"station duplicates keep {row['subject']} {row['other']} --why WHY" for row in rows
    ]


def test_within_a_book_the_page_behind_the_other_is_discarded() -> None:
    values = {"order": 9, "other": "p1", "other_book": str(KS), "other_order": 4}
    assert told(Book(KS), Finding.stop("same-page", "p2", values))["mend"] == "station pages discard p2 --why WHY"
    values |= {"order": 4, "other_order": 9}
    assert told(Book(KS), Finding.stop("same-page", "p2", values))["mend"] == "station pages discard p1 --why WHY"


def test_a_finding_on_numbers_that_the_ministry_has_names_the_pages_that_bear_nothing_else(station: Station) -> None:
    add_page(station, "pa", 1, 2)
    only = add_page(station, "pb", 3)
    station.catalogue.enter_recorded([("19441", "KS", 2005, value, "") for value in (2, 3)], "extract.csv")
    (found,) = duplicate_findings(station.catalogue, KS)
    row = told(Book(KS), found)
    assert row["mend"] == f"station pages discard {only.id} --why WHY"
    assert row["accept"] == f"station duplicates keep {KS} records --why WHY"
    station.catalogue.discard_page(only.id, "done before")
    (found,) = duplicate_findings(station.catalogue, KS)
    assert told(Book(KS), found)["mend"] == f"station cases {KS}"


def test_two_entries_that_differ_are_settled_field_by_field(station: Station) -> None:
    add_page(station, "pa", 1)
    number = next(case.number for case in station.catalogue.cases(KS))
    for operator, side, name in (("Lan", Side.FIRST, "Nguyễn Thị Mận"), ("Hoa", Side.SECOND, "Nguyễn Thị Mẫn")):
        desk_of(station, operator).type_in(number, {"nksHoTen": name, "nksDanToc": name}, side)
    (differ,) = [one for one in station.desk(KS).findings() if one.code == "entries-differ"]
    field = told(Book(KS), differ)["fields"].partition(",")[0]
    mend = f"station cases settle {KS} --number 01/2005 --field {field} --take SIDE"
    assert told(Book(KS), differ)["mend"] == mend


def test_what_begins_the_book_is_put_before_its_first_number_and_an_empty_book_is_scanned(station: Station) -> None:
    first = add_page(station, "pa", 3)
    gap = {"before": first.id}
    row = told(Book(KS), Finding.stop("gap", "01/2005", gap))
    assert row["mend"] == f"station pages insert --scan --before {first.id} --number 01/2005"
    assert told(Book(KS), Finding.stop("gap", "01/2005"))["mend"] == f"station scan {KS} --number 01/2005"
