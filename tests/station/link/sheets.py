"""Workbooks of records as people deliver them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import openpyxl

COMMON = ("so", "quyenSo", "trangSo", "ngayDangKy", "noiDangKy", "nksHoTen", "nksGioiTinh")


def write_records(
    path: Path, rows: Iterable[Mapping[str, object]], *, sheet: str = "KS", headers: Sequence[str] = COMMON
) -> Path:
    """A workbook with one sheet; rows are given by the first word of each header."""
    workbook = openpyxl.Workbook()
    target = workbook.active
    assert target is not None
    target.title = sheet
    target.append(list(headers))
    for row in rows:
        target.append([row.get(header.split()[0]) for header in headers])
    workbook.save(path)
    return path


def record(number: int, year: int = 2005, **more: object) -> dict[str, object]:
    """A record that fits a book of one volume: case N stands on page N, registered on the first of March."""
    return {
        "so": f"{number:02}/{year}",
        "quyenSo": f"01/{year}",
        "trangSo": str(number),
        "ngayDangKy": f"01.03.{year}",
        "noiDangKy": "Xã Hướng Phùng, huyện Hướng Hóa, tỉnh Quảng Trị",
        "nksHoTen": f"Hồ Thị Pi {chr(64 + number % 26)}",
        "nksGioiTinh": "2",
    } | more
