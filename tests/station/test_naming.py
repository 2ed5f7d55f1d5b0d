"""Book ids, case numbers and file names: what is printed reads back, and nothing else is let in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.errors import BadName, SettingsError
from station.naming import BookId, CaseNumber, NamingProfile, Numbering, checked_name
from station.registers import known_registry, register_types

REGISTRIES = st.from_regex(r"[0-9A-Za-z]([0-9A-Za-z-]{0,14}[0-9A-Za-z])?", fullmatch=True)
YEARS = st.integers(1900, 2099)


@st.composite
def book_ids(draw: st.DrawFn) -> BookId:
    first, last = sorted((draw(YEARS), draw(YEARS)))
    kind = draw(st.sampled_from(list(register_types())))
    return BookId.of(draw(REGISTRIES), kind, first, last, draw(st.integers(1, 99)))


@given(book_ids())
def test_a_printed_book_id_parses_to_the_same_book(book: BookId) -> None:
    assert BookId.parse(str(book)) == book
    assert BookId.parse(book.key, book.registry) == book


@given(book_ids(), st.integers(1, 9999), st.sampled_from(["", "a", "z"]), st.data())
def test_a_printed_number_parses_to_the_same_number(book: BookId, value: int, suffix: str, data: st.DataObject) -> None:
    year = data.draw(st.integers(book.year_first, book.year_last))
    number = CaseNumber.of(year, value, suffix, book)
    assert CaseNumber.parse(str(number), book) == number


@given(st.text(max_size=30))
def test_any_text_is_a_book_id_or_a_clear_error(text: str) -> None:
    said, book = None, None
    try:
        book = BookId.parse(text, "19441")
    except BadName as error:
        said = error.code
    if book:
        assert BookId.parse(str(book)) == book
    else:
        assert said in {"bad-book-id", "bad-registry", "bad-type", "bad-year", "bad-years", "bad-volume"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad-book-id"),
        ("19441/KS-2005-01", "bad-book-id"),
        ("19441/KS.2005", "bad-book-id"),
        ("19441/KS.2005.01/x", "bad-registry"),
        ("../KS.2005.01", "bad-registry"),
        ("hướng phùng/KS.2005.01", "bad-registry"),
        ("19441/XX.2005.01", "bad-type"),
        ("19441/KS.0005.01", "bad-year"),
        ("19441/KS.2009-2007.01", "bad-years"),
        ("19441/KS.2005.00", "bad-volume"),
        ("19441/KS.2005.100", "bad-volume"),
    ],
)
def test_what_is_wrong_with_a_book_id_is_said(text: str, code: str) -> None:
    with pytest.raises(BadName) as caught:
        BookId.parse(text)
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["0", "-1", "7b2", "", "12345678", "7/05", "seven", "१"])
def test_an_illegal_number_is_refused(text: str) -> None:
    with pytest.raises(BadName):
        CaseNumber.parse(text, BookId.parse("19441/KS.2005.01"))


def test_a_book_of_several_years_wants_the_year_of_a_number() -> None:
    book = BookId.parse("19441/KH.2007-2009.01")
    with pytest.raises(BadName) as caught:
        CaseNumber.parse("7", book)
    assert caught.value.values["example"] == "7/2007"
    assert CaseNumber.parse("7/2008", book) == CaseNumber(2008, 7)
    with pytest.raises(BadName):
        CaseNumber.parse("7/2010", book)


def test_the_undated_profile_names_by_register_year_and_number() -> None:
    profile = NamingProfile.load("moj-undated")
    book = BookId.parse("19441/KS.2005.01")
    assert profile.pdf_name(book, CaseNumber(2005, 7)) == "KS.2005.01.007.pdf"
    assert profile.pdf_name(book, CaseNumber(2005, 7, "a"), "2005-03-01") == "KS.2005.01.007a.pdf"
    several = BookId.parse("19441/KH.2007-2009.01")
    assert profile.pdf_name(several, CaseNumber(2008, 7)) == "KH.2007-2009.01.2008.007.pdf"
    registry = known_registry("19441")
    assert registry is not None
    assert profile.package_name(book, registry.prefix) == "xahuongphung_hhh_tqt.KS.2005.01"


def test_the_dated_profile_never_invents_a_date() -> None:
    profile = NamingProfile.load("moj-dated")
    book = BookId.parse("19441/KS.2010.01")
    assert profile.pdf_name(book, CaseNumber(2010, 1), "2010-03-05") == "KS.2010.01.2010-03-05.001.pdf"
    assert profile.pdf_name(book, CaseNumber(2010, 1), "2010-03") == "KS.2010.01.001.pdf"
    assert profile.pdf_name(book, CaseNumber(2010, 1)) == "KS.2010.01.001.pdf"


@given(book_ids(), st.data())
def test_no_two_cases_of_a_book_share_a_name(book: BookId, data: st.DataObject) -> None:
    numbers = st.builds(
        CaseNumber, st.integers(book.year_first, book.year_last), st.integers(1, 9999), st.sampled_from(["", "a", "b"])
    )
    several = data.draw(st.lists(numbers, unique=True, max_size=20))
    dates = st.sampled_from([None, f"{book.year_first}-03-01", str(book.year_first)])
    for profile in ("moj-undated", "moj-dated"):
        loaded = NamingProfile.load(profile)
        # A dated name holds the whole date, whose year is the case's own: registration dates lie in the number's year.
        names = [loaded.pdf_name(book, number, _in_year(data.draw(dates), number.year)) for number in several]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[A-Za-z0-9._-]+\.pdf", name) for name in names)


def _in_year(date: str | None, year: int) -> str | None:
    return f"{year}{date[4:]}" if date else None


def test_a_profile_with_a_field_that_nobody_fills_is_refused_with_file_and_key(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'pdf = "{book}.{person}.pdf"\npdf_several_years = "{year}"\npackage = "x"\nsuffixes = "a"\n'
    )
    with pytest.raises(SettingsError) as caught:
        NamingProfile.load("own", tmp_path)
    assert "person" in caught.value.values["key"]
    with pytest.raises(SettingsError):
        NamingProfile.load("nobody-wrote-this")


@pytest.mark.parametrize("name", ["../x.pdf", "Hướng.pdf", "a b.pdf", "", ".hidden", "x" * 200])
def test_unsafe_names_never_leave(name: str) -> None:
    with pytest.raises(BadName):
        checked_name(name)


@given(st.integers(1, 4), st.integers(1, 500), st.integers(1, 60))
def test_numbering_leaves_no_gap_and_no_double(cases_per_page: int, first: int, pages: int) -> None:
    numbering = Numbering.parse(str(first), str(cases_per_page), BookId.parse("19441/KS.2005.01"))
    numbers = [number.value for index in range(pages) for number in numbering.numbers_of(index)]
    assert numbers == list(range(first, first + pages * cases_per_page))


@given(st.integers(2, 5), st.integers(1, 60))
def test_cases_over_several_pages_change_every_so_many_pages(pages_per_case: int, pages: int) -> None:
    numbering = Numbering.parse("1", f"1/{pages_per_case}", BookId.parse("19441/KS.2005.01"))
    numbers = [numbering.numbers_of(index)[0].value for index in range(pages)]
    assert numbers == [1 + index // pages_per_case for index in range(pages)]


@pytest.mark.parametrize("typed", ["19441/KS.?.02", "19441/KS.0000.02"])
def test_a_book_without_a_year_has_a_key_of_its_own_that_sorts_first(typed: str) -> None:
    book = BookId.parse(typed)
    assert (str(book), book.year_known) == ("19441/KS.0000.02", False)
    assert book < BookId.parse("19441/KS.1900.01")
    number = CaseNumber.parse("7", book)
    assert CaseNumber.parse(str(number), book) == number
    assert NamingProfile.load("moj-undated").pdf_name(book, number) == "KS.0000.02.007.pdf"
    with pytest.raises(BadName):
        BookId.parse("19441/KS.0000-2005.01")


def test_what_stands_for_an_unknown_year_is_data_and_never_a_year(tmp_path: Path) -> None:
    shapes = (
        'pdf = "{book}.{number:03}.pdf"\npdf_several_years = "{year}"\npackage = "{prefix}.{book}"\nsuffixes = "a"\n'
    )
    (tmp_path / "own.toml").write_text(f'{shapes}unknown_year = "NONE"\n')
    book = BookId.parse("19441/KS.?.01")
    assert NamingProfile.load("own", tmp_path).pdf_name(book, CaseNumber(0, 7)) == "KS.NONE.01.007.pdf"
    assert NamingProfile.load("own", tmp_path).package_name(book, "x") == "x.KS.NONE.01"
    for word in ("2005", "../x", "không", ""):
        (tmp_path / "own.toml").write_text(f'{shapes}unknown_year = "{word}"\n')
        with pytest.raises(SettingsError):
            NamingProfile.load("own", tmp_path)
