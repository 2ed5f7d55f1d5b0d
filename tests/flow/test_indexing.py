"""Typing the cases of a book through the commands, and what of it the bag holds."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.flow.typed import logged, mark, workbook_of
from tests.support import BOOK, Ran, draw_pages, folder_destination, make_station, run_here, succeed

NAME, OTHER_NAME = "Hồ Thị Pi", "Hồ Thị Bi"


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with a scanned book of the cases 1 to 3."""
    folder = tmp_path_factory.mktemp("indexing")
    root = make_station(folder / "root", settings=folder_destination(folder / "there"))
    draw_pages(folder / "pages", 3)
    succeed(root, "ingest", BOOK, str(folder / "pages"), "--number", "1")
    succeed(root, "books", "add", BOOK, "--first", "1", "--last", "3")
    return root


@pytest.fixture
def root(scanned: Path, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(scanned, tmp_path / "root"))


def edit(root: Path, operator: str, number: int, *more: str, **fields: str) -> Ran:
    words = [word for name, text in fields.items() for word in ("--set", f"{name}={text}")]
    return run_here(root, "cases", "edit", BOOK, "--number", str(number), *words, *more, "--operator", operator)


def shown(root: Path, number: int) -> dict[str, Any]:
    document = succeed(root, "cases", "show", BOOK, "--number", str(number))
    return {field["field"]: field for field in document["fields"]}


def test_what_was_typed_stands_in_the_bag_and_only_in_its_workbook(root: Path) -> None:
    assert edit(root, "lan", 1, nksHoTen=NAME, nksGioiTinh="nữ", ngayDangKy="1/3/2005", trangSo="12").code == 0
    mark(root, 2, "damaged")
    bag = succeed(root, "pack", BOOK)
    one, two, _ = workbook_of(root)
    assert (one["nksHoTen"], one["nksGioiTinh"], one["ngayDangKy"], one["trangSo"]) == (NAME, "2", "01.03.2005", "12")
    assert (two["nksHoTen"], two["ghiChu"]) == ("", "Trang sổ bị hư hỏng")
    record = json.loads((Path(bag["folder"]) / "data" / "book.json").read_text())
    assert [case["exceptions"] for case in record["cases"]] == [[], ["damaged", "no-date"], ["no-date"]]
    assert NAME not in json.dumps(record, ensure_ascii=False)
    assert edit(root, "lan", 1, nksHoTen="Bi").code == 2


def test_values_stand_on_stdout_when_asked_for_and_nowhere_else(root: Path) -> None:
    runs = [
        edit(root, "lan", 1, nksHoTen=NAME),
        edit(root, "lan", 1, nksHoTen=OTHER_NAME),
        edit(root, "lan", 1, nksNgaySinh=f"ngày {NAME}"),
        edit(root, "minh", 1, "--entry", "second", nksHoTen="Vi"),
        run_here(root, "cases", "settle", BOOK, "--number", "1", "--field", "nksHoTen", "--take", "first"),
        run_here(root, "check", BOOK),
        run_here(root, "cases", "settle", BOOK, "--number", "1", "--field", "nksHoTen", "--take", "third"),
        run_here(root, "cases", "settle", BOOK, "--number", "1", "--field", "nksHoTen"),
    ]
    assert [ran.code for ran in runs[6:]] == [2, 2]
    assert [ran.code for ran in runs[:5]] == [0, 0, 2, 0, 0]
    told = "".join(ran.out + ran.err for ran in runs) + logged(root)
    assert NAME not in told
    assert OTHER_NAME not in told
    compared = run_here(root, "cases", "compare", BOOK)
    assert compared.code == 0
    assert shown(root, 1)["nksHoTen"]["value"] == OTHER_NAME


def test_many_cases_come_from_one_file_and_a_bad_one_stops_no_other(root: Path, tmp_path: Path) -> None:
    typed = [
        {"number": "1", "fields": {"nksHoTen": NAME}},
        {"number": "2", "fields": {"nksHoTen": NAME, "nksGioiTinh": "7"}},
        {"number": "9", "fields": {"nksHoTen": NAME}},
    ]
    file = tmp_path / "typed.json"
    file.write_text(json.dumps(typed, ensure_ascii=False))
    ran = run_here(root, "--json", "cases", "edit", BOOK, "--from", str(file))
    assert ran.code == 4
    assert [row["kept"] for row in ran.data] == [["nksHoTen"], [], []]
    assert [row["refused"] for row in ran.data][1:] == [
        [{"field": "nksGioiTinh", "code": "field.code"}],
        [{"field": None, "code": "no-such-case"}],
    ]
    assert shown(root, 2)["nksHoTen"]["value"] == ""


def test_stdin_is_read_as_a_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = json.dumps([{"number": "1", "fields": {"nksHoTen": NAME}}], ensure_ascii=False)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
    assert run_here(root, "cases", "edit", BOOK, "--from", "-").code == 0
    assert shown(root, 1)["nksHoTen"]["value"] == NAME


@pytest.mark.parametrize("content", ["", "[", '{"number": "1"}', '[{"number": 1, "fields": {}}]'])
def test_a_file_that_is_no_list_of_cases_is_refused(content: str, root: Path, tmp_path: Path) -> None:
    file = tmp_path / "typed.json"
    file.write_text(content)
    ran = run_here(root, "--json", "cases", "edit", BOOK, "--from", str(file))
    assert (ran.code, ran.data["error"]) == (4, "bad-fields-file")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--number", "1"], "set-or-from"),
        (["--number", "1", "--set", "nksHoTen"], "bad-set"),
        (["--number", "1", "--set", "a=b", "--from", "x"], "set-or-from"),
    ],
)
def test_what_to_type_is_said_in_one_way(words: list[str], error: str, root: Path) -> None:
    ran = run_here(root, "--json", "cases", "edit", BOOK, *words)
    assert (ran.code, ran.data["error"]) == (2, error)


def test_two_people_type_compare_and_settle_before_the_book_is_packed(root: Path) -> None:
    assert edit(root, "lan", 1, nksHoTen=NAME, nksGioiTinh="2").code == 0
    assert edit(root, "lan", 1, "--entry", "second", nksHoTen=NAME).code == 2
    assert edit(root, "minh", 1, "--entry", "second", nksHoTen=OTHER_NAME, nksGioiTinh="2").code == 0
    ran = run_here(root, "--json", "cases", "compare", BOOK)
    assert ran.code == 3
    (row,) = ran.data
    assert (row["number"], row["field"], row["first"], row["second"]) == ("01/2005", "nksHoTen", NAME, OTHER_NAME)
    assert (row["first_by"], row["second_by"]) == ("lan", "minh")
    assert run_here(root, "pack", BOOK).code == 3
    succeed(root, "cases", "settle", BOOK, "--number", "1", "--field", "nksHoTen", "--take", "second")
    assert run_here(root, "cases", "compare", BOOK).code == 0
    history = succeed(root, "cases", "show", BOOK, "--number", "1", "--history")
    names = [entry for entry in history if entry["field"] == "nksHoTen"]
    assert [(one["entry"], one["by"]) for one in names] == [("first", "lan"), ("second", "minh"), ("settled", "tester")]
    succeed(root, "pack", BOOK)
    assert workbook_of(root)[0]["nksHoTen"] == OTHER_NAME


def test_one_side_alone_can_be_shown(root: Path) -> None:
    edit(root, "lan", 1, nksHoTen=NAME)
    edit(root, "minh", 1, "--entry", "second", nksHoTen=OTHER_NAME)
    told = run_here(root, "--json", "cases", "show", BOOK, "--number", "1", "--entry", "second").out
    assert OTHER_NAME in told
    assert NAME not in told


def test_a_date_given_by_command_is_kept_with_who_gave_it(root: Path) -> None:
    succeed(root, "cases", "date", BOOK, "--number", "1", "--date", "2005-03")
    assert shown(root, 1)["ngayDangKy"]["value"] == "03.2005"
    (entry,) = succeed(root, "cases", "show", BOOK, "--number", "1", "--history")
    assert (entry["by"], entry["value"]) == ("tester", "03.2005")
    assert succeed(root, "cases", BOOK)[0]["date"] == "2005-03"


def test_the_fields_of_a_book_tell_what_they_take(root: Path) -> None:
    rows = {row["id"]: row for row in succeed(root, "cases", "fields", BOOK)}
    assert len(rows) == 70
    assert rows["nksGioiTinh"]["codes"] == {"1": "Nam", "2": "Nữ", "3": "Không xác định"}
    assert (rows["so"]["typed"], rows["nksHoTen"]["required"], rows["nksNgaySinh"]["kind"]) == (False, True, "date")


def test_what_a_misassigned_page_left_behind_is_moved_or_dropped(root: Path) -> None:
    edit(root, "lan", 3, nksHoTen=NAME)
    mark(root, 3, "blank")
    codes = {finding["code"] for finding in run_here(root, "--json", "check", BOOK).data}
    assert "case-without-page" in codes
    succeed(root, "cases", "move", BOOK, "--number", "3", "--to", "2")
    assert shown(root, 2)["nksHoTen"]["value"] == NAME
    assert [case["number"] for case in succeed(root, "cases", BOOK)] == ["01/2005", "02/2005"]
    mark(root, 2, "blank")
    succeed(root, "cases", "drop", BOOK, "--number", "2", "--why", "page of another book")
    assert [case["number"] for case in succeed(root, "cases", BOOK)] == ["01/2005"]
