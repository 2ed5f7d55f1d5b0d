"""Files from outside: the good are taken, the bad are refused by name and never stop the rest."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pikepdf
from PIL import Image

from tests.support import BOOK, Ran, draw_page, draw_pages, make_station, run_here, run_station, scripted, succeed


def spoil(folder: Path) -> dict[str, str]:
    """Every kind of bad file, with the reason that is expected."""
    good = draw_page(folder / "good.jpg", 1).read_bytes()
    (folder / "truncated.jpg").write_bytes(good[: len(good) // 2])
    (folder / "text.jpg").write_text("this is not a picture\n" * 50)
    (folder / "zero.jpg").touch()
    Image.new("1", (30_000, 30_000)).save(folder / "bomb.png")
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(folder / "locked.pdf", encryption=pikepdf.Encryption(owner="o", user="u"))
    (folder / "link.jpg").symlink_to(folder / "good.jpg")
    (folder / "a..b.jpg").write_bytes(good)
    (folder / "line\nbreak.jpg").write_bytes(good)
    return {
        "truncated.jpg": "truncated",
        "text.jpg": "unknown-format",
        "zero.jpg": "empty",
        "bomb.png": "too-large",
        "locked.pdf": "password",
        "link.jpg": "not-a-regular-file",
        "a..b.jpg": "unsafe-name",
        "line\nbreak.jpg": "unsafe-name",
    }


def reasons(ran: Ran) -> dict[str, str]:
    return {Path(one["file"]).name: one["reason"] for one in ran.data["refused"]}


def test_ingest_leaves_bad_files_where_they_are_and_writes_why(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    folder = tmp_path / "delivered"
    folder.mkdir()
    expected = spoil(folder)
    before = sorted(path.name for path in folder.iterdir())
    ran = run_station(root, "--json", "ingest", BOOK, str(folder), "--number", "1")
    assert ran.code == 4
    assert reasons(ran) == expected
    assert ran.data["pages"] == 1
    assert sorted(path.name for path in folder.iterdir()) == before
    notes = sorted((root / "quarantine").glob("*.why.txt"))
    assert len(notes) == len(expected)
    assert all(note.read_text().strip() for note in notes)
    assert "truncated.jpg" in (root / "quarantine" / "truncated.jpg.why.txt").read_text()


def test_a_hot_folder_moves_bad_files_to_quarantine_and_takes_the_rest(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings="\n[intake]\nsettle_seconds = 0.2\n")
    inbox = root / "inbox" / "19441" / "KS.2005.01"
    expected = spoil(inbox)
    (inbox / "unfinished.jpg.part").write_bytes(b"still coming")
    ran = run_station(root, "watch", "--once")
    assert ran.code == 4
    assert [path.name for path in inbox.iterdir()] == ["unfinished.jpg.part"]
    assert len(succeed(root, "pages", BOOK)) == 1
    for name in expected:
        moved = root / "quarantine" / name.replace("\n", "_")
        assert os.path.lexists(moved), name
        assert moved.with_name(moved.name + ".why.txt").is_file()


def test_an_inbox_without_a_registry_means_the_station_s_own(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings="\n[intake]\nsettle_seconds = 0.2\n")
    folder = root / "inbox" / "KS.2005.01"
    draw_pages(folder, 2)
    succeed(root, "watch", "--once")
    assert len(succeed(root, "pages", BOOK)) == 2


def test_files_are_taken_in_natural_order_and_never_twice(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    draw_pages(tmp_path / "pages", 11)
    first = succeed(root, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    again = succeed(root, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    assert (first["pages"], again["pages"], again["already"]) == (11, 0, 11)
    pages = succeed(root, "pages", BOOK)
    import hashlib

    wanted = [hashlib.sha256((tmp_path / "pages" / f"p{n}.jpg").read_bytes()).hexdigest() for n in range(1, 12)]
    assert [page["sha256"] for page in pages] == wanted
    assert [page["cases"] for page in pages] == [[f"{n:02}/2005"] for n in range(1, 12)]


def test_the_pages_of_a_pdf_become_pages_and_its_pictures_keep_their_bytes(tmp_path: Path) -> None:
    import hashlib

    import img2pdf

    root = make_station(tmp_path / "root", settings="\n[intake]\nsettle_seconds = 0.2\n")
    pages = draw_pages(tmp_path / "pages", 3)
    inbox = root / "inbox" / "19441" / "KS.2005.01"
    (inbox / "book.pdf").write_bytes(img2pdf.convert([str(page) for page in pages]))
    kept = hashlib.sha256((inbox / "book.pdf").read_bytes()).hexdigest()
    succeed(root, "watch", "--once")
    masters = [page["sha256"] for page in succeed(root, "pages", BOOK)]
    assert masters == [hashlib.sha256(page.read_bytes()).hexdigest() for page in pages]
    (source,) = (root / "sources").rglob("*.pdf")
    assert hashlib.sha256(source.read_bytes()).hexdigest() == kept


def test_covers_and_several_cases_on_a_page(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    draw_pages(tmp_path / "pages", 3)
    succeed(root, "ingest", BOOK, str(tmp_path / "pages"), "--number", "5", "--cases-per-page", "2", "--covers", "1")
    pages = succeed(root, "pages", BOOK)
    assert [page["kind"] for page in pages] == ["cover", "page", "page"]
    assert [page["cases"] for page in pages] == [[], ["05/2005", "06/2005"], ["07/2005", "08/2005"]]


def test_a_number_that_is_taken_leaves_the_page_unnumbered_and_says_so(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    succeed(root, "ingest", BOOK, str(draw_page(tmp_path / "a.jpg", 1)), "--number", "1")
    ran = run_station(root, "--json", "ingest", BOOK, str(draw_page(tmp_path / "b.jpg", 2)), "--number", "1")
    assert ran.code == 3
    assert len(ran.data["unnumbered"]) == 1
    first, _ = succeed(root, "pages", BOOK)
    assert f"01/2005 is on page 1 ({first['id']}) of the book {BOOK}" in ran.err
    ran = run_station(root, "--json", "pack", BOOK)
    assert ran.code == 3
    assert [finding["code"] for finding in ran.data["findings"]] == ["page-without-case"]


def test_a_file_that_is_still_written_is_left_until_it_stands_still(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings="\n[intake]\nsettle_seconds = 1.0\n")
    inbox = root / "inbox" / "19441" / "KS.2005.01"
    data = draw_page(tmp_path / "a.jpg", 1).read_bytes()
    import threading

    def write_slowly() -> None:
        with (inbox / "slow.jpg").open("wb") as file:
            for start in range(0, len(data), len(data) // 6):
                file.write(data[start : start + len(data) // 6])
                file.flush()
                time.sleep(0.4)

    writer = threading.Thread(target=write_slowly)
    writer.start()
    time.sleep(0.2)
    ran = run_station(root, "watch", "--once")
    writer.join()
    assert ran.code == 0, ran.err
    (page,) = succeed(root, "pages", BOOK)
    assert page["width"] == 827


def test_a_page_is_replaced_in_its_place_and_the_old_one_is_kept(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    draw_pages(tmp_path / "pages", 3)
    succeed(root, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    before = succeed(root, "pages", BOOK)
    succeed(root, "pages", "replace", before[1]["id"], str(draw_page(tmp_path / "better.jpg", 99)))
    after = succeed(root, "pages", BOOK)
    assert [page["cases"] for page in after] == [["01/2005"], ["02/2005"], ["03/2005"]]
    assert [page["order"] for page in after] == [1, 2, 3]
    assert after[1]["id"] != before[1]["id"]
    assert (root / before[1]["file"]).is_file()
    succeed(root, "pages", "replace", after[0]["id"], "--scan", "--device", scripted(tmp_path, ["grey = 222"]))
    assert [page["cases"] for page in succeed(root, "pages", BOOK)] == [["01/2005"], ["02/2005"], ["03/2005"]]


def test_a_page_is_inserted_before_the_first_and_moved(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    draw_pages(tmp_path / "pages", 3, first=2)
    draw_pages(tmp_path / "more", 2, first=7)
    succeed(root, "ingest", BOOK, str(tmp_path / "pages"), "--number", "3")
    first = succeed(root, "pages", BOOK)[0]["id"]
    succeed(root, "pages", "insert", str(tmp_path / "more"), "--before", first, "--number", "1")
    assert [page["cases"] for page in succeed(root, "pages", BOOK)] == [[f"0{number}/2005"] for number in range(1, 6)]
    assert succeed(root, "check", BOOK) == []
    for place in ((), ("--before", first, "--after", first)):
        assert run_here(root, "pages", "insert", str(tmp_path / "more"), *place).code == 2
        assert run_here(root, "pages", "move", BOOK, "5", *place).code == 2
    moved = succeed(root, "pages", "move", BOOK, "5", "--before", "1")
    assert (moved["before"], moved["order"]) == (5, 1)
    assert [page["cases"][0][:2] for page in succeed(root, "pages", BOOK)] == ["05", "01", "02", "03", "04"]
    succeed(root, "pages", "move", BOOK, "1", "--after", succeed(root, "pages", BOOK)[-1]["id"][:8])
    assert [page["cases"][0][:2] for page in succeed(root, "pages", BOOK)] == ["01", "02", "03", "04", "05"]


def test_pages_are_inserted_behind_another(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    draw_pages(tmp_path / "pages", 3)
    succeed(root, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    first = succeed(root, "pages", BOOK)[0]["id"]
    draw_pages(tmp_path / "more", 2, first=50)
    succeed(root, "pages", "insert", str(tmp_path / "more"), "--after", first)
    assert [page["cases"] for page in succeed(root, "pages", BOOK)] == [["01/2005"], [], [], ["02/2005"], ["03/2005"]]
    assert run_station(root, "pages", "insert", "--after", first).code == 2
