"""Telex and VNI, over every syllable that the language can have."""

from __future__ import annotations

import unicodedata
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.settings import KioskSettings
from station.text.folding import split_tones
from station.text.syllables import BEGINNINGS, VOWELS
from ui.typing.composing import Composer, Method
from ui.typing.syllable import ACUTE, DOT, GRAVE, HOOK, TILDE, with_tone

TONE_KEYS = {
    Method.TELEX: {"": "", ACUTE: "s", GRAVE: "f", HOOK: "r", TILDE: "x", DOT: "j"},
    Method.VNI: {"": "", ACUTE: "1", GRAVE: "2", HOOK: "3", TILDE: "4", DOT: "5"},
}
LETTER_KEYS = {
    Method.TELEX: {"ă": "aw", "â": "aa", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw", "đ": "dd"},
    Method.VNI: {"ă": "a8", "â": "a6", "ê": "e6", "ô": "o6", "ơ": "o7", "ư": "u7", "đ": "d9"},
}
GLIDES = [vowels for vowels in VOWELS if len(vowels) > 1 and vowels[-1] in "iouya" and vowels not in {"uy", "oo"}]
NAMES = """Nguyễn Thị Hòa|Trần Văn Đức|Lê Thúy Quỳnh|Phạm Ngọc Thuở|Hoàng Thị Khuyên|Phan Đình Phùng|Vũ Thị Nguyệt
Võ Hữu Nghĩa|Đặng Thị Tường Vy|Bùi Xuân Hoàn|Đỗ Quốc Vượng|Hồ Văn Krông|Ngô Thị Yến|Dương Thị Diễm|Lý Hải Triều
Trịnh Hoài Giang|Đinh Thị Giếng|Mai Quý Khoảnh|Tô Thị Huệ|Hà Huy Tuấn|Cao Thị Nhuần|Lâm Oanh|Châu Ước|Tạ Thị Mười
Hướng Phùng|Hướng Hóa|Đakrông|Quảng Trị|Vĩnh Linh|Gio Linh|Triệu Phong|Hải Lăng|Cam Lộ|Cồn Cỏ|Tà Rụt|A Túc|Ba Lòng
Húc Nghì|Mò Ó|Triệu Nguyên|Hướng Lộc|Xã Thuận|Ái Tử|Diên Sanh|Khe Sanh|Lao Bảo|Bến Quan|Cửa Việt|Đông Hà|Hiền Thành
Chuyển khẩu|Kết hôn|Khai sinh|Khai tử|Giám hộ|Nuôi con nuôi|Thường trú|Quyết định|Ghi chú|Người được|Xoong|Nghiêng
Rượu|Hươu|Khuỷu|Ngoằn ngoèo|Loằng ngoằng|Đắk Lắk|Prông|Hồ Thị Plang""".replace("\n", "|").split("|")
NOT_VIETNAMESE = (
    "Windows Facebook English first string text next express flag job zoo printer scanner Wordstar script John William "
    "two Smith fax zip stop street world just five Jazz Frank excel need web"
)


def type_all(keys: str, method: Method = Method.TELEX, before: str = "") -> str:
    composer, text = Composer(method), before
    for key in keys:
        edit = composer.compose(text, key)
        text = text + key if edit is None else text[: len(text) - edit.removes] + edit.inserts
    return text


def keys_of(text: str, method: Method, *, tone_last: bool = True) -> str:
    """How a text is typed letter by letter, the tone at the end of its word or right after its letter."""
    return " ".join(_keys_of_word(word, method, tone_last=tone_last) for word in text.split(" "))


def _keys_of_word(word: str, method: Method, *, tone_last: bool) -> str:
    keys, tones, before = "", "", ""
    for letter in word:
        base, tone = split_tones(letter)
        typed = LETTER_KEYS[method].get(base.lower(), base)
        if method is Method.TELEX and base.lower() == before == "o":
            typed = "oo"  # the second o makes ô of the first, the third takes that back
        before = base.lower()
        keys += typed.upper() if base.isupper() else typed
        tones += TONE_KEYS[method][tone]
        if not tone_last:
            keys, tones = keys + tones, ""
    return keys + tones


def syllables() -> list[str]:
    """All that can be put together from a beginning, vowels, an ending and a tone, spelt as offices do."""
    endings = ("", "c", "ch", "m", "n", "ng", "nh", "p", "t", "k")
    made = []
    for beginning, vowels, ending, tone in product(("", *BEGINNINGS), VOWELS, endings, TONE_KEYS[Method.TELEX]):
        short = (beginning == "gi" and vowels[0] in "iy") or (beginning == "qu" and vowels[0] in "uưoôơ" + "y"[:0])
        open_only = vowels in GLIDES or vowels == "uơ"
        needs_ending = vowels in {"iê", "yê", "uô", "ươ", "oă", "uâ", "uyê", "ă", "â", "oo"}
        swung = ending in {"c", "ch", "p", "t"} and tone in {GRAVE, HOOK, TILDE}
        if not (short or swung or (ending and open_only) or (needs_ending and not ending)):
            made.append(with_tone(beginning + vowels + ending, tone))
    return made


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("one_in", [5, pytest.param(1, marks=pytest.mark.soak)])
def test_every_syllable_can_be_typed_and_comes_out_in_nfc(method: Method, one_in: int) -> None:
    wrong = {}
    everything = syllables()
    assert len(everything) > 30_000
    for syllable in everything[::one_in]:
        keys = keys_of(syllable, method)
        typed = type_all(keys, method)
        if typed != syllable or not unicodedata.is_normalized("NFC", typed):
            wrong[keys] = (typed, syllable)
    assert wrong == {}


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("tone_last", [True, False])
def test_names_are_typed_as_their_letters_are(method: Method, tone_last: bool) -> None:
    for name in NAMES:
        keys = keys_of(name, method, tone_last=tone_last)
        assert type_all(keys, method) == name
        assert type_all(keys.upper(), method) == name.upper()
    assert len([word for name in NAMES for word in name.split()]) > 120


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("nguyenex", "nguyễn"),  # marks after the letters that follow
        ("tieengs", "tiếng"), ("tiengse", "tiếng"), ("duwowngf", "dường"), ("dduongwf", "đường"), ("huouw", "hươu"),
        ("thuowr", "thuở"), ("thuowng", "thương"), ("muaw", "mưa"), ("xoawn", "xoăn"), ("quaan", "quân"),
        ("hoaf", "hòa"), ("hoafn", "hoàn"), ("hoas", "hóa"), ("quys", "quý"), ("gias", "giá"), ("gif", "gì"),
        ("oo", "ô"), ("ooo", "oo"), ("oooo", "ooo"), ("aaa", "aa"), ("ddd", "dd"), ("uowww", "uoww"), ("aww", "aw"),
        ("ass", "as"), ("asss", "ass"), ("asf", "à"), ("asz", "a"), ("az", "az"), ("aas", "ấ"), ("aasa", "aasa"),
        ("DDuwcs", "Đức"), ("DdAWks", "ĐẮk"), ("ddakroong", "đakrông"), ("tân an", "tân an"),
        ("nhw", "như"), ("tw", "tư"), ("Hwowngs", "Hướng"), ("nhwng", "nhưng"), ("nhwngx", "những"), ("w", "ư"),
        ("W", "Ư"), ("ww", "w"), ("WW", "W"), ("www", "ww"), ("nhww", "nhw"), ("twf", "từ"), ("tuwf", "từ"),
        ("dwowcj", "dược"), ("ddwcs", "đức"), ("wng", "ưng"), ("wow", "ươ"), ("thwowng", "thương"), ("mwa", "mưa"),
        ("rwowuj", "rượu"), ("lwj", "lự"), ("trwowngf", "trường"), ("Vwowng", "Vương"), ("mwowif", "mười"),
        ("text", "text"), ("excel", "excel"), ("need", "need"), ("class", "clas"),
    ],
)  # fmt: skip
def test_telex(keys: str, text: str) -> None:
    assert type_all(keys) == text


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("nguye6n4", "nguyễn"), ("nguyen64", "nguyễn"), ("d9uong72", "đường"), ("duong792", "đường"), ("a11", "a1"),
        ("a66", "a6"), ("d99", "d9"), ("thuo73", "thuở"), ("a81", "ắ"), ("to61", "tố"), ("a10", "a"),
        ("2005", "2005"), ("b1", "b1"), ("thon 6", "thon 6"),
    ],
)  # fmt: skip
def test_vni(keys: str, text: str) -> None:
    assert type_all(keys, Method.VNI) == text


def test_the_setting_names_the_method() -> None:
    assert [Method.of_setting(name) for name in ("telex", "vni", "off")] == [Method.TELEX, Method.VNI, None]
    assert KioskSettings().typing == "telex"


def test_words_that_cannot_be_vietnamese_stay_as_typed() -> None:
    assert type_all(NOT_VIETNAMESE) == NOT_VIETNAMESE
    assert type_all("plus2 B2B x64", Method.VNI) == "plus2 B2B x64"


@pytest.mark.parametrize(
    ("before", "keys", "text"),
    [
        ("Nguyê", "nx", "Nguyễn"), ("Nguyễ", "n", "Nguyễn"), ("Hoà", "n", "Hoàn"), ("Bùi Thi", "j", "Bùi Thị"),
        ("hoà", "s", "hoàs"), ("2005", "s", "2005s"), ("Kim-an", "h", "Kim-anh"), ("Nguye\u0302", "n", "Nguye\u0302n"),
    ],
)  # fmt: skip
def test_a_word_that_stands_there_already_is_gone_on_with(before: str, keys: str, text: str) -> None:
    assert type_all(keys, before=before) == text


@given(
    st.text(st.sampled_from("aăâbcdđeêghiklmnoôơpqrstuưvxyAEOUWDsfrxjzw 1236-"), max_size=14), st.sampled_from(Method)
)
def test_any_keys_give_nfc_and_lose_nothing_before_the_word(keys: str, method: Method) -> None:
    typed = type_all(keys, method, before="Hướng Phùng ")
    assert unicodedata.is_normalized("NFC", typed)
    assert typed.startswith("Hướng Phùng ")
    assert typed.count(" ") == keys.count(" ") + 2
