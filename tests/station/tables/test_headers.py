"""Finding the header, and reading numbers and dates as they are typed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.tables import Row, Table, column_letters, find_header, read_date, whole_number
from station.tables.model import column_number

FIELDS = {"số": "number", "năm": "year", "quyển": "volume", "số đầu": "first", "số cuối": "last"}


def table(*rows: list[str], merged: tuple[tuple[int, int, int, int], ...] = ()) -> Table:
    return Table(
        "S", tuple(Row(number, tuple(cells)) for number, cells in enumerate(rows, 1) if any(cells)), merged=merged
    )


def recognise(label: str) -> str | None:
    return FIELDS.get(label.lower())


@given(st.permutations(["Số", "Năm", "Quyển", "khác"]), st.integers(0, 10))
def test_a_header_is_found_below_titles_in_any_order_of_columns(labels: list[str], above: int) -> None:
    made = table(*[["DANH SÁCH", "Số"]] * above, labels, ["1", "2", "3", "4"])
    header = find_header(made, recognise)
    assert header is not None
    assert made.rows[header.row].cells == tuple(labels)
    assert header.columns == {FIELDS[label.lower()]: n for n, label in enumerate(labels) if label != "khác"}
    assert list(header.extra.values()) == ["khác"]


def test_merged_labels_above_go_before_those_below() -> None:
    made = table(["Năm", "Số", "", ""], ["", "đầu", "cuối", ""], ["2005", "1", "9"], merged=((1, 1, 1, 2),))
    header = find_header(made, recognise)
    assert header is not None
    assert header.row == 1
    assert header.columns == {"year": 0, "first": 1, "last": 2}


def test_where_two_rows_say_nothing_together_the_lower_label_counts_alone() -> None:
    made = table(
        ["Năm", "Số lượng", "", "x"], ["", "Số đầu", "Số cuối", ""], ["2005", "1", "9"], merged=((1, 1, 1, 2),)
    )
    header = find_header(made, recognise)
    assert header is not None
    assert header.columns == {"year": 0, "first": 1, "last": 2}
    assert header.extra == {3: "x"}


def test_a_file_without_merged_cells_has_its_upper_labels_over_those_at_their_right() -> None:
    made = table(["Năm", "Số", "", "", "Quyển"], ["", "đầu", "cuối", "", ""], ["2005", "1", "9", "x", "1"])
    header = find_header(made, recognise)
    assert header is not None
    assert header.columns == {"year": 0, "first": 1, "last": 2, "volume": 4}


def test_a_label_that_stands_twice_is_told() -> None:
    header = find_header(table(["Số", "Năm", "số"], ["1", "2", "3"]), recognise)
    assert header is not None
    assert (header.columns["number"], header.doubled) == (0, ("number",))


def test_without_known_labels_there_is_no_header() -> None:
    assert find_header(table(["Số", "x"], ["1", "2"]), recognise) is None
    assert find_header(table(), recognise) is None


@given(st.integers(0, 16383))
def test_columns_have_names(column: int) -> None:
    assert column_number(column_letters(column)) == column
    assert column_letters(column).isalpha()


def test_names_of_columns() -> None:
    assert [column_letters(number) for number in (0, 25, 26, 16383)] == ["A", "Z", "AA", "XFD"]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1", 1), ("01", 1), ("1.0", 1), (" 12 ", 12), ("1,00", 1), ("", None), (" ", None), ("1.000", 1000),
        ("1.050", 1050), ("12,345", 12345), ("1.234.567", 1234567), ("1.0000", 1),
    ],
)  # fmt: skip
def test_whole_numbers(typed: str, number: int | None) -> None:
    assert whole_number(typed) == number


@pytest.mark.parametrize(
    "typed", ["1.5", "một", "-1", "1 2", "१", "12345678901", "1.05", "0.125", "1.234,567", "1234.567"]
)
def test_what_is_no_whole_number(typed: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        whole_number(typed)


@pytest.mark.parametrize(
    ("typed", "iso"),
    [
        ("2005-03-01", "2005-03-01"), ("2005-03-01T00:00:00", "2005-03-01"), ("1/3/2005", "2005-03-01"),
        ("01.03.2005", "2005-03-01"), ("1 - 3 - 2005", "2005-03-01"), ("03.2005", "2005-03"), ("2005-03", "2005-03"),
        ("2005", "2005"), ("38412", "2005-03-01"), ("", None),
    ],
)  # fmt: skip
def test_dates(typed: str, iso: str | None) -> None:
    assert read_date(typed) == iso


@pytest.mark.parametrize("typed", ["30.02.2005", "13.2005", "tháng ba", "1/3/05", "2005-13", "123"])
def test_what_is_no_date(typed: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_date(typed)


@given(st.dates(date(1930, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_in_every_way(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    for typed in (day.isoformat(), f"{day.day}/{day.month}/{day.year}", f"{day:%d.%m.%Y}", str(serial), f"{serial}.0"):
        assert read_date(typed) == day.isoformat()
