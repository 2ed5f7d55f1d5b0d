"""Which sheets of a file are records, of which type, and what stands in which column."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from station.errors import BadInput
from station.link.records import column_of, read_records
from station.registers.columns import ColumnProfile
from tests.station.link.sheets import COMMON, record, write_records

PROFILE = ColumnProfile.load()


@pytest.mark.parametrize("name", [name for name in PROFILE.sets if name.startswith("KS")])
def test_a_column_set_is_recognised_by_its_headers(name: str, tmp_path: Path) -> None:
    path = write_records(tmp_path / "r.xlsx", [record(7)], sheet="Sheet1", headers=PROFILE.sets[name].headers)
    records = read_records(path, PROFILE, "KS")
    (sheet,) = records.sheets
    assert (sheet.columns.name, sheet.header_row, sheet.extra) == (name, 1, ())
    (row,) = records.records
    assert (row.cells["so"], row.row) == ("07/2005", 2)
    assert row.place("ngayDangKy").column == sheet.letters["ngayDangKy"]


@pytest.mark.parametrize(
    ("label", "column"),
    [
        ("so", "so"), ("SO", "so"), ("so i=[1]", "so"), ("so (số/năm)", "so"), ("so chứng thực", None),
        ("loaiDangKy i=[1,2,3,4,5,6]", "loaiDangKy"), ("nksHoTen họ tên con", "nksHoTen"), ("ghi chú khác", None),
        ("STT", "STT"),
    ],
)  # fmt: skip
def test_headers_are_compared_without_hints(label: str, column: str | None) -> None:
    assert column_of(label, PROFILE) == column


def test_titles_above_numbers_below_and_extra_columns_are_no_rows(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "KS"
    sheet.append(["SỔ ĐĂNG KÝ KHAI SINH"])
    sheet.append([])
    sheet.append(["STT", *COMMON, "người nhập"])
    sheet.append([f"({number})" for number in range(1, 10)])
    sheet.append([1, *record(7).values(), "Lan"])
    sheet.append([2])
    workbook.save(tmp_path / "r.xlsx")
    records = read_records(tmp_path / "r.xlsx", PROFILE, "KS")
    assert [row.row for row in records.records] == [5]
    assert records.sheets[0].extra == ("người nhập",)
    assert records.sheets[0].header_row == 3


def test_hidden_sheets_and_sheets_of_other_types_are_named_and_left_alone(tmp_path: Path) -> None:
    path = write_records(tmp_path / "r.xlsx", [record(7)])
    workbook = openpyxl.load_workbook(path)
    for name, state in (("KT", "visible"), ("old", "hidden")):
        other = workbook.create_sheet(name)
        other.append(["so", "quyenSo", "nktHoTen"])
        other.append(["01/2005", "01/2005", "Hồ Văn Pi"])
        other.sheet_state = state
    workbook.save(path)
    records = read_records(path, PROFILE, "KS")
    assert (records.hidden, records.other_types, len(records.records)) == (("old",), ("KT",), 1)
    assert [row.sheet.name for row in read_records(path, PROFILE, "KT").records] == ["KT"]
    with pytest.raises(BadInput) as refused:
        read_records(path, PROFILE, "KH")
    assert refused.value.code == "link-other-type"


def test_a_file_without_headers_is_refused(tmp_path: Path) -> None:
    path = write_records(tmp_path / "r.xlsx", [], headers=("một", "hai", "ba"))
    with pytest.raises(BadInput) as refused:
        read_records(path, PROFILE, "KS")
    assert refused.value.code == "link-no-header"


def test_a_formula_without_a_value_is_a_bad_cell(tmp_path: Path) -> None:
    path = write_records(tmp_path / "r.xlsx", [record(7, trangSo="=1+6")])
    ((place, _),) = read_records(path, PROFILE, "KS").bad
    assert (place.row, place.column) == (2, "C")
