"""Typing at a desk: history, double entry, settling, and what the book's check says of it."""

from __future__ import annotations

import pytest

from station.catalogue import Catalogue
from station.errors import UsageError
from station.indexing.entries import Side, Source
from station.model import PageKind
from station.naming import CaseNumber
from station.wiring import Station
from tests.station.desks import add_cases, desk_of, numbers

SEVEN, EIGHT, NINE = (CaseNumber(2005, value) for value in (7, 8, 9))


@pytest.fixture
def book(station: Station) -> Station:
    """A station with the cases 7 and 8 of one book."""
    add_cases(station, station.book_id("KS.2005.01"), numbers(7, 8))
    return station


def value(station: Station, number: CaseNumber, field: str) -> str:
    desk = desk_of(station, "reader")
    found = desk.states(desk.case(number)).get(field)
    return found.value if found else ""


def test_what_is_typed_again_keeps_what_was_there(book: Station) -> None:
    desk = desk_of(book, "lan")
    desk.type_in(SEVEN, {"nksHoTen": "Hồ Thị Pi"})
    outcome = desk_of(book, "minh").type_in(SEVEN, {"nksHoTen": "Hồ Thị Bi"})
    assert [(one.field, one.operator) for one in outcome.replaced] == [("nksHoTen", "lan")]
    history = desk.history(desk.case(SEVEN))
    assert [(one.value, one.operator) for one in history] == [("Hồ Thị Pi", "lan"), ("Hồ Thị Bi", "minh")]
    assert all(one.at for one in history)


def test_the_same_typing_twice_is_one_entry(book: Station) -> None:
    desk = desk_of(book, "lan")
    for text in ("Hồ Thị Pi", "Hồ  Thị Pi "):
        assert desk.type_in(SEVEN, {"nksHoTen": text}).replaced == []
    assert len(desk.history(desk.case(SEVEN))) == 1


def test_a_case_is_kept_whole_or_not_at_all(book: Station) -> None:
    desk = desk_of(book, "lan")
    outcome = desk.type_in(SEVEN, {"nksHoTen": "Pi", "nksNgaySinh": "31.02.2005", "nksGioTinh": "1", "so": "9/2005"})
    assert [error.code for error in outcome.refused] == ["field.date", "no-such-field", "field-of-station"]
    assert outcome.kept == []
    assert desk.history(desk.case(SEVEN)) == []


def test_the_date_of_registration_is_the_date_of_the_case(book: Station) -> None:
    desk_of(book, "lan").type_in(SEVEN, {"ngayDangKy": "3.2005"})
    assert desk_of(book, "lan").case(SEVEN).date == "2005-03"
    desk_of(book, "lan").type_in(SEVEN, {"ngayDangKy": ""})
    assert desk_of(book, "lan").case(SEVEN).date is None


def test_missing_fields_and_years_that_differ_are_warnings(book: Station) -> None:
    outcome = desk_of(book, "lan").type_in(SEVEN, {"ngayDangKy": "01.03.2004"})
    assert [(one.code, one.values["field"], one.blocking) for one in outcome.warnings] == [
        ("field-missing", "nksHoTen", False),
        ("year-differs", "ngayDangKy", True),
    ]


def test_one_person_cannot_type_both_entries(book: Station) -> None:
    desk_of(book, "lan").type_in(SEVEN, {"nksHoTen": "Pi"})
    for side, operator in ((Side.SECOND, "lan"), (Side.FIRST, "minh")):
        if operator == "minh":
            desk_of(book, "minh").type_in(SEVEN, {"nksHoTen": "Pi"}, Side.SECOND)
        with pytest.raises(UsageError) as refused:
            desk_of(book, operator).type_in(SEVEN, {"nksHoTen": "Bi"}, side)
        assert refused.value.code == "same-person"


def test_the_second_entry_is_blind(book: Station) -> None:
    """Nothing that the second person gets back tells what the first one typed."""
    desk_of(book, "lan").type_in(SEVEN, {"nksHoTen": "Hồ Thị Pi", "ngayDangKy": "01.03.2005", "nksGioiTinh": "2"})
    outcome = desk_of(book, "minh").type_in(SEVEN, {"nksHoTen": "Hồ Thị Bi"}, Side.SECOND)
    assert outcome.replaced == []
    assert "Hồ Thị Pi" not in repr(outcome)
    assert value(book, SEVEN, "nksHoTen") == "Hồ Thị Pi"


def test_differences_are_shown_settled_and_stop_packing_until_then(book: Station) -> None:
    desk_of(book, "lan").type_in(SEVEN, {"nksHoTen": "Pi", "ngayDangKy": "01.03.2005"})
    desk_of(book, "minh").type_in(SEVEN, {"nksHoTen": "Bi", "ngayDangKy": "02.03.2005"}, Side.SECOND)
    third = desk_of(book, "hoa")
    assert [(case.number, name) for case, name, _ in third.compare()] == [(SEVEN, "ngayDangKy"), (SEVEN, "nksHoTen")]
    assert [finding.code for finding in third.findings() if finding.blocking] == ["entries-differ"]
    assert third.case(SEVEN).date == "2005-03-01"
    third.settle(SEVEN, "ngayDangKy", Side.SECOND)
    third.settle(SEVEN, "nksHoTen", None, "Vi")
    assert list(third.compare()) == []
    assert not any(finding.blocking for finding in third.findings())
    assert third.case(SEVEN).date == "2005-03-02"
    assert value(book, SEVEN, "nksHoTen") == "Vi"
    desk_of(book, "minh").type_in(SEVEN, {"nksHoTen": "Ri"}, Side.SECOND)
    assert [name for _, name, _ in third.compare()] == ["nksHoTen"]


def test_a_date_given_before_typing_is_the_first_word_about_it(book: Station) -> None:
    case = desk_of(book, "lan").case(SEVEN)
    book.catalogue.enter([], {case.id: "2005-03-01"})
    desk = desk_of(book, "minh")
    desk.type_in(SEVEN, {"ngayDangKy": "02.03.2005"}, Side.SECOND)
    assert [name for _, name, _ in desk.compare()] == ["ngayDangKy"]
    assert desk.case(SEVEN).date == "2005-03-01"


def test_a_value_that_cannot_be_is_not_settled(book: Station) -> None:
    outcome = desk_of(book, "hoa").settle(SEVEN, "nksGioiTinh", None, "9")
    assert [error.code for error in outcome.refused] == ["field.code"]
    assert value(book, SEVEN, "nksGioiTinh") == ""


def test_books_that_nobody_typed_have_no_findings(book: Station) -> None:
    desk = desk_of(book, "lan")
    assert list(desk.findings()) == []
    desk.type_in(SEVEN, {"ngayDangKy": "01.03.2005"})
    assert list(desk.findings()) == []
    desk.type_in(SEVEN, {"nguoiKy": "Y"})
    assert [(one.code, one.subject) for one in desk.findings()] == [("field-missing", "07/2005")]


def test_a_profile_can_make_missing_fields_stop_every_case(book: Station) -> None:
    folder = book.root.path / "registers"
    folder.mkdir()
    (folder / "columns.toml").write_text('[required]\nlevel = "stop"\ncolumns = ["nksHoTen"]\n', encoding="utf-8")
    desk = desk_of(book, "lan")
    desk.type_in(SEVEN, {"nksHoTen": "Pi"})
    assert [(one.code, one.subject, one.blocking) for one in desk.findings()] == [("field-missing", "08/2005", True)]


def page_of(station: Station, number: CaseNumber) -> str:
    (page,) = desk_of(station, "reader").case(number).pages
    return page


def assign(station: Station, page_id: str, *given: CaseNumber) -> None:
    page = station.page(page_id)
    station.catalogue.assign(page, list(given))


def test_a_misread_number_takes_its_fields_along(book: Station) -> None:
    desk_of(book, "lan").type_in(EIGHT, {"nksHoTen": "Pi", "ngayDangKy": "01.03.2005"})
    assign(book, page_of(book, EIGHT), NINE)
    assert value(book, NINE, "nksHoTen") == "Pi"
    assert desk_of(book, "lan").case(NINE).date == "2005-03-01"
    assert [case.number for case in book.catalogue.cases(book.book_id("KS.2005.01"))] == [SEVEN, NINE]


def test_a_case_without_its_page_stays_as_long_as_something_is_typed_of_it(book: Station) -> None:
    desk = desk_of(book, "lan")
    desk.type_in(EIGHT, {"nksHoTen": "Pi", "ngayDangKy": "01.03.2005"})
    book.catalogue.mark_page(page_of(book, EIGHT), PageKind.BLANK)
    book.catalogue.mark_page(page_of(book, SEVEN), PageKind.BLANK)
    assert [case.number for case in book.catalogue.cases(desk.book)] == [EIGHT]
    assert desk.case(EIGHT).pages == ()
    desk.drop(EIGHT, "page of another book")
    assert book.catalogue.cases(desk.book) == []


def test_only_a_case_without_pages_is_dropped(book: Station) -> None:
    with pytest.raises(UsageError) as refused:
        desk_of(book, "lan").drop(SEVEN, "wrong")
    assert refused.value.code == "case-has-pages"


def test_what_was_typed_can_be_moved_to_an_empty_case(book: Station) -> None:
    desk = desk_of(book, "lan")
    desk.type_in(SEVEN, {"nksHoTen": "Pi", "ngayDangKy": "01.03.2005"})
    desk.move(SEVEN, EIGHT)
    assert (value(book, SEVEN, "nksHoTen"), value(book, EIGHT, "nksHoTen")) == ("", "Pi")
    assert (desk.case(SEVEN).date, desk.case(EIGHT).date) == (None, "2005-03-01")
    desk.type_in(SEVEN, {"nksHoTen": "Bi"})
    for source, target, code in ((SEVEN, EIGHT, "case-has-entries"),):
        with pytest.raises(UsageError) as refused:
            desk.move(source, target)
        assert refused.value.code == code


def test_moving_nothing_or_onto_itself_is_refused(book: Station) -> None:
    desk = desk_of(book, "lan")
    with pytest.raises(UsageError) as refused:
        desk.move(SEVEN, EIGHT)
    assert refused.value.code == "nothing-typed"


def test_dropped_cases_keep_their_history_beside(book: Station) -> None:
    desk = desk_of(book, "lan")
    desk.type_in(EIGHT, {"nksHoTen": "Pi"})
    book.catalogue.mark_page(page_of(book, EIGHT), PageKind.BLANK)
    desk.drop(EIGHT, "page of another book")
    with Catalogue(book.root.catalogue) as catalogue:
        (dropped,) = catalogue.dropped_cases(desk.book)
    assert (dropped["number"], dropped["why"], dropped["operator"]) == ("08/2005", "page of another book", "lan")
    assert [entry.value for entry in dropped["entries"]] == ["Pi"]
    assert dropped["entries"][0].source is Source.TYPED
