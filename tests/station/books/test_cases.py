"""Pages to cases: never two cases merged in silence, never a number on a cover."""

from __future__ import annotations

from hashlib import sha256

import pytest

from station.books import cases
from station.errors import BadName, Refused, UsageError
from station.model import Origin, Page, PageKind, PageState
from station.naming import BookId, CaseNumber
from station.wiring import Station
from tests.support import BOOK

KS = BookId.parse(BOOK)


def add_page(station: Station, name: str, *numbers: int, kind: PageKind = PageKind.PAGE) -> Page:
    """A page whose id begins with the name."""
    page_id = name.ljust(13, "0")
    page = Page(
        id=page_id, book=KS, order=station.catalogue.page_count(KS) + 1, kind=kind, state=PageState.KEPT,
        sha256=sha256(name.encode()).hexdigest(), file=f"masters/{KS}/{page_id}.jpg", bytes=1, width=1, height=1,
        dpi=300, origin=Origin("t", "d", "2025-03-01T08:00:00+07:00"),
    )  # fmt: skip
    return station.catalogue.add_page(page, [CaseNumber(2005, number) for number in numbers])


def assign(station: Station, page: str, *numbers: int, join: bool = False, second: bool = False) -> list[str]:
    found = cases.find_page(station.catalogue, KS, page)
    wanted = [CaseNumber(2005, number) for number in numbers]
    given = cases.assign(station.catalogue, found, wanted, join=join, second=second, profile=station.naming)
    return [str(number) for number in given]


def pages_of(station: Station) -> dict[str, tuple[str, ...]]:
    """The beginnings of the ids of the pages of each case."""
    return {str(case.number): tuple(page[:2] for page in case.pages) for case in station.catalogue.cases(KS)}


def test_a_number_of_the_page_beside_is_refused_until_somebody_chooses(station: Station) -> None:
    add_page(station, "pa", 1)
    add_page(station, "pb", 2)
    with pytest.raises(Refused, match="number-on-other-page"):
        assign(station, "2", 1)
    assert assign(station, "2", 1, second=True) == ["01a/2005"]
    assert assign(station, "2", 1, join=True) == ["01/2005"]
    assert assign(station, "2", 1) == ["01/2005"]
    assert pages_of(station) == {"01/2005": ("pa", "pb")}


def test_whoever_sees_both_pages_joins_the_one_beside(station: Station) -> None:
    add_page(station, "pa", 1)
    page = add_page(station, "pb")
    number = [CaseNumber(2005, 1)]
    how = {"join": False, "second": False, "beside": True}
    assert cases.assign(station.catalogue, page, number, profile=station.naming, **how) == number


def test_several_cases_on_one_page(station: Station) -> None:
    add_page(station, "pa")
    assign(station, "pa", 12, 13)
    assert pages_of(station) == {"12/2005": ("pa",), "13/2005": ("pa",)}


def test_a_number_of_a_distant_page_is_refused_until_somebody_chooses(station: Station) -> None:
    for name, number in (("pa", 1), ("pb", 2), ("pc", 3)):
        add_page(station, name, number)
    with pytest.raises(Refused) as caught:
        assign(station, "3", 1)
    assert caught.value.values["pages"] == "1"
    assert pages_of(station)["03/2005"] == ("pc",)
    assert assign(station, "3", 1, second=True) == ["01a/2005"]
    assert assign(station, "3", 1, join=True) == ["01/2005"]
    assert pages_of(station) == {"01/2005": ("pa", "pc"), "02/2005": ("pb",)}


def test_assigning_replaces_and_leaves_no_empty_case(station: Station) -> None:
    add_page(station, "pa", 1)
    assign(station, "1", 5)
    assert pages_of(station) == {"05/2005": ("pa",)}


def test_a_cover_takes_no_number_and_a_page_made_a_cover_gives_its_up(station: Station) -> None:
    add_page(station, "pa", kind=PageKind.COVER)
    with pytest.raises(UsageError):
        assign(station, "1", 1)
    page = add_page(station, "pb", 1)
    station.catalogue.mark_page(page.id, PageKind.INDEX)
    assert pages_of(station) == {}


def test_a_discarded_page_leaves_its_case_but_keeps_its_row(station: Station) -> None:
    pages = [add_page(station, "pa", 1), add_page(station, "pb", 1)]
    station.catalogue.discard_page(pages[0].id, "twice")
    assert pages_of(station) == {"01/2005": ("pb",)}
    assert station.catalogue.master_files() == {page.file for page in pages}


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2005-03-01", "2005-03-01"), ("2005-03", "2005-03"), ("2005", "2005"), ("1.3.2005", "2005-03-01"),
        ("01/03/2005", "2005-03-01"), ("03.2005", "2005-03"),
    ],
)  # fmt: skip
def test_whole_and_partial_dates_are_taken(text: str, iso: str) -> None:
    assert cases.parse_date(text) == iso


@pytest.mark.parametrize("text", ["", "2005-02-30", "05-03-01", "1.3.05", "2005-13", "0000", "38412"])
def test_a_date_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadName):
        cases.parse_date(text)
