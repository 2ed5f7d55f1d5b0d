"""Runs of missing numbers are one line, two sides are said once, and nothing goes unsaid."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from station.books.cases import read_numbers
from station.finding_groups import grouped
from station.naming import BookId, CaseNumber
from tests.support import BOOK

OTHER = "19441/KS.2005.02"


def gap(value: int, year: int = 2005, code: str = "gap", **more: Any) -> dict[str, Any]:
    number = str(CaseNumber(year, value))
    mend = f"station cases missing {BOOK} --number {number}"
    return {"book": BOOK, "code": code, "subject": number, "blocking": True, "mend": mend} | more


@given(st.sets(st.integers(1, 60)))
def test_the_lines_name_exactly_the_missing_numbers(values: set[int]) -> None:
    lines = grouped(gap(value) for value in sorted(values))
    book = BookId.parse(BOOK)
    named = [number.value for line in lines for number in read_numbers(line.get("span", line["subject"]), book)]
    assert named == sorted(values)
    runs = sum(value - 1 not in values for value in values)
    assert len(lines) == runs
    assert all(line["code"] == ("gaps" if "span" in line else "gap") for line in lines)


def test_a_run_ends_where_something_else_is_to_be_said() -> None:
    apart = [gap(1), gap(2, 2006), gap(3, 2006, code="gap-between"), gap(4, 2006, code="gap-between", other=OTHER)]
    assert grouped(apart) == apart
    second = [gap(1), gap(2, only="02a/2005"), gap(3)]
    assert grouped(second) == second
    (line,) = grouped([gap(98), gap(99), gap(100)])
    assert (line["count"], line["first_missing"], line["last"], line["span"]) == (
        3,
        "98/2005",
        "100/2005",
        "98-100/2005",
    )
    assert line["mend"].endswith("98/2005")


def test_a_book_scanned_twice_is_said_from_one_side() -> None:
    same = {"code": "same-book", "blocking": True, "mend": ""}
    here, there = same | {"book": BOOK, "subject": BOOK, "other": OTHER}, same | {
        "book": OTHER, "subject": OTHER, "other": BOOK,
    }  # fmt: skip
    assert grouped([here, there]) == [here]
    assert grouped([there]) == [there]


def test_a_run_of_excluded_numbers_has_one_command_for_all_of_them() -> None:
    def excluded(value: int, page: str, **more: Any) -> dict[str, Any]:
        values = {"pages": [page], "others": "", "reason": "r", "source": "s"} | more
        mend = f"station pages discard {page} --why WHY"
        accept = f"station books include {BOOK} --numbers {CaseNumber(2005, value)} --checker NAME"
        return gap(value, code="number-excluded", accept=accept, **values) | {"mend": mend}

    (line,) = grouped([excluded(10, "pa"), excluded(11, "pb"), excluded(12, "pb"), excluded(13, "pc")])
    assert (line["code"], line["span"], line["pages"]) == ("numbers-excluded", "10-13/2005", ["pa", "pb", "pc"])
    assert line["mend"] == "station pages discard pa pb pc --why WHY"
    assert line["accept"] == f"station books include {BOOK} --numbers 10-13/2005 --checker NAME"
    apart = [excluded(1, "pa"), excluded(2, "pb", others="03"), excluded(4, "pc"), excluded(5, "pd", source="t")]
    assert grouped(apart) == apart
