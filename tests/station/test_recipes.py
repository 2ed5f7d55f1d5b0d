"""Which recipe makes the copies of which book: that of the settings, one of its own, that of its bag."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support import BOOK, draw_pages, make_station, run_here, succeed

CHECKER = ("--checker", "Trần Thị Bưởi", "--why", "thử công thức khác")
OTHER = "19441/KS.2005.02"
COARSE = 'based_on = "legible"\nname = "coarse"\ndpi = {dpi}\n'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with a book of two pages, by the recipe `coarse` of its own folder."""
    folder = tmp_path_factory.mktemp("recipes")
    root = make_station(folder / "root", settings='recipe = "coarse"\n')
    (root / "recipes").mkdir()
    (root / "recipes" / "coarse.toml").write_text(COARSE.format(dpi=75))
    succeed(root, "ingest", BOOK, *map(str, draw_pages(folder / "pages", 2)), "--number", "1")
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "root"))


def change(root: Path, old: str, new: str) -> None:
    """Name another recipe in the settings."""
    settings = root / "station.toml"
    settings.write_text(settings.read_text().replace(f'recipe = "{old}"', f'recipe = "{new}"'))


def recipe_in(bag: dict[str, Any]) -> str:
    return str(json.loads((Path(bag["folder"]) / "data" / "book.json").read_text())["recipe"])


def copies(root: Path, book: str = BOOK) -> set[Path]:
    return set((root / "copies" / book).iterdir())


def test_a_sealed_book_says_the_sizes_of_its_bag_whatever_the_settings_say_today(root: Path) -> None:
    sealed = succeed(root, "pack", BOOK)
    change(root, "coarse", "archive")
    again = succeed(root, "pack", BOOK)
    assert again["id"] == sealed["id"]
    assert again["sizes"] == sealed["sizes"] == succeed(root, "books", "show", BOOK)["sizes"]
    assert again["sizes"]["recipe"] == "coarse"
    assert again["sizes"]["pages"] == 2


def test_a_sealed_book_stays_whole_and_checked_under_another_recipe(root: Path) -> None:
    succeed(root, "pack", BOOK)
    before = [page["copy"] for page in succeed(root, "pages", BOOK)]
    codes = {finding["code"] for finding in run_here(root, "--json", "check", BOOK).data}
    change(root, "coarse", "archive")
    assert [page["copy"] for page in succeed(root, "pages", BOOK)] == before
    for words in (("check", BOOK), ("check",)):
        assert {finding["code"] for finding in run_here(root, "--json", *words).data} == codes
    assert "no-copy" not in codes


def test_a_sealed_book_is_not_processed_and_it_is_said(root: Path) -> None:
    succeed(root, "pack", BOOK)
    before = copies(root)
    change(root, "coarse", "archive")
    for words in (("process", BOOK), ("process",)):
        ran = run_here(root, *words)
        assert ran.code == 0
        assert "sealed" in ran.err
        assert copies(root) == before
    done = succeed(root, "process")
    assert (done["made"], done["sealed"]) == (0, [BOOK])


def test_lost_copies_of_a_sealed_book_are_made_again_by_the_recipe_of_its_bag(root: Path) -> None:
    succeed(root, "pack", BOOK)
    pages = succeed(root, "pages", BOOK)
    bytes_before = [(root / page["copy"]).read_bytes() for page in pages]
    change(root, "coarse", "archive")
    shutil.rmtree(root / "copies")
    assert succeed(root, "process", BOOK, "--sealed")["made"] == 2
    assert [(root / page["copy"]).read_bytes() for page in pages] == bytes_before
    assert succeed(root, "process", "--sealed")["made"] == 0


def test_where_the_recipe_of_a_bag_is_gone_its_sizes_stay_and_nothing_is_made_by_another(root: Path) -> None:
    sealed = succeed(root, "pack", BOOK)
    (root / "recipes" / "coarse.toml").write_text(COARSE.format(dpi=60))
    sizes = succeed(root, "pack", BOOK)["sizes"]
    assert (sizes["recipe"], sizes["kb_per_a4"]) == ("coarse", sealed["sizes"]["kb_per_a4"])
    assert (sizes["target_kb_per_a4"], sizes["over_kb_per_a4"]) == (None, None)
    assert "taken away since" in run_here(root, "pack", BOOK).err
    ran = run_here(root, "process", BOOK, "--sealed")
    assert ran.code == 2
    assert f"station reopen {BOOK}" in ran.err


def test_a_book_that_is_opened_again_goes_by_the_settings(root: Path) -> None:
    succeed(root, "pack", BOOK)
    change(root, "coarse", "archive")
    succeed(root, "reopen", BOOK, *CHECKER)
    assert recipe_in(succeed(root, "pack", BOOK)).startswith("archive-")
    assert all(".archive-" in path.name for path in copies(root))


def test_a_bag_that_a_crash_left_without_its_row_is_entered_with_its_recipe(root: Path) -> None:
    """The catalogue as it was before sealing, and the bag in its place: the crash lies between them."""
    shutil.copy(root / "catalogue.db", root / "before.db")
    sealed = succeed(root, "pack", BOOK)
    (root / "before.db").replace(root / "catalogue.db")
    change(root, "coarse", "archive")
    again = succeed(root, "pack", BOOK)
    assert (again["id"], again["sizes"]) == (sealed["id"], sealed["sizes"])


def test_a_book_has_a_recipe_of_its_own(root: Path, tmp_path: Path) -> None:
    succeed(root, "books", "add", OTHER)
    succeed(root, "books", "recipe", OTHER, "archive")
    succeed(root, "ingest", OTHER, *map(str, draw_pages(tmp_path / "more", 1, first=3)), "--number", "3")
    assert all(".archive-" in path.name for path in copies(root, OTHER))
    assert all(".coarse-" in path.name for path in copies(root))
    assert (succeed(root, "books", "show", OTHER)["recipe"], succeed(root, "books", "show", BOOK)["recipe"]) == (
        "archive",
        "coarse",
    )
    assert succeed(root, "process")["made"] == 0
    codes = {(finding["book"], finding["code"]) for finding in run_here(root, "--json", "check").data}
    assert not {code for code in codes if code[1] == "no-copy"}
    assert succeed(root, "pages", OTHER)[0]["copy"]
    assert recipe_in(succeed(root, "pack", OTHER)).startswith("archive-")


def test_another_recipe_makes_stale_what_was_there_and_taking_it_back_too(root: Path) -> None:
    succeed(root, "books", "recipe", BOOK, "archive")
    stale = {finding["code"] for finding in run_here(root, "--json", "check", BOOK).data}
    assert "no-copy" in stale
    assert succeed(root, "process", BOOK)["made"] == 2
    assert all(".archive-" in path.name for path in copies(root))
    succeed(root, "books", "recipe", BOOK, "--default")
    assert recipe_in(succeed(root, "pack", BOOK)).startswith("coarse-")


def test_a_recipe_of_a_book_that_changes_makes_its_copies_stale(root: Path) -> None:
    (root / "recipes" / "own.toml").write_text('based_on = "legible"\nname = "own"\ndpi = 80\n')
    succeed(root, "books", "recipe", BOOK, "own")
    assert succeed(root, "process", BOOK)["made"] == 2
    (root / "recipes" / "own.toml").write_text('based_on = "legible"\nname = "own"\ndpi = 90\n')
    assert succeed(root, "process", BOOK)["made"] == 2
    assert succeed(root, "pages", BOOK)[0]["copy"]
    succeed(root, "pack", BOOK)
    succeed(root, "reopen", BOOK, *CHECKER)
    assert succeed(root, "process", BOOK)["made"] == 0


@pytest.mark.parametrize("words", [(), ("nosuch",), ("archive", "--default")])
def test_a_recipe_that_cannot_be_chosen_is_refused(root: Path, words: tuple[str, ...]) -> None:
    ran = run_here(root, "books", "recipe", BOOK, *words)
    assert ran.code == 2
    if words == ("nosuch",):
        assert "archive, coarse, guideline-100k, legible" in ran.err


def test_a_sealed_book_keeps_its_recipe(root: Path) -> None:
    succeed(root, "pack", BOOK)
    assert run_here(root, "books", "recipe", BOOK, "archive").code == 2
    assert succeed(root, "books", "show", BOOK)["recipe"] == "coarse"


def test_an_unknown_recipe_in_the_settings_is_named_with_setting_file_and_choices(root: Path) -> None:
    change(root, "coarse", "leglible")
    ran = run_here(root, "process", BOOK)
    assert ran.code == 2
    for said in ("imaging.recipe", "leglible", str(root / "station.toml"), "archive, coarse, guideline-100k, legible"):
        assert said in ran.err
