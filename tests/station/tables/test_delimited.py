"""CSV as it comes: separators, quotes, encodings."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.errors import BadInput
from station.tables import read_tables
from station.tables.delimited import decode, read_delimited
from station.tables.reading import ReadLimits
from station.text import Legacy, clean_lines
from tests.station.text.test_legacy import written

ROWS = [["Nơi đăng ký", "Loại", "Năm"], ["Xã Hướng Phùng", "khai sinh", "2005"], ["Xã Húc Nghì", "kết hôn", "2003"]]


def text_of(rows: list[list[str]], separator: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def cells(path: Path) -> list[list[str]]:
    (table,) = read_tables(path)
    return [list(row.cells) for row in table.rows]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_separators_and_encodings_of_unicode(tmp_path: Path, separator: str, encoding: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(text_of(ROWS, separator).encode(encoding))
    (table,) = [read_delimited(path, ReadLimits())[0]]
    assert [list(row.cells) for row in table.rows] == ROWS
    assert [row.number for row in table.rows] == [1, 2, 3]


@pytest.mark.parametrize("legacy", list(Legacy))
def test_old_encodings_of_one_byte(tmp_path: Path, legacy: Legacy) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(written(text_of(ROWS, ";"), legacy).encode("latin-1"))
    assert cells(path) == ROWS
    # The same, kept as UTF-8 by a program that took it for Western text.
    path.write_bytes(written(text_of(ROWS, ";"), legacy).encode("utf-8"))
    assert cells(path) == ROWS


def test_windows_1258_and_latin_1(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(in_windows_1258(text_of(ROWS)))
    assert cells(path) == ROWS
    path.write_bytes("Lieu,Année\r\nCafé Zoë,2005\r\n".encode("latin-1"))
    assert cells(path) == [["Lieu", "Année"], ["Café Zoë", "2005"]]


def in_windows_1258(text: str) -> bytes:
    """Letters with their tone behind them, as that code page has them."""
    import unicodedata

    from station.text.folding import TONES

    content = b""
    for char in text:
        apart = unicodedata.normalize("NFD", char)
        letter = unicodedata.normalize("NFC", "".join(c for c in apart if c not in TONES))
        content += (letter + "".join(c for c in apart if c in TONES)).encode("cp1258")
    return content


def test_a_record_of_several_lines_is_one_row_as_office_programs_show_it(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text('so;ghi chú\r\n1;"kệ A; tầng 2\r\nsát tường"\r\n\r\n;\r\n2;"nói ""mất"""\r\n', encoding="utf-8")
    (table,) = read_tables(path)
    assert [(row.number, row.cells) for row in table.rows] == [
        (1, ("so", "ghi chú")),
        (2, ("1", "kệ A; tầng 2\nsát tường")),
        (5, ("2", 'nói "mất"')),
    ]


def test_the_line_that_names_the_separator_is_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("sep=;\r\nso;nam,thang\r\n1;2005,03\r\n", encoding="utf-8")
    (table,) = read_tables(path)
    assert [(row.number, row.cells) for row in table.rows] == [(1, ("so", "nam,thang")), (2, ("1", "2005,03"))]


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        ('so,nam\n1,2005\n2,"2005\n3,2005\n', "table-bad-quotes", "3"),
        ('so,nam\n1,"20"05\n', "table-bad-quotes", "2"),
        ('sep=,\r\nso,nam\r\n1,"20\r\n05"\r\n2,"2005\r\n', "table-bad-quotes", "5"),
        (
            "số,năm\nmột,2005\nhai,2006\nbốn,x".encode()[:-1] + b"\xe1,2007\n" + "năm sáu bảy tám".encode(),
            "table-encoding",
            "4",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(
    tmp_path: Path, content: str | bytes, code: str, line: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadInput) as caught:
        read_tables(path)
    assert (caught.value.code, caught.value.values["line"]) == (code, line)


@settings(max_examples=60)
@given(st.lists(st.lists(st.text(max_size=8), min_size=2, max_size=4), min_size=1, max_size=6))
def test_any_table_that_can_be_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    """Cells that begin with a letter, so that the separator of most lines is the one that was used."""
    rows = [[f"x{''.join(c for c in cell if c.isalnum() or c in ' ,;')}" for cell in row] for row in rows]
    path = tmp_path_factory.mktemp("csv") / "list.csv"
    path.write_text("sep=;\r\n" + text_of(rows, ";"), encoding="utf-8")
    (table,) = read_delimited(path, ReadLimits())
    assert [list(row.cells) for row in table.rows] == [[clean_lines(cell) for cell in row] for row in rows]


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_a_clear_refusal(content: bytes) -> None:
    try:
        assert isinstance(decode(content), str)
    except BadInput as refused:
        assert refused.code in {"table-encoding", "table-is-no-table"}  # noqa: PT017 - one of two outcomes
