"""What stands twice, through the commands: books, pages, what other stations have, what the Ministry has."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.corpus import otherwise
from tests.corpus.rescans import changed, take_jpeg, usual
from tests.station.link.sheets import record, write_records
from tests.support import BOOK, make_station, run_here, succeed

OTHER_BOOK = "19441/KS.2006.01"
PAGES = 8
FORM, WRITTEN = "script form", 71


def draw_takings(folder: Path, numbers: range, *, again: bool = False) -> Path:
    """Pages of one book as scanner files; `again` as they look when they are scanned another time."""
    folder.mkdir(parents=True)
    for number in numbers:
        how = changed("everything", 500 + number) if again else usual(number)
        paper = otherwise.draw(FORM, WRITTEN, number)
        (folder / f"p{number:02}.jpg").write_bytes(take_jpeg(paper, how, otherwise.DPI))
    return folder


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book as it was scanned, `first`, and as it was scanned another time, `again`."""
    folder = tmp_path_factory.mktemp("papers")
    draw_takings(folder / "first", range(1, PAGES + 1))
    draw_takings(folder / "again", range(1, PAGES + 1), again=True)
    return folder


@pytest.fixture(scope="module")
def scanned(papers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with the book."""
    root = make_station(tmp_path_factory.mktemp("scanned") / "root")
    succeed(root, "ingest", BOOK, str(papers / "first"), "--number", "1")
    return root


@pytest.fixture
def root(scanned: Path, tmp_path: Path) -> Path:
    """The same, for one test."""
    return Path(shutil.copytree(scanned, tmp_path / "root"))


def listed(root: Path, *words: str) -> list[dict[str, Any]]:
    ran = run_here(root, "--json", "duplicates", "list", *words)
    assert ran.code == (3 if ran.data else 0), ran.err
    return list(ran.data)


def mend(root: Path, finding: dict[str, Any]) -> None:
    """Do what a finding says for a person who thinks both right."""
    _, *words = shlex.split(finding.get("accept") or finding["mend"])
    assert run_here(root, *words).code == 2
    succeed(root, *("cả hai đều đúng" if word == "WHY" else word for word in words))


def test_a_book_of_many_pages_that_are_all_alike_has_nothing_twice(root: Path) -> None:
    assert listed(root) == []
    assert "Nothing stands twice" in run_here(root, "duplicates", "list").err


def test_a_book_scanned_again_under_another_name_is_one_finding_on_each_side(root: Path, papers: Path) -> None:
    succeed(root, "books", "add", OTHER_BOOK)
    succeed(root, "ingest", OTHER_BOOK, str(papers / "again"), "--number", "1")
    found = listed(root)
    assert [(one["book"], one["code"], one["other"], one["blocking"]) for one in found] == [
        (BOOK, "same-book", OTHER_BOOK, True),
        (OTHER_BOOK, "same-book", BOOK, True),
    ]
    pairs = found[0]["pairs"]
    assert [(pair["order"], pair["other_order"]) for pair in pairs] == [(n, n) for n in range(1, PAGES + 1)]
    assert all((root / pair["file"]).is_file() and (root / pair["other_file"]).is_file() for pair in pairs)
    assert found[0]["value"] > found[0]["threshold"]
    assert {one["code"] for one in run_here(root, "--json", "check", BOOK).data} == {"same-book"}
    assert run_here(root, "pack", OTHER_BOOK).code == 3
    text = run_here(root, "duplicates", "list", BOOK).out
    assert OTHER_BOOK in text
    assert found[0]["mend"].split(" --why")[0] in text
    mend(root, found[0])
    assert listed(root) == []
    [kept] = succeed(root, "duplicates", "kept")
    assert {kept["one"], kept["other"]} == {BOOK, OTHER_BOOK}
    assert kept["operator"] == "tester"
    assert succeed(root, "check", BOOK) == []


def test_a_page_scanned_again_in_its_book_shows_both_sides(root: Path, papers: Path) -> None:
    succeed(root, "ingest", BOOK, str(papers / "again" / "p03.jpg"), "--number", str(PAGES + 1))
    [finding] = listed(root, BOOK)
    assert (finding["code"], finding["blocking"]) == ("same-page", True)
    assert (finding["order"], finding["other_order"]) == (PAGES + 1, 3)
    assert (finding["numbers"], finding["other_numbers"]) == ("09/2005", "03/2005")
    assert finding["value"] > finding["threshold"]
    pages = {page["order"]: page for page in succeed(root, "pages", BOOK)}
    text = run_here(root, "duplicates", "list").out
    for page in (pages[3], pages[PAGES + 1]):
        assert page["id"] in text
    assert finding["file"] in text
    assert finding["other_file"] in text
    mend(root, finding)
    assert listed(root) == []


def test_a_page_that_was_discarded_is_told_of_no_more(root: Path, papers: Path) -> None:
    succeed(root, "ingest", BOOK, str(papers / "again" / "p05.jpg"), "--number", str(PAGES + 1))
    [finding] = listed(root)
    succeed(root, "pages", "discard", finding["subject"], "--why", "scanned twice")
    assert listed(root) == []


def test_what_may_stand_twice_needs_a_reason_and_two_things_that_are_there(root: Path) -> None:
    page = succeed(root, "pages", BOOK)[0]["id"]
    for one, other, why in (
        (BOOK, BOOK, "x"),
        (BOOK, "19441/KS.1999.07", "x"),
        (page, "nowhere", "x"),
        (page, BOOK, " "),
    ):
        assert run_here(root, "duplicates", "keep", one, other, "--why", why).code == 2
    assert succeed(root, "duplicates", "kept") == []


@pytest.fixture
def elsewhere(papers: Path, tmp_path: Path) -> Path:
    """Another station where the same book was scanned, with a list of what it has beside it."""
    other = make_station(tmp_path / "elsewhere")
    succeed(other, "ingest", BOOK, str(papers / "again"), "--number", "1")
    succeed(other, "duplicates", "export", "-o", str(tmp_path / "list.json"))
    return tmp_path / "list.json"


def test_another_stations_list_tells_of_its_books(root: Path, elsewhere: Path) -> None:
    assert all(word not in elsewhere.read_text() for word in ("tester", "masters/"))
    report = succeed(root, "duplicates", "import", str(elsewhere))
    assert (report["books"], report["pages"]) == (1, PAGES)
    found = {one["code"]: one for one in listed(root)}
    assert set(found) == {"same-book-elsewhere", "numbers-elsewhere"}
    assert found["same-book-elsewhere"]["found"] >= PAGES // 2
    assert found["numbers-elsewhere"]["found"] == PAGES
    assert run_here(root, "pack", BOOK).code == 3
    assert succeed(root, "duplicates", "import", str(elsewhere))["books"] == 1
    mend(root, found["same-book-elsewhere"])
    assert listed(root) == []


def test_pages_of_another_station_are_named_by_their_place_in_its_book(
    root: Path, papers: Path, tmp_path: Path
) -> None:
    other = make_station(tmp_path / "other")
    succeed(other, "ingest", BOOK, str(papers / "again"), "--number", "1", "--covers", "1")
    succeed(other, "duplicates", "export", "-o", str(tmp_path / "covers.json"))
    succeed(root, "duplicates", "import", str(tmp_path / "covers.json"))
    (found,) = [one for one in listed(root) if one["code"] == "same-book-elsewhere"]
    assert found["order"] == found["other_order"] > 1


def test_pages_that_come_after_a_list_are_looked_for_in_it(elsewhere: Path, papers: Path, tmp_path: Path) -> None:
    root = make_station(tmp_path / "later")
    succeed(root, "duplicates", "import", str(elsewhere))
    assert listed(root) == []
    succeed(root, "ingest", BOOK, str(papers / "first"), "--number", "1")
    assert {one["code"] for one in listed(root)} == {"same-book-elsewhere", "numbers-elsewhere"}


@pytest.mark.parametrize("command", [("covers", BOOK), ("duplicates", "export")])
def test_a_file_that_cannot_be_written_is_refused_with_what_to_do(root: Path, command: tuple[str, ...]) -> None:
    for name, error in (
        ("none/x.pdf", "output-no-folder"),
        ("masters", "output-is-folder"),
        ("x" * 300, "output-refused"),
    ):
        ran = run_here(root, "--json", *command, "-o", str(root / name))
        assert (ran.code, ran.data["error"]) == (2, error)


def test_a_list_that_was_changed_or_damaged_or_is_our_own_changes_nothing(root: Path, elsewhere: Path) -> None:
    whole = elsewhere.read_bytes()
    changed_list = json.loads(whole)
    changed_list["list"]["books"][0]["numbers"][0] = "99/2005"
    own = elsewhere.with_name("own.json")
    succeed(root, "duplicates", "export", "-o", str(own))
    for data, said in (
        (json.dumps(changed_list).encode(), "was changed"),
        (whole[: len(whole) // 2], "damaged"),
        (b"", "damaged"),
        (own.read_bytes(), "own"),
    ):
        elsewhere.write_bytes(data)
        ran = run_here(root, "duplicates", "import", str(elsewhere))
        assert (ran.code, said in ran.err) == (4, True), ran.err
    assert run_here(root, "duplicates", "import", str(elsewhere.with_name("none.json"))).code == 4
    assert listed(root) == []


def write_extract(path: Path, rows: list[tuple[object, ...]]) -> Path:
    if path.suffix == ".csv":
        path.write_text("\n".join(";".join(str(cell) for cell in row) for row in rows), encoding="utf-8")
        return path
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "KS"
    for row in rows:
        sheet.append(list(row))
    workbook.save(path)
    return path


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_numbers_of_the_ministrys_records_stop_packing(root: Path, tmp_path: Path, suffix: str) -> None:
    rows: list[tuple[object, ...]] = [
        ("số", "loại sổ"),
        ("02/2005", "KS"),
        ("07/2005", "KS"),
        ("07/1999", "KS"),
        ("?", "KS"),
    ]
    file = write_extract(tmp_path / f"extract.{suffix}", rows)
    ran = run_here(root, "--json", "duplicates", "records", str(file))
    assert (ran.code, ran.data["numbers"], ran.data["added"], len(ran.data["bad"])) == (4, 3, 3, 1)
    assert ran.data["bad"][0]["row"] == 5
    [finding] = listed(root)
    assert (finding["code"], finding["numbers"], finding["source"]) == (
        "numbers-recorded",
        "02/2005,07/2005",
        file.name,
    )
    assert run_here(root, "pack", BOOK).code == 3
    assert run_here(root, "--json", "duplicates", "records", str(file)).data["added"] == 0
    mend(root, finding)
    assert listed(root) == []


def test_many_bad_rows_of_an_extract_are_a_line_for_each_trouble(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    rows = [record(number, noiDangKy="Bệnh viện") for number in range(1, 300)]
    file = write_records(tmp_path / "extract.xlsx", [*rows, record(300, so="x")], sheet="Sheet1")
    ran = run_here(root, "duplicates", "records", str(file))
    assert ran.code == 4
    assert [line for line in ran.out.splitlines() if line.split()[0] == "bad"] == ["bad      300"]
    unknown, number = (line for line in ran.err.splitlines() if "✗" in line)
    assert ("row 2, 3, 4 … (299), column E" in unknown, "row 301, column A" in number) == (True, True)
    assert "--registry CODE" in ran.err
    assert run_here(root, "--json", "duplicates", "records", str(file), "--registry", "19441").data["numbers"] == 299


def test_an_extract_without_numbers_is_refused(root: Path, tmp_path: Path) -> None:
    file = write_extract(tmp_path / "extract.csv", [("họ tên", "ngày"), ("Hồ Thị Pi", "01/02/2005")])
    assert run_here(root, "duplicates", "records", str(file)).code == 4
    assert run_here(root, "duplicates", "records", str(tmp_path / "none.csv")).code == 4
