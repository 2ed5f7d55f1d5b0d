"""Files that are refused, or here already: their places stay free, and nothing behind them shifts."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.flow.test_covers import OTHER, SHELF, kept, paper, station, watch
from tests.support import BOOK, draw_page, draw_pages, make_station, run_here, succeed


def cut_short(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def folder(tmp_path: Path) -> tuple[Path, Path]:
    """Three pages, the second of them cut short, and the whole of it elsewhere."""
    pages = draw_pages(tmp_path / "stack", 3)
    whole = shutil.copy(pages[1], tmp_path / "whole.jpg")
    cut_short(pages[1])
    return tmp_path / "stack", Path(whole)


def numbers(root: Path) -> list[list[str]]:
    return [page["cases"] for page in succeed(root, "pages", BOOK)]


def findings(root: Path, code: str, book: str = BOOK) -> list[dict[str, Any]]:
    return [one for one in run_here(root, "--json", "check", book).data if one["code"] == code]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_station(tmp_path / "root", settings="\n[intake]\nsettle_seconds = 0.0\n")


@pytest.mark.parametrize("way", ["ingest", "scan"])
def test_the_number_of_a_refused_file_stays_free_until_its_page_comes(way: str, root: Path, tmp_path: Path) -> None:
    stack, whole = folder(tmp_path)
    words = (
        ("ingest", BOOK, str(stack), "--number", "1")
        if way == "ingest"
        else ("scan", BOOK, "--device", f"folder:{stack}", "--number", "1")
    )
    ran = run_here(root, "--json", *words)
    assert (ran.code, ran.data["waiting"], len(ran.data["refused"])) == (4, ["02/2005"], 1)
    assert "The number 02/2005" in ran.err
    assert numbers(root) == [["01/2005"], ["03/2005"]]
    first = succeed(root, "pages", BOOK)[0]["id"]
    (gap,) = findings(root, "gap")
    assert gap["mend"] == f"station pages insert --scan --after {first} --number 02/2005"
    assert run_here(root, "pack", BOOK).code == 3
    succeed(root, "pages", "insert", str(whole), "--after", first, "--number", "2")
    assert numbers(root) == [["01/2005"], ["02/2005"], ["03/2005"]]
    assert findings(root, "gap") == []


def test_several_cases_on_a_page_keep_the_numbers_of_the_page_that_is_missing(root: Path, tmp_path: Path) -> None:
    stack, _ = folder(tmp_path)
    ran = run_here(root, "--json", "ingest", BOOK, str(stack), "--number", "1", "--cases-per-page", "2")
    assert ran.data["waiting"] == ["03/2005", "04/2005"]
    assert numbers(root) == [["01/2005", "02/2005"], ["05/2005", "06/2005"]]


def test_a_case_that_lacks_its_second_page_is_not_sealed(root: Path, tmp_path: Path) -> None:
    stack, _ = folder(tmp_path)
    draw_page(stack / "p4.jpg", 4)
    run_here(root, "ingest", BOOK, str(stack), "--number", "1", "--cases-per-page", "1/2")
    assert numbers(root) == [["01/2005"], ["02/2005"], ["02/2005"]]
    (look,) = findings(root, "review")
    assert (look["reason"], look["blocking"], look["order"]) == ("case-short", True, 1)


def test_behind_a_file_of_nobody_knows_how_many_pages_there_are_no_numbers(root: Path, tmp_path: Path) -> None:
    pages = draw_pages(tmp_path / "stack", 3)
    pages[1].rename(cut_short(pages[1]).with_suffix(".pdf"))
    (tmp_path / "stack" / "p2.pdf").write_bytes(b"%PDF-1.7\nnothing of it\n")
    ran = run_here(root, "--json", "ingest", BOOK, str(tmp_path / "stack"), "--number", "1")
    assert (ran.code, ran.data["waiting"]) == (4, [])
    assert numbers(root) == [["01/2005"], []]
    assert "how many pages p2.pdf has" in ran.err


def test_a_file_that_is_no_picture_in_any_way_has_no_place(root: Path, tmp_path: Path) -> None:
    draw_pages(tmp_path / "stack", 2)
    (tmp_path / "stack" / "p1.txt").write_text("notes")
    assert run_here(root, "ingest", BOOK, str(tmp_path / "stack"), "--number", "1").code == 4
    assert numbers(root) == [["01/2005"], ["02/2005"]]
    assert findings(root, "review") == []


def test_a_file_that_is_here_without_its_number_keeps_its_place(root: Path, tmp_path: Path) -> None:
    pages = draw_pages(tmp_path / "stack", 3)
    succeed(root, "ingest", BOOK, str(pages[1]))
    ran = run_here(root, "--json", "ingest", BOOK, str(tmp_path / "stack"), "--number", "1")
    assert (ran.code, ran.data["already"], ran.data["waiting"]) == (3, 1, ["02/2005"])
    assert numbers(root) == [[], ["01/2005"], ["03/2005"]]
    again = run_here(root, "--json", "ingest", BOOK, str(tmp_path / "stack"), "--number", "1")
    assert (again.data["already"], again.data["waiting"]) == (3, ["02/2005"])


def test_behind_a_copy_of_a_page_of_the_same_folder_nothing_shifts(root: Path, tmp_path: Path) -> None:
    pages = draw_pages(tmp_path / "stack", 3)
    shutil.copy(pages[0], pages[1])
    ran = run_here(root, "--json", "scan", BOOK, "--device", f"folder:{tmp_path / 'stack'}", "--number", "1")
    assert (ran.code, ran.data["waiting"]) == (4, ["02/2005"])
    assert numbers(root) == [["01/2005"], ["03/2005"]]


def test_a_path_that_is_not_there_takes_nothing(root: Path, tmp_path: Path) -> None:
    (page,) = draw_pages(tmp_path / "stack", 1)
    ran = run_here(root, "--json", "ingest", BOOK, str(page), str(tmp_path / "stak"), "--number", "1")
    assert (ran.code, ran.data["error"]) == (4, "no-such-file")
    assert numbers(root) == []
    assert not list((root / "quarantine").glob("*"))
    (tmp_path / "stack" / "p0.jpg").symlink_to(tmp_path / "nowhere")
    assert run_here(root, "ingest", BOOK, str(tmp_path / "stack" / "p0.jpg")).code == 4
    assert len(list((root / "quarantine").glob("*.why.txt"))) == 1


def test_behind_a_file_that_may_be_a_cover_the_book_is_not_sealed(tmp_path: Path) -> None:
    shelf = tmp_path / "copier"
    shelf.mkdir()
    root = station(tmp_path, SHELF.format(path=shelf))
    files = paper(tmp_path / "a", BOOK, 1, OTHER, 2)
    cut_short(files[2])
    for file in files:
        shutil.copy(file, shelf)
    assert "may have been the cover sheet of another book" in watch(root)
    assert [kind for kind, _ in kept(root, BOOK)] == ["cover", "page", "page"]
    (look,) = findings(root, "review")
    assert (look["reason"], look["blocking"], look["order"]) == ("cover-lost", True, 2)
    succeed(root, "pages", "confirm", look["subject"])
    assert findings(root, "review") == []


def test_what_may_be_a_cover_counts_when_it_comes_alone(tmp_path: Path) -> None:
    """The pages behind it come in another run of the service, which knows of it by the page before."""
    shelf = tmp_path / "copier"
    shelf.mkdir()
    root = station(tmp_path, SHELF.format(path=shelf))
    files = paper(tmp_path / "a", BOOK, 1, OTHER, 2)
    cut_short(files[2])
    for few in (files[:2], files[2:3], files[3:]):
        for file in few:
            shutil.copy(file, shelf)
        watch(root)
    assert len(kept(root, BOOK)) == 3
    assert [one["reason"] for one in findings(root, "review")] == ["cover-lost"]


def test_one_cover_sheet_opens_its_book_again_and_again(tmp_path: Path) -> None:
    shelf = tmp_path / "copier"
    shelf.mkdir()
    root = station(tmp_path, SHELF.format(path=shelf))
    cover, one, other, two, three = paper(tmp_path / "a", BOOK, 1, OTHER, 2, 3)
    for place, file in enumerate([cover, one, other, two, cover], 1):
        shutil.copy(file, shelf / f"{place}.jpg")
    watch(root)
    shutil.copy(three, shelf / "6.jpg")
    watch(root)
    assert [kind for kind, _ in kept(root, BOOK)] == ["cover", "page", "cover", "page"]
    assert [kind for kind, _ in kept(root, OTHER)] == ["cover", "page"]
    assert list((root / "quarantine").glob("*")) == []
