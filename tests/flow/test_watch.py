"""The watching service: it takes what comes, steps around what is busy, and puts right what others left."""

from __future__ import annotations

import fcntl
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.test_power_cut import cut
from tests.support import BOOK, command, draw_page, draw_pages, environment, make_station, run_here, scripted, succeed

QUICK = "\n[intake]\nsettle_seconds = 0.1\n"
OTHER = "19441/KS.2005.02"
PATIENCE = 60


@contextmanager
def watching(root: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The service, ended by SIGTERM as systemd would."""
    with (root / "watch.err").open("wb") as log:
        service = subprocess.Popen(command(root, "watch"), stdout=log, stderr=log, env=environment())
        try:
            yield service
        finally:
            service.send_signal(signal.SIGTERM)
            assert service.wait(30) == 0


def wait_for(count: int, root: Path, book: str) -> None:
    end = time.monotonic() + PATIENCE
    while len(succeed(root, "pages", book)) < count:
        assert time.monotonic() < end, (root / "watch.err").read_text()
        time.sleep(0.2)


def test_the_service_takes_files_as_they_come(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root", settings=QUICK)
    with watching(root):
        for number in (1, 2, 3):
            draw_page(root / "inbox" / "19441" / "KS.2005.01" / f"{number}.jpg", number)
            wait_for(number, root, BOOK)
    assert list((root / "inbox" / "19441" / "KS.2005.01").iterdir()) == []


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
    assert "does not allow" in ran.err
