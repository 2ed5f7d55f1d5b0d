"""The workbook of a book, judged by openpyxl."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from station.model import Case, Registry
from station.naming import BookId, CaseNumber
from station.registers import register_types
from station.registers.columns import ColumnProfile
from station.sealing.workbook import CODES_SHEET, CaseEntry, case_rows, write_workbook

PROFILE = ColumnProfile.load()
PLACE = "Xã Hướng Phùng, huyện Hướng Hóa, tỉnh Quảng Trị"
REGISTRY = Registry("19441", "Xã Hướng Phùng", PLACE, "xahuongphung_hhh_tqt")


def case(number: int, suffix: str = "", date: str | None = "2005-03-01", kind: str = "KS") -> Case:
    return Case(number, BookId.parse(f"19441/{kind}.2005.01"), CaseNumber(2005, number, suffix), date, ("a",))


def rows_of(*entries: CaseEntry, kind: str = "KS") -> list[dict[str, str]]:
    return case_rows(BookId.parse(f"19441/{kind}.2005.01"), REGISTRY, PROFILE, entries)


def written(path: Path, kind: str, rows: list[dict[str, str]], profile: ColumnProfile = PROFILE) -> Worksheet:
    write_workbook(path, kind, profile, rows)
    return openpyxl.load_workbook(path)[kind]


@pytest.mark.parametrize("kind", register_types())
def test_every_type_has_its_columns_as_text_under_a_blue_header(kind: str, tmp_path: Path) -> None:
    rows = rows_of(CaseEntry(case(7, kind=kind), "3", {"nguoiKy": "=A1"}, ()), kind=kind)
    sheet = written(tmp_path / "b.xlsx", kind, rows)
    assert tuple(cell.value for cell in sheet[1]) == PROFILE.set_of(kind).headers
    for cell in sheet[1]:
        assert (cell.fill.fgColor.rgb, cell.font.color.rgb) == ("FF0070C0", "FFFFFFFF")
    assert all(cell.value is None or isinstance(cell.value, str) for cell in sheet[2])
    assert {cell.number_format for cell in sheet[2]} == {"@"}
    values = dict(zip(PROFILE.set_of(kind).columns, (cell.value for cell in sheet[2]), strict=True))
    assert (values["so"], values["quyenSo"], values["trangSo"]) == ("07/2005", "01/2005", "3")
    assert values["ngayDangKy"] == "01.03.2005"
    assert values["noiCap" if kind == "HN" else "noiDangKy"] == PLACE
    assert values["nguoiKy"] == "=A1"


def test_what_was_typed_goes_before_what_the_station_offers_but_not_before_what_it_alone_knows() -> None:
    typed = {"trangSo": "12", "noiDangKy": "Xã Húc", "nksHoTen": "Pi", "so": "99/2005", "ngayDangKy": "02.02.2002"}
    (row,) = rows_of(CaseEntry(case(7), "3", typed, ()))
    assert (row["trangSo"], row["noiDangKy"], row["nksHoTen"]) == ("12", "Xã Húc", "Pi")
    assert (row["so"], row["ngayDangKy"], row["STT"]) == ("07/2005", "01.03.2005", "1")


def test_exceptions_are_noted_behind_what_was_typed() -> None:
    entries = [
        CaseEntry(case(7), "3", {"ghiChu": "Ghi bằng mực tím"}, ("damaged",)),
        CaseEntry(case(7, "a"), "3", {}, ("second-number", "no-date")),
    ]
    notes = [row["ghiChu"] for row in rows_of(*entries)]
    assert notes == ["Ghi bằng mực tím; Trang sổ bị hư hỏng", "Trùng số trong sổ gốc"]


def test_columns_with_a_code_list_take_its_codes_alone(tmp_path: Path) -> None:
    sheet = written(
        tmp_path / "b.xlsx", "KS", rows_of(CaseEntry(case(7), "3", {}, ()), CaseEntry(case(8), "4", {}, ()))
    )
    columns = PROFILE.set_of("KS").columns
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    letters = {
        name: get_column_letter(number) for number, name in enumerate(columns, 1) if PROFILE.field(name, "KS").codes
    }
    assert set(rules) == {f"{letter}2:{letter}3" for letter in letters.values()}
    sex = rules[f"{letters['nksGioiTinh']}2:{letters['nksGioiTinh']}3"]
    assert (sex.type, sex.formula1) == ("list", '"1,2,3"')
    assert "2 = Nữ" in str(sex.prompt)


def test_a_long_list_stands_on_a_hidden_sheet(tmp_path: Path) -> None:
    codes = {f"{number:05}": f"Xã {number}" for number in range(100)}
    profile = ColumnProfile(PROFILE.sets, PROFILE.lists | {"gioiTinh": codes}, PROFILE.meanings)
    sheet = written(tmp_path / "b.xlsx", "KS", [{"so": "07/2005"}], profile)
    workbook = openpyxl.load_workbook(tmp_path / "b.xlsx")
    assert workbook[CODES_SHEET].sheet_state == "hidden"
    assert [cell.value for cell in workbook[CODES_SHEET]["A"]] == list(codes)
    sources = {rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert f"{CODES_SHEET}!$A$1:$A$100" in sources


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    rows = rows_of(CaseEntry(case(7), "3", {"nksHoTen": "Hồ Thị Pi"}, ("damaged",)))
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path / name, "KS", PROFILE, rows)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
