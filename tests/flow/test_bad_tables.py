"""Every command that takes a table, with every kind of file that offices deliver: a table in each dress
read alike, a clear refusal of what is no table, nothing taken by half.
"""

from __future__ import annotations

import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from station.text.legacy import Legacy
from tests.station.tables import files
from tests.station.text.test_legacy import written
from tests.support import BOOK, Ran, draw_pages, make_station, run_here, succeed

Rows = list[list[str]]
LIST: Rows = [
    ["Nơi đăng ký", "Loại sổ", "Năm", "Quyển số", "Từ số", "Đến số", "Vị trí"],
    ["Xã Hướng Phùng", "KS", "2004", "1", "1", "50", "Kệ A, tầng 2"],
    ["Xã Hướng Phùng", "KS", "2004", "2", "51", "90", "Kệ A, ngăn dưới"],
    ["Xã Hướng Phùng", "Trăng", "2004", "3", "", "", "Kệ B"],
]
PLACE = "Xã Hướng Phùng, huyện Hướng Hóa, tỉnh Quảng Trị"
RECORDS: Rows = [
    ["so", "quyenSo", "trangSo", "ngayDangKy", "noiDangKy", "nksHoTen"],
    ["01/2005", "01/2005", "1", "01.03.2005", PLACE, "Hồ Thị Bưởi"],
    ["02/2005", "01/2005", "2", "02.03.2005", PLACE, "Nguyễn Văn Thuở"],
    ["x/2005", "01/2005", "3", "31.02.2005", PLACE, "Trần Thị Ngoãn"],
]
COMMANDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Rows]] = {
    "import": (("books", "import"), (), LIST),
    "exclude": (("books", "exclude"), (), LIST),
    "link": (("link", BOOK), ("--apply",), RECORDS),
    "records": (("duplicates", "records"), ("--registry", "19441", "--type", "KS"), RECORDS),
}


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with a book of two cases."""
    folder = tmp_path_factory.mktemp("tables")
    root = make_station(folder / "root")
    draw_pages(folder / "pages", 2)
    succeed(root, "ingest", BOOK, str(folder / "pages"), "--number", "1")
    return root


@pytest.fixture
def root(scanned: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(scanned, tmp_path / "root"))


def run(root: Path, name: str, file: Path) -> Ran:
    command, options, _ = COMMANDS[name]
    return run_here(root, "--json", *command, str(file), *options)


def content(root: Path) -> list[str]:
    """The whole catalogue but for the clock."""
    with closing(sqlite3.connect(root / "catalogue.db")) as catalogue:
        return list(catalogue.iterdump())


# The same table in every dress.


def dressed(path: Path, rows: Rows, change: Callable[[openpyxl.Workbook, Any], None] = lambda *_: None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    change(book, sheet)
    book.save(path)
    return path


def add_hidden(book: openpyxl.Workbook, _: Any) -> None:
    for name, state in (("Nháp", "hidden"), ("Cũ", "veryHidden")):
        hidden = book.create_sheet(name)
        hidden.append(["Loại sổ", "Năm", "Quyển số", "so"])
        hidden.append(["KT", "1999", "1", "9/1999"])
        hidden.sheet_state = state


def lengthen(_: openpyxl.Workbook, sheet: Any) -> None:
    """A million rows that hold a format and nothing else, as a filled-down border leaves them."""
    for row in (1_000_000, 1_048_576):
        sheet.cell(row, 3).number_format = "0.00"


def merge_title(_: openpyxl.Workbook, sheet: Any) -> None:
    """A title over the table, merged over all its columns."""
    sheet.insert_rows(1, 2)
    sheet["A1"] = "DANH SÁCH"
    sheet.merge_cells("A1:F1")


def macro(path: Path, rows: Rows) -> Path:
    return files.rewritten(dressed(path, rows), "xl/vbaProject.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1Auto_Open")


def delimited(separator: str, encoding: str, legacy: Legacy | None = None) -> Callable[[Path, Rows], Path]:
    def write(path: Path, rows: Rows) -> Path:
        quoted = [[f'"{cell}"' if separator in cell else cell for cell in row] for row in rows]
        text = "\r\n".join(separator.join(row) for row in quoted) + "\r\n"
        path.write_bytes((written(text, legacy) if legacy else text).encode(encoding))
        return path

    return write


DRESSES: dict[str, tuple[str, Callable[[Path, Rows], Path]]] = {
    "xlsx named csv": ("list.csv", dressed),
    "xlsx named xls": ("list.xls", dressed),
    "macros": ("list.xlsm", macro),
    "hidden sheets": ("list.xlsx", lambda path, rows: dressed(path, rows, add_hidden)),
    "a million empty rows": ("list.xlsx", lambda path, rows: dressed(path, rows, lengthen)),
    "a merged title": ("list.xlsx", lambda path, rows: dressed(path, rows, merge_title)),
    "ods": ("list.ods", files.spreadsheet),
    "xls": ("list.xls", lambda path, rows: files.excel_97(path, [list(row) for row in rows])),
    "csv named xlsx": ("list.xlsx", delimited(";", "utf-8-sig")),
    "csv with commas and quotes": ("list.csv", delimited(",", "utf-8-sig")),
    "csv with tabs": ("list.txt", delimited("\t", "utf-8")),
    "csv in UTF-16": ("list.csv", delimited("\t", "utf-16")),
    "csv in TCVN3": ("list.csv", delimited(";", "latin-1", Legacy.TCVN3)),
    "csv in VNI": ("list.csv", delimited(";", "latin-1", Legacy.VNI)),
}


def read(ran: Ran) -> Any:
    """What a command says of a table, apart from what depends on the dress."""
    document = ran.data
    for key in ("file", "sheets", "hidden_sheets", "sheet", "skipped", "ignored", "source"):
        document.pop(key, None)
    for finding in [*document.get("bad", []), *document.get("findings", [])]:
        for key in ("sheet", "row", "place", "first_row", "first_sheet"):
            finding.pop(key, None)
    return ran.code, document


@pytest.mark.parametrize("name", COMMANDS)
def test_a_table_is_read_alike_in_every_dress(name: str, root: Path, tmp_path: Path) -> None:
    rows = COMMANDS[name][2]
    fresh = Path(shutil.copytree(root, tmp_path / "fresh"))
    plain = read(run(fresh, name, dressed(tmp_path / "plain.xlsx", rows)))
    for dress, (file, make) in DRESSES.items():
        shutil.rmtree(fresh)
        shutil.copytree(root, fresh)
        folder = tmp_path / dress
        folder.mkdir()
        ran = run(fresh, name, make(folder / file, rows))
        assert "Traceback" not in ran.err
        assert read(ran) == plain, dress


def page_of_the_web(path: Path) -> Path:
    path.write_text("<html><table><tr><td>Nơi đăng ký</td><td>Năm</td></tr></table></html>", encoding="utf-8")
    return path


def letter(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
    return path


def bytes_of(data: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return write


REFUSED: dict[str, Callable[[Path], Path]] = {
    "password": files.encrypted,
    "truncated": files.truncated,
    "bomb": lambda path: files.zip_bomb(path, 60),
    "old letter": lambda path: files.compound(path, "WordDocument", b"x"),
    "letter": letter,
    "page of the web": page_of_the_web,
    "pdf": bytes_of(b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\n%%EOF\n"),
    "picture": bytes_of(b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 8),
    "empty": bytes_of(b""),
    "blanks": bytes_of(b"\xef\xbb\xbf \r\n;;;\r\n"),
    "open quote": bytes_of(b'so;nam\n"1;2005\n2;2005\n'),
    "half a character": bytes_of("so\nHướng".encode("utf-16")[:-1]),
    "other columns": bytes_of("Họ tên;Địa chỉ\nHồ Thị Bi;Bản 1\n".encode()),
    "no file": lambda path: path,
    "folder": lambda path: path.mkdir() or path,  # type: ignore[func-returns-value]
}


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_no_table_is_refused_whole_and_in_words(name: str, root: Path, tmp_path: Path) -> None:
    before = content(root)
    for kind, make in REFUSED.items():
        folder = tmp_path / kind
        folder.mkdir()
        ran = run(root, name, make(folder / "tệp.xlsx"))
        assert ran.code == 4, (kind, ran.code, ran.out, ran.err)
        assert "tệp.xlsx" in ran.err, kind
        assert "Traceback" not in ran.err
        assert content(root) == before, kind


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_formula_without_a_value_names_its_cell(name: str, alone: bool, root: Path, tmp_path: Path) -> None:
    rows, column = COMMANDS[name][2], "C" if name in {"import", "exclude"} else "A"

    def spoil(_: openpyxl.Workbook, sheet: Any) -> None:
        for cell in sheet[2] if alone else ():
            cell.value = None
        sheet[f"{column}2"].value = "=1+1"

    ran = run(root, name, dressed(tmp_path / "list.xlsx", rows, spoil))
    assert ran.code in {3, 4}
    findings = ran.data.get("bad") or ran.data["findings"]
    places = [(one.get("place") or one) | {"code": one["code"]} for one in findings]
    there = [one["code"] for one in places if (one["row"], one["column"]) == (2, column)]
    assert ("bad-cell" if name == "link" else "cell-formula-without-value") in there


@pytest.mark.parametrize("name", COMMANDS)
def test_formulas_filled_down_beyond_the_list_are_no_rows(name: str, root: Path, tmp_path: Path) -> None:
    """Excel keeps the empty text that they gave as their value."""
    rows = COMMANDS[name][2]
    fresh = Path(shutil.copytree(root, tmp_path / "fresh"))
    plain = read(run(fresh, name, dressed(tmp_path / "plain.xlsx", rows)))
    made = dressed(tmp_path / "list.xlsx", rows)
    with zipfile.ZipFile(made) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    filled = "".join(
        f'<row r="{row}"><c r="A{row}" t="str"><f>IF(B{row}="","",1)</f><v></v></c></row>' for row in range(9, 300)
    )
    files.rewritten(made, "xl/worksheets/sheet1.xml", sheet.replace("</sheetData>", f"{filled}</sheetData>").encode())
    assert read(run(root, name, tmp_path / "list.xlsx")) == plain


@pytest.mark.parametrize(
    "text", ["19441/KẾT.2005.01", "19441/KS.2005.0１", "xãHướngPhùng/KS.2005.01", "KS.２００５.01", "đ"]
)
def test_ids_of_books_with_strange_letters_are_refused_in_words(text: str, root: Path, tmp_path: Path) -> None:
    before = content(root)
    for words in (("books", "add", text), ("books", "show", text), ("scan", text), ("check", text), ("pack", text)):
        ran = run_here(root, *words)
        assert ran.code == 2, words
        assert "Traceback" not in ran.err
    path = dressed(tmp_path / "list.xlsx", [["Mã quyển", "Số trang"], [text, "10"], ["19441/KT.2004.01", "10"]])
    ran = run_here(root, "--json", "books", "import", str(path))
    assert (ran.code, ran.data["added"], [one["row"] for one in ran.data["bad"]]) == (4, 1, [2])
    assert len(content(root)) > len(before)
