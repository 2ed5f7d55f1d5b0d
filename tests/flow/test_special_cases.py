"""What registers really hold, each special case through its command, and what of it the bag says."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.flow.typed import workbook_of
from tests.support import BOOK, draw_pages, folder_destination, make_station, run_here, succeed

SECOND = "19441/KS.2005.02"


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with a scanned book of the cases 1 to 4, a page each."""
    folder = tmp_path_factory.mktemp("special")
    root = make_station(folder / "root", settings=folder_destination(folder / "there"))
    draw_pages(folder / "pages", 4)
    succeed(root, "ingest", BOOK, str(folder / "pages"), "--number", "1")
    return root


@pytest.fixture
def root(scanned: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(scanned, tmp_path / "root"))


def cases_of(root: Path, book: str = BOOK) -> dict[str, list[int]]:
    return {case["number"]: case["orders"] for case in succeed(root, "cases", book)}


def findings(root: Path, *books: str) -> list[dict[str, Any]]:
    ran = run_here(root, "--json", "check", *books)
    assert ran.code in {0, 3}
    return [one for one in ran.data if one["code"] not in {"image", "no-pages"}]


def record_of(bag: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((Path(bag["folder"]) / "data" / "book.json").read_text())
    return document


def pdfs_of(bag: dict[str, Any]) -> list[str]:
    (archive,) = (Path(bag["folder"]) / "data").glob("*.zip")
    with zipfile.ZipFile(archive) as opened:
        return opened.namelist()


def test_a_number_that_is_there_is_another_page_a_second_case_or_wrong(root: Path) -> None:
    assign = ("cases", "assign", BOOK, "--page", "4", "--numbers", "1")
    refused = run_here(root, *assign)
    assert refused.code == 3
    assert "--join" in refused.err
    assert "--second" in refused.err
    assert cases_of(root)["04/2005"] == [4]
    succeed(root, *assign, "--second")
    assert cases_of(root) == {"01/2005": [1], "01a/2005": [4], "02/2005": [2], "03/2005": [3]}
    succeed(root, *assign, "--join")
    assert cases_of(root) == {"01/2005": [1, 4], "02/2005": [2], "03/2005": [3]}
    succeed(root, "cases", "assign", BOOK, "--page", "4", "--numbers", "4")
    assert cases_of(root)["04/2005"] == [4]


def test_a_number_of_another_book_of_the_year_is_said_and_mended_by_its_command(root: Path, tmp_path: Path) -> None:
    succeed(root, "books", "add", SECOND)
    draw_pages(tmp_path / "more", 1, first=20)
    succeed(root, "ingest", SECOND, str(tmp_path / "more"), "--number", "5")
    ran = run_here(root, "cases", "assign", SECOND, "--page", "1", "--numbers", "4")
    assert ran.code == 3
    assert BOOK in ran.err
    given = succeed(root, "cases", "assign", SECOND, "--page", "1", "--numbers", "4", "--second")
    assert given["cases"] == ["04a/2005"]
    assert [one["code"] for one in findings(root, SECOND)] == []


def test_several_cases_on_a_page_and_a_case_over_pages(root: Path) -> None:
    succeed(root, "cases", "assign", BOOK, "--page", "2", "--numbers", "2,3", "--join")
    succeed(root, "cases", "assign", BOOK, "--page", "3", "--numbers", "3", "--join")
    assert cases_of(root) == {"01/2005": [1], "02/2005": [2], "03/2005": [2, 3], "04/2005": [4]}
    bag = succeed(root, "pack", BOOK)
    assert [case["pages"] for case in record_of(bag)["cases"]] == [[1], [2], [2, 3], [4]]
    assert len(pdfs_of(bag)) == 4


def test_cases_without_a_whole_date_go_to_the_exceptions_and_no_date_is_invented(root: Path) -> None:
    for number, date in ((1, "2005-03-01"), (2, "2005-03"), (3, "2005")):
        succeed(root, "cases", "date", BOOK, "--number", str(number), "--date", date)
    listed = {one["number"]: one["codes"] for one in succeed(root, "cases", "exceptions", BOOK)}
    assert listed == {"02/2005": ["partial-date"], "03/2005": ["partial-date"], "04/2005": ["no-date"]}
    record = record_of(succeed(root, "pack", BOOK))
    assert record["undated"] == ["04/2005"]
    assert [row["ngayDangKy"] for row in workbook_of(root)] == ["01.03.2005", "03.2005", "2005", ""]


def test_covers_blanks_and_indexes_stay_pages_of_the_book_in_no_case(root: Path) -> None:
    for order, kind in ((1, "cover"), (4, "index")):
        succeed(root, "pages", "mark", succeed(root, "pages", BOOK)[order - 1]["id"], "--kind", kind)
    succeed(root, "books", "add", BOOK, "--first", "2", "--last", "3")
    bag = succeed(root, "pack", BOOK)
    assert [page["kind"] for page in record_of(bag)["pages"]] == ["cover", "page", "page", "index"]
    assert pdfs_of(bag) == ["KS.2005.01.002.pdf", "KS.2005.01.003.pdf"]


def test_what_is_seen_of_a_case_follows_it_into_the_bag(root: Path) -> None:
    said = succeed(root, "cases", "mark", BOOK, "--number", "2", "--code", "faded,torn", "--note", "mất góc dưới")
    assert said["marks"] == ["torn", "faded"]
    succeed(root, "cases", "assign", BOOK, "--page", "2", "--numbers", "5")
    succeed(root, "cases", "missing", BOOK, "--number", "2", "--why", "void")
    bag = succeed(root, "pack", BOOK)
    marked = next(case for case in record_of(bag)["cases"] if case["number"] == "05/2005")
    assert marked["exceptions"] == ["no-date", "torn", "faded"]
    assert "mất góc" not in json.dumps(record_of(bag), ensure_ascii=False)
    notes = {row["so"]: row["ghiChu"] for row in workbook_of(root)}
    assert notes["05/2005"] == "mất góc dưới; Trang sổ bị rách; Chữ trong sổ bị mờ"


def test_marks_are_data_and_are_taken_back(root: Path) -> None:
    ran = run_here(root, "cases", "mark", BOOK, "--number", "2", "--code", "burnt")
    assert ran.code == 2
    assert "illegible" in ran.err
    (root / "registers").mkdir()
    (root / "registers" / "marks.toml").write_text('[burnt]\nvi = "Trang sổ bị cháy"\nen = "burnt"\n')
    succeed(root, "cases", "mark", BOOK, "--number", "2", "--code", "burnt")
    assert succeed(root, "cases", BOOK)[1]["marks"] == ["burnt"]
    assert "burnt" in [one["id"] for one in succeed(root, "cases", "marks")]
    succeed(root, "cases", "mark", BOOK, "--number", "2", "--code", "torn,burnt", "--note", "mất góc")
    ran = run_here(root, "--json", "cases", "mark", BOOK, "--number", "2", "--code", "burnt")
    assert ran.data == {
        "number": "02/2005", "marks": ["burnt"], "note": True, "before": {"marks": ["torn", "burnt"], "note": True},
    }  # fmt: skip
    assert "takes the place of torn, burnt" in ran.err
    assert "remark that was there stays" in ran.err
    ran = run_here(root, "--json", "cases", "mark", BOOK, "--number", "2")
    assert (ran.data["note"], "does not count any more" in ran.err) == (False, True)
    assert succeed(root, "cases", BOOK)[1]["marks"] == []


def test_missing_numbers_are_explained_withdrawn_and_never_on_a_number_that_is_there(
    root: Path, tmp_path: Path
) -> None:
    succeed(root, "books", "add", BOOK, "--last", "9")
    assert [one["subject"][:2] for one in findings(root, BOOK)] == ["05", "06", "07", "08", "09"]
    told = succeed(root, "cases", "missing", BOOK, "--number", "5-7,9", "--why", "torn")
    assert [(one["number"], one["why"], one["by"]) for one in told][-1] == ("09/2005", "torn", "tester")
    succeed(root, "cases", "missing", BOOK, "--number", "8", "--why", "other-book", "--in", "KS.2005.02")
    (elsewhere,) = findings(root, BOOK)
    assert (elsewhere["code"], elsewhere["blocking"], elsewhere["other"]) == ("not-in-other-book", True, SECOND)
    succeed(root, "books", "add", SECOND)
    assert [one["code"] for one in findings(root, BOOK)] == ["not-in-other-book"]
    draw_pages(tmp_path / "second", 1, first=30)
    succeed(root, "ingest", SECOND, str(tmp_path / "second"), "--number", "8")
    assert findings(root, BOOK) == []
    succeed(root, "cases", "missing", BOOK, "--number", "9", "--withdraw")
    (gap,) = findings(root, BOOK)
    assert gap["subject"] == "09/2005"
    assert gap["mend"].startswith("station pages insert --scan --after p")
    for words in (
        ("--number", "1", "--why", "void"),
        ("--number", "9", "--withdraw"),
        ("--number", "9", "--why", "other-book"),
        ("--number", "9", "--why", "other-book", "--in", BOOK),
        ("--number", "9"),
    ):
        assert run_here(root, "cases", "missing", BOOK, *words).code == 2, words
    assert run_here(root, "pack", BOOK).code == 3
    succeed(root, "cases", "missing", BOOK, "--number", "9", "--why", "blank")
    assert [one["other_book"] for one in record_of(succeed(root, "pack", BOOK))["exceptions"]] == [
        None, None, None, SECOND, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("book", "names"),
    [
        ("19441/KT.?.?", ["KT.0000.01.001.pdf", "KT.0000.01.002.pdf"]),
        ("19441/KS.2003.?", ["KS.2003.01.001.pdf", "KS.2003.01.002.pdf"]),
    ],
)
def test_books_without_number_or_year_are_checked_named_and_packed(
    root: Path, tmp_path: Path, book: str, names: list[str]
) -> None:
    added = succeed(root, "books", "add", book)["id"]
    draw_pages(tmp_path / "more", 2, first=30)
    succeed(root, "ingest", added, str(tmp_path / "more"), "--number", "1")
    assert findings(root, added) == []
    bag = succeed(root, "pack", added)
    assert pdfs_of(bag) == names
    codes = {"number-assigned"} | ({"year-unknown"} if "?" in book[:12] else set())
    assert all(codes <= set(case["exceptions"]) for case in record_of(bag)["cases"])


def test_a_book_over_several_years_restarts_its_numbers(root: Path, tmp_path: Path) -> None:
    book = "19441/KH.2003-2004.01"
    succeed(root, "books", "add", book)
    draw_pages(tmp_path / "a", 2, first=40)
    draw_pages(tmp_path / "b", 1, first=50)
    succeed(root, "ingest", book, str(tmp_path / "a"), "--number", "1/2003")
    assert [(one["code"], one["subject"]) for one in findings(root, book)] == [("gap", "01/2004")]
    succeed(root, "ingest", book, str(tmp_path / "b"), "--number", "1/2004")
    assert findings(root, book) == []
    names = pdfs_of(succeed(root, "pack", book))
    assert len(set(names)) == 3
    assert [("2004" in name.split("-", 1)[1][5:]) for name in names] == [False, False, True]


def test_a_date_of_another_year_than_the_number_is_found_however_it_came(root: Path) -> None:
    assert run_here(root, "cases", "date", BOOK, "--number", "2", "--date", "1999-03-01").code == 0
    for words in ((BOOK,), ()):
        (found,) = findings(root, *words)
        assert (found["code"], found["subject"], found["blocking"]) == ("year-differs", "02/2005", True)
    assert run_here(root, "pack", BOOK).code == 3
    succeed(root, "cases", "date", BOOK, "--number", "2", "--date", "2005-03")
    assert findings(root, BOOK) == []
