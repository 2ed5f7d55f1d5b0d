"""The commands that findings print, run as they are printed: each ends its finding and takes no case from a page."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support import BOOK, draw_pages, make_station, run_here, succeed


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with a book of four pages without numbers, of which the list says that it ends with 3."""
    folder = tmp_path_factory.mktemp("four")
    draw_pages(folder / "pages", 4)
    root = make_station(folder / "root")
    succeed(root, "ingest", BOOK, str(folder / "pages"))
    return root


@pytest.fixture
def root(four: Path, tmp_path: Path) -> Path:
    """The same, for one test."""
    return Path(shutil.copytree(four, tmp_path / "root"))


def assign(root: Path, *pages: str) -> None:
    """Say page by page what stands on it."""
    for order, numbers in enumerate(pages, 1):
        if numbers:
            succeed(root, "cases", "assign", BOOK, "--page", str(order), "--numbers", *numbers.split())


def findings(root: Path) -> list[dict[str, Any]]:
    return list(run_here(root, "--json", "check", BOOK).data)


def as_printed(root: Path, command: str) -> int:
    _, *words = shlex.split(command)
    return run_here(root, *words).code


def borne(root: Path) -> list[list[str]]:
    return [page["cases"] for page in succeed(root, "pages", BOOK)]


def test_a_book_whose_second_case_stands_alone_is_not_sealed_until_the_first_is_found(root: Path) -> None:
    assign(root, "1", "2", "2 --second", "3")
    succeed(root, "books", "add", BOOK, "--first", "1", "--last", "3")
    assert findings(root) == []
    succeed(root, "cases", "assign", BOOK, "--page", "2", "--numbers", "1", "--join")
    ran = run_here(root, "pack", BOOK)
    assert ran.code == 3
    rename = f"station cases assign {BOOK} --page 3 --numbers 02/2005"
    assert "The number 02/2005 is missing, only 02a/2005 is there. Find and scan the page of 02/2005; " in ran.err
    assert f"if 02a/2005 is that number: {rename};" in ran.err
    explained = Path(shutil.copytree(root, root.parent / "explained"))
    succeed(explained, "cases", "missing", BOOK, "--number", "2", "--why", "void")
    record = json.loads((Path(succeed(explained, "pack", BOOK)["folder"]) / "data" / "book.json").read_text())
    assert [one["number"] for one in record["exceptions"]] == ["02/2005"]
    assert as_printed(root, rename) == 0
    bag = succeed(root, "pack", BOOK)
    assert (bag["cases"], borne(root)) == (3, [["01/2005"], ["01/2005"], ["02/2005"], ["03/2005"]])


def test_a_page_out_of_its_place_is_moved_with_all_its_cases(root: Path) -> None:
    assign(root, "7a", "6,7", "5", "8")
    for _ in range(4):
        found = [one for one in findings(root) if one["code"] == "number-out-of-order"]
        if not found:
            break
        assert as_printed(root, found[0]["mend"]) == 0
    assert borne(root) == [["05/2005"], ["06/2005", "07/2005"], ["07a/2005"], ["08/2005"]]


def test_an_order_that_no_move_mends_changes_nothing_and_is_confirmed(root: Path) -> None:
    assign(root, "1", "2,4", "3", "5")
    (found,) = findings(root)
    assert (found["code"], found["numbers"]) == ("number-out-of-order", "03/2005")
    before = borne(root)
    assert as_printed(root, found["mend"]) == 2
    assert borne(root) == before
    assert found["accept"] in run_here(root, "check", BOOK).out
    assert as_printed(root, found["accept"]) == 0
    assert findings(root) == []


def test_what_is_printed_for_a_page_whose_number_is_not_free_takes_nothing_from_another_page(root: Path) -> None:
    assign(root, "1", "", "2", "3")
    (found,) = findings(root)
    assert (found["code"], found["before"]) == ("page-without-case", "01/2005")
    assert as_printed(root, found["mend"]) == 2
    goes_on = f"station cases assign {BOOK} --page 2 --numbers 01/2005 --join"
    assert goes_on in run_here(root, "check", BOOK).out
    assert as_printed(root, goes_on) == 0
    assert (findings(root), borne(root)[:2]) == ([], [["01/2005"], ["01/2005"]])


def test_only_the_explanation_that_was_given_is_printed_and_none_beyond_the_list(root: Path) -> None:
    assign(root, "1", "2", "3", "4")
    succeed(root, "books", "add", BOOK, "--last", "9")
    refused = run_here(root, "pack", BOOK).err
    assert "5 numbers are missing, 05/2005 to 09/2005" in refused
    assert refused.count("pages insert") == 1
    for number in ("5", "6"):
        told = succeed(root, "cases", "missing", BOOK, "--number", number, "--why", "torn")
        assert [one["number"] for one in told] == [f"0{number}/2005"]
    ran = run_here(root, "--json", "cases", "missing", BOOK, "--number", "77", "--why", "torn")
    assert (ran.code, ran.data["error"]) == (2, "missing-beyond-list")
    succeed(root, "books", "add", BOOK, "--last", "5")
    (found,) = findings(root)
    assert (found["code"], found["subject"], found["blocking"]) == ("explained-beyond-list", "06/2005", True)
    assert as_printed(root, found["mend"]) == 0
    assert findings(root) == []


def test_a_page_that_came_twice_is_discarded_as_it_is_printed_and_but_once(root: Path, four: Path) -> None:
    assign(root, "1", "2", "3", "4")
    other = "19441/KS.2006.01"
    succeed(root, "books", "add", other)
    succeed(root, "ingest", other, str(four.parent / "pages" / "p2.jpg"), "--number", "1")
    (page,) = succeed(root, "pages", other)
    twice = [one for one in run_here(root, "--json", "check").data if one["code"] in {"same-image", "same-page"}]
    assert {one["book"] for one in twice} == {BOOK, other}
    assert {one["mend"] for one in twice} == {f"station pages discard {page['id']} --why WHY"}
    assert all(one["accept"].startswith("station duplicates keep p") for one in twice)
    assert as_printed(root, twice[0]["mend"]) == 2
    assert as_printed(root, twice[0]["mend"].replace("WHY", "'quét hai lần'")) == 0
    assert (findings(root), len(borne(root))) == ([], 4)
