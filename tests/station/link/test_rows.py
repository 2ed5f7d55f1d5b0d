"""What a record says of itself."""

from __future__ import annotations

import pytest

from station.link.matching import Key
from station.link.records import Record, RecordSheet
from station.link.rows import LinkRow, RowReader, find_duplicates
from station.naming import BookId
from station.registers.columns import ColumnProfile

PROFILE = ColumnProfile.load()
LETTERS = {"so": "A", "quyenSo": "B", "trangSo": "C", "ngayDangKy": "D", "nksGioiTinh": "E", "nksHoTen": "F"}
SHEET = RecordSheet("KS", PROFILE.sets["KS_70"], 1, LETTERS, (), ())


def read(cells: dict[str, str], book: str = "KS.2005.01", row: int = 2) -> LinkRow:
    book_id = BookId.parse(book, "19441")
    fields = {field.name: field for field in PROFILE.fields("KS")}
    return RowReader(fields, book_id).read(Record(SHEET, row, cells))


@pytest.mark.parametrize(
    ("cells", "key", "codes"),
    [
        ({"so": "07/2005"}, Key(2005, 7), []),
        ({"so": "7a/2005"}, Key(2005, 7, "a"), []),
        ({"so": "7 / 2005"}, Key(2005, 7), []),
        ({"so": "07"}, Key(2005, 7), ["number-without-slash"]),
        ({"so": "07-2005"}, Key(2005, 7), ["number-without-slash"]),
        ({"so": "07", "ngayDangKy": "01.03.2004"}, Key(2004, 7, "", "2004-03-01"), ["number-without-slash"]),
        ({"so": "07/2005", "ngayDangKy": "3.2006"}, Key(2005, 7, "", "2006-03"), ["year-differs"]),
        ({"so": "07/05"}, None, ["bad-number"]),
        ({"so": "0/2005"}, None, ["bad-number"]),
        ({"nksHoTen": "Pi"}, None, ["bad-number"]),
        ({"so": "07/2005", "quyenSo": "01/2005"}, Key(2005, 7), []),
        ({"so": "07/2005", "quyenSo": "01/TP-KS/2005"}, Key(2005, 7), []),
        ({"so": "07/2005", "quyenSo": "01"}, Key(2005, 7), ["book-without-slash"]),
        ({"so": "10", "quyenSo": "01/2005", "ngayDangKy": "45000"}, Key(2005, 10, "", "2023-03-15"),
         ["number-without-slash", "date-not-of-book"]),
        ({"so": "11/2023", "quyenSo": "01/2005", "ngayDangKy": "15.03.2023"}, Key(2023, 11, "", "2023-03-15"),
         ["number-not-of-book"]),
        ({"so": "07/2005", "quyenSo": "một/2005"}, Key(2005, 7), ["bad-book"]),
        ({"so": "07/2005", "ngayDangKy": "31.02.2005"}, Key(2005, 7), ["bad-date"]),
        ({"so": "07/2005", "ngayDangKy": "38412"}, Key(2005, 7, "", "2005-03-01"), []),
        ({"so": "07/2005", "ngayDangKy": "2005-03-01T08:30:00"}, Key(2005, 7, "", "2005-03-01"), []),
        ({"so": "07/2005", "trangSo": "7b", "nksGioiTinh": "9", "nksHoTen": "12"}, Key(2005, 7),
         ["bad-page", "bad-code", "bad-value"]),
    ],
)  # fmt: skip
def test_number_book_and_values(cells: dict[str, str], key: Key | None, codes: list[str]) -> None:
    row = read(cells)
    assert row.key == key
    assert [finding.code for finding in row.findings] == codes


def test_a_finding_names_sheet_row_and_column() -> None:
    (finding,) = read({"so": "07/2005", "ngayDangKy": "31.02.2005"}, row=12).findings
    told = finding.as_json()
    assert (told["sheet"], told["row"], told["column"], told["field"]) == ("KS", 12, "D", "ngayDangKy")


@pytest.mark.parametrize(
    ("cells", "own"),
    [
        ({"so": "07/2005", "quyenSo": "01/2005"}, True),
        ({"so": "07/2005"}, True),
        ({"so": "07/2005", "quyenSo": "02/2005"}, False),
        ({"so": "07/2004"}, False),
        ({"so": "07/2005", "quyenSo": "01/2006"}, False),
        ({"so": "07", "quyenSo": "01/2005", "ngayDangKy": "15.03.2023"}, True),
        ({"so": "07/2023", "quyenSo": "01/2005"}, True),
        ({"so": "07", "ngayDangKy": "15.03.2023"}, False),
        ({"nksHoTen": "Pi"}, True),
    ],
)
def test_rows_of_other_books(cells: dict[str, str], own: bool) -> None:
    row = read(cells)
    assert row.of_book(BookId.parse("19441/KS.2005.01")) is own


def test_a_book_of_several_years_takes_the_rows_of_each() -> None:
    book = "KS.2004-2005.01"
    assert read({"so": "07/2004", "quyenSo": "01/2004"}, book).of_book(BookId.parse(f"19441/{book}"))
    assert read({"so": "07"}, book).key is None


def test_a_book_of_unknown_year_takes_the_rows_that_say_no_year_either() -> None:
    book = "KS.0000.01"
    for cells in ({"so": "07"}, {"so": "07/0000", "quyenSo": "01/0000"}):
        row = read(cells, book)
        assert row.key == Key(0, 7)
        assert row.of_book(BookId.parse(f"19441/{book}"))
    other = read({"so": "07/2005", "quyenSo": "01/2005", "ngayDangKy": "2005"}, book)
    assert (other.of_book(BookId.parse(f"19441/{book}")), other.book_text) == (False, "01/2005")


def test_the_first_of_equal_numbers_is_named_by_the_others() -> None:
    rows = [read({"so": text}, row=number) for number, text in enumerate(["07/2005", "8/2005", "7/2005", "7a/2005"], 2)]
    assert [(row.record.row, first.record.row) for row, first in find_duplicates(rows)] == [(4, 2)]
