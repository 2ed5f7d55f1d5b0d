"""Names and reasons that people have to give: nothing, and what stands in a command as its place, is none."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from tests.support import BOOK, draw_pages, make_station, run_here, succeed

CHECKER = ("--checker", "Trần Thị Mẫu")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with a sealed book of one page, and an exclusion of another."""
    folder = tmp_path_factory.mktemp("said")
    root = make_station(folder / "root")
    draw_pages(folder / "pages", 1)
    succeed(root, "ingest", BOOK, str(folder / "pages"), "--number", "1")
    succeed(root, "pack", BOOK)
    (folder / "done.csv").write_text("registry,type,year,book\n19441,KH,2006,1\n")
    succeed(root, "books", "exclude", str(folder / "done.csv"))
    succeed(root, "books", "add", "KH.2006.01")
    return root


@pytest.fixture
def root(sealed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sealed, tmp_path / "root"))


@pytest.mark.parametrize("nobody", ["", "  ", "NAME", "TÊN", "..."])
@pytest.mark.parametrize("words", [("reopen", BOOK), ("books", "include", "KH.2006.01")])
def test_nobody_is_no_checker(words: tuple[str, ...], nobody: str, root: Path) -> None:
    assert run_here(root, *words, "--checker", nobody, "--why", "thiếu trang").code == 2
    assert run_here(root, *words, *CHECKER, "--why", "thiếu trang").code == 0


@pytest.mark.parametrize("nothing", ["", "\t", "WHY", "REASON", "LÝ_DO", "..."])
def test_nothing_is_no_reason(nothing: str, root: Path) -> None:
    why = ("--why", nothing)
    for words in (("reopen", BOOK, *CHECKER), ("books", "include", "KH.2006.01", *CHECKER)):
        assert run_here(root, *words, *why).code == 2
    succeed(root, "reopen", BOOK, *CHECKER, "--why", "thiếu trang")
    (page,) = succeed(root, "pages", BOOK)
    for command in (("pages", "discard", page["id"]), ("duplicates", "keep", BOOK, page["id"])):
        assert run_here(root, *command, *why).code == 2
    assert len(succeed(root, "pages", BOOK)) == 1


def test_what_mends_a_sealed_book_does_nothing_until_somebody_says_who_and_why(root: Path) -> None:
    succeed(root, "books", "exclude", str(_exclusion(root)))
    found = [one for one in run_here(root, "--json", "check", BOOK).data if one["blocking"]]
    assert found
    for one in found:
        _, *words = shlex.split(one["mend"])
        assert run_here(root, *words).code == 2
    assert succeed(root, "books", "show", BOOK)["included"] is None


def _exclusion(root: Path) -> Path:
    file = root.parent / "phase-one.csv"
    file.write_text("registry,type,year,book\n19441,KS,2005,1\n")
    return file


def test_what_the_list_says_of_a_sealed_book_is_not_changed(root: Path) -> None:
    for words in (("--last", "9"), ("--pages", "3"), ("--place", "Kệ A"), ("--spreads", "split")):
        ran = run_here(root, "--json", "books", "add", BOOK, *words)
        assert (ran.code, ran.data["error"]) == (2, "book-sealed"), words
    assert succeed(root, "books", "add", BOOK)["changed"] == {}
    succeed(root, "reopen", BOOK, *CHECKER, "--why", "đếm lại")
    ran = run_here(root, "--json", "books", "add", BOOK, "--first", "1", "--last", "2")
    assert ran.data["changed"] == {"first": [None, 1], "last": [None, 2]}
    assert "last - → 2" in ran.err
    assert succeed(root, "books", "add", BOOK, "--last", "3")["changed"] == {"last": [2, 3]}


def test_a_book_that_nobody_counted_is_said_and_stops_where_the_profile_says_so(root: Path) -> None:
    succeed(root, "reopen", BOOK, *CHECKER, "--why", "đếm lại")
    ran = run_here(root, "--json", "check", BOOK)
    assert (ran.code, ran.data) == (0, [])
    assert f"count of pages of {BOOK}" in ran.err
    registers = root / "registers"
    registers.mkdir(exist_ok=True)
    for level, blocking in (("warning", False), ("stop", True)):
        (registers / "columns.toml").write_text(f'[counts]\nlevel = "{level}"\n')
        for words in ((BOOK,), ()):
            found = [one for one in run_here(root, "--json", "check", *words).data if one["code"] == "no-count"]
            assert [(one["book"], one["blocking"]) for one in found] == [(BOOK, blocking)]
    assert run_here(root, "pack", BOOK).code == 3
    succeed(root, "books", "add", BOOK, "--pages", "1")
    succeed(root, "pack", BOOK)
