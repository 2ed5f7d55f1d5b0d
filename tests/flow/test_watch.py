"""The watching service: it takes what comes, steps around what is busy, and puts right what others left."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.test_power_cut import cut
from tests.flow.services import digest, masters, wait_for, wait_until, watching
from tests.support import BOOK, draw_page, draw_pages, make_station, run_here, scripted, succeed

QUICK = "\n[intake]\nsettle_seconds = 0.1\n"
PATIENT = "\n[intake]\nsettle_seconds = 600\n"
"""Only what is known to be closed is taken within a test."""
OTHER = "19441/KS.2005.02"
PATIENCE = 60


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder in which nothing can be moved, for root too: mounted over itself, read-only."""

    def mount(*words: str) -> int:
        return subprocess.run(["mount", *words], capture_output=True, check=False, timeout=20).returncode

    if os.geteuid() != 0 or mount("--bind", str(folder), str(folder)):
        pytest.skip("mounting needs root")
    try:
        assert mount("-o", "remount,bind,ro", str(folder)) == 0
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True, timeout=20)


def test_the_service_takes_files_as_they_come(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings=QUICK)
    with watching(root):
        for number in (1, 2, 3):
            draw_page(root / "inbox" / "19441" / "KS.2005.01" / f"{number}.jpg", number)
            wait_for(number, root, BOOK)
    assert list((root / "inbox" / "19441" / "KS.2005.01").iterdir()) == []


def test_a_closed_file_need_not_stand_still(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings=PATIENT)
    inbox = root / "inbox" / "19441" / "KS.2005.01"
    data = draw_page(tmp_path / "x.jpg", 1).read_bytes()
    with watching(root):
        draw_page(inbox / "written.jpg", 2)
        draw_page(tmp_path / "moved.jpg", 3).rename(inbox / "moved.jpg")
        wait_for(2, root, BOOK)
        with (inbox / "open.jpg").open("wb") as file:
            file.write(data)
            file.flush()
            time.sleep(1)
            assert len(succeed(root, "pages", BOOK)) == 2
        wait_for(3, root, BOOK)


def test_a_file_that_is_filled_in_several_goes_is_taken_once_and_whole(tmp_path: Path) -> None:
    """Its first part is closed and does not decode; it waits for the rest, and the page after it too."""
    root = make_station(tmp_path / "root", settings=PATIENT)
    inbox = root / "inbox" / "19441" / "KS.2005.01"
    first, second = (draw_page(tmp_path / f"{n}.jpg", n).read_bytes() for n in (1, 2))
    with watching(root):
        (inbox / "1.jpg").write_bytes(first[: len(first) // 2])
        (inbox / "2.jpg").write_bytes(second)
        time.sleep(1)
        assert succeed(root, "pages", BOOK) == []
        with (inbox / "1.jpg").open("ab") as file:
            file.write(first[len(first) // 2 :])
        wait_for(2, root, BOOK)
    assert masters(root, BOOK) == [digest(first), digest(second)]
    assert list((root / "quarantine").iterdir()) == []


def test_a_burst_is_taken_in_natural_order_whatever_is_whole_first(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings=PATIENT)
    inbox = root / "inbox" / "19441" / "KS.2005.01"
    pages = draw_pages(tmp_path / "pages", 12)
    with watching(root):
        with (inbox / "p9.jpg").open("wb") as late:
            for page in (*pages[9:], *pages[:8]):
                shutil.copy(page, inbox)
            time.sleep(0.5)
            late.write(pages[8].read_bytes())
        wait_for(12, root, BOOK)
    assert masters(root, BOOK) == [digest(page.read_bytes()) for page in pages]


def test_a_page_that_comes_again_goes_to_quarantine_and_says_which_it_equals(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings=QUICK)
    succeed(root, "books", "add", OTHER)
    page = draw_page(tmp_path / "page.jpg", 1)
    inbox, other = (root / "inbox" / "19441" / key for key in ("KS.2005.01", "KS.2005.02"))
    with watching(root):
        shutil.copy(page, inbox / "a.jpg")
        shutil.copy(page, inbox / "b.jpg")
        wait_for(1, root, BOOK)
        wait_until(lambda: len(list((root / "quarantine").glob("*.why.txt"))) == 1, root)
        shutil.copy(page, other / "c.jpg")
        shutil.copy(page, inbox / "a.jpg")
        wait_until(lambda: len(list((root / "quarantine").glob("*.why.txt"))) == 3, root)
    (kept,) = succeed(root, "pages", BOOK)
    assert succeed(root, "pages", OTHER) == []
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        assert (root / "quarantine" / name).read_bytes() == page.read_bytes()
        why = (root / "quarantine" / f"{name}.why.txt").read_text()
        assert kept["id"] in why
        assert BOOK in why
    assert (root / "watch.err").read_text().count("same as a page") == 3


def test_a_pdf_that_comes_again_is_a_duplicate_as_a_whole(tmp_path: Path) -> None:
    import img2pdf

    root = make_station(tmp_path / "root", settings=QUICK)
    succeed(root, "books", "add", OTHER)
    pdf = img2pdf.convert([str(page) for page in draw_pages(tmp_path / "pages", 3)])
    (root / "inbox" / "19441" / "KS.2005.01" / "book.pdf").write_bytes(pdf)
    succeed(root, "watch", "--once")
    (root / "inbox" / "19441" / "KS.2005.02" / "again.pdf").write_bytes(pdf)
    ran = run_here(root, "watch", "--once")
    assert ran.code == 4
    assert len(succeed(root, "pages", BOOK)) == 3
    assert succeed(root, "pages", OTHER) == []
    assert (root / "quarantine" / "again.pdf").read_bytes() == pdf


def test_a_page_that_was_discarded_may_come_again(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings=QUICK)
    inbox = root / "inbox" / "19441" / "KS.2005.01"
    draw_page(inbox / "1.jpg", 1)
    succeed(root, "watch", "--once")
    (page,) = succeed(root, "pages", BOOK)
    succeed(root, "pages", "discard", page["id"], "--why", "twice")
    draw_page(inbox / "1.jpg", 1)
    succeed(root, "watch", "--once")
    assert len(succeed(root, "pages", BOOK)) == 1


def test_a_book_that_is_added_while_the_service_runs_gets_its_files(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings=QUICK)
    early = root / "inbox" / "19441" / "KS.2005.02"
    with watching(root):
        early.mkdir()
        draw_page(early / "1.jpg", 1)
        wait_until(lambda: "wait" in (root / "watch.err").read_text(), root)
        succeed(root, "books", "add", OTHER)
        wait_for(1, root, OTHER)
        succeed(root, "books", "add", "19441/KS.2005.03")
        draw_page(root / "inbox" / "19441" / "KS.2005.03" / "1.jpg", 2)
        wait_for(1, root, "19441/KS.2005.03")


def test_a_folder_elsewhere_goes_into_its_book_and_may_go_away_and_come_back(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    folder = f'{QUICK}\n[[folders]]\nname = "czur"\npath = "{stick}"\nbook = "KS.2005.01"\n'
    root = make_station(tmp_path / "root", settings=folder)
    with watching(root):
        wait_until(lambda: "is not there" in (root / "watch.err").read_text(), root)
        stick.mkdir()
        draw_page(stick / "1.jpg", 1)
        wait_for(1, root, BOOK)
        stick.rename(tmp_path / "pulled")
        wait_until(lambda: (root / "watch.err").read_text().count("is not there") == 2, root)
        draw_page(tmp_path / "pulled" / "2.jpg", 2)
        (tmp_path / "pulled").rename(stick)
        wait_for(2, root, BOOK)
    assert (root / "watch.err").read_text().count("is back;") == 2


def test_where_the_kernel_watches_no_more_folders_they_are_read(tmp_path: Path) -> None:
    """The limit holds for a user namespace of its own: one folder may be watched there, and the inbox has three."""
    limited = 'echo 1 > /proc/sys/user/max_inotify_watches && exec "$0" "$@"'
    within = ("unshare", "--user", "--map-root-user", "sh", "-c", limited)
    if subprocess.run([*within, "true"], capture_output=True, check=False, timeout=20).returncode:
        pytest.skip("no user namespaces here")
    root = make_station(tmp_path / "root", settings=QUICK)
    with watching(root, *within):
        for number in (1, 2):
            draw_page(root / "inbox" / "19441" / "KS.2005.01" / f"{number}.jpg", number)
            wait_for(number, root, BOOK)
    assert "max_user_watches" in (root / "watch.err").read_text()


def test_a_folder_without_a_book_is_a_device_by_its_name(tmp_path: Path) -> None:
    phone = tmp_path / "phone"
    root = make_station(tmp_path / "root", settings=f'\n[[folders]]\nname = "phone"\npath = "{phone}"\n')
    draw_pages(phone, 2)
    ran = run_here(root, "--json", "scan", BOOK, "--device", "folder:phone", "--number", "1")
    assert (ran.code, ran.data["pages"]) == (0, 2)
    assert list(phone.iterdir()) == []
    assert f"folder:{phone}" in [device["id"] for device in succeed(root, "devices")]


def test_a_folder_around_the_station_is_refused_at_the_start(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings=f'\n[[folders]]\nname = "all"\npath = "{tmp_path}"\n')
    for words in (("watch", "--once"), ("scan", BOOK, "--device", "folder:all")):
        ran = run_here(root, *words)
        assert (ran.code, "folders.0" in ran.err) == (2, True)


def test_a_folder_that_may_not_be_emptied_waits_and_says_so(tmp_path: Path) -> None:
    """A stick that is switched to read-only: nothing is taken that could not be taken out, or it would come twice."""
    root = make_station(tmp_path / "root", settings=QUICK)
    inbox = root / "inbox" / "19441" / "KS.2005.01"
    draw_page(inbox / "1.jpg", 1)
    with read_only(inbox):
        ran = run_here(root, "watch", "--once")
        assert (ran.code, succeed(root, "pages", BOOK)) == (3, [])
        assert "cannot be moved out" in ran.err
    succeed(root, "watch", "--once")
    assert len(succeed(root, "pages", BOOK)) == 1


def test_a_stopped_service_leaves_the_rest_for_the_next_one(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings=QUICK)
    inbox = root / "inbox" / "19441" / "KS.2005.01"
    pages = draw_pages(tmp_path / "pages", 40)
    for page in pages:
        shutil.copy(page, inbox)
    with watching(root):
        wait_for(3, root, BOOK)
    assert len(succeed(root, "pages", BOOK)) < 40
    succeed(root, "watch", "--once")
    assert masters(root, BOOK) == [digest(page.read_bytes()) for page in pages]
    assert list(inbox.iterdir()) == []


def test_a_book_that_somebody_works_on_waits_and_stops_nothing_else(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings=QUICK)
    succeed(root, "books", "add", OTHER)
    draw_page(root / "inbox" / "19441" / "KS.2005.01" / "1.jpg", 1)
    draw_page(root / "inbox" / "19441" / "KS.2005.02" / "1.jpg", 2)
    (root / "locks").mkdir(exist_ok=True)
    with (root / "locks" / "19441_KS.2005.01").open("a+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ran = run_here(root, "ingest", BOOK, str(draw_page(tmp_path / "x.jpg", 3)))
        assert (ran.code, "in use" in ran.err or "Another program" in ran.err) == (2, True)
        with watching(root):
            wait_for(1, root, OTHER)
            assert succeed(root, "pages", BOOK) == []
            fcntl.flock(lock, fcntl.LOCK_UN)
            wait_for(1, root, BOOK)


def test_what_a_cut_left_is_put_right_while_the_service_runs(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings=QUICK)
    draw_pages(tmp_path / "pages", 3)
    with watching(root):
        cut(root, "outbox.durable:move_new", "after", 2, "ingest", BOOK, str(tmp_path / "pages"))
        succeed(root, "ingest", BOOK, str(tmp_path / "pages"))
    assert len(succeed(root, "pages", BOOK)) == 3
    assert len(list((root / "quarantine").glob("*.jpg"))) == 1


def test_a_raw_image_of_another_book_is_offered_when_anybody_works(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings=QUICK)
    succeed(root, "books", "add", OTHER)
    spool = root / "spool" / "scan" / "19441_KS.2005.02"
    spool.mkdir(parents=True)
    shutil.copy(draw_page(tmp_path / "raw.jpg", 1), spool / "raw.tif")
    (spool / "half.tif.part").write_bytes(b"half")
    succeed(root, "ingest", BOOK, str(draw_page(tmp_path / "a.jpg", 2)))
    assert [path.name for path in (root / "quarantine").iterdir() if path.suffix == ".tif"] == ["raw.tif"]
    assert OTHER in (root / "quarantine" / "raw.tif.why.txt").read_text()
    assert list(spool.iterdir()) == []


def test_a_folder_can_be_scanned_like_a_device(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    folder = tmp_path / "stick"
    draw_pages(folder, 2)
    time.sleep(2.1)
    ran = run_here(root, "--json", "scan", BOOK, "--device", f"folder:{folder}", "--number", "1")
    assert (ran.code, ran.data["pages"]) == (0, 2)
    assert [page["cases"] for page in succeed(root, "pages", BOOK)] == [["01/2005"], ["02/2005"]]


def test_a_change_by_hand_waits_for_nobody_and_breaks_in_on_nobody(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    device = scripted(tmp_path, ["grey = 200"])
    succeed(root, "scan", BOOK, "--device", device, "--number", "1")
    (page,) = succeed(root, "pages", BOOK)
    (root / "locks").mkdir(exist_ok=True)
    with (root / "locks" / "19441_KS.2005.01").open("a+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for words in (
            ("pages", "mark", page["id"], "--kind", "cover"),
            ("pages", "discard", page["id"], "--why", "twice"),
            ("cases", "assign", BOOK, "--page", "1", "--numbers", "2"),
        ):
            assert run_here(root, *words).code == 2
    succeed(root, "pages", "mark", page["id"], "--kind", "cover")
    assert succeed(root, "cases", BOOK) == []


def test_folders_that_are_not_ours_stop_nothing(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings=QUICK)
    (root / "bags" / "foo").mkdir()
    (root / "spool" / "scan" / "lost+found").mkdir(parents=True)
    (root / "spool" / "scan" / "lost+found" / "x").touch()
    draw_page(root / "inbox" / "19441" / "KS.2005.01" / "1.jpg", 1)
    succeed(root, "watch", "--once")
    assert len(succeed(root, "pages", BOOK)) == 1
    assert (root / "bags" / "foo").is_dir()


def test_a_service_that_may_not_change_priorities_takes_files_all_the_same(tmp_path: Path) -> None:
    """The hardened unit answers EPERM to setpriority; its workers must live with that."""
    code = "import os; os.nice = lambda _: (_ for _ in ()).throw(PermissionError(1, 'no'));"
    code += "from station.imaging.pool import start_worker; start_worker()"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_a_folder_device_tells_a_missing_folder_from_bad_files(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings=QUICK)
    missing = run_here(root, "--json", "scan", BOOK, "--device", f"folder:{tmp_path / 'gone'}")
    assert (missing.code, missing.data["fault"]) == (5, "offline")
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "bad.jpg").write_text("no picture at all")
    draw_page(stick / "good.jpg", 1)
    ran = run_here(root, "--json", "scan", BOOK, "--device", f"folder:{stick}")
    assert (ran.code, ran.data["pages"], len(ran.data["refused"])) == (4, 1, 1)


def test_what_the_queue_refuses_is_said_and_is_no_defect(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    device = scripted(tmp_path, ["grey = 200"])
    succeed(root, "scan", BOOK, "--device", device, "--number", "1")
    bag = succeed(root, "pack", BOOK)["id"]
    ran = run_here(root, "outbox", "release", bag)
    assert ran.code == 2
    assert "That cannot be done: the bag is to be sent" in ran.err
