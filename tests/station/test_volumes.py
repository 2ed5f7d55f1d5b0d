"""A second volume without a first one is told of, once, with the command that adds it."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from station.completeness.volumes import check_volumes
from station.model import Book
from station.naming import BookId
from tests.support import make_station, run_here, succeed

SECOND = "19441/KS.2005.02"


def books(years: tuple[int, int], *volumes: int) -> list[Book]:
    return [Book(BookId("19441", "KS", *years, volume)) for volume in volumes]


def told(book: Book, among: list[Book], *settled: int) -> str:
    found = list(check_volumes(book, among, lambda one: one.volume in settled))
    assert not any(finding.blocking for finding in found)
    return ";".join(str(finding.values["volumes"]) for finding in found)


@given(st.sets(st.integers(1, 99), min_size=1), st.sets(st.integers(1, 99)))
def test_each_missing_volume_below_the_last_one_is_told_of_exactly_once(listed: set[int], settled: set[int]) -> None:
    among = books((2005, 2005), *sorted(listed))
    said = ",".join(filter(None, (told(book, among, *settled) for book in among)))
    slow = [number for number in range(1, max(listed)) if number not in listed and number not in settled]
    assert [int(text) for text in said.split(",") if text.strip()] == slow


def test_a_volume_of_several_years_counts_in_each_of_them() -> None:
    (long,), (later,) = books((2004, 2006), 1), books((2006, 2006), 2)
    assert told(later, [long, later]) == ""
    (other,) = books((2007, 2007), 2)
    assert told(other, [long, later, other]) == "01"


def test_books_without_a_year_say_nothing() -> None:
    (book,) = books((0, 0), 3)
    assert told(book, [book]) == ""


def test_the_check_says_it_until_the_volume_is_listed_or_excluded(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", SECOND)

    def missing(*words: str) -> list[tuple[str, str]]:
        ran = run_here(root, "--json", "check", *words)
        return [(one["subject"], one["mend"]) for one in ran.data if one["code"] == "volume-missing"]

    expected = [(SECOND, "station books add 19441/KS.2005.01")]
    assert missing() == missing(SECOND) == expected
    assert "no volume 01" in run_here(root, "check").out
    done = tmp_path / "done.csv"
    done.write_text("registry,type,year,book\n19441,KS,2005,01\n")
    succeed(root, "books", "exclude", str(done))
    assert missing() == missing(SECOND) == []


def test_adding_the_volume_settles_it(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", SECOND)
    succeed(root, "books", "add", "KS.2005.01")
    found = run_here(root, "--json", "check").data
    assert "volume-missing" not in {one["code"] for one in found}
