"""The printed sheet: one page a book, what stands on it as text, the same bytes each time."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest

from station.covers.code import code_of
from station.covers.sheet import CoverSheet, draw_sheets
from station.errors import UsageError
from station.model import Book, Registry
from station.naming import BookId
from tests.support import BOOK, make_station, run_here, run_station, succeed

REGISTRY = Registry("19441", "Xã Hướng Phùng", "Xã Hướng Phùng, huyện Hướng Hóa, tỉnh Quảng Trị", "x")
SHELF = "Kệ ằẳẵ Ộ ữ Đ, ngăn 2"


def sheets() -> list[CoverSheet]:
    first = Book(BookId.parse(BOOK), first_number=1, last_number=120, pages_expected=62, shelf=SHELF)
    return [CoverSheet(first, REGISTRY), CoverSheet(Book(BookId.parse("19441/KH.?.03")), REGISTRY)]


def text_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def test_a_sheet_says_in_letters_which_book_it_is() -> None:
    first, second = text_of(draw_sheets(sheets()))
    for text in ("Xã Hướng Phùng", "khai sinh", "2005", "01", "1 - 120", "62", SHELF, code_of(BookId.parse(BOOK))):
        assert text in first
    assert "kết hôn" in second
    assert SHELF not in second


def test_the_same_sheets_are_the_same_bytes() -> None:
    assert draw_sheets(sheets()) == draw_sheets(sheets())


def test_a_missing_font_is_said_with_its_package(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        draw_sheets(sheets(), tmp_path)
    assert refused.value.values["package"] == "fonts-dejavu-core"


def test_the_command_prints_what_was_asked_for(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    succeed(root, "books", "add", "KH.2006.01")
    file = tmp_path / "covers.pdf"
    assert succeed(root, "covers", "KH.2006.01", BOOK, "-o", str(file))["books"] == ["19441/KH.2006.01", BOOK]
    assert len(text_of(file.read_bytes())) == 2
    assert succeed(root, "covers", "--type", "khai sinh", "-o", str(file))["books"] == [BOOK]
    assert succeed(root, "covers", "--all", "-o", str(file))["books"] == ["19441/KH.2006.01", BOOK]
    again = tmp_path / "again.pdf"
    assert run_station(root, "covers", "--all", "-o", str(again)).code == 0
    assert again.read_bytes() == file.read_bytes()
    for words in ((), (BOOK, "--all"), ("--year", "1999"), ("KS.1999.01",)):
        assert run_here(root, "covers", *words, "-o", str(tmp_path / "none.pdf")).code == 2
    assert not (tmp_path / "none.pdf").exists()
