"""A book against the Ministry's records, through the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from station.naming import CaseNumber
from station.root import Root
from station.wiring import Station
from tests.flow.typed import logged, mark, workbook_of
from tests.station.desks import add_cases, numbers
from tests.station.link.sheets import COMMON, record, write_records
from tests.support import BOOK, Ran, draw_pages, make_station, run_here, succeed


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A station whose book holds the cases 1 to 4; nobody typed anything."""
    root = make_station(tmp_path / "root")
    with Station.open(Root(root), "tester") as station:
        add_cases(station, station.book_id(BOOK), numbers(1, 4))
    return root


def link(root: Path, records: Path, *more: str) -> Ran:
    return run_here(root, "--json", "link", BOOK, str(records), *more)


def codes(ran: Ran) -> list[str]:
    return [finding["code"] for finding in ran.data["findings"]]


def typed(root: Path, number: int) -> dict[str, str]:
    document = succeed(root, "cases", "show", BOOK, "--number", str(number))
    return {field["field"]: field["value"] for field in document["fields"] if field["value"]}


def records(tmp_path: Path, *rows: dict[str, object], **more: Any) -> Path:
    return write_records(tmp_path / "records.xlsx", rows or [record(number) for number in range(1, 5)], **more)


def test_records_that_fit_flow_in_when_asked_and_only_once(root: Path, tmp_path: Path) -> None:
    file = records(tmp_path)
    looked = link(root, file)
    assert (looked.code, looked.data["matched"], looked.data["findings"], looked.data["filled"]) == (0, 4, [], 12)
    assert typed(root, 1) == {}
    applied = link(root, file, "--apply")
    assert (applied.code, applied.data["filled"]) == (0, 12)
    assert typed(root, 1)["nksHoTen"] == record(1)["nksHoTen"]
    assert succeed(root, "cases", BOOK)[0]["date"] == "2005-03-01"
    again = link(root, file, "--apply")
    assert (again.code, again.data["filled"], again.data["differences"]) == (0, 0, [])
    assert len(succeed(root, "cases", "show", BOOK, "--number", "1", "--history")) == 3


def test_rows_without_scan_and_scans_without_row(root: Path, tmp_path: Path) -> None:
    ran = link(root, records(tmp_path, record(1), record(2), record(9)))
    assert ran.code == 3
    assert codes(ran) == ["row-without-scan", "scan-without-row", "scan-without-row"]
    first, *others = ran.data["findings"]
    assert (first["sheet"], first["row"], first["number"]) == ("KS", 4, "09/2005")
    assert [finding["number"] for finding in others] == ["03/2005", "04/2005"]


def test_differences_are_shown_side_by_side_and_never_overwritten(root: Path, tmp_path: Path) -> None:
    words = ("cases", "edit", BOOK, "--number", "1", "--set", "nksHoTen=Hồ Thị Bi", "--set", "nksGioiTinh=")
    succeed(root, *words)
    ran = link(root, records(tmp_path), "--apply")
    assert ran.code == 3
    told = {
        one["field"]: (one["ours"], one["theirs"], one["by"], one["place"]["row"]) for one in ran.data["differences"]
    }
    assert told == {
        "nksHoTen": ("Hồ Thị Bi", record(1)["nksHoTen"], "tester", 2),
        "nksGioiTinh": ("", "2", "tester", 2),
    }
    assert typed(root, 1)["nksHoTen"] == "Hồ Thị Bi"
    taken = link(root, records(tmp_path), "--apply", "--take", "nksHoTen")
    assert [one["field"] for one in taken.data["differences"]] == ["nksGioiTinh"]
    assert typed(root, 1)["nksHoTen"] == record(1)["nksHoTen"]
    history = succeed(root, "cases", "show", BOOK, "--number", "1", "--history")
    names = [(one["value"], one["source"]) for one in history if one["field"] == "nksHoTen"]
    assert names == [("Hồ Thị Bi", "typed"), (record(1)["nksHoTen"], "record")]


def test_a_page_that_the_station_counted_otherwise_is_a_difference(root: Path, tmp_path: Path) -> None:
    rows = [record(number, trangSo=str(number + 1)) for number in range(1, 5)]
    ran = link(root, records(tmp_path, *rows))
    assert {(one["field"], one["by"]) for one in ran.data["differences"]} == {("trangSo", "")}
    assert link(root, records(tmp_path, *rows), "--apply", "--take", "trangSo").data["differences"] == []
    assert typed(root, 1)["trangSo"] == "2"


def test_the_place_that_the_station_fills_is_never_overwritten_silently(root: Path, tmp_path: Path) -> None:
    rows = [record(number, noiDangKy="x") for number in range(1, 5)]
    file = records(tmp_path, *rows)
    applied = link(root, file, "--apply")
    assert {(one["field"], one["theirs"], one["by"]) for one in applied.data["differences"]} == {("noiDangKy", "x", "")}
    assert "noiDangKy" not in typed(root, 1)
    shown = run_here(root, "link", BOOK, str(file))
    assert [line.split()[:2] for line in shown.out.splitlines() if "noiDangKy" in line] == [["01/2005", "(+3)"]]
    assert link(root, file, "--apply", "--take", "noiDangKy").data["differences"] == []
    assert typed(root, 1)["noiDangKy"] == "x"


def test_a_row_that_names_this_book_is_never_said_to_be_of_another(root: Path, tmp_path: Path) -> None:
    rows = [record(1), record(2, so=2, ngayDangKy=45000), record(3, so="03/2023", ngayDangKy="15.03.2023"), record(4)]
    ran = link(root, records(tmp_path, *rows))
    assert (ran.data["other_books"], ran.data["matched"]) == ({}, 3)
    told = {(finding["code"], finding["row"], finding["column"]) for finding in ran.data["findings"]}
    assert told >= {("date-not-of-book", 3, "D"), ("number-not-of-book", 4, "A"), ("row-without-scan", 4, None)}


def test_every_kind_of_fault_is_told_with_its_place(root: Path, tmp_path: Path) -> None:
    rows = [
        record(1, so="01"),
        record(2, quyenSo="01"),
        record(3, ngayDangKy="31.02.2005", trangSo="ba", nksGioiTinh="8"),
        record(4, ngayDangKy="01.03.2004"),
        record(4),
        record(5, quyenSo="02/2005"),
    ]
    ran = link(root, records(tmp_path, *rows))
    told = {(finding["code"], finding["row"], finding["column"]) for finding in ran.data["findings"]}
    assert told == {
        ("number-without-slash", 2, "A"),
        ("book-without-slash", 3, "B"),
        ("bad-page", 4, "C"),
        ("bad-date", 4, "D"),
        ("bad-code", 4, "G"),
        ("year-differs", 5, "A"),
        ("duplicate-number", 6, "A"),
        ("row-unclear", 5, None),
        ("row-unclear", 6, None),
    }
    assert ran.data["other_books"] == {"02/2005": 1}
    assert ran.data["matched"] == 3


def test_a_number_in_a_row_of_another_book_is_a_duplicate_too(root: Path, tmp_path: Path) -> None:
    rows = [record(number) for number in range(1, 5)]
    ran = link(root, records(tmp_path, *rows, record(4, quyenSo="02/2005")))
    assert codes(ran) == ["duplicate-number"]
    assert ran.data["findings"][0]["first_row"] == 5
    assert ran.data["matched"] == 4


def test_missing_required_columns_and_extra_ones(root: Path, tmp_path: Path) -> None:
    headers = [name for name in COMMON if name != "quyenSo"] + ["người nhập"]
    ran = link(root, records(tmp_path, headers=headers))
    assert [(finding["code"], finding["field"]) for finding in ran.data["findings"]] == [("missing-column", "quyenSo")]
    assert ran.data["sheets"][0]["extra"] == ["người nhập"]
    assert ran.data["matched"] == 4


def test_empty_cells_of_a_required_column_are_one_finding_with_their_rows(root: Path, tmp_path: Path) -> None:
    empty = record(2, nksHoTen=None, trangSo=None)
    rows = [record(1), empty, record(3, nksHoTen=" "), record(4, nksHoTen="=1+1", nksGioiTinh=None)]
    file = records(tmp_path, *rows, record(5, quyenSo="02/2005", nksHoTen=None))
    ran = link(root, file)
    told = [(one["code"], one["column"], one["row"], one.get("rows")) for one in ran.data["findings"]]
    assert told == [("empty-cell", "C", 3, [3]), ("empty-cell", "F", 3, [3, 4]), ("bad-cell", "F", 5, None)]
    [line] = [line for line in run_here(root, "link", BOOK, str(file)).out.splitlines() if "KS!F3" in line]
    assert "nksHoTen is empty in rows 3, 4." in line


def test_many_empty_cells_are_told_by_the_first_of_them(root: Path, tmp_path: Path) -> None:
    file = records(tmp_path, *(record(number, nksHoTen=None) for number in range(1, 200)))
    [line] = [line for line in run_here(root, "link", BOOK, str(file)).out.splitlines() if "nksHoTen" in line]
    assert "in rows 2, 3, 4 … (199)" in line


def test_two_cases_with_one_number_meet_their_rows_by_date(root: Path, tmp_path: Path) -> None:
    with Station.open(Root(root), "tester") as station:
        add_cases(station, station.book_id(BOOK), [CaseNumber(2005, 4, "a")])
    succeed(root, "cases", "date", BOOK, "--number", "4", "--date", "2005-03-01")
    succeed(root, "cases", "date", BOOK, "--number", "4a", "--date", "2005-05-05")
    rows = [record(number) for number in range(1, 5)]
    file = records(tmp_path, *rows, record(4, ngayDangKy="05.05.2005", trangSo="5", nksHoTen="Vi"))
    ran = link(root, file, "--apply")
    assert (ran.data["matched"], codes(ran)) == (5, ["duplicate-number"])
    assert typed(root, 4)["nksHoTen"] == record(4)["nksHoTen"]
    document = succeed(root, "cases", "show", BOOK, "--number", "4a")
    assert {field["value"] for field in document["fields"]} >= {"Vi"}


@pytest.mark.parametrize(
    ("content", "error"), [(b"", "table-empty"), (b"a;b;c\n1;2;3\n", "link-no-header"), (None, "no-such-path")]
)
def test_a_file_that_is_no_records_ends_with_4(content: bytes | None, error: str, root: Path, tmp_path: Path) -> None:
    file = tmp_path / "records.csv"
    if content is not None:
        file.write_bytes(content)
    ran = link(root, file, "--apply")
    assert (ran.code, ran.data["error"]) == (4, error)


def test_records_of_another_type_are_refused(root: Path, tmp_path: Path) -> None:
    file = write_records(tmp_path / "r.xlsx", [record(1)], sheet="KT", headers=("so", "quyenSo", "nktHoTen"))
    assert link(root, file).data["error"] == "link-other-type"


def test_records_as_csv_with_semicolons(root: Path, tmp_path: Path) -> None:
    lines = [";".join(COMMON), *(";".join(map(str, record(number).values())) for number in range(1, 5))]
    file = tmp_path / "records.csv"
    file.write_text("\n".join(lines), encoding="utf-8-sig")
    assert (link(root, file).code, link(root, file).data["matched"]) == (0, 4)


def test_take_needs_apply_and_a_field_that_people_type(root: Path, tmp_path: Path) -> None:
    file = records(tmp_path)
    assert link(root, file, "--take", "nksHoTen").data["error"] == "take-needs-apply"
    assert link(root, file, "--apply", "--take", "so").data["error"] == "field-of-station"


def test_what_is_said_to_a_person_holds_no_value(root: Path, tmp_path: Path) -> None:
    succeed(root, "cases", "edit", BOOK, "--number", "1", "--set", "nksHoTen=Hồ Thị Bi")
    ran = run_here(root, "link", BOOK, str(records(tmp_path)))
    assert ran.code == 3
    assert "Hồ Thị Bi" in ran.out
    assert "Hồ Thị" not in ran.err
    assert "Hồ Thị" not in logged(root)


def test_the_workbook_of_a_bag_links_to_its_own_book_without_a_finding(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    draw_pages(tmp_path / "pages", 2)
    succeed(root, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    mark(root, 2, "damaged")
    file = records(tmp_path, record(1, trangSo="12", ghiChu="Ghi bằng mực tím"), record(2), headers=[*COMMON, "ghiChu"])
    link(root, file, "--apply", "--take", "trangSo")
    succeed(root, "pack", BOOK)
    one, two = workbook_of(root)
    assert (one["nksHoTen"], one["trangSo"], one["ghiChu"]) == (record(1)["nksHoTen"], "12", "Ghi bằng mực tím")
    assert two["ghiChu"] == "Trang sổ bị hư hỏng"
    (bag,) = (root / "bags").glob("*/data/*.xlsx")
    assert openpyxl.load_workbook(bag).sheetnames == ["KS"]
    ran = link(root, bag)
    assert (ran.code, ran.data["matched"], ran.data["filled"]) == (0, 2, 0)
    assert link(root, bag, "--apply").code == 2
