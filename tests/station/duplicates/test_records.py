"""Numbers of the Ministry's records: which rows are read as which numbers, and what is told of the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.duplicates.records import import_records
from station.errors import BadInput
from station.naming import NUMBER_LAST
from station.wiring import Station
from tests.support import REGISTRY


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


def test_a_table_without_numbers_is_refused(station: Station, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        import_records(station, extract(tmp_path, "họ tên;ngày", "Hồ Thị Pi;01/02/2005"))


@given(number=st.integers(1, NUMBER_LAST), year=st.integers(1950, 2024), gap=st.sampled_from(["/", " / ", ".", "-"]))
def test_a_number_is_read_however_it_is_written(number: int, year: int, gap: str) -> None:
    from station.duplicates.records import _NUMBER

    found = _NUMBER.fullmatch(f"{number:02}{gap}{year}")
    assert found
    assert (int(found[1]), int(found[3])) == (number, year)
