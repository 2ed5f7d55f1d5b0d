"""The work list through the commands alone, and files as offices really deliver them."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from station.text import Legacy
from tests.corpus.campaign import BOOKS, CASES, campaign
from tests.station.tables import files
from tests.station.text.test_legacy import written
from tests.station.worklist.lists import row, write_list
from tests.support import BOOK, draw_page, draw_pages, make_station, run_here, run_station, scripted, succeed

LABELS = ["Nơi đăng ký", "Loại sổ", "Năm", "Quyển số", "Từ số", "Đến số", "Vị trí"]
KEY = ["registry", "type", "year", "volume"]
LISTED = ["Xã Hướng Phùng", "Sổ khai sinh", "2004", "01", "1", "50", "Kệ A, tầng 2"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_station(tmp_path / "root")


def test_an_excel_list_becomes_the_work_list(root: Path, tmp_path: Path) -> None:
    path = files.workbook(tmp_path / "list.xlsx", ("Danh sách", [["TITLE"], [], LABELS, LISTED]), ("Ghi chú", [["x"]]))
    document = succeed(root, "books", "import", str(path))
    assert (document["added"], document["unchanged"], document["bad"]) == (1, 0, [])
    assert [(sheet["name"], sheet["state"]) for sheet in document["sheets"]] == [
        ("Danh sách", "read"),
        ("Ghi chú", "no-header"),
    ]
    (listed,) = succeed(root, "books", "list", "--year", "2004")
    assert listed == {
        "id": "19441/KS.2004.01", "state": "open", "pages": 0, "cases": 0, "first": 1, "last": 50,
        "pages_expected": None, "place": "Kệ A, tầng 2", "assigned": None, "due": None, "number_given": False,
    }  # fmt: skip
    assert succeed(root, "books", "import", str(path))["unchanged"] == 1


def test_bad_rows_are_data_and_words_and_exit_4(root: Path, tmp_path: Path) -> None:
    path = write_list(tmp_path / "list.csv", row(volume="2"), row("Phường 1"), row(kind="lạ", due="mai"))
    ran = run_station(root, "--json", "books", "import", str(path))
    assert ran.code == 4
    assert [(one["sheet"], one["row"], one["column"], one["code"]) for one in ran.data["bad"]] == [
        ("list.csv", 3, "A", "registry-ambiguous"),
        ("list.csv", 4, "B", "bad-type"),
        ("list.csv", 4, "J", "bad-due"),
    ]
    assert ran.data["added"] == 1
    assert "row 3, column A" in ran.err
    assert "19357" in ran.err
    for_people = run_station(root, "books", "import", str(path))
    assert "registry-ambiguous" in for_people.out
    assert "19357" in for_people.out
    assert "19357" not in for_people.err
    assert "2 bad rows" in for_people.err


@pytest.mark.parametrize("legacy", list(Legacy))
@pytest.mark.parametrize("name", ["list.xlsx", "list.csv"])
def test_lists_typed_in_old_fonts(root: Path, tmp_path: Path, legacy: Legacy, name: str) -> None:
    rows = [[written(cell, legacy) for cell in line] for line in (LABELS, LISTED)]
    path = tmp_path / name
    if name.endswith("csv"):
        path.write_bytes("\r\n".join("\t".join(line) for line in rows).encode("latin-1"))
    else:
        files.workbook(path, ("S", rows))
    document = succeed(root, "books", "import", str(path))
    assert (document["added"], document["sheets"][0]["encoding"]) == (1, legacy)
    assert succeed(root, "books", "show", "19441/KS.2004.01")["place"] == "Kệ A, tầng 2"


def test_formulas_merged_labels_hidden_sheets_and_macros(root: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Loại", "Năm", "Quyển", "Số", None])
    sheet.append([None, None, None, "đầu", "cuối"])
    sheet.append(["KS", 2004, 1, 1, "=D3+49"])
    sheet.append(["KS", 2004, 2, 51, 90])
    for cells in ("A1:A2", "B1:B2", "C1:C2", "D1:E1"):
        sheet.merge_cells(cells)
    hidden = book.create_sheet("Nháp")
    hidden.append(["Loại", "Năm", "Quyển"])
    hidden.append(["KT", 2004, 1])
    hidden.sheet_state = "hidden"
    book.save(tmp_path / "list.xlsm")
    path = files.rewritten(tmp_path / "list.xlsm", "xl/vbaProject.bin", b"Auto_Open")
    ran = run_here(root, "--json", "books", "import", str(path))
    assert [(one["row"], one["column"], one["code"]) for one in ran.data["bad"]] == [
        (3, "E", "cell-formula-without-value")
    ]
    assert ran.data["sheets"][1]["state"] == "hidden"
    assert "Nháp" in ran.err
    assert [one["id"] for one in succeed(root, "books", "list", "--year", "2004")] == ["19441/KS.2004.02"]
    assert succeed(root, "books", "show", "19441/KS.2004.02")["last"] == 90


@pytest.mark.parametrize(
    ("labels", "merged"),
    [
        ([["Loại sổ", "Năm", "Quyển số", "Số trường hợp từ", "Số trường hợp đến", "Trang số", "STT", "Cỡ giấy"]], ()),
        (
            [
                ["Loại sổ", "Năm", "Quyển số", "Số trường hợp", None, "Trang số", "STT", "Cỡ giấy"],
                [None, None, None, "Từ số", "Đến số", None, None, None],
            ],
            ("A1:A2", "B1:B2", "C1:C2", "D1:E1", "F1:F2", "G1:G2", "H1:H2"),
        ),
    ],
)
def test_numbers_of_cases_under_the_headers_that_offices_use(
    root: Path, tmp_path: Path, labels: list[list[str | None]], merged: tuple[str, ...]
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in labels:
        sheet.append(line)
    sheet.append(["KS", 2004, 1, 1, 50, 60, 1, "A3"])
    for cells in merged:
        sheet.merge_cells(cells)
    book.save(tmp_path / "list.xlsx")
    ran = run_here(root, "--json", "books", "import", str(tmp_path / "list.xlsx"))
    (read,) = ran.data["sheets"]
    assert (ran.code, read["extra"], read["counts"]) == (0, ["Cỡ giấy"], True)
    assert "«Cỡ giấy»" in ran.err
    shown = succeed(root, "books", "show", "19441/KS.2004.01")
    assert (shown["first"], shown["last"], shown["pages_expected"]) == (1, 50, 60)


def test_a_list_that_does_not_say_what_books_should_hold_is_remarked(root: Path, tmp_path: Path) -> None:
    ran = run_here(root, "--json", "books", "import", str(write_list(tmp_path / "l.csv", row(), columns=KEY)))
    assert (ran.code, ran.data["sheets"][0]["counts"]) == (0, False)
    assert "whether a book is whole" in ran.err
    ran = run_here(
        root, "--json", "books", "import", str(write_list(tmp_path / "l.csv", row(), columns=[*KEY, "pages"]))
    )
    assert "whether a book is whole" not in ran.err


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (files.encrypted, "password"),
        (files.truncated, "damaged"),
        (lambda path: files.zip_bomb(path, 60), "far too much"),
        (lambda path: files.compound(path, "WordDocument", b"x"), "old Office"),
        (lambda path: path.parent, "is a folder"),
        (write_list, "no row below it"),
    ],
)
def test_files_that_nobody_should_open_leave_the_list_alone(
    root: Path, tmp_path: Path, make: object, said: str
) -> None:
    assert callable(make)
    for command in ("import", "exclude"):
        ran = run_here(root, "books", command, str(make(tmp_path / "list.xlsx")))
        assert ran.code == 4
        assert said in ran.err
        assert "Traceback" not in ran.err
    assert len(succeed(root, "books", "list")) == 1


def test_one_sheet_of_several(root: Path, tmp_path: Path) -> None:
    path = files.workbook(tmp_path / "list.xlsx", ("2004", [LABELS, LISTED]), ("2005", [LABELS, [*LISTED[:3], "02"]]))
    assert succeed(root, "books", "import", str(path), "--sheet", "2005")["added"] == 1
    ran = run_here(root, "books", "import", str(path), "--sheet", "2006")
    assert (ran.code, "2006" in ran.err) == (4, True)


def test_an_excluded_book_is_not_opened_scanned_taken_or_packed_until_a_checker_says_so(
    root: Path, tmp_path: Path
) -> None:
    listed = write_list(tmp_path / "done.csv", row(reason="nhập năm 2019"))
    assert succeed(root, "books", "exclude", str(listed)) | {"sheets": None} == {
        "file": "done.csv", "rows": 1, "added": 1, "books": [BOOK], "let_through": [], "sheets": None, "bad": [],
    }  # fmt: skip
    assert succeed(root, "books", "exclude", str(listed))["added"] == 0
    pages = tmp_path / "pages"
    draw_pages(pages, 1)
    refused = (
        ("ingest", BOOK, str(pages)), ("scan", BOOK, "--device", f"folder:{pages}"), ("pack", BOOK),
        ("cases", "missing", BOOK, "--number", "1", "--why", "void"),
    )  # fmt: skip
    for words in refused:
        ran = run_here(root, *words)
        assert ran.code == 2, words
        assert "nhập năm 2019" in ran.err
    assert succeed(root, "books", "show", BOOK)["exclusion"]["source"] == "done.csv, 2"
    assert [one["id"] for one in succeed(root, "books", "list", "--state", "excluded")] == [BOOK]
    assert run_here(root, "books", "include", BOOK, "--checker", "Trần Thị Bưởi").code == 2
    succeed(root, "books", "include", BOOK, "--checker", "Trần Thị Bưởi", "--why", "ảnh cũ bị mờ")
    assert succeed(root, "ingest", BOOK, str(pages), "--number", "1")["pages"] == 1
    shown = succeed(root, "books", "show", BOOK)
    assert (shown["state"], shown["included"]["checker"]) == ("open", "Trần Thị Bưởi")


def test_numbers_of_the_earlier_phase_are_not_given(root: Path, tmp_path: Path) -> None:
    succeed(root, "books", "exclude", str(write_list(tmp_path / "done.csv", row(volume="", first="1", last="9"))))
    pages = tmp_path / "pages"
    draw_pages(pages, 2)
    ran = run_here(root, "ingest", BOOK, str(pages), "--number", "9")
    assert (ran.code, "09/2005" in ran.err) == (2, True)
    succeed(root, "ingest", BOOK, str(pages), "--number", "10")
    assert run_here(root, "cases", "assign", BOOK, "--page", "1", "--numbers", "9").code == 2
    assert {one["code"] for one in succeed_or_findings(root)} & {"gap", "number-excluded"} == set()


def succeed_or_findings(root: Path) -> list[dict[str, str]]:
    ran = run_here(root, "--json", "check", BOOK)
    assert ran.code in {0, 3}
    found: list[dict[str, str]] = ran.data
    return found


def test_registries_are_found_shown_and_added(root: Path) -> None:
    hits = succeed(root, "registries", "search", "huong phung")
    assert [(one["id"], one["until"], one["state"]) for one in hits] == [
        ("19441", "2025-06-30", "kept"),
        ("19441", None, "listed"),
    ]
    succeed(root, "registries", "add", "PTP1", "--name", "Phòng Tư pháp", "--prefix", "phongtp_hhh", "--until", "1999")
    assert run_here(root, "registries", "add", "PTP1", "--name", "Phòng khác").code == 2
    succeed(root, "books", "add", "PTP1/KS.1998.01")
    kept = {one["id"]: one["books"] for one in succeed(root, "registries", "list")}
    assert kept == {"19441": 1, "PTP1": 1}
    assert [one["id"] for one in succeed(root, "registries", "search", "phong tu phap")] == ["PTP1"]
    shown = succeed(root, "registries", "show", "19441")
    assert {one["id"] for one in shown["took_over"]} == {"19444", "19447"}
    assert run_here(root, "registries", "search", "không đâu").code == 3
    assert run_here(root, "registries", "show", "99999").code == 2


def test_a_book_without_number_and_year_gets_both(root: Path) -> None:
    made = succeed(root, "books", "add", "19441/KS.?.?")
    assert (made["id"], made["number_given"]) == ("19441/KS.0000.01", True)


def test_the_campaign_adds_up() -> None:
    books = campaign()
    assert len(books) == BOOKS
    assert sum(book.cases for book in books) == CASES
    assert len({book.key for book in books}) == BOOKS
    assert campaign() == books


def test_what_a_cell_may_not_leave_open_is_said_with_what_it_takes(root: Path, tmp_path: Path) -> None:
    ran = run_station(root, "--json", "books", "import", str(write_list(tmp_path / "l.csv", row(kind=""))))
    assert [one["code"] for one in ran.data["bad"]] == ["cell-empty-type"]
    assert "KS, KH, KT" in ran.err
    assert "?" not in ran.err.split("Fill in", 1)[1]


def test_a_book_that_is_added_by_hand_though_it_is_excluded_says_so(root: Path, tmp_path: Path) -> None:
    listed = write_list(tmp_path / "done.csv", row(year="2004", volume=""), columns=["registry", "type", "year"])
    succeed(root, "books", "exclude", str(listed))
    ran = run_station(root, "--json", "books", "add", "KS.2004.03")
    assert (ran.code, ran.data["state"]) == (0, "excluded")
    assert "books include" in ran.err


def test_ranges_of_one_year_that_run_into_each_other_are_remarked(root: Path, tmp_path: Path) -> None:
    rows = [
        row(year="2004", volume=str(volume), first=str(first), last=str(last))
        for volume, first, last in ((1, 1, 50), (2, 40, 90), (3, 91, 100))
    ]
    ran = run_station(root, "--json", "books", "import", str(write_list(tmp_path / "l.csv", *rows)))
    (overlap,) = ran.data["overlaps"]
    assert (ran.code, overlap["one"], overlap["other"]) == (0, "19441/KS.2004.01", "19441/KS.2004.02")
    assert "40 to 50" in ran.err


def test_pages_that_run_into_excluded_numbers_are_kept_and_told_at_once(root: Path, tmp_path: Path) -> None:
    succeed(root, "books", "exclude", str(write_list(tmp_path / "done.csv", row(volume="", first="2", last="9"))))
    draw_pages(tmp_path / "pages", 3)
    ran = run_here(root, "--json", "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    assert (ran.code, ran.data["pages"], ran.data["excluded"]) == (3, 3, ["02/2005", "03/2005"])
    second, third = ran.err.index("02/2005"), ran.err.index("03/2005")
    assert ran.err.index("page 2 kept") < second < ran.err.index("page 3 kept") < third
    assert [page["cases"] for page in succeed(root, "pages", BOOK)] == [["01/2005"], ["02/2005"], ["03/2005"]]
    shown = succeed(root, "books", "show", BOOK)
    assert (shown["exclusion"], [one["numbers"] for one in shown["excluded_numbers"]]) == (None, ["02-09/2005"])
    packed = run_here(root, "pack", BOOK)
    assert packed.code == 3
    assert packed.err.index("station pages discard p") < packed.err.index("station books include")
    word = ("--checker", "Trần Thị Bưởi", "--why", "mờ")
    assert succeed(root, "books", "include", BOOK, "--numbers", "2-3", *word)["numbers"] == "02-03/2005"
    assert succeed_or_findings(root) == []
    assert run_here(root, "books", "include", BOOK, "--withdraw", *word).code == 2
    assert succeed(root, "books", "include", BOOK, "--withdraw")["withdraws"]
    assert [one["code"] for one in succeed_or_findings(root)] == ["number-excluded"] * 2


def test_a_stack_that_is_paired_tells_of_excluded_numbers_too(root: Path, tmp_path: Path) -> None:
    succeed(root, "books", "exclude", str(write_list(tmp_path / "done.csv", row(volume="", first="2", last="3"))))
    sides = {}
    for side, numbers in (("front", (1, 3)), ("back", (4, 2))):
        (tmp_path / side).mkdir()
        draw = [draw_page(tmp_path / side / f"{number}.jpg", number).name for number in numbers]
        sides[side] = scripted(tmp_path / side, [f'image = "{name}"' for name in draw])
    succeed(root, "scan", BOOK, "--device", sides["front"], "--number", "1", "--side", "front")
    ran = run_here(root, "--json", "scan", BOOK, "--device", sides["back"], "--side", "back")
    assert (ran.code, ran.data["pairing"]["paired"], ran.data["excluded"]) == (3, True, ["02/2005", "03/2005"])
    assert "2 numbers of" in ran.err
    assert len(succeed(root, "pages", BOOK)) == 4
