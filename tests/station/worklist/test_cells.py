"""What cells of a list mean, however they are typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.errors import BadName
from station.registers import register_types
from station.text import fold
from station.worklist.cells import read_case_number, read_due, read_pages, read_type, read_volume, read_years
from station.worklist.words import field_of

YEARS = st.integers(1900, 2099)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("KS", "KS"), ("ks", "KS"), ("khai sinh", "KS"), ("Sổ đăng ký khai sinh", "KS"), ("SỔ KHAI SINH", "KS"),
        ("So dang ky ket hon", "KH"), ("Khai tử", "KT"), ("nhận cha, mẹ, con", "CMC"), ("Giám hộ", "GH"),
        ("births", "KS"), ("Sổ gốc: khai tử", "KT"), ("xác nhận tình trạng hôn nhân", "HN"),
    ],
)  # fmt: skip
def test_register_types(typed: str, code: str) -> None:
    assert read_type(typed) == code


@pytest.mark.parametrize("typed", ["", "sổ", "ghi chú kết hôn", "KSX", "khai", "2005"])
def test_what_is_no_register_type(typed: str) -> None:
    with pytest.raises(BadName) as caught:
        read_type(typed)
    assert caught.value.code == "bad-type"


@given(st.sampled_from(list(register_types().values())), st.sampled_from(["", "sổ ", "Sổ đăng ký ", "QUYỂN "]))
def test_a_word_and_its_folded_form_are_the_same_type(kind: object, before: str) -> None:
    assert hasattr(kind, "vi")
    assert hasattr(kind, "code")
    for typed in (f"{before}{kind.vi}", fold(f"{before}{kind.vi}"), f"{before}{kind.vi}".upper()):
        assert read_type(typed) == kind.code


@given(YEARS, YEARS, st.sampled_from(["-", " - ", "–", " đến ", "/", " DEN "]))
def test_years(one: int, other: int, between: str) -> None:
    first, last = sorted((one, other))
    assert read_years(f"{first}{between}{last}") == (first, last)
    assert read_years(str(first), str(last)) == (first, last)
    assert read_years(f"{first}.0") == (first, first)
    if first < last:
        with pytest.raises(BadName) as caught:
            read_years(f"{last}{between}{first}")
        assert caught.value.code == "bad-years"


@pytest.mark.parametrize("typed", ["?", "không rõ", "Khong ro", "chưa rõ"])
def test_an_unknown_year_is_the_year_0(typed: str) -> None:
    assert read_years(typed) == (0, 0)


@pytest.mark.parametrize("typed", ["05", "0000", "2005x", "1/3/2005", "2003-2004-2005", "2003-", "1899", "2003-05"])
def test_what_is_no_year(typed: str) -> None:
    with pytest.raises(BadName):
        read_years(typed)


@pytest.mark.parametrize(
    ("typed", "volume"),
    [
        ("1", 1),
        ("01", 1),
        ("1.0", 1),
        ("Quyển số 02", 2),
        ("quyen 3", 3),
        ("02/2005", 2),
        ("Q.4", 4),
        ("?", None),
        ("Không số", None),
    ],
)
def test_book_numbers(typed: str, volume: int | None) -> None:
    assert read_volume(typed, (2005, 2005)) == volume


@pytest.mark.parametrize("typed", ["0", "100", "một", "02/2006", "1-2", "-1"])
def test_what_is_no_book_number(typed: str) -> None:
    with pytest.raises(BadName) as caught:
        read_volume(typed, (2005, 2005))
    assert caught.value.code == "bad-volume"


@given(st.integers(1, 9999))
def test_numbers_of_cases(number: int) -> None:
    for typed in (str(number), f"{number:04}", f"{number}.0", f"{number}/2005"):
        assert read_case_number(typed, (2003, 2005)) == number


def test_numbers_may_be_left_out_and_must_be_possible() -> None:
    assert read_case_number("", (2005, 2005)) is None
    assert read_case_number("?", (2005, 2005)) is None
    assert read_pages("") is None
    for typed in ("0", "10000", "7a", "7/2004"):
        with pytest.raises(BadName):
            read_case_number(typed, (2005, 2005))
    with pytest.raises(BadName):
        read_pages("0")


def test_days() -> None:
    assert [read_due(typed) for typed in ("15/03/2025", "2025-03-15", "45731", "")] == ["2025-03-15"] * 3 + [None]
    for typed in ("03/2025", "2025", "31/02/2025", "mai"):
        with pytest.raises(BadName):
            read_due(typed)


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused_by_its_sentence(text: str) -> None:
    for read in (read_type, read_years, lambda typed: read_volume(typed, (2005, 2005)), read_pages, read_due):
        try:
            read(text)
        except BadName as error:
            assert error.code in {"bad-type", "bad-year", "bad-years", "bad-volume", "bad-page-count", "bad-due"}  # noqa: PT017 - one of two outcomes


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("Nơi đăng ký", "registry"), ("NOI DANG KY", "registry"), ("Loại sổ (mã hoặc tên)", "type"), ("Năm", "year"),
        ("Quyển số:", "volume"), ("Từ số", "first_number"), ("Số cuối\n(số đăng ký)", "last_number"),
        ("Tổng số trang", "pages"), ("Vị trí", "shelf"), ("Người được giao", "assigned"), ("Hạn hoàn thành", "due"),
        ("STT", None), ("", None), ("Ghi chú", None),
    ],
)  # fmt: skip
def test_labels(label: str, field: str | None) -> None:
    assert field_of(label) == field
