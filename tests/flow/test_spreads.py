"""Open books in one picture, from the choice of a book to its PDFs: split, kept whole, put together again."""

from __future__ import annotations

import io
import json
import shlex
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
import pytest

from tests.corpus.pages import Book, Taking, take
from tests.support import BOOK, draw_pages, make_station, run_here, run_station, scripted, succeed, with_density

DPI = 100
WIDE = (900, 1400)


def draw_spread(file: Path, seed: int) -> Path:
    picture = take(Book.of(seed).spread(3), replace(Taking.of(seed), dpi=DPI))
    done, data = cv2.imencode(".jpg", picture.pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    assert done
    file.write_bytes(with_density(data.tobytes(), DPI))
    return file


def draw_flat(file: Path) -> Path:
    """Wide paper without a fold, which may be a spread of a book that lies flat."""
    page = np.full((*WIDE, 3), 30, np.uint8)
    page[40:-40, 40:-40] = (196, 221, 232)
    for y in range(140, WIDE[0] - 100, 40):
        cv2.putText(page, f"dong {y} so", (120, y), cv2.FONT_HERSHEY_SIMPLEX, 1, (90, 40, 20), 2, cv2.LINE_AA)
        cv2.putText(page, f"dong {y} ten", (800, y), cv2.FONT_HERSHEY_SIMPLEX, 1, (90, 40, 20), 2, cv2.LINE_AA)
    done, data = cv2.imencode(".jpg", page)
    assert done
    file.write_bytes(with_density(data.tobytes(), DPI))
    return file


@pytest.fixture(scope="module")
def spreads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spreads")
    for number, seed in enumerate((2000, 2004)):
        draw_spread(folder / f"s{number}.jpg", seed)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, spreads: Path) -> Path:
    """A root whose book has two spreads of two cases each, kept whole."""
    root = make_station(tmp_path_factory.mktemp("whole") / "root")
    succeed(root, "ingest", BOOK, str(spreads), "--number", "1", "--cases-per-page", "2")
    return root


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "root"))


def pages(root: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = succeed(root, "pages", BOOK)
    return found


def pdfs(bag: dict[str, Any]) -> dict[str, list[tuple[float, float]]]:
    """The paper sizes (mm) of the pages of each PDF of a bag."""
    (packed,) = (Path(bag["folder"]) / "data").glob("*.zip")
    sizes = {}
    with zipfile.ZipFile(packed) as archive:
        for name in archive.namelist():
            with pikepdf.open(io.BytesIO(archive.read(name))) as pdf:
                boxes = [page.mediabox for page in pdf.pages]
                sizes[name] = [(float(box[2]) / 72 * 25.4, float(box[3]) / 72 * 25.4) for box in boxes]
    return sizes


def refused(root: Path, *words: str) -> str:
    ran = run_here(root, "--json", *words)
    assert ran.code in {2, 3}, ran.err
    return str(ran.data["error"])


def test_a_book_whose_spreads_are_split_packs_a_page_for_each_half(tmp_path: Path, spreads: Path) -> None:
    root = make_station(tmp_path / "root")
    succeed(root, "books", "spreads", BOOK, "split")
    assert succeed(root, "books", "show", BOOK)["spreads"] == "split"
    ran = run_here(root, "ingest", BOOK, str(spreads), "--number", "1", "--cases-per-page", "2")
    assert ran.code == 0
    assert "spread.split-in" not in ran.err
    assert "2 spreads" in ran.err or "2 ảnh" in ran.err
    halves = pages(root)
    assert [page["half"] for page in halves] == ["left", "right"] * 2
    assert [page["cases"] for page in halves] == [["01/2005"], ["02/2005"], ["03/2005"], ["04/2005"]]
    assert len({page["sha256"] for page in halves}) == 2
    assert len({page["file"] for page in halves}) == 2
    assert len({page["copy"] for page in halves}) == 4
    assert all((root / page[key]).is_file() for page in halves for key in ("copy", "preview", "thumbnail"))
    assert all(49 < page["gutter"][end] < 51 for page in halves for end in ("top", "bottom"))
    assert succeed(root, "check", BOOK) == []
    assert succeed(root, "process", BOOK)["made"] == 0
    bag = succeed(root, "pack", BOOK)
    assert (bag["pages"], bag["cases"]) == (4, 4)
    found = pdfs(bag)
    assert len(found) == 4
    assert all(len(sizes) == 1 and sizes[0][0] < sizes[0][1] for sizes in found.values())
    record = json.loads((Path(bag["folder"]) / "data" / "book.json").read_text())
    assert [page["half"] for page in record["pages"]] == ["left", "right"] * 2
    for words in (("pages", "whole", halves[0]["id"]), ("books", "spreads", BOOK, "whole")):
        assert refused(root, *words) == "book-sealed"


def test_what_is_taken_again_is_known_and_numbers_go_on(tmp_path: Path, spreads: Path) -> None:
    root = make_station(tmp_path / "root")
    succeed(root, "books", "add", BOOK, "--spreads", "split")
    folder = tmp_path / "scans"
    folder.mkdir()
    shutil.copy(spreads / "s0.jpg", folder)
    numbered = ("ingest", BOOK, str(folder), "--number", "1", "--cases-per-page", "2")
    succeed(root, *numbered)
    shutil.copy(spreads / "s1.jpg", folder)
    taken = succeed(root, *numbered)
    assert (taken["pages"], taken["already"]) == (1, 1)
    assert [page["cases"] for page in pages(root)] == [["01/2005"], ["02/2005"], ["03/2005"], ["04/2005"]]


def test_a_case_that_runs_across_both_pages_has_both_in_its_pdf(tmp_path: Path, spreads: Path) -> None:
    root = make_station(tmp_path / "root")
    succeed(root, "books", "spreads", BOOK, "split")
    succeed(root, "ingest", BOOK, str(spreads), "--number", "1")
    assert [page["cases"] for page in pages(root)] == [["01/2005"]] * 2 + [["02/2005"]] * 2
    found = pdfs(succeed(root, "pack", BOOK))
    assert [len(sizes) for sizes in found.values()] == [2, 2]


def test_undone_the_bag_is_that_of_a_book_that_was_never_split(whole: Path, root: Path, tmp_path: Path) -> None:
    untouched = Path(shutil.copytree(whole, tmp_path / "untouched"))
    for page in pages(root):
        done = succeed(root, "pages", "split", page["id"])
        assert [half["half"] for half in done["halves"]] == ["left", "right"]
    succeed(root, "process", BOOK)
    assert len(pages(root)) == 4
    for page in (pages(root)[0], pages(root)[3]):
        succeed(root, "pages", "whole", page["id"])
    assert [page["cases"] for page in pages(root)] == [["01/2005", "02/2005"], ["03/2005", "04/2005"]]
    bag, other = succeed(root, "pack", BOOK), succeed(untouched, "pack", BOOK)
    assert bag["id"] == other["id"]
    names = sorted(path.relative_to(bag["folder"]) for path in Path(bag["folder"]).rglob("*") if path.is_file())
    assert names == sorted(
        path.relative_to(other["folder"]) for path in Path(other["folder"]).rglob("*") if path.is_file()
    )
    for name in names:
        assert (Path(bag["folder"]) / name).read_bytes() == (Path(other["folder"]) / name).read_bytes(), name


def test_the_gutter_is_shown_before_a_split_and_after_it(root: Path, tmp_path: Path) -> None:
    page = pages(root)[0]
    assert page["half"] is None
    shown = succeed(root, "pages", "show-gutter", page["id"], "--show", str(tmp_path / "before.png"))
    assert shown["gutter"] == page["gutter"]
    assert shown["gutter"]["confidence"] >= 0.6
    done = succeed(root, "pages", "split", page["id"], "--at", "48,52.5", "--show", str(tmp_path / "after.png"))
    assert done["gutter"] == {"top": 48.0, "bottom": 52.5, "confidence": 1.0}
    half = pages(root)[1]
    assert half["gutter"] == {"top": 48.0, "bottom": 52.5, "confidence": None}
    again = succeed(root, "pages", "show-gutter", half["id"], "--show", str(tmp_path / "again.png"))
    assert again["gutter"] == done["gutter"]
    assert (tmp_path / "after.png").read_bytes() == (tmp_path / "again.png").read_bytes()
    before, after = (cv2.imread(str(tmp_path / f"{name}.png")) for name in ("before", "after"))
    assert before is not None
    assert after is not None
    assert before.shape == after.shape
    assert before.shape[1] > before.shape[0]


def test_the_operator_deals_the_cases_out(root: Path, tmp_path: Path) -> None:
    (last,) = draw_pages(tmp_path / "last", 1)
    succeed(root, "ingest", BOOK, str(last), "--number", "5")
    page = pages(root)[0]["id"]
    assert refused(root, "pages", "split", page, "--numbers", "1/5") == "number-on-other-page"
    assert refused(root, "pages", "split", page, "--numbers", "1,2") == "bad-sides"
    assert refused(root, "pages", "split", page, "--numbers", "1/2/2005") == "bad-sides"
    assert refused(root, "pages", "split", page, "--numbers", "1/") == "split-leaves-out"
    succeed(root, "books", "add", BOOK, "--first", "1", "--last", "5")
    assert refused(root, "pages", "split", page, "--numbers", "1/2,6") == "numbers-beyond-list"
    assert len(pages(root)) == 3
    done = succeed(root, "pages", "split", page, "--numbers", "1/2005,2/2005//2/2005")
    assert [half["cases"] for half in done["halves"]] == [["01/2005", "02/2005"], ["02/2005"]]
    assert succeed(root, "check", BOOK) == []
    done = succeed(root, "pages", "split", pages(root)[2]["id"], "--numbers", "3,4/")
    assert [half["cases"] for half in done["halves"]] == [["03/2005", "04/2005"], []]
    (found,) = run_here(root, "--json", "check", BOOK).data
    assert (found["code"], found["order"]) == ("page-without-case", 4)


@pytest.mark.parametrize("at", ["", "x", "0", "100", "50,", "1,2,3", "nan", "inf", "-5"])
def test_what_is_no_place_is_refused(root: Path, at: str) -> None:
    ran = run_here(root, "--json", "pages", "split", pages(root)[0]["id"], f"--at={at}")
    assert ran.data["error"] == "bad-gutter"
    assert len(pages(root)) == 2


def test_a_half_is_not_split_and_a_whole_not_put_together(root: Path) -> None:
    page = pages(root)[0]["id"]
    assert refused(root, "pages", "whole", page) == "page-is-whole"
    succeed(root, "pages", "split", page)
    assert refused(root, "pages", "split", pages(root)[0]["id"]) == "page-is-half"
    assert refused(root, "pages", "split", page) == "no-such-page"


def test_a_half_is_discarded_marked_and_replaced_as_any_page(root: Path, tmp_path: Path) -> None:
    first, second = (page["id"] for page in pages(root))
    succeed(root, "pages", "split", first)
    succeed(root, "pages", "split", second)
    one, two, three, four = (page["id"] for page in pages(root))
    succeed(root, "pages", "mark", one, "--kind", "blank")
    succeed(root, "pages", "discard", three, "--why", "blank")
    (new,) = draw_pages(tmp_path / "new", 1)
    ran = run_here(root, "--json", "pages", "replace", four, str(new))
    assert ran.code == 0
    assert "station pages whole" in ran.err
    kept = pages(root)
    assert [page["id"] for page in kept[:2]] == [one, two]
    assert len(kept) == 3
    assert kept[2]["half"] is None
    assert kept[2]["cases"] == ["04/2005"]
    assert refused(root, "pages", "whole", three) == "no-such-page"
    assert succeed(root, "pages", "whole", two)["id"] == first
    assert [page["cases"] for page in pages(root)] == [["02/2005"], ["04/2005"]]


def test_a_replaced_half_keeps_the_whole_away_until_its_page_is_gone(root: Path, tmp_path: Path) -> None:
    first = pages(root)[0]["id"]
    succeed(root, "pages", "split", first)
    left, right = (page["id"] for page in pages(root)[:2])
    (new,) = draw_pages(tmp_path / "new", 1)
    succeed(root, "pages", "replace", left, str(new))
    instead = pages(root)[0]["id"]
    assert refused(root, "pages", "whole", right) == "half-replaced"
    succeed(root, "pages", "discard", instead, "--why", "wrong page")
    assert succeed(root, "pages", "whole", right)["id"] == first


def test_a_spread_that_stands_for_a_half_is_not_split_and_told(tmp_path: Path, spreads: Path) -> None:
    root = make_station(tmp_path / "root")
    succeed(root, "books", "spreads", BOOK, "split")
    succeed(root, "ingest", BOOK, str(spreads / "s0.jpg"), "--number", "1", "--cases-per-page", "2")
    left, right = pages(root)
    assert run_here(root, "pages", "replace", left["id"], str(spreads / "s1.jpg")).code == 0
    assert [page["half"] for page in pages(root)] == [None, "right"]
    (finding,) = run_here(root, "--json", "check", BOOK).data
    assert (finding["code"], finding["subject"]) == ("spread-for-half", pages(root)[0]["id"])
    _, *words = shlex.split(finding["mend"])
    assert run_here(root, *words).code == 2
    succeed(root, *("chụp cả hai trang" if word == "WHY" else word for word in words))
    whole = succeed(root, "pages", "whole", right["id"])["id"]
    succeed(root, "cases", "assign", BOOK, "--page", whole, "--numbers", "1,2")
    succeed(root, "pages", "replace", whole, str(spreads / "s1.jpg"))
    halves = pages(root)
    assert [page["half"] for page in halves] == ["left", "right"]
    assert [page["cases"] for page in halves] == [["01/2005"], ["02/2005"]]
    assert halves[0]["sha256"] != left["sha256"]
    assert run_here(root, "--json", "check", BOOK).data == []


def test_wide_paper_without_a_gutter_stays_whole_until_somebody_says(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    succeed(root, "books", "spreads", BOOK, "split")
    flat = draw_flat(tmp_path / "flat.jpg")
    succeed(root, "ingest", BOOK, str(flat), "--number", "1", "--cases-per-page", "2")
    (page,) = pages(root)
    assert page["gutter"] is None
    assert refused(root, "pages", "split", page["id"]) == "gutter-unknown"
    assert run_here(root, "pages", "show-gutter", page["id"]).code == 3
    found = [one for one in run_here(root, "--json", "check", BOOK).data if one["code"] == "spread-without-gutter"]
    assert [(one["subject"], one["blocking"], one["at"]) for one in found] == [(page["id"], False, "50")]
    confirmed = Path(shutil.copytree(root, tmp_path / "confirmed"))
    succeed(confirmed, "pages", "confirm", page["id"])
    for one, count in ((root, 2), (confirmed, 1)):
        if one == root:
            run_here(root, *shlex.split(found[0]["mend"])[1:])
        assert "spread-without-gutter" not in run_here(one, "--json", "check", BOOK).out
        assert len(pages(one)) == count
        assert succeed(one, "pack", BOOK)["pages"] == count


def test_a_hot_folder_splits_what_it_takes(tmp_path: Path, spreads: Path) -> None:
    root = make_station(tmp_path / "root", settings="\n[intake]\nsettle_seconds = 0.1\n")
    succeed(root, "books", "spreads", BOOK, "split")
    for file in spreads.iterdir():
        shutil.copy(file, root / "inbox" / "19441" / "KS.2005.01")
    succeed(root, "watch", "--once")
    assert [page["half"] for page in pages(root)] == ["left", "right"] * 2
    assert all((root / page["copy"]).is_file() for page in pages(root))


def test_pages_that_came_before_the_choice_stay_as_they_are(root: Path) -> None:
    succeed(root, "books", "spreads", BOOK, "split")
    succeed(root, "process", BOOK)
    assert [page["half"] for page in pages(root)] == [None, None]
    assert succeed(root, "check", BOOK) == []


def test_what_was_put_together_again_stays_whole_in_a_book_that_splits(tmp_path: Path, spreads: Path) -> None:
    root = make_station(tmp_path / "root")
    succeed(root, "books", "spreads", BOOK, "split")
    succeed(root, "ingest", BOOK, str(spreads / "s0.jpg"), "--number", "1")
    succeed(root, "pages", "whole", pages(root)[1]["id"])
    succeed(root, "process", BOOK)
    assert [page["half"] for page in pages(root)] == [None]
    assert succeed(root, "check", BOOK) == []


def scan(root: Path, folder: Path, sheets: list[str], *words: str) -> dict[str, Any]:
    ran = run_station(root, "--json", "scan", BOOK, "--device", scripted(folder, sheets), *words)
    document: dict[str, Any] = ran.data | {"code": ran.code, "said": ran.err}
    return document


def test_a_scan_tells_of_the_halves_and_a_jam_waits_for_the_last_of_them(tmp_path: Path, spreads: Path) -> None:
    root = make_station(tmp_path / "root")
    succeed(root, "books", "spreads", BOOK, "split")
    sheets = [f'image = "{spreads}/s0.jpg"', f'image = "{spreads}/s1.jpg"', 'fault = "jam"']
    ran = scan(root, tmp_path, sheets, "--number", "1", "--cases-per-page", "2")
    assert (ran["code"], ran["fault"], ran["pages"], ran["last_page"]) == (5, "jam", 2, 4)
    found = {one["code"]: one for one in run_here(root, "--json", "check", BOOK).data}
    doubt = found["last-page-unconfirmed"]
    last = pages(root)[-1]
    assert (doubt["subject"], doubt["last"], doubt["kept"]) == (last["id"], 4, 2)
    assert doubt["numbers"] == "04/2005"
    assert doubt["go_on"] == "--number 05/2005"
    assert run_here(root, "pages", "confirm", last["id"]).code == 0
    assert run_here(root, "--json", "check", BOOK).data == []


def test_fewer_images_than_asked_for_are_counted_as_images(tmp_path: Path, spreads: Path) -> None:
    root = make_station(tmp_path / "root")
    succeed(root, "books", "spreads", BOOK, "split")
    sheets = [f'image = "{spreads}/s0.jpg"', f'image = "{spreads}/s1.jpg"']
    assert scan(root, tmp_path, sheets, "--number", "1", "--cases-per-page", "2", "--pages", "3")["code"] == 3
    (finding,) = run_here(root, "--json", "check", BOOK).data
    last = pages(root)[-1]["id"]
    assert (finding["code"], finding["subject"]) == ("fewer-pages", last)
    assert (finding["asked"], finding["kept"], finding["order"]) == (3, 2, 4)
    succeed(root, "pages", "whole", last)
    (finding,) = run_here(root, "--json", "check", BOOK).data
    assert (finding["subject"], finding["order"]) == (pages(root)[-1]["id"], 3)
    succeed(root, "pages", "confirm", pages(root)[-1]["id"])
    assert run_here(root, "--json", "check", BOOK).data == []


def test_a_stack_that_waits_for_its_backs_is_not_split(tmp_path: Path, spreads: Path) -> None:
    root = make_station(tmp_path / "root")
    succeed(root, "books", "spreads", BOOK, "split")
    fronts = [f'image = "{spreads}/s0.jpg"']
    scan(root, tmp_path, fronts, "--side", "front", "--number", "1", "--cases-per-page", "2")
    assert [page["half"] for page in pages(root)] == [None]
    assert refused(root, "pages", "split", pages(root)[0]["id"]) == "stack-waits"
    (tmp_path / "backs").mkdir()
    ran = scan(root, tmp_path / "backs", [f'image = "{spreads}/s1.jpg"'], "--side", "back")
    assert (ran["code"], ran["pairing"]["other_size"]) == (3, [1])
    assert [page["half"] for page in pages(root)] == [None, None]
    assert succeed(root, "pages", "pair", BOOK, "--as-they-are")["paired"]
    assert [page["half"] for page in pages(root)] == ["left", "right"] * 2
    assert [page["cases"] for page in pages(root)] == [["01/2005"], ["02/2005"], ["03/2005"], ["04/2005"]]
    assert [page["side"] for page in pages(root)] == ["front", "front", "back", "back"]
    assert run_here(root, "--json", "check", BOOK).data == []
