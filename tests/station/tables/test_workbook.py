"""Workbooks of every kind become text with its place; what is unsafe or broken is refused with its reason."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from station.errors import BadInput
from station.tables import BadCell, ReadLimits, read_tables
from tests.station.tables import files

ROWS = [["Số", "Năm"], ["1", "2005"], ["2", "2006"]]


def cells(path: Path) -> list[list[str]]:
    (table,) = read_tables(path)
    return [list(row.cells) for row in table.rows]


def refusal(path: Path, limits: ReadLimits | None = None) -> str:
    with pytest.raises(BadInput) as caught:
        read_tables(path, limits)
    assert caught.value.values["file"] == path.name
    return caught.value.code


@pytest.mark.parametrize("name", ["list.xlsx", "list.xls", "list.ods", "list.csv", "list"])
def test_a_workbook_is_known_by_its_content_under_any_name(tmp_path: Path, name: str) -> None:
    assert cells(files.workbook(tmp_path / name, ("S", ROWS))) == ROWS
    assert cells(files.spreadsheet(tmp_path / name, ROWS)) == ROWS
    assert cells(files.excel_97(tmp_path / name, [["Số", "Năm"], ["1", 2005.0], ["2", 2006.0]])) == ROWS


def test_numbers_and_dates_come_as_people_see_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    midnight = datetime(2005, 3, 1)  # noqa: DTZ001 - a cell knows no zone
    sheet.append([1, 1.0, "01", 1.5, 2005, True, date(2005, 3, 1), midnight, " a \n b ", "x\u00a0 y"])
    book.save(tmp_path / "values.xlsx")
    expected = ["1", "1", "01", "1.5", "2005", "TRUE", "2005-03-01", "2005-03-01", "a\nb", "x y"]
    assert cells(tmp_path / "values.xlsx") == [expected]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<table:table-cell><text:p>Số</text:p></table:table-cell>", "Số"),
        ("<table:table-cell><text:p>a</text:p><text:p>b</text:p></table:table-cell>", "a\nb"),
        ('<table:table-cell table:formula="A1>2" office:value-type="float"><text:p>7</text:p></table:table-cell>', "7"),
        ('<table:table-cell office:value="7" office:value-type="float"><text:p>7,0</text:p></table:table-cell>', "7"),
        ("<table:table-cell><office:annotation><text:p>x</text:p></office:annotation></table:table-cell>", ""),
        ('<table:table-cell table:style-name="ce1"/>', ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("parts", [("mimetype", "META-INF/manifest.xml"), ()])
def test_a_document_of_a_program_that_writes_no_types_is_read_as_office_programs_show_it(
    tmp_path: Path, cell: str, text: str, parts: tuple[str, ...]
) -> None:
    path = files.spreadsheet(tmp_path / "list.ods", [["Năm"]])
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in (*parts, "content.xml")}
    content = kept["content.xml"].decode().replace("<table:table-row>", f"<table:table-row>{cell}")
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (kept | {"content.xml": content.encode()}).items():
            archive.writestr(name, data)
    assert cells(path) == [[text, "Năm"]]


def test_a_letter_of_an_office_program_is_no_table(tmp_path: Path) -> None:
    path = files.spreadsheet(tmp_path / "letter.ods", ROWS)
    assert refusal(files.rewritten(path, "mimetype", b"application/vnd.oasis.opendocument.text")) == "table-is-no-table"


def test_the_technical_cause_of_a_refusal_stands_in_the_log_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = files.workbook(tmp_path / "bad.xlsx", ("S", ROWS))
    for damaged, cause in (
        (files.truncated(tmp_path / "half.xlsx"), "BadZipFile"),
        (files.rewritten(path, "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row"), "XmlError"),
    ):
        with pytest.raises(BadInput) as caught:
            read_tables(damaged)
        assert caught.value.values == {"file": damaged.name}
        assert cause in caplog.text


def test_rows_and_columns_are_counted_as_the_program_shows_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["C5"], sheet["D9"] = "số", "7"
    book.save(tmp_path / "far.xlsx")
    (table,) = read_tables(tmp_path / "far.xlsx")
    assert [(row.number, row.cells) for row in table.rows] == [(5, ("", "", "số")), (9, ("", "", "", "7"))]


def test_hidden_sheets_are_named_and_not_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name, state in (("Danh sách", "visible"), ("Nháp", "hidden"), ("Sâu", "veryHidden")):
        sheet = book.create_sheet(name)
        sheet.append(["so"])
        sheet.sheet_state = state
    del book["Sheet"]
    book.save(tmp_path / "hidden.xlsx")
    tables = read_tables(tmp_path / "hidden.xlsx")
    assert [(table.sheet, table.hidden, len(table.rows)) for table in tables] == [
        ("Danh sách", False, 1),
        ("Nháp", True, 0),
        ("Sâu", True, 0),
    ]


def test_formulas_give_what_was_last_computed_or_are_bad_cells(tmp_path: Path) -> None:
    computed = files.workbook(tmp_path / "computed.xlsx", ("S", [["so"]]))
    formula = '<row r="1"><c r="A1"><f>1+6</f><v>7</v></c><c r="B1" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    (table,) = read_tables(files.rewritten(computed, "xl/worksheets/sheet1.xml", files.sheet_of(formula)))
    assert table.rows[0].cells == ("7",)
    assert table.bad == {(1, 1): BadCell.ERROR}
    (table,) = read_tables(files.with_formula_without_value(tmp_path / "uncomputed.xlsx"))
    assert [row.cells for row in table.rows][1:] == [("1", "2005"), ("", "2005")]
    assert table.bad == {(3, 0): BadCell.NO_VALUE}


def test_macros_are_cargo(tmp_path: Path) -> None:
    path = files.workbook(tmp_path / "macro.xlsm", ("S", ROWS))
    assert cells(files.rewritten(path, "xl/vbaProject.bin", b"Sub Auto_Open()")) == ROWS


def test_text_typed_in_old_fonts_is_converted_in_each_sheet(tmp_path: Path) -> None:
    old = [["X· H\u00adíng Phïng", "khai sinh"], ["X· Tµ Rôt", "Tó"]]
    tables = read_tables(files.workbook(tmp_path / "old.xlsx", ("1", old), ("2", [["Xã Tà Rụt", "Tó"]])))
    assert [row.cells for row in tables[0].rows] == [("Xã Hướng Phùng", "khai sinh"), ("Xã Tà Rụt", "Tú")]
    assert [row.cells for row in tables[1].rows] == [("Xã Tà Rụt", "Tó")]
    assert [table.encoding for table in tables] == ["tcvn3", None]


def test_a_million_empty_rows_are_no_rows(tmp_path: Path) -> None:
    path = files.workbook(tmp_path / "long.xlsx", ("S", ROWS))
    styled = "".join(f'<row r="{n}"><c r="A{n}" s="0"/><c r="B{n}" s="0"/></row>' for n in range(2, 1_000_001))
    body = f'<row r="1"><c r="A1"><v>1</v></c></row>{styled}'
    assert cells(files.rewritten(path, "xl/worksheets/sheet1.xml", files.sheet_of(body))) == [["1"]]


def test_a_cell_at_the_far_end_ends_the_reader_and_not_the_station(tmp_path: Path) -> None:
    path = files.workbook(tmp_path / "far.xlsx", ("S", ROWS))
    body = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert refusal(files.rewritten(path, "xl/worksheets/sheet1.xml", files.sheet_of(body))) == "table-too-large"


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    assert refusal(files.zip_bomb(tmp_path / "bomb.xlsx", 60)) == "table-bomb"


def test_a_zip_that_lies_of_its_size_meets_the_limits(tmp_path: Path) -> None:
    path = files.zip_bomb(tmp_path / "liar.xlsx", 60)
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    path.write_bytes(path.read_bytes().replace(size.to_bytes(4, "little"), (5000).to_bytes(4, "little")))
    assert refusal(path) in {"table-damaged", "table-too-large"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "table-empty"),
        (b" \r\n", "table-empty"),
        (b"<html><table><tr><td>so</td></tr></table></html>", "table-is-markup"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?><Workbook/>", "table-is-markup"),
        (b"%PDF-1.4\n\x00\x01\x02", "table-is-no-table"),
        (b"\xff\xd8\xff\xe0" + bytes(range(256)), "table-is-no-table"),
        (b"PK\x03\x04" + bytes(100), "table-damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "table-old-office"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(content)
    assert refusal(path) == code


def test_a_password_a_broken_file_and_another_document_are_told_apart(tmp_path: Path) -> None:
    assert refusal(files.encrypted(tmp_path / "locked.xlsx")) == "table-password"
    assert refusal(files.truncated(tmp_path / "half.xlsx")) == "table-damaged"
    with zipfile.ZipFile(tmp_path / "letter.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refusal(tmp_path / "letter.xlsx") == "table-is-no-table"
    damaged = files.workbook(tmp_path / "bad.xlsx", ("S", ROWS))
    files.rewritten(damaged, "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row")
    assert refusal(damaged) == "table-damaged"


def test_the_limits_hold(tmp_path: Path) -> None:
    path = files.workbook(tmp_path / "rows.xlsx", ("S", [[str(number)] for number in range(50)]))
    assert refusal(path, ReadLimits(rows=20)) == "table-too-large"
    assert refusal(path, ReadLimits(seconds=0.001)) == "table-too-slow"
    assert len(cells(path)) == 50


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read_tables(tmp_path / "none.xlsx")
    assert caught.value.code == "no-such-path"
