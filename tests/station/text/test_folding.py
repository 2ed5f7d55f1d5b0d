"""Keys of search and spelling, and the order of lists."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.text import clean, clean_lines, fold, sort_key, spelling_key

VIETNAMESE = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằấệốợựỳỹ ĐÔNGHÀ", max_size=20)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Hướng Phùng", "huong phung"),
        ("  HƯỚNG\u00a0 PHÙNG ", "huong phung"),
        ("Đa Krông", "da krong"),
        ("hoà", "hoa"),
        ("hòa", "hoa"),
        ("Hóa", "hoa"),
        ("Thị Trấn Ái Tử", "thi tran ai tu"),
        ("", ""),
    ],
)
def test_folding(typed: str, key: str) -> None:
    assert fold(typed) == key
    assert fold(unicodedata.normalize("NFD", typed)) == key


@given(st.text(max_size=30))
def test_folding_and_cleaning_are_idempotent(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert clean_lines(clean_lines(text)) == clean_lines(text)
    assert fold(fold(text)) == fold(text)


@given(VIETNAMESE)
def test_a_folded_vietnamese_text_is_ascii(text: str) -> None:
    assert fold(text).isascii()
    assert fold(text.upper()) == fold(text)


@pytest.mark.parametrize(("one", "other"), [("hòa", "hoà"), ("Hóa", "HOÁ"), ("thủy", "thuỷ"), ("Khóe", "khoé")])
def test_the_letter_that_carries_the_tone_makes_no_other_spelling(one: str, other: str) -> None:
    assert spelling_key(one) == spelling_key(other)


@pytest.mark.parametrize(("one", "other"), [("hòa", "hóa"), ("hoa", "hòa"), ("tô", "tơ"), ("da", "đa"), ("an", "ân")])
def test_another_tone_or_letter_does(one: str, other: str) -> None:
    assert spelling_key(one) != spelling_key(other)


def test_cells_keep_their_lines() -> None:
    assert clean_lines(" loaiDangKy \r\n\n (1:  đúng hạn) \n") == "loaiDangKy\n\n(1: đúng hạn)"


def test_the_order_of_lists() -> None:
    ordered = [
        "An", "Ăn", "Ân", "Ba", "Bà", "Bả", "Bã", "Bá", "Bạ", "Ca", "Da", "Đa", "Đi", "E", "Ê", "Hoa", "Hòa", "Hóa",
        "Hoa Lư", "Phường 1", "Phường 2", "Phường 10", "To", "Tô", "Tơ", "Tu", "Tư", "Xã A Dơi", "Xã Ba Lòng", "Y",
    ]  # fmt: skip
    mixed = ordered.copy()
    random.Random(1).shuffle(mixed)
    assert sorted(mixed, key=sort_key) == ordered


@given(st.lists(st.text(max_size=8), max_size=6), st.randoms())
def test_any_texts_have_one_order(texts: list[str], chance: random.Random) -> None:
    texts = list(dict.fromkeys(map(clean, texts)))
    mixed = texts.copy()
    chance.shuffle(mixed)
    assert sorted(mixed, key=sort_key) == sorted(texts, key=sort_key)
