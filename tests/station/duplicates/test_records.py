"""Numbers of the Ministry's records: which rows are read as which numbers, and what is told of the others."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.duplicates.records import alike, import_records
from station.errors import BadInput
from station.naming import NUMBER_LAST
from station.registers.columns import ColumnProfile
from station.wiring import Station
from tests.station.link.sheets import record, write_records
from tests.station.tables import files
from tests.support import REGISTRY

COLUMNS = ColumnProfile.load()


def extract(path: Path, *rows: str) -> Path:
    file = path / "extract.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("rows", "numbers", "bad"),
    [
        (("số;loại sổ", "07/2005;KS", "08.2005;KH"), 2, []),
        (("số;năm;loại sổ", "7;2005;KS", "8a;2005;KS"), 2, []),
        (("số đầu;số cuối;năm;loại sổ", "1;40;2005;KS"), 40, []),
        (("số;loại sổ", "07/2005;KS", "0/2005;KS", "x;KS", "09/2005;??"), 1, [3, 4, 5]),
        (("số đầu;số cuối;năm;loại sổ", "40;1;2005;KS"), 0, [2]),
        (("số;loại sổ", "7;KS"), 0, [2]),
        (("số;quyển số;loại sổ", "7;1/2005;KS", "8;01/2004-2005;KS"), 1, [3]),
        (('số;"loại sổ\n(mã)"', "07/2005;KS", "x;KS"), 1, [3]),
    ],
)
def test_rows(station: Station, tmp_path: Path, rows: tuple[str, ...], numbers: int, bad: list[int]) -> None:
    report = import_records(station, extract(tmp_path, *rows))
    assert (report.numbers, report.added, [one.row for one in report.bad]) == (numbers, numbers, bad)
    assert import_records(station, extract(tmp_path, *rows)).added == 0


def test_what_the_rows_do_not_say_the_person_says(station: Station, tmp_path: Path) -> None:
    file = extract(tmp_path, "số", "07/2005")
    assert [one.code for one in import_records(station, file).bad] == ["records-need-type"]
    assert import_records(station, file, REGISTRY, "KS").added == 1


def test_what_the_sheets_say_goes_before_what_the_person_says(station: Station, tmp_path: Path) -> None:
    file = files.workbook(tmp_path / "r.xlsx", ("KH_70", [["số"], ["07/2005"]]), ("1", [["số"], ["08/2005"]]))
    import_records(station, file, REGISTRY, "KS")
    assert recorded(station) == [(REGISTRY, "KH", 7), (REGISTRY, "KS", 8)]


def recorded(station: Station) -> list[tuple[str, str, int]]:
    """Registry, type and number of what is recorded."""
    with closing(sqlite3.connect(station.root.path / "catalogue.db")) as catalogue:
        return list(catalogue.execute("select registry, type, number from recorded_number order by 1, 2, 3"))


@pytest.mark.parametrize("name", [name for name in COLUMNS.sets if name != "OTHER"])
def test_a_column_set_says_its_type(name: str, station: Station, tmp_path: Path) -> None:
    row = record(7, noiDangKy="UBND xã Hướng Phùng, huyện Hướng Hóa")
    file = write_records(tmp_path / "r.xlsx", [row], sheet="Sheet1", headers=COLUMNS.sets[name].headers)
    assert import_records(station, file).bad == []
    assert recorded(station) == [(REGISTRY, name.partition("_")[0], 7)]


def test_columns_that_several_sets_have_say_no_type(station: Station, tmp_path: Path) -> None:
    headers = ("so", "quyenSo", "trangSo", "ngayDangKy")
    file = write_records(tmp_path / "r.xlsx", [record(7)], sheet="Sheet1", headers=headers)
    assert [one.code for one in import_records(station, file).bad] == ["records-need-type"]
    assert import_records(station, file, kind="KS").added == 1


@pytest.mark.parametrize(
    ("cells", "year"),
    [
        ({"so": "7", "ngayDangKy": "01.03.2005", "quyenSo": "01"}, 2005),
        ({"so": "7", "ngayDangKy": "", "quyenSo": "01/2005"}, 2005),
        ({"so": "7", "ngayDangKy": "01.03.2005", "quyenSo": "01/2003-2006"}, 2005),
        ({"so": "7", "ngayDangKy": "01.03.2006", "quyenSo": "01/2005"}, None),
        ({"so": "7", "ngayDangKy": "x", "quyenSo": "01"}, None),
    ],
)
def test_the_year_of_a_number_without_one(
    station: Station, tmp_path: Path, cells: dict[str, Any], year: int | None
) -> None:
    report = import_records(station, write_records(tmp_path / "r.xlsx", [record(1), record(2, **cells)]))
    bad = [(one.row, one.column, one.code, one.values) for one in report.bad]
    assert bad == ([] if year else [(3, "A", "records-need-year", {"text": "7"})])
    assert report.numbers == 1 + (year is not None)


def test_rows_in_which_the_same_is_wrong_are_told_together(station: Station, tmp_path: Path) -> None:
    rows = [record(number, noiDangKy=f"Xã Không Đâu {number}") for number in range(1, 40)]
    bad = import_records(station, write_records(tmp_path / "r.xlsx", [*rows, record(40, so="x")])).bad
    assert [(group[0].code, len(group)) for group in alike(bad)] == [("registry-unknown", 39), ("bad-number", 1)]


def test_a_table_without_numbers_is_refused(station: Station, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        import_records(station, extract(tmp_path, "họ tên;ngày", "Hồ Thị Pi;01/02/2005"))


@given(number=st.integers(1, NUMBER_LAST), year=st.integers(1950, 2024), gap=st.sampled_from(["/", " / ", ".", "-"]))
def test_a_number_is_read_however_it_is_written(number: int, year: int, gap: str) -> None:
    from station.duplicates.records import _NUMBER

    found = _NUMBER.fullmatch(f"{number:02}{gap}{year}")
    assert found
    assert (int(found[1]), int(found[3])) == (number, year)
