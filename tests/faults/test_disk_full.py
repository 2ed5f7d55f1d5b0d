"""A small disk fills up: what was committed stays, the command ends with 6, and work goes on after making room."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.services import count_pages, digest, masters, wait_until, watching
from tests.support import BOOK, draw_pages, folder_destination, make_station, run_station, scripted, succeed

NO_RESERVE = "\n[storage]\nmin_free_mb = 0\n"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs of 24 MB, where the tests may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)],
            capture_output=True,
            check=False,
            timeout=20,
        ).returncode
    )
    if not mounted:
        pytest.skip("mounting a tmpfs needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True, timeout=20)


def fill(disk: Path, leave_kb: int) -> Path:
    """Take all room but a little."""
    filler = disk / "filler"
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    filler.write_bytes(bytes(max(0, free - leave_kb * 1024)))
    return filler


def test_a_scan_keeps_the_pages_before_and_goes_on_after(tmp_path: Path, small_disk: Path) -> None:
    root = make_station(small_disk / "root", settings=NO_RESERVE)
    pages = draw_pages(tmp_path, 6)
    device = scripted(tmp_path, [f'image = "{page.name}"' for page in pages])
    filler = fill(small_disk, leave_kb=7_500)
    ran = run_station(root, "--json", "scan", BOOK, "--device", device, "--number", "1")
    assert ran.code == 6, ran.err
    filler.unlink()
    kept = len(succeed(root, "pages", BOOK))
    assert 1 <= kept < 6
    assert all((root / page["file"]).is_file() for page in succeed(root, "pages", BOOK))
    (tmp_path / "script.toml.at").write_text(str(kept))
    ran = run_station(root, "scan", BOOK, "--device", device, "--number", str(kept + 1))
    assert ran.code == 0, ran.err
    assert [page["cases"] for page in succeed(root, "pages", BOOK)] == [[f"{n:02}/2005"] for n in range(1, 7)]


def test_ingest_on_a_full_disk_takes_nothing_half(tmp_path: Path, small_disk: Path) -> None:
    root = make_station(small_disk / "root", settings=NO_RESERVE)
    draw_pages(tmp_path / "pages", 5)
    filler = fill(small_disk, leave_kb=400)
    ran = run_station(root, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    assert ran.code == 6, ran.err
    filler.unlink()
    ran = run_station(root, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    assert ran.code == 0, ran.err
    assert len(succeed(root, "pages", BOOK)) == 5


def test_the_watching_service_waits_for_room_and_goes_on(tmp_path: Path, small_disk: Path) -> None:
    root = make_station(small_disk / "root", settings=f"{NO_RESERVE}\n[intake]\nsettle_seconds = 0.1\n")
    inbox = root / "inbox" / "19441" / "KS.2005.01"
    pages = draw_pages(tmp_path / "pages", 3)
    filler = fill(small_disk, leave_kb=600)
    with watching(root):
        for page in pages:
            shutil.copy(page, inbox)
        wait_until(lambda: "Make room" in (root / "watch.err").read_text(), root)
        filler.unlink()
        wait_until(lambda: count_pages(root) == 3, root)
    assert masters(root, BOOK) == [digest(page.read_bytes()) for page in pages]
    assert list(inbox.iterdir()) == []
    assert list((root / "quarantine").iterdir()) == []


def test_packing_on_a_full_disk_seals_nothing(tmp_path: Path, small_disk: Path) -> None:
    root = make_station(small_disk / "root", settings=NO_RESERVE)
    draw_pages(tmp_path / "pages", 5)
    succeed(root, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    filler = fill(small_disk, leave_kb=150)
    ran = run_station(root, "pack", BOOK)
    assert ran.code == 6, ran.err
    filler.unlink()
    assert [bag for bag in (root / "bags").iterdir() if not bag.name.endswith(".partial")] == []
    assert succeed(root, "outbox", "list") == []
    succeed(root, "pack", BOOK)
    assert len(succeed(root, "outbox", "list")) == 1


def test_too_little_room_is_said_before_the_first_page(tmp_path: Path, small_disk: Path) -> None:
    root = make_station(small_disk / "root")
    device = scripted(tmp_path, ["grey = 200"])
    ran = run_station(root, "scan", BOOK, "--device", device)
    assert ran.code == 6
    assert "500 MB" in ran.err
    assert not (tmp_path / "script.toml.at").exists()


def test_a_sender_that_cannot_note_anything_stops_and_sends_once_after(tmp_path: Path, small_disk: Path) -> None:
    there = tmp_path / "there"
    root = make_station(small_disk / "root", settings=NO_RESERVE + folder_destination(there))
    draw_pages(tmp_path / "pages", 2)
    succeed(root, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    succeed(root, "pack", BOOK)
    filler = fill(small_disk, leave_kb=0)
    ran = run_station(root, "send", "--once")
    assert ran.code == 6, ran.err
    filler.unlink()
    succeed(root, "send", "--once")
    (item,) = succeed(root, "outbox", "list")
    assert (item["state"], item["attempts"]) == ("sent", 0)
    assert [path.name for path in there.iterdir()] == [f"{item['bag_id']}.tar"]
