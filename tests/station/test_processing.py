"""Delivery copies of a book: averaged, the same every time, never stale, with small pictures beside them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from station.imaging.page import preview_of, thumbnail_of
from tests.support import BOOK, draw_page, draw_pages, make_station, run_here, succeed, with_density

AVERAGED = """
based_on = "guideline-100k"
name = "averaged"
target_kb_per_a4 = {kb}

[quality]
floor = 22
default = 40
ceiling = 90
faint_floor = 22
"""
PAGES = 4


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Pages that need more and less: dense at 150 dpi, sparse at 75."""
    folder = tmp_path_factory.mktemp("pages")
    return [draw_page(folder / f"p{number}.jpg", number, dpi=(75, 150)[number % 2]) for number in range(1, PAGES + 1)]


def averaged(folder: Path, kb: float = 75) -> Path:
    """A station with a recipe of its own, whose target lies within the range."""
    root = make_station(folder, settings='recipe = "averaged"\n')
    (root / "recipes").mkdir()
    (root / "recipes" / "averaged.toml").write_text(AVERAGED.format(kb=kb))
    return root


def ingest(root: Path, *files: Path) -> None:
    succeed(root, "ingest", BOOK, *map(str, files), "--number", "1")


def process(root: Path) -> Any:
    return succeed(root, "process", BOOK)


def sizes(root: Path) -> dict[str, Any]:
    found = succeed(root, "books", "show", BOOK)["sizes"]
    assert isinstance(found, dict)
    return found


def copies(root: Path) -> dict[str, bytes]:
    """The bytes of each page's copy by the hash of its master."""
    return {page["sha256"]: (root / page["copy"]).read_bytes() for page in succeed(root, "pages", BOOK)}


def test_a_book_meets_its_target_on_average(tmp_path: Path, pages: list[Path]) -> None:
    root = averaged(tmp_path / "root")
    ingest(root, *pages)
    made = process(root)
    assert made["sizes"] == [{"book": BOOK, **sizes(root)}]
    assert sizes(root)["kb_per_a4"] == pytest.approx(75, rel=0.12)
    assert sizes(root)["pages"] == PAGES
    each = {len(data) for data in copies(root).values()}
    assert max(each) > 1.5 * min(each)
    assert process(root)["made"] == 0


def test_the_same_pages_have_the_same_bytes_in_whatever_order_they_came(tmp_path: Path, pages: list[Path]) -> None:
    first, second = averaged(tmp_path / "first"), averaged(tmp_path / "second")
    ingest(first, *pages)
    for page in reversed(pages):
        succeed(second, "ingest", BOOK, str(page))
        process(second)
    process(first)
    assert copies(first) == copies(second)


def test_a_page_more_settles_the_book_again(tmp_path: Path, pages: list[Path]) -> None:
    root = averaged(tmp_path / "root")
    ingest(root, *pages[:1])
    process(root)
    alone = sizes(root)["lowest_quality"]
    succeed(root, "ingest", BOOK, *map(str, pages[1:]))
    process(root)
    assert sizes(root)["lowest_quality"] != alone
    assert len({page["sha256"] for page in succeed(root, "pages", BOOK)}) == PAGES


def test_what_is_packed_is_settled(tmp_path: Path, pages: list[Path]) -> None:
    """`pack` right after the scan gives the bag that `process` and `pack` give."""
    digests = []
    for name in ("straight", "processed"):
        root = averaged(tmp_path / name)
        ingest(root, *pages)
        if name == "processed":
            process(root)
        sealed = succeed(root, "pack", BOOK)
        assert sealed["sizes"]["kb_per_a4"] == pytest.approx(75, rel=0.12)
        record = json.loads((Path(sealed["folder"]) / "data" / "book.json").read_text())
        digests.append([page["copy_sha256"] for page in record["pages"]])
    assert digests[0] == digests[1]


def test_below_the_floor_nothing_goes_and_it_is_said(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings='recipe = "cramped"\n')
    (root / "recipes").mkdir()
    (root / "recipes" / "cramped.toml").write_text(
        'based_on = "guideline-100k"\nname = "cramped"\ntarget_kb_per_a4 = 5\n'
    )
    ingest(root, *draw_pages(tmp_path / "pages", 2))
    ran = run_here(root, "process", BOOK)
    assert "above the guideline" in ran.err
    found = sizes(root)
    assert (found["pages_at_floor"], found["lowest_quality"]) == (2, 22)
    assert found["over_kb_per_a4"] > 0


def test_another_recipe_makes_all_copies_again_and_clears_the_old_ones(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings='recipe = "legible"\n')
    ingest(root, *draw_pages(tmp_path / "pages", 2))
    folder = root / "copies" / BOOK
    before = set(folder.iterdir())
    settings = root / "station.toml"
    settings.write_text(settings.read_text().replace('"legible"', '"archive"'))
    (folder / ".half.jpg.part").write_bytes(b"what a crash left")
    sealed = succeed(root, "pack", BOOK)
    after = set(folder.iterdir())
    assert not before & after
    assert len(after) == 2 * 3
    assert all(".archive-" in path.name for path in after)
    record = json.loads((Path(sealed["folder"]) / "data" / "book.json").read_text())
    assert record["recipe"].startswith("archive-")


def test_nothing_is_cleared_while_a_page_lacks_its_copy(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings='recipe = "legible"\n')
    ingest(root, *draw_pages(tmp_path / "pages", 2))
    before = set((root / "copies" / BOOK).iterdir())
    settings = root / "station.toml"
    settings.write_text(settings.read_text().replace('"legible"', '"archive"'))
    (first, _) = succeed(root, "pages", BOOK)
    (root / first["file"]).unlink()
    ran = run_here(root, "--json", "process", BOOK)
    assert ran.code == 3
    assert ran.data["unreadable"] == [first["id"]]
    assert before <= set((root / "copies" / BOOK).iterdir())


def test_small_pictures_lie_beside_each_copy_and_are_made_again(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    ingest(root, draw_page(tmp_path / "a.jpg", 1, dpi=200))
    (page,) = succeed(root, "pages", BOOK)
    copy, preview, thumbnail = (root / page[name] for name in ("copy", "preview", "thumbnail"))
    assert (preview, thumbnail) == (preview_of(copy), thumbnail_of(copy))
    for path, side in ((preview, 1600), (thumbnail, 400)):
        with Image.open(path) as image:
            assert max(image.size) == side
        path.unlink()
        assert process(root)["made"] == 1
        assert path.is_file()
    shutil.rmtree(root / "copies")
    assert process(root)["made"] == 1
    assert thumbnail.is_file()


def test_a_machine_without_a_screen_makes_none(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings="previews = false\n")
    ingest(root, *draw_pages(tmp_path / "pages", 1))
    (page,) = succeed(root, "pages", BOOK)
    assert (page["preview"], page["thumbnail"]) == (None, None)
    assert [path.name for path in (root / "copies" / BOOK).iterdir()] == [Path(page["copy"]).name]
    assert process(root)["made"] == 0


def test_a_recipe_of_one_s_own_that_is_wrong_is_named(tmp_path: Path) -> None:
    root = averaged(tmp_path / "root")
    file = root / "recipes" / "averaged.toml"
    file.write_text(file.read_text().replace("floor = 22\n", "flor = 22\n", 1))
    ran = run_here(root, "process", BOOK)
    assert ran.code == 2
    assert "averaged.toml" in ran.err
    assert "quality.flor" in ran.err


def verdicts_of(root: Path) -> list[dict[str, dict[str, Any]]]:
    return [{one["check"]: one for one in page["verdicts"]} for page in succeed(root, "pages", BOOK)]


def test_a_page_with_a_wrong_resolution_is_held_against_the_book(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    ingest(root, draw_page(tmp_path / "first.jpg", 1, dpi=150))
    later = []
    for number, tag in enumerate((150, 100, 125, 175, 200), 2):
        later.append(draw_page(tmp_path / f"p{number}.jpg", number, dpi=150))
        later[-1].write_bytes(with_density(later[-1].read_bytes(), tag))
    succeed(root, "ingest", BOOK, *map(str, later), "--number", "2")
    told = [one["paper-size"] for one in verdicts_of(root)]
    assert [one["level"] for one in told] == ["ok", "ok", "look", "look", "look", "look"]
    assert [round(one["value"], 2) for one in told[2:]] == pytest.approx([0.5, 0.2, 0.14, 0.25], abs=0.02)


def test_a_recipe_below_the_floor_is_refused_with_the_reason(tmp_path: Path) -> None:
    root = averaged(tmp_path / "root")
    file = root / "recipes" / "averaged.toml"
    file.write_text(file.read_text().replace("floor = 22\n", "floor = 3\n", 1))
    ran = run_here(root, "process", BOOK)
    assert ran.code == 2
    assert "averaged.toml" in ran.err
    assert "quality.floor = 3 is too low. Below 22 tone marks" in ran.err


@pytest.mark.parametrize("which", ["preview", "thumbnail"])
@pytest.mark.parametrize("damage", ["cut short", "empty", "zeros at its end", "something else"])
def test_a_small_picture_that_is_damaged_is_made_again(tmp_path: Path, which: str, damage: str) -> None:
    root = make_station(tmp_path / "root")
    ingest(root, *draw_pages(tmp_path / "pages", 1))
    (page,) = succeed(root, "pages", BOOK)
    path = root / page[which]
    whole = path.read_bytes()
    path.write_bytes(
        {
            "cut short": whole[: len(whole) // 2],
            "empty": b"",
            "zeros at its end": whole[:-600] + bytes(600),
            "something else": b"no picture at all",
        }[damage]
    )
    assert process(root)["made"] == 1
    assert path.read_bytes() == whole
    assert process(root)["made"] == 0
