"""What stands in the register: the words of its forms, and invented entries.

Everything written is made up: syllables that make no real names, a commune that does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

PLACE = "Xã Mẫu, huyện Thử"


class Entry(StrEnum):
    """What is written behind a printed label."""

    PERSON = "person"
    DATE = "date"
    DATE_IN_WORDS = "date in words"
    ORIGIN = "origin"
    HEALTH_STATION = "health station"
    HOME = "home"
    OFFICE = "office"


@dataclass(frozen=True)
class FormText:
    """Words of one register type, and what each of its lines asks for."""

    title: str
    lines: tuple[tuple[str, Entry], ...]
    columns: tuple[str, str]
    declarer: str
    signer: str


FORMS = {
    "KS": FormText(
        "SỔ ĐĂNG KÝ KHAI SINH",
        (
            ("Họ, chữ đệm, tên người được khai sinh", Entry.PERSON),
            ("Ngày, tháng, năm sinh", Entry.DATE),
            ("Ghi bằng chữ", Entry.DATE_IN_WORDS),
            ("Giới tính, dân tộc, quốc tịch", Entry.ORIGIN),
            ("Nơi sinh", Entry.HEALTH_STATION),
        ),
        ("PHẦN GHI VỀ NGƯỜI CHA", "PHẦN GHI VỀ NGƯỜI MẸ"),
        "Họ, tên người đi khai sinh",
        "Người đi khai sinh",
    ),
    "KH": FormText(
        "SỔ ĐĂNG KÝ KẾT HÔN",
        (
            ("Họ, chữ đệm, tên chồng", Entry.PERSON),
            ("Họ, chữ đệm, tên vợ", Entry.PERSON),
            ("Ngày, tháng, năm nộp tờ khai", Entry.DATE),
            ("Ghi bằng chữ", Entry.DATE_IN_WORDS),
            ("Nơi nộp tờ khai", Entry.OFFICE),
        ),
        ("PHẦN GHI VỀ CHA MẸ CHỒNG", "PHẦN GHI VỀ CHA MẸ VỢ"),
        "Họ, tên người làm chứng",
        "Hai bên nam, nữ",
    ),
    "KT": FormText(
        "SỔ ĐĂNG KÝ KHAI TỬ",
        (
            ("Họ, chữ đệm, tên người chết", Entry.PERSON),
            ("Giới tính, dân tộc, quốc tịch", Entry.ORIGIN),
            ("Ngày, tháng, năm chết", Entry.DATE),
            ("Ghi bằng chữ", Entry.DATE_IN_WORDS),
            ("Nơi chết", Entry.HOME),
        ),
        ("PHẦN GHI VỀ VỢ, CHỒNG", "PHẦN GHI VỀ NGƯỜI ĐI KHAI"),
        "Họ, tên người đi khai tử",
        "Người đi khai tử",
    ),
}
"""Register types that can be drawn, by their code."""

ROWS = ("Họ, chữ đệm, tên", "Năm sinh", "Dân tộc", "Quốc tịch", "Nghề nghiệp", "Nơi thường trú")
_ONSETS = ("B", "Ch", "D", "Đ", "Gi", "H", "Kh", "L", "M", "Ng", "Nh", "Ph", "Qu", "S", "T", "Th", "Tr", "V", "X")
_RIMES = ("oăng", "ếch", "iểm", "ượp", "oàm", "ỗn", "ẩy", "uân", "ịch", "oét", "ựu", "ăm", "ênh", "ơi", "ùng")
_JOBS = ("Làm ruộng", "Thợ mộc", "Giáo viên", "Buôn bán", "Làm rẫy", "Công nhân")
_HAMLETS = ("Thôn Một", "Thôn Hai", "Bản Ba", "Thôn Bốn", "Bản Năm", "Xóm Sáu")
_MONTHS = ("giêng", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười", "mười một", "mười hai")
_AFTER_TENS = {(1, 5): "lăm", (2, 5): "lăm", (2, 1): "mốt"}
"""Digits that change their name after ten and twenty."""
_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def line_entry(rng: np.random.Generator, entry: Entry, day: int, month: int, year: int) -> str:
    """What the clerk writes into a line of this kind."""
    return {
        Entry.PERSON: person(rng),
        Entry.DATE: f"{day:02} tháng {month:02} năm {year}",
        Entry.DATE_IN_WORDS: _in_words(day, month, year),
        Entry.ORIGIN: str(rng.choice(("Nam - Kinh - Việt Nam", "Nữ - Kinh - Việt Nam"))),
        Entry.HEALTH_STATION: "Trạm y tế xã Mẫu, huyện Thử",
        Entry.HOME: f"Tại nhà, {rng.choice(_HAMLETS)}, xã Mẫu",
        Entry.OFFICE: "Ủy ban nhân dân xã Mẫu",
    }[entry]


def person(rng: np.random.Generator) -> str:
    """Three syllables that are nobody's name."""
    return " ".join(str(rng.choice(_ONSETS)) + str(rng.choice(_RIMES)) for _ in range(3))


def table_cell(rng: np.random.Generator, row: int) -> str:
    """What the clerk writes into a row of the table."""
    values = (
        person(rng),
        str(1950 + int(rng.integers(0, 35))),
        "Kinh",
        "Việt Nam",
        str(rng.choice(_JOBS)),
        f"{rng.choice(_HAMLETS)}, xã Mẫu",
    )
    return values[row]


def _in_words(day: int, month: int, year: int) -> str:
    tens, ones = divmod(day, 10)
    words = ["Ngày", ("mồng", "mười", "hai mươi")[tens]]
    if ones:
        words.append(_AFTER_TENS.get((tens, ones), _DIGITS[ones]))
    words += ["tháng", _MONTHS[month - 1], "năm", *(_DIGITS[int(digit)] for digit in str(year))]
    return " ".join(words)
