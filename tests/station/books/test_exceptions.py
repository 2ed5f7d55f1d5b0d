"""Cases that are not as others are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from station.books.exceptions import CaseException, exceptions_of, notes_of
from station.model import Book, Case, PageKind
from station.naming import BookId, CaseNumber
from station.registers.columns import ColumnProfile

ID = BookId.parse("19441/KS.2005.01")
BOOK = Book(ID)
WORDS = ColumnProfile.load().meanings.notes


def case(date: str | None = "2005-03-01", suffix: str = "") -> Case:
    return Case(1, ID, CaseNumber(2005, 7, suffix), date, ("a", "b"))


def test_what_is_particular_is_named() -> None:
    plain = {"a": PageKind.PAGE, "b": PageKind.PAGE}
    assert exceptions_of(BOOK, case(), plain) == ()
    assert exceptions_of(BOOK, case(), plain | {"b": PageKind.DAMAGED}) == (CaseException.DAMAGED,)
    assert exceptions_of(BOOK, case("2005", "a"), plain) == (CaseException.SECOND_NUMBER, CaseException.PARTIAL_DATE)
    assert exceptions_of(BOOK, case(None), plain) == (CaseException.NO_DATE,)
    undated = Book(BookId.parse("19441/KS.0000.01"))
    assert exceptions_of(undated, case(), plain) == (CaseException.YEAR_UNKNOWN,)
    assert exceptions_of(Book(ID, number_given=True), case(), plain) == (CaseException.NUMBER_ASSIGNED,)


def test_the_note_has_words_for_what_the_receiver_should_know() -> None:
    assert notes_of(["damaged", "no-date"], WORDS) == "Trang sổ bị hư hỏng"
    assert notes_of(["damaged"], WORDS, "Ghi bằng mực tím") == "Ghi bằng mực tím; Trang sổ bị hư hỏng"
    assert notes_of([], WORDS, "Ghi bằng mực tím") == "Ghi bằng mực tím"


@given(st.lists(st.sampled_from([*CaseException, "illegible"]), unique=True), st.text(max_size=30))
def test_a_note_that_comes_back_is_not_made_longer(codes: list[str], typed: str) -> None:
    once = notes_of(codes, WORDS, typed)
    assert notes_of(codes, WORDS, once) == once
