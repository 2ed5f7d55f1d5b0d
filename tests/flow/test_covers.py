"""Cover sheets through the whole line: printed, scanned, read; the pages behind them go into their books."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from drivers.simulator.process import SimulatedScanner
from station.naming import BookId
from station.root import Root
from tests.flow.terminal import run_at_terminal
from tests.station.covers import papers
from tests.support import (
    BOOK,
    REGISTRY,
    command,
    draw_page,
    environment,
    make_station,
    run_here,
    run_station,
    scripted,
    succeed,
)

OTHER = "19441/KH.2006.01"
UNKNOWN = "19441/KT.2001.01"
SHELF = '\n[[folders]]\nname = "copier"\npath = "{path}"\ncovers = true\n'


def station(tmp_path: Path, settings: str = "") -> Path:
    """A station with two books, one with its first number in the work list."""
    more = f"\n[intake]\nsettle_seconds = 0.0\n\n[profiles.sim]\ndpi = 100\n{settings}"
    root = make_station(tmp_path / "root", settings=more)
    succeed(root, "books", "add", BOOK, "--first", "7")
    succeed(root, "books", "add", OTHER, "--first", "1")
    return root


def paper(folder: Path, *sheets: str | int | Image.Image) -> list[Path]:
    """A stack: the cover sheet of a book by its id, a register page by its number, or any picture."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for place, sheet in enumerate(sheets, 1):
        path = folder / f"{place:03}.jpg"
        if isinstance(sheet, int):
            files.append(draw_page(path, sheet))
        else:
            files.append(papers.save(papers.cover(sheet) if isinstance(sheet, str) else sheet, path))
    return files


def device(tmp_path: Path, *sheets: str | int | Image.Image) -> str:
    """A scripted scanner with this stack in its feeder."""
    return scripted(tmp_path, [f'image = "{path.name}"' for path in paper(tmp_path, *sheets)])


def kept(root: Path, book: str) -> list[tuple[str, list[str]]]:
    """Kind and numbers of each page of a book, in order."""
    return [(page["kind"], page["cases"]) for page in succeed(root, "pages", book)]


def in_quarantine(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "quarantine").glob("*") if not path.name.endswith(".why.txt"))


def numbered(year: int, *numbers: int) -> list[tuple[str, list[str]]]:
    return [("cover", []), *[("page", [f"{number:02}/{year}"]) for number in numbers]]


def test_two_books_in_one_stack_go_into_their_books(tmp_path: Path) -> None:
    root = station(tmp_path)
    ran = run_here(root, "--json", "scan", "--device", device(tmp_path, BOOK, 1, 2, OTHER, 3))
    assert ran.code == 0, ran.err
    assert ran.data["books"] == [{"book": BOOK, "pages": 3}, {"book": OTHER, "pages": 2}]
    assert (ran.data["sheets_fed"], ran.data["aside"], ran.data["refused_cover"]) == (5, 0, None)
    assert f"3 pages went into the book {BOOK}" in ran.err
    assert f"Scanned 2 pages into {OTHER}" in ran.err
    assert kept(root, BOOK) == numbered(2005, 7, 8)
    assert kept(root, OTHER) == numbered(2006, 1)
    assert in_quarantine(root) == []
    assert [path for path in (root / "spool").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("harm", ["torn", "skewed", "upside down", "faint"])
def test_a_cover_sheet_that_suffered_opens_its_book(harm: str, tmp_path: Path) -> None:
    root, sheet = station(tmp_path), papers.cover(BOOK)
    harmed = {
        "torn": papers.torn(sheet),
        "skewed": papers.skewed(sheet, 3),
        "upside down": sheet.rotate(180),
        "faint": papers.faint(sheet),
    }[harm]
    assert run_here(root, "scan", "--device", device(tmp_path, harmed, 1)).code == 0
    assert kept(root, BOOK) == numbered(2005, 7)


def test_with_a_book_given_its_own_cover_is_kept_and_another_one_switches(tmp_path: Path) -> None:
    root = station(tmp_path)
    stack = device(tmp_path, 1, BOOK, 2, OTHER, 3, BOOK, 4)
    ran = run_here(root, "scan", BOOK, "--number", "20", "--device", stack)
    assert ran.code == 0, ran.err
    assert f"Going on in the book {OTHER}" in ran.err
    (cover,), pages = numbered(2005), [("page", [f"{number}/2005"]) for number in (20, 21, 22)]
    assert kept(root, BOOK) == [pages[0], cover, pages[1], cover, pages[2]]
    assert kept(root, OTHER) == numbered(2006, 1)


def test_a_cover_sheet_is_no_page_of_the_paper_and_may_look_as_it_will(tmp_path: Path) -> None:
    root = station(tmp_path)
    succeed(root, "books", "add", BOOK, "--pages", "2")
    folder = tmp_path / "stack"
    paper(folder, BOOK, 1, BOOK, 2)
    assert run_here(root, "scan", "--device", f"folder:{folder}").code == 0
    assert [kind for kind, _ in kept(root, BOOK)] == ["cover", "page", "cover", "page"]
    assert [one["pages"] for one in succeed(root, "books", "list") if one["id"] == BOOK] == [2]
    cover = succeed(root, "pages", BOOK)[0]["id"]
    assert (
        run_here(
            root,
            "pages",
            "replace",
            cover,
            str(papers.save(Image.new("RGB", (827, 1169), "white"), tmp_path / "w.jpg")),
        ).code
        == 0
    )
    orders = {page["id"]: page["order"] for page in succeed(root, "pages", BOOK)}
    assert {one["code"] for one in findings(root, BOOK)} <= {"image"}
    assert {orders[one["subject"]] for one in findings(root, BOOK) if one["code"] == "image"} <= {2, 4}
    succeed(root, "pages", "mark", next(iter(orders)), "--kind", "index")
    assert [one["found"] for one in findings(root, BOOK) if one["code"] == "page-count"] == [3]


def test_sheets_before_any_cover_are_kept_apart_and_said(tmp_path: Path) -> None:
    root = station(tmp_path)
    ran = run_here(root, "--json", "scan", "--device", device(tmp_path, 1, 2, BOOK, 3))
    assert (ran.code, ran.data["aside"], ran.data["pages"]) == (3, 2, 2)
    assert kept(root, BOOK) == numbered(2005, 7)
    assert len(in_quarantine(root)) == 2
    assert all("before the first cover" in path.read_text() for path in (root / "quarantine").glob("*.why.txt"))
    assert "2 images went into no book" in ran.err


def test_a_scan_without_book_and_cover_says_so(tmp_path: Path) -> None:
    root = station(tmp_path)
    ran = run_here(root, "--json", "scan", "--device", device(tmp_path, 1))
    assert (ran.code, ran.data["book"], ran.data["aside"]) == (3, None, 1)
    assert "No cover sheet came" in ran.err
    assert run_here(root, "scan", "--number", "1", "--device", device(tmp_path, 1)).code == 2


def seal(root: Path, tmp_path: Path, book: str) -> None:
    (page,) = paper(tmp_path / "sealing", 77)
    succeed(root, "ingest", book, str(page), "--number", "1")
    succeed(root, "pack", book)


def exclude(root: Path, tmp_path: Path, book: str) -> None:
    registry, _, key = book.partition("/")
    kind, year, volume = key.split(".")
    file = tmp_path / "done.csv"
    file.write_text(f"registry,type,year,book\n{registry},{kind},{year},{volume}\n")
    succeed(root, "books", "exclude", str(file))


@pytest.mark.parametrize("state", ["book-sealed", "book-excluded", "no-such-book"])
def test_the_cover_of_a_book_that_must_not_be_scanned_stops_before_its_pages(state: str, tmp_path: Path) -> None:
    root = station(tmp_path)
    book = UNKNOWN if state == "no-such-book" else OTHER
    if state == "book-sealed":
        seal(root, tmp_path, OTHER)
    elif state == "book-excluded":
        exclude(root, tmp_path, OTHER)
    before = kept(root, OTHER)
    ran = run_here(root, "--json", "scan", "--device", device(tmp_path, BOOK, 1, book, 2, 3))
    assert ran.code == 3
    assert ran.data["refused_cover"] == {"book": book, "code": state}
    assert kept(root, BOOK) == numbered(2005, 7)
    assert kept(root, OTHER) == before
    assert ran.data["aside"] == len(in_quarantine(root)) >= 1
    # The feeder may have drawn in one more, whose image was broken off.
    assert ran.data["sheets_fed"] - 2 - ran.data["aside"] in {0, 1}
    assert run_here(root, "scan", BOOK, "--device", device(tmp_path / "more", 4)).code == 0


@pytest.mark.parametrize("named", [(BOOK,), ()])
def test_a_refused_cover_in_a_folder_is_not_said_to_be_missing_paper(tmp_path: Path, named: tuple[str, ...]) -> None:
    root = station(tmp_path)
    seal(root, tmp_path, OTHER)
    paper(tmp_path / "stack", OTHER, 1)
    ran = run_here(root, "scan", *named, "--device", f"folder:{tmp_path / 'stack'}")
    assert ran.code == 3
    assert "Stopped at a cover sheet" in ran.err
    assert "paper" not in ran.err
    assert len(list((tmp_path / "stack").glob("*.jpg"))) == 2


def test_append_opens_the_book_by_a_checkers_word(tmp_path: Path) -> None:
    root = station(tmp_path)
    exclude(root, tmp_path, OTHER)
    stack = device(tmp_path, OTHER, 1)
    ran = run_here(root, "--json", "scan", "--device", stack, "--on-sealed", "append")
    assert (ran.code, ran.data["refused_cover"]["code"]) == (3, "cover-needs-checker")
    word = ("--on-sealed", "append", "--checker", "Trần Thị Mẫu", "--why", "quét lại")
    assert run_here(root, "scan", "--device", device(tmp_path / "again", OTHER, 1), *word).code == 0
    assert kept(root, OTHER) == numbered(2006, 1)
    assert succeed(root, "books", "show", OTHER)["included"]["checker"] == "Trần Thị Mẫu"
    assert run_here(root, "scan", "--device", device(tmp_path / "new", UNKNOWN, 2), "--on-sealed", "append").code == 0
    assert [kind for kind, _ in kept(root, UNKNOWN)] == ["cover", "page"]


def test_append_and_rework_open_a_sealed_book(tmp_path: Path) -> None:
    root = station(tmp_path)
    seal(root, tmp_path, OTHER)
    word = ("--checker", "Trần Thị Mẫu", "--why", "thiếu trang")
    ran = run_here(root, "--json", "scan", "--device", device(tmp_path, OTHER, 1), "--on-sealed", "rework", *word)
    assert (ran.code, ran.data["refused_cover"]["code"], ran.data["pages"]) == (3, "cover-rework", 0)
    assert succeed(root, "books", "show", OTHER)["state"] == "open"
    succeed(root, "pack", OTHER)
    ran = run_here(root, "scan", "--device", device(tmp_path / "b", OTHER, 2), "--on-sealed", "append", *word)
    assert ran.code == 0
    assert "was opened again by Trần Thị Mẫu" in ran.err
    assert kept(root, OTHER) == [("page", ["01/2006"]), ("cover", []), ("page", ["02/2006"])]


def test_a_full_book_is_not_opened_for_a_page_that_gets_no_number(tmp_path: Path) -> None:
    root = station(tmp_path)
    seal(root, tmp_path, OTHER)
    next_one = OTHER.replace(".01", ".02")
    succeed(root, "books", "add", next_one)
    (page,) = paper(tmp_path / "next", 78)
    succeed(root, "ingest", next_one, str(page), "--number", "2")
    stack, bags = device(tmp_path, OTHER, 1), succeed(root, "outbox", "list")
    ran = run_here(root, "--json", "scan", "--device", stack, "--on-sealed", "append", *WORD)
    assert (ran.code, ran.data["refused_cover"]) == (3, {"book": OTHER, "code": "cover-not-opened"})
    assert next_one in ran.err
    shown = succeed(root, "books", "show", OTHER)
    assert (shown["state"], shown["reworks"], succeed(root, "outbox", "list")) == ("sealed", [], bags)


def test_a_word_for_one_book_opens_no_other(tmp_path: Path) -> None:
    root = station(tmp_path)
    exclude(root, tmp_path, OTHER)
    exclude(root, tmp_path, BOOK)
    stack = device(tmp_path, OTHER, 1, BOOK, 2)
    ran = run_here(root, "--json", "scan", "--device", stack, "--on-sealed", "append", *WORD)
    assert (ran.code, ran.data["refused_cover"]) == (3, {"book": BOOK, "code": "cover-word-spent"})
    assert kept(root, OTHER) == numbered(2006, 1)
    assert [succeed(root, "books", "show", book)["state"] for book in (OTHER, BOOK)] == ["open", "excluded"]


def test_at_a_terminal_a_word_that_is_no_choice_is_asked_about_again(tmp_path: Path) -> None:
    root = station(tmp_path)
    exclude(root, tmp_path, OTHER)
    answers = [
        ("Choose: append", "x"), ("none of append", "re"), ("none of append", "app"), ("The checker", "Bưởi"),
        ("The reason", "mờ"),
    ]  # fmt: skip
    ran = run_at_terminal(root, answers, "--json", "scan", "--device", device(tmp_path, OTHER, 1))
    assert ran.code == 0, ran.err
    assert kept(root, OTHER) == numbered(2006, 1)


def test_both_sides_of_a_cover_sheet_are_cover_whichever_way_it_lies(tmp_path: Path) -> None:
    root = station(tmp_path)
    paper(tmp_path, BOOK, 1, 2, OTHER, 3, 4)
    script = tmp_path / "duplex.toml"
    sides = [("001", "white"), ("002", "003"), ("white", "004"), ("005", "006")]
    papers.save(Image.new("RGB", (827, 1169), "white"), tmp_path / "white.jpg")
    entries = "".join(f'[[sheet]]\nimage = "{front}.jpg"\nback = "{back}.jpg"\n' for front, back in sides)
    script.write_text(f'sources = ["adf-duplex"]\ndpi = 100\n{entries}')
    ran = run_here(root, "--json", "scan", "--device", f"scripted:{script}", "--source", "adf-duplex")
    assert ran.code == 0, ran.err
    assert kept(root, BOOK) == [("cover", []), *numbered(2005, 7, 8)]
    assert kept(root, OTHER) == [("cover", []), *numbered(2006, 1, 2)]


def test_the_feeds_of_both_books_are_on_record(tmp_path: Path) -> None:
    root = station(tmp_path)
    files = paper(tmp_path, BOOK, 1, OTHER, 2)
    stack = scripted(tmp_path, [*[f'image = "{path.name}"' for path in files], 'fault = "jam"'])
    assert run_here(root, "scan", "--device", stack).code == 5
    codes = {book: {one["code"] for one in findings(root, book)} for book in (BOOK, OTHER)}
    assert "last-page-unconfirmed" in codes[OTHER]
    assert "last-page-unconfirmed" not in codes[BOOK]


def findings(root: Path, book: str) -> list[dict[str, Any]]:
    ran = run_here(root, "--json", "check", book)
    found: list[dict[str, Any]] = ran.data
    return found


def test_over_sane_from_a_simulated_scanner(tmp_path: Path) -> None:
    root = station(tmp_path)
    files = paper(tmp_path / "sheets", BOOK, 1, 2, OTHER, 3)
    with SimulatedScanner(files[0].parent, dpi=100, name="Sim") as scanner:
        words = ("--json", "scan", "--source", "adf", "--profile", "sim")
        ran = run_station(root, *words, **scanner.environment)
    assert ran.code == 0, ran.err
    assert kept(root, BOOK) == numbered(2005, 7, 8)
    assert kept(root, OTHER) == numbered(2006, 1)


@pytest.mark.parametrize("nth", [1, 3, 4])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("point", ["outbox.durable:move_new", "station.catalogue.pages:Pages.add_page"])
def test_a_power_cut_around_a_switch_puts_no_page_into_a_wrong_book(
    point: str, when: str, nth: int, tmp_path: Path
) -> None:
    root = station(tmp_path)
    words = command(root, "scan", "--device", device(tmp_path, BOOK, 1, OTHER, 2, 3))[3:]
    argv = [sys.executable, "-m", "tests.faults.cut", point, when, str(nth), "--", *words]
    assert subprocess.run(argv, env=environment(), timeout=100, check=False, capture_output=True).returncode == -9
    came = nth if (point, when) == ("station.catalogue.pages:Pages.add_page", "after") else nth - 1
    run_here(root, "scan", "--device", device(tmp_path / "none"))
    assert kept(root, BOOK) == numbered(2005, 7)[: min(came, 2)]
    assert kept(root, OTHER) == numbered(2006, 1, 2)[: max(0, came - 2)]
    assert len(in_quarantine(root)) >= nth - came


def test_ingest_switches_inside_a_pdf_too(tmp_path: Path) -> None:
    root = station(tmp_path)
    files = paper(tmp_path / "sheets", 1, OTHER, 2)
    pdf = tmp_path / "copier.pdf"
    images = [Image.open(file) for file in files]
    images[0].save(pdf, save_all=True, append_images=images[1:], resolution=100)
    with pikepdf.open(pdf) as document:
        assert len(document.pages) == 3
    for _ in range(2):
        ran = run_here(root, "--json", "ingest", BOOK, str(pdf), "--number", "1")
        assert ran.code == 0, ran.err
        assert kept(root, BOOK) == [("page", ["01/2005"])]
        assert kept(root, OTHER) == numbered(2006, 1)
    assert ran.data["already"] == 3
    exclude(root, tmp_path, OTHER)
    ran = run_here(root, "--json", "ingest", BOOK, *map(str, paper(tmp_path / "more", 5, OTHER, 6)))
    assert (ran.code, ran.data["pages"], ran.data["refused_cover"]["code"]) == (3, 1, "book-excluded")


def watch(root: Path) -> str:
    ran = run_station(root, "watch", "--once")
    assert ran.code in {0, 3, 4}, ran.err
    return ran.err


def drop(source: Sequence[Path], folder: Path, first: int) -> None:
    for place, path in enumerate(source, first):
        shutil.copy(path, folder / f"{place:03}.jpg")


def test_a_folder_takes_its_book_from_the_cover_before_the_pages(tmp_path: Path) -> None:
    folder = tmp_path / "copier"
    folder.mkdir()
    root = station(tmp_path, SHELF.format(path=folder))
    drop(paper(tmp_path / "a", 9, BOOK, 1), folder, 1)
    err = watch(root)
    assert "before the first cover" in err
    aside = root / "quarantine" / "001.jpg"
    for text in (err, aside.with_name("001.jpg.why.txt").read_text()):
        assert f"station ingest BOOK {aside}" in text
    drop(paper(tmp_path / "b", 2, OTHER, 3), folder, 4)
    watch(root)
    page: tuple[str, list[str]] = ("page", [])
    plain = [*numbered(2005), page]
    assert kept(root, BOOK) == [*plain, page]
    assert kept(root, OTHER) == plain
    assert in_quarantine(root) == ["001.jpg"]
    exclude(root, tmp_path, BOOK)
    drop(paper(tmp_path / "c", 4, BOOK, 5), folder, 7)
    assert "excluded" in watch(root)
    assert kept(root, OTHER) == [*plain, page]
    assert sorted(path.name for path in folder.glob("*.jpg")) == ["008.jpg", "009.jpg"]


def printed(root: Path, folder: Path) -> dict[str, Image.Image]:
    """The sheets that the command prints, as they lie on a scanner: a little askew, one the other way round."""
    file = folder / "covers.pdf"
    succeed(root, "covers", BOOK, OTHER, "-o", str(file))
    document = pypdfium2.PdfDocument(file)
    try:
        sheets = [page.render(scale=100 / 72).to_pil().convert("RGB") for page in document]
    finally:
        document.close()
    return {BOOK: papers.skewed(sheets[0], 2.5), OTHER: papers.skewed(sheets[1], -2).rotate(180)}


@pytest.mark.parametrize("way", ["scan", "ingest", "watch"])
def test_printed_sheets_first_and_in_the_middle_lead_every_way(way: str, tmp_path: Path) -> None:
    folder = tmp_path / "copier"
    folder.mkdir()
    root = station(tmp_path, SHELF.format(path=folder))
    covers = printed(root, tmp_path)
    files = paper(tmp_path / "stack", covers[BOOK], 1, 2, covers[OTHER], 3)
    if way == "scan":
        entries = [f'image = "stack/{path.name}"' for path in files]
        assert run_here(root, "scan", "--device", scripted(tmp_path, entries)).code == 0
    elif way == "ingest":
        succeed(root, "ingest", BOOK, *map(str, files))
    else:
        drop(files, folder, 1)
        watch(root)
    for book, pages in ((BOOK, 2), (OTHER, 1)):
        assert [kind for kind, _ in kept(root, book)] == ["cover", *["page"] * pages]
    assert in_quarantine(root) == []


WORD = ("--checker", "Trần Thị Mẫu", "--why", "thiếu trang")


def test_ingest_answers_at_a_cover_as_a_scan_does(tmp_path: Path) -> None:
    root = station(tmp_path)
    seal(root, tmp_path, OTHER)
    files = [str(path) for path in paper(tmp_path / "a", 1, OTHER, 2)]
    ingest = ("--json", "ingest", BOOK, *files, "--number", "7")
    for words, code in (((), "book-sealed"), (("--on-sealed", "append"), "cover-needs-checker")):
        ran = run_here(root, *ingest, *words)
        assert (ran.code, ran.data["refused_cover"]) == (3, {"book": OTHER, "code": code})
    ran = run_here(root, *ingest, "--on-sealed", "rework", *WORD)
    assert (ran.code, ran.data["refused_cover"]["code"]) == (3, "cover-rework")
    assert succeed(root, "books", "show", OTHER)["state"] == "open"
    succeed(root, "pack", OTHER)
    assert run_here(root, *ingest, "--on-sealed", "append", *WORD).code == 0
    assert kept(root, OTHER) == [("page", ["01/2006"]), ("cover", []), ("page", ["02/2006"])]
    assert kept(root, BOOK) == numbered(2005, 7)[1:]
    unlisted = [str(path) for path in paper(tmp_path / "b", UNKNOWN, 3)]
    assert run_here(root, "--json", "ingest", BOOK, *unlisted).data["refused_cover"]["code"] == "no-such-book"
    assert run_here(root, "ingest", BOOK, *unlisted, "--on-sealed", "append").code == 0
    assert [kind for kind, _ in kept(root, UNKNOWN)] == ["cover", "page"]
    assert run_here(root, "ingest", BOOK, *unlisted, *WORD).code == 2


def test_a_folder_answers_at_a_cover_as_its_command_says(tmp_path: Path) -> None:
    folder = tmp_path / "copier"
    folder.mkdir()
    root = station(tmp_path, SHELF.format(path=folder))
    seal(root, tmp_path, OTHER)
    drop(paper(tmp_path / "a", OTHER, 2), folder, 1)
    watch_once = ("watch", "--once", "--on-sealed")
    for words in (("watch", "--once"), (*watch_once, "refuse"), (*watch_once, "append")):
        assert run_here(root, *words).code == 3
        assert len(list(folder.glob("*.jpg"))) == 2
    ran = run_here(root, *watch_once, "rework", *WORD)
    assert (ran.code, "open for rework" in ran.err) == (3, True)
    assert succeed(root, "books", "show", OTHER)["state"] == "open"
    assert len(list(folder.glob("*.jpg"))) == 2
    succeed(root, "pack", OTHER)
    assert run_here(root, *watch_once, "append", *WORD).code == 0
    assert [kind for kind, _ in kept(root, OTHER)] == ["page", "cover", "page"]
    assert list(folder.glob("*.jpg")) == []


def test_the_folder_of_a_book_takes_no_cover_of_another(tmp_path: Path) -> None:
    root = station(tmp_path)
    inbox = root / "inbox" / REGISTRY / "KS.2005.01"
    drop(paper(tmp_path / "a", BOOK, 1, OTHER, 2), inbox, 1)
    assert f"A cover sheet of the book {OTHER}" in watch(root)
    assert [kind for kind, _ in kept(root, BOOK)] == ["cover", "page"]
    assert kept(root, OTHER) == []
    assert sorted(path.name for path in inbox.glob("*.jpg")) == ["003.jpg", "004.jpg"]


def test_on_the_glass_a_page_before_any_cover_counts_and_ends_the_scan(tmp_path: Path) -> None:
    root = station(tmp_path)
    files = paper(tmp_path, 1, BOOK, 2)
    glass = scripted(tmp_path, [f'image = "{path.name}"' for path in files], feeder=False)
    ran = run_here(root, "--json", "scan", "--device", glass)
    assert (ran.code, ran.data["aside"], ran.data["pages"]) == (3, 1, 0)
    assert run_here(root, "scan", "--device", glass, "--pages", "2").code == 0
    assert kept(root, BOOK) == numbered(2005, 7)


def feeds(tmp_path: Path, *stacks: Sequence[str | int | Image.Image]) -> str:
    """A scripted feeder that is filled with one stack after the other."""
    entries: list[str] = []
    for place, sheets in enumerate(stacks):
        files = paper(tmp_path / str(place), *sheets)
        entries += [*(f'image = "{place}/{file.name}"' for file in files), 'press = "scan"']
    device = scripted(tmp_path, entries[:-1])
    script = Path(device.partition(":")[2])
    script.write_text('buttons = ["scan"]\n' + script.read_text())
    return device


def test_in_a_stack_that_is_turned_by_hand_the_next_cover_ends_the_fronts(tmp_path: Path) -> None:
    root = station(tmp_path)
    words = ("--json", "scan", BOOK, "--device")
    stack = device(tmp_path / "fronts", BOOK, 1, 3, OTHER, 5)
    fronts = run_here(root, *words, stack, "--number", "7", "--side", "front")
    assert (fronts.code, fronts.data["refused_cover"]) == (3, {"book": OTHER, "code": "cover-in-turned"})
    assert (fronts.data["pages"], fronts.data["aside"]) == (3, len(in_quarantine(root)))
    assert "Scan the backs of the sheets before it" in fronts.err
    white = Image.new("RGB", (827, 1169), "white")
    backs = run_here(root, *words, device(tmp_path / "backs", 4, 2, white), "--side", "back")
    assert (backs.code, backs.data["pairing"]["paired"]) == (0, True), backs.err
    assert kept(root, BOOK) == [("cover", []), *numbered(2005, 7, 8, 9, 10)]
    assert kept(root, OTHER) == []


def test_at_a_terminal_the_sheets_before_the_next_cover_are_turned(tmp_path: Path) -> None:
    root = station(tmp_path)
    stack = feeds(tmp_path, [1, 3, OTHER], [4, 2])
    words = ("--json", "scan", BOOK, "--number", "7", "--device", stack, "--manual-duplex")
    ran = run_at_terminal(root, [("Turn the whole stack over", "")], *words)
    assert (ran.code, ran.data["pages"], ran.data["pairing"]["paired"]) == (3, 4, True), ran.err
    assert ran.data["refused_cover"]["code"] == "cover-in-turned"
    assert "Turn over the 2 sheets before it alone" in ran.err
    assert kept(root, BOOK) == numbered(2005, 7, 8, 9, 10)[1:]


def test_a_cover_among_the_backs_ends_them_and_nothing_is_paired(tmp_path: Path) -> None:
    root = station(tmp_path)
    words = ("--json", "scan", BOOK, "--device")
    fronts = run_here(root, *words, device(tmp_path / "fronts", 1, 3), "--number", "7", "--side", "front")
    assert fronts.code == 0
    backs = run_here(root, *words, device(tmp_path / "backs", 4, OTHER, 2), "--side", "back")
    assert (backs.code, backs.data["refused_cover"]["code"], backs.data["pairing"]) == (3, "cover-in-backs", None)
    assert "--side back --again" in backs.err
    again = run_here(root, *words, device(tmp_path / "again", 4, 2), "--side", "back", "--again")
    assert again.data["pairing"]["paired"]
    assert kept(root, BOOK) == numbered(2005, 7, 8, 9, 10)[1:]


def test_a_cover_that_is_damaged_ends_the_scan(tmp_path: Path) -> None:
    root = station(tmp_path)
    forged = Image.new("RGB", (827, 1169), "white")
    code = zxingcpp.create_barcode("STN1:19441/KH.2006.01:00", zxingcpp.BarcodeFormat.QRCode)
    forged.paste(Image.fromarray(code.to_image(scale=8)), (100, 100))
    ran = run_here(root, "--json", "scan", BOOK, "--number", "7", "--device", device(tmp_path, 1, forged, 2))
    assert (ran.code, ran.data["refused_cover"]["code"]) == (3, "cover-unreadable")
    assert kept(root, BOOK) == numbered(2005, 7)[1:]
    assert kept(root, OTHER) == []


def test_a_book_that_another_program_works_on_is_not_scanned_into(tmp_path: Path) -> None:
    root = station(tmp_path)
    with Root(root).holding(BookId.parse(OTHER)):
        ran = run_here(root, "--json", "scan", "--device", device(tmp_path, BOOK, 1, OTHER, 2))
    assert (ran.code, ran.data["refused_cover"]["code"]) == (3, "book-in-use")
    assert kept(root, BOOK) == numbered(2005, 7)
    assert kept(root, OTHER) == []


def test_the_sheet_of_an_excluded_book_is_drawn_with_a_remark(tmp_path: Path) -> None:
    root = station(tmp_path)
    exclude(root, tmp_path, OTHER)
    ran = run_here(root, "covers", BOOK, OTHER, "-o", str(tmp_path / "covers.pdf"))
    assert ran.code == 0
    (remark,) = [line for line in ran.err.splitlines() if "is excluded" in line]
    assert remark.startswith(OTHER)
    assert "books include" in remark
