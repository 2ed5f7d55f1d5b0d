"""The code of a cover sheet: there and back, and every slip of one character or of two changed places is found."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.covers.code import book_of_codes, code_of, is_ours
from station.errors import BadName
from station.naming import BookId

LETTERS = string.digits + string.ascii_letters + "-./:"
KNOWN = "STN1:19441/KS.2005.01:63"

registries = st.from_regex(r"\A[0-9A-Za-z](?:[0-9A-Za-z-]{0,14}[0-9A-Za-z])?\Z")
years = st.integers(1900, 2099)


@st.composite
def books(draw: st.DrawFn) -> BookId:
    first = draw(st.one_of(st.just(0), years))
    last = draw(st.integers(first, 2099)) if first else 0
    kind = draw(st.sampled_from(["KS", "KH", "KT", "CMC", "HN"]))
    return BookId.of(draw(registries), kind, first, last, draw(st.integers(1, 99)))


def readable(code: str) -> bool:
    """Whether a text is taken for the code of some book."""
    try:
        return book_of_codes([code]) is not None
    except BadName:
        return False


def test_a_known_code() -> None:
    assert code_of(BookId.parse("19441/KS.2005.01")) == KNOWN


@given(books())
def test_a_code_names_its_book(book: BookId) -> None:
    assert book_of_codes([code_of(book), code_of(book)]) == book


@given(books(), st.data())
def test_every_wrong_character_is_found(book: BookId, data: st.DataObject) -> None:
    code = code_of(book)
    place = data.draw(st.integers(0, len(code) - 1))
    for other in LETTERS.replace(code[place], ""):
        assert not readable(code[:place] + other + code[place + 1 :])


@given(books())
def test_any_two_characters_that_changed_places_are_found(book: BookId) -> None:
    code = code_of(book)
    for left in range(len(code)):
        for right in range(left + 1, len(code)):
            if code[left] != code[right]:
                changed = list(code)
                changed[left], changed[right] = code[right], code[left]
                assert not readable("".join(changed))


@given(st.text())
def test_foreign_codes_name_no_book(text: str) -> None:
    if not is_ours(text):
        assert book_of_codes([text, "https://example.org/STN1:19441/KS.2005.01"]) is None


@pytest.mark.parametrize("code", ["STN2:19441/KS.2005.01:63", "STN1:19441/KS.2005.1:00", "STN1:", KNOWN.lower()])
def test_what_means_to_be_ours_and_is_not_right_is_said(code: str) -> None:
    if is_ours(code):
        with pytest.raises(BadName):
            book_of_codes([code])
    else:
        assert book_of_codes([code]) is None


def test_two_books_on_one_page_are_said() -> None:
    codes = [code_of(BookId.parse(book)) for book in ("19441/KS.2005.01", "19441/KS.2005.02")]
    with pytest.raises(BadName) as refused:
        book_of_codes(codes)
    assert refused.value.code == "cover-ambiguous"
