"""The whole campaign as a work list: 2,088 books of nine units with 203,584 cases, as Plan 37/KH-UBND counts them.

The units' own numbers add up to 203,540 cases; the 44 that the sum has more go to the first unit. Everything else,
communes, types, years, how the cases spread over the books, is drawn from a seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

from station.registers import profile, register_types

BOOKS, CASES = 2088, 203_584
# District code: books, cases.
UNITS = {
    "461": (357, 53_268 + 44),
    "464": (257, 28_037),
    "469": (514, 45_738),
    "465": (313, 21_231),
    "470": (179, 17_734),
    "468": (146, 7_439),
    "466": (137, 13_279),
    "462": (125, 10_158),
    "467": (60, 6_656),
}
LABELS = (
    "STT", "Mã nơi đăng ký", "Tên nơi đăng ký", "Loại sổ", "Năm", "Quyển số", "Từ số", "Đến số", "Số trang", "Vị trí",
    "Người được giao", "Hạn hoàn thành",
)  # fmt: skip
_TYPES = {"KS": 50, "KH": 25, "KT": 20, "CMC": 4, "HN": 1}
_PEOPLE = ("Chị Bưởi", "Anh Thuở", "Chị Ngoãn", "Anh Pi", "Tổ 4")


@dataclass(frozen=True)
class CampaignBook:
    """A book of the campaign with the span of its numbers."""

    registry: str
    name: str
    type: str
    year: int
    volume: int
    first: int
    last: int

    @property
    def cases(self) -> int:
        return self.last - self.first + 1

    @property
    def key(self) -> str:
        return f"{self.registry}/{self.type}.{self.year}.{self.volume:02}"


def campaign(seed: int = 1) -> list[CampaignBook]:
    """All books, unit after unit. Numbers go on over the second and third book of a year."""
    chance = random.Random(seed)
    made: list[CampaignBook] = []
    for district, (books, cases) in UNITS.items():
        communes = [unit for unit in profile().units if unit.district == district and unit.until == "2025-06-30"]
        sizes = _sizes(chance, books, cases)
        ends: dict[tuple[str, str, int], tuple[int, int]] = {}
        for size in sizes:
            unit = chance.choice(communes)
            kind = chance.choices(list(_TYPES), list(_TYPES.values()))[0]
            year = chance.randint(1976, 2005)
            volume, last = ends.get((unit.code, kind, year), (0, 0))
            made.append(CampaignBook(unit.code, unit.name, kind, year, volume + 1, last + 1, last + size))
            ends[unit.code, kind, year] = (volume + 1, last + size)
    return made


def _sizes(chance: random.Random, books: int, cases: int) -> list[int]:
    """How many cases each book has: around the mean, adding up."""
    shares = [chance.uniform(0.5, 1.5) for _ in range(books)]
    sizes = [max(1, int(cases * share / sum(shares))) for share in shares]
    for place in range(cases - sum(sizes)):
        sizes[place % books] += 1
    return sizes


def write_campaign(path: Path, books: list[CampaignBook]) -> Path:
    """The work list as an office types it: one row a book, words for types, numbers as numbers, two rows of title."""
    chance = random.Random(2)
    workbook = xlsxwriter.Workbook(str(path))
    sheet = workbook.add_worksheet("Danh sách sổ")
    sheet.write(0, 0, "DANH SÁCH SỔ HỘ TỊCH GIAI ĐOẠN II")
    sheet.write_row(2, 0, LABELS)
    for place, book in enumerate(books, 1):
        row = (
            place, int(book.registry), book.name, f"Sổ {register_types()[book.type].vi}", book.year,
            f"{book.volume:02}", book.first, book.last, book.cases + chance.randint(0, 4),
            f"Kệ {chance.randint(1, 40)}, tầng {chance.randint(1, 5)}", chance.choice(_PEOPLE),
            f"{chance.randint(1, 20)}/3/2025",
        )  # fmt: skip
        sheet.write_row(place + 2, 0, row)
    workbook.close()
    return path
