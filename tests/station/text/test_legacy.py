"""TCVN3 and VNI: the letters against another table, round trips, and texts that must stay as they are."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.text import Legacy, convert, nfc, plausibility, read_rows, read_together, recognise
from station.text.legacy import _table

NAMES = (
    "Xã Hướng Phùng", "Thị trấn Khe Sanh", "huyện Hướng Hóa", "Đakrông", "Xã Húc Nghì", "Xã Mò Ó", "khai sinh",
    "kết hôn", "khai tử", "nhận cha, mẹ, con", "Nguyễn Thị Bưởi", "Trần Văn Thuở", "Lê Hữu Quỳnh", "Hồ Thị Ngoãn",
    "Phạm Kỳ Duyên", "Đặng Thỉ", "quyển số 1", "ghi chú", "Ô 3, kệ B", "Vĩnh Ô", "Xã Ba Tầng", "Nơi đăng ký",
    "tủ số 2", "người được giao", "Ngày trả", "giữ tại kho", "Quốc lộ 9", "Thủy lợi", "Xã Triệu Vân", "bản sao",
)  # fmt: skip
# A text with an ê, ơ or ư beside these reads in one way only.
SURE = "Xã Hướng Phùng, huyện Hướng Hóa"
ORDINARY = (
    "café", "naïve", "résumé", "déjà vu", "piñata", "El Niño", "mañana", "François Müller", "Zürich", "Noël", "Chloë",
    "São Paulo", "façade", "jalapeño", "Ångström", "smörgåsbord", "a · b", "Windows® 7", "© 2005", "«Hà»", "5 µm",
    "100 °C", "½", "m²", "à la carte", "Pi", "A", "Y Blir", "notes, page 7", "19441/KS.2005.01", "§ 12", "±3", "×",
)  # fmt: skip


def written(text: str, legacy: Legacy) -> str:
    """The text as a typist of that time has it in her file. TCVN3 has no capitals with a tone."""
    table, _ = _table(legacy)
    letters: dict[str, str] = {}
    for how, letter in table.items():
        letters.setdefault(letter, how)
    return "".join(letters.get(char, letters.get(char.lower(), char)) for char in text)


@pytest.mark.skipif(shutil.which("iconv") is None, reason="no iconv")
def test_tcvn3_letters_are_those_of_the_c_library() -> None:
    table, _ = _table(Legacy.TCVN3)
    for how, letter in table.items():
        argv = ["iconv", "-f", "TCVN5712-1", "-t", "UTF-8"]
        judged = subprocess.run(argv, input=how.encode("latin-1"), capture_output=True, timeout=20, check=True)
        assert nfc(judged.stdout.decode()) == letter


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Höôùng Phuøng", "Hướng Phùng"),
        ("Xaõ Höôùng Phuøng, huyeän Höôùng Hoùa, tænh Quaûng Trò", "Xã Hướng Phùng, huyện Hướng Hóa, tỉnh Quảng Trị"),
        ("ÑOÂNG HAØ", "ĐÔNG HÀ"),
        ("Nguyeãn Vaên Lónh", "Nguyễn Văn Lĩnh"),
        ("soå hoä tòch", "sổ hộ tịch"),
        ("Kyõ thuaät vieân", "Kỹ thuật viên"),
    ],
)
def test_vni_as_it_stands_in_files(typed: str, meant: str) -> None:
    assert read_together([typed]) == ([meant], Legacy.VNI)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("X· H\u00adíng Phïng", "Xã Hướng Phùng"),
        ("huyÖn H\u00adíng Hãa, tØnh Qu¶ng TrÞ", "huyện Hướng Hóa, tỉnh Quảng Trị"),
        ("§¤NG Hµ", "ĐÔNG HÀ"),
        ("sæ hé tÞch", "sổ hộ tịch"),
        ("NguyÔn V¨n LÜnh", "Nguyễn Văn Lĩnh"),
    ],
)
def test_tcvn3_as_it_stands_in_files(typed: str, meant: str) -> None:
    assert read_together([typed]) == ([meant], Legacy.TCVN3)


def test_every_letter_goes_there_and_back() -> None:
    for legacy in Legacy:
        table, _ = _table(legacy)
        for letter in set(table.values()):
            assert convert(written(letter, legacy), legacy) == letter


@given(st.lists(st.sampled_from(NAMES), max_size=30), st.sampled_from(list(Legacy)))
def test_a_sheet_typed_in_one_encoding_is_read_back_as_it_was_meant(names: list[str], legacy: Legacy) -> None:
    meant = [*names, SURE, SURE]
    read, common = read_together([written(name, legacy) for name in meant])
    assert common is legacy
    assert [text.casefold() for text in read] == [text.casefold() for text in meant]
    assert legacy is Legacy.TCVN3 or read == meant


@given(st.lists(st.sampled_from(NAMES + ORDINARY), max_size=30))
def test_unicode_and_words_of_other_languages_stay_as_they_are(texts: list[str]) -> None:
    assert read_together(texts) == (texts, None)


@given(st.lists(st.sampled_from(NAMES), max_size=30), st.sampled_from(["NFC", "NFD"]))
def test_decomposed_text_is_composed_and_nothing_else(texts: list[str], form: str) -> None:
    typed = [unicodedata.normalize(form, text) for text in texts]  # type: ignore[arg-type]  # one of its literals
    assert read_together(typed)[0] == texts


@given(st.lists(st.text(max_size=20), max_size=10))
def test_any_text_can_be_read_and_reading_ascii_changes_nothing(texts: list[str]) -> None:
    read, _ = read_together(texts)
    assert len(read) == len(texts)
    assert all(new == old for new, old in zip(read, texts, strict=True) if old.isascii())


def test_a_text_that_can_be_both_follows_the_others() -> None:
    """ "Tó" is a word, and TCVN3 for "Tú"."""
    assert read_together(["Tó"]) == (["Tó"], None)
    assert read_together(["Tó", written(SURE, Legacy.TCVN3)])[0] == ["Tú", SURE]
    assert read_together(["Tó", SURE])[0] == ["Tó", SURE]


def test_one_cell_of_an_old_encoding_among_unicode_is_converted_alone_and_told() -> None:
    read, used = read_together([SURE, "Trần Văn Thuở", "Tó", written("Xã Ba Tầng", Legacy.VNI)])
    assert used is Legacy.VNI
    assert read == [SURE, "Trần Văn Thuở", "Tó", "Xã Ba Tầng"]


@pytest.mark.parametrize("legacy", list(Legacy))
@given(names=st.lists(st.sampled_from(NAMES), max_size=4))
def test_a_small_table_below_a_header_in_unicode(legacy: Legacy, names: list[str]) -> None:
    header = ["Nơi đăng ký", "Loại sổ", "Năm", "Quyển số", "Từ số", "Đến số", "Vị trí"]
    rows = [[SURE, name, "Sổ khai sinh", "Khai tử", "Tủ số 2", "2005"] for name in names or NAMES[:1]]
    read, used = read_rows([header, *[[written(text, legacy) for text in row] for row in rows]])
    assert used is legacy
    assert read[0] == header
    assert [[text.casefold() for text in row] for row in read[1:]] == [[t.casefold() for t in row] for row in rows]


def test_a_text_that_can_be_both_follows_its_row_where_the_table_is_of_unicode() -> None:
    old = [written(SURE, Legacy.TCVN3), "Tó"]
    assert read_rows([[SURE, "Tó"], [SURE, "Tó"], old])[0] == [[SURE, "Tó"], [SURE, "Tó"], [SURE, "Tú"]]


def test_odd_words_among_an_old_encoding_follow_it() -> None:
    typed = [written(SURE, Legacy.TCVN3), written("Krông Klang, Xy, thửa số 7 Ksorz Blăm", Legacy.TCVN3)]
    assert read_together(typed)[0][1] == "Krông Klang, Xy, thửa số 7 Ksorz Blăm"


def test_the_right_reading_of_bytes_is_the_more_plausible_one() -> None:
    content = SURE.encode("utf-8")
    assert plausibility(content.decode("utf-8")) > plausibility(content.decode("latin-1"))
    assert recognise([written(name, Legacy.VNI) for name in NAMES]) is Legacy.VNI
