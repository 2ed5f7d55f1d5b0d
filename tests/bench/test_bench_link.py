"""Linking an export of 10,000 rows to a book that has a case for each of them."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from station.link.linking import Book, LinkReport, link, link_book
from station.registers.columns import ColumnProfile, Field, Kind
from station.root import Root
from station.wiring import Station
from tests.station.desks import add_cases, numbers
from tests.support import BOOK, make_station

pytestmark = pytest.mark.bench

ROWS = 10_000
CASES = 9_999
ROUNDS = 3
PLACE = "Xã Hướng Phùng, huyện Hướng Hóa, tỉnh Quảng Trị"
MOST_SECONDS = 5.0
# What delivered workbooks of births have in their rows; the other columns of the template stay empty.
EMPTY_PARTS = ("SoDinhDanh", "DVHC", "Str", "Khac", "MatTich", "HanChe", "Giay", "NuocNgoai", "ghiChu", "quyetDinh")
TYPED = [name for name in ColumnProfile.load().sets["KS_60"].columns if not any(part in name for part in EMPTY_PARTS)]


def write_export(path: Path, profile: ColumnProfile) -> Path:
    """The template with its rows; the last number stands there twice."""
    workbook = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
    sheet = workbook.add_worksheet("KS")
    sheet.write_row(0, 0, profile.sets["KS_70"].headers)
    fields = profile.fields("KS")
    for row in range(1, ROWS + 1):
        sheet.write_row(row, 0, [cell(field, min(row, CASES)) for field in fields])
    workbook.close()
    return path


def cell(field: Field, number: int) -> str:
    own = {
        "STT": str(number),
        "so": f"{number:02}/2005",
        "quyenSo": "01/2005",
        "trangSo": str(number),
        "noiDangKy": PLACE,
    }
    if field.name in own:
        return own[field.name]
    if field.name not in TYPED:
        return ""
    if field.codes:
        return next(iter(field.codes))
    if field.kind is Kind.DATE:
        return "01.03.2005" if field.name == "ngayDangKy" else f"{1 + number % 28:02}.{1 + number % 12:02}.1980"
    return f"{number:012}" if field.kind is Kind.DIGITS else f"Hồ Thị Pi {field.name} {number % 500}"


def test_ten_thousand_rows(tmp_path: Path) -> None:
    root = Root(make_station(tmp_path / "root"))
    with Station.open(root, "tester") as station:
        book = station.book_id(BOOK)
        add_cases(station, book, numbers(1, CASES))
        export = write_export(tmp_path / "export.xlsx", station.columns)
        compared = [timed(lambda: link(Book.of(station, book), export, "tester")) for _ in range(ROUNDS)]
        applied = timed(lambda: link_book(station, book, export))
        again = timed(lambda: link(Book.of(station, book), export, "tester"))
    # The last number stands in two rows: which one is the case's is for a person to say.
    assert again[1].matched == CASES - 1
    assert again[1].agreed == (CASES - 1) * (len(TYPED) - 2)
    assert (again[1].differences, again[1].entries) == ([], [])
    fastest = min(seconds for seconds, _ in compared)
    print(
        f"\n{ROWS} rows of {len(TYPED)} filled columns: compared in {fastest:.2f} s CPU,"
        f" taken over in {applied[0]:.2f} s, compared with what was taken over in {again[0]:.2f} s"
    )
    assert max(fastest, applied[0]) < MOST_SECONDS


def timed(work: Callable[[], LinkReport]) -> tuple[float, LinkReport]:
    """CPU seconds of this process and the reader's: what it takes when nothing else runs, for they run in turn."""
    before = cpu_seconds()
    report = work()
    return cpu_seconds() - before, report


def cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
