"""What may be typed into a field and how it is kept."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.indexing.dates import iso_date, written_date
from station.indexing.values import BadField, error_of, normalise
from station.registers import register_types
from station.registers.columns import ColumnProfile, Field
from station.sentences import SENTENCES

PROFILE = ColumnProfile.load()
FIELDS = sorted({field for kind in register_types() for field in PROFILE.fields(kind)}, key=lambda field: field.name)


def of(name: str, kind: str = "KS") -> Field:
    return PROFILE.field(name, kind)


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("nksHoTen", "  Hồ   Thị Pi ", "Hồ Thị Pi"),
        ("nksHoTen", "A", "A"),
        ("nksHoTen", "y Pi", "y Pi"),
        ("nksHoTen", unicodedata.normalize("NFD", "Nguyễn Văn Đức"), "Nguyễn Văn Đức"),
        ("ngayDangKy", "1/3/2005", "01.03.2005"),
        ("ngayDangKy", "2005-03-01", "01.03.2005"),
        ("ngayDangKy", "3.2005", "03.2005"),
        ("ngayDangKy", "2005", "2005"),
        ("ngayDangKy", "", ""),
        ("nksGioiTinh", "2", "2"),
        ("nksGioiTinh", "02", "2"),
        ("nksGioiTinh", "Nữ", "2"),
        ("nksGioiTinh", "nu", "2"),
        ("loaiDangKy", "đăng kí quá hạn", "4"),
        ("trangSo", "007", "7"),
        ("nksSoDinhDanh", "045 0 9500 1234", "045095001234"),
        ("ghiChu", "dòng một\ndòng hai", "dòng một dòng hai"),
        ("chaNgaySinh", "29.02.1960", "29.02.1960"),
    ],
)
def test_what_is_kept_of_what_is_typed(name: str, typed: str, kept: str) -> None:
    assert normalise(of(name), typed) == kept


@pytest.mark.parametrize(
    ("name", "typed", "code"),
    [
        ("ngayDangKy", "31.02.2005", "field.date"),
        ("ngayDangKy", "1.3.05", "field.date"),
        ("ngayDangKy", "38412", "field.date"),
        ("ngayDangKy", "2005-03-01 sáng", "field.date"),
        ("ngayDangKy", "01.03.2905", "field.year"),
        ("ngayDangKy", "0205", "field.year"),
        ("nksGioiTinh", "4", "field.code"),
        ("nksGioiTinh", "khác", "field.code"),
        ("trangSo", "7a", "field.page"),
        ("trangSo", "0", "field.page"),
        ("nksSoDinhDanh", "O45", "field.digits"),
        ("nksHoTen", "123", "field.name"),
        ("nksHoTen", "Pi\x07", "field.control"),
        ("ghiChu", "x" * 1001, "field.too-long"),
    ],
)
def test_what_a_field_does_not_take(name: str, typed: str, code: str) -> None:
    assert error_of(of(name), typed) == code
    assert code in SENTENCES


@given(st.sampled_from(FIELDS), st.text() | st.from_regex(r"[0-9]{1,4}[./-][0-9]{1,2}([./-][0-9]{1,4})?"))
def test_doing_it_twice_changes_nothing(field: Field, text: str) -> None:
    try:
        once = normalise(field, text)
    except BadField:
        return
    assert normalise(field, once) == once
    assert unicodedata.is_normalized("NFC", once)


def test_signs_that_nobody_sees_do_not_part_a_letter_from_its_tone() -> None:
    assert normalise(of("nksHoTen"), "Ha\u200b\u0300 Pi") == "Hà Pi"


@given(st.sampled_from([field for field in FIELDS if field.codes]), st.data())
def test_every_code_and_every_word_of_one_code_is_taken(field: Field, data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(list(field.codes)))
    assert normalise(field, code) == code
    assert normalise(field, field.codes[code].upper()) == code


@given(st.dates().filter(lambda day: day.year >= 1900), st.sampled_from([4, 7, 10]))
def test_dates_go_from_the_catalogue_to_the_registers_and_back(day: object, parts: int) -> None:
    iso = str(day)[:parts]
    assert iso_date(written_date(iso)) == iso
    assert written_date(None) == ""
    assert iso_date("") is None


@given(st.sampled_from(FIELDS), st.text(min_size=8))
def test_a_refusal_never_repeats_what_was_typed(field: Field, text: str) -> None:
    """Fields are personal data; refusals go to narration and may stand in a log."""
    try:
        normalise(field, text)
    except BadField as error:
        values = error.values
    else:
        return
    assert set(values) <= {"field", "codes", "first", "last", "most"}
    assert values["field"] == field.name
