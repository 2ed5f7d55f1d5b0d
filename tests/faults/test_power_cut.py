"""The power goes at each commit point of the line; after the next start no page is lost and none is there twice."""

from __future__ import annotations

import hashlib
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import BOOK, command, draw_pages, environment, folder_destination, make_station, run_station, succeed

PAGES = 3
QUICK = "\n[intake]\nsettle_seconds = 0.1\n"


def cut(root: Path, point: str, when: str, nth: int, *words: str) -> None:
    """Run a command that must die by SIGKILL at the point."""
    tail = command(root, *words)[3:]
    argv = [sys.executable, "-m", "tests.faults.cut", point, when, str(nth), "--", *tail]
    died = subprocess.run(argv, capture_output=True, timeout=100, env=environment(), check=False)
    assert died.returncode == -signal.SIGKILL, (died.returncode, died.stderr[-2000:])


def digests(files: list[Path]) -> list[str]:
    return [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]


CAPTURE_POINTS = [
    ("outbox.durable:sync_file", "before"),
    ("outbox.durable:move_new", "before"),
    ("outbox.durable:move_new", "after"),
    ("station.catalogue:Catalogue.add_page", "after"),
    ("station.catalogue:Catalogue.add_copy", "before"),
    ("station.catalogue:Catalogue.add_copy", "after"),
]


@pytest.mark.parametrize(("point", "when"), CAPTURE_POINTS)
def test_ingest_again_makes_the_book_whole(tmp_path: Path, point: str, when: str) -> None:
    root = make_station(tmp_path / "root")
    files = draw_pages(tmp_path / "pages", PAGES)
    cut(root, point, when, 2, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    check_nothing_half(root)
    ran = run_station(root, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    assert ran.code == 0, ran.err
    pages = succeed(root, "pages", BOOK)
    assert [page["sha256"] for page in pages] == digests(files)
    assert [page["cases"] for page in pages] == [["01/2005"], ["02/2005"], ["03/2005"]]
    check_nothing_half(root)
    check_no_orphan(root)
    assert run_station(root, "pack", BOOK).code == 0


@pytest.mark.parametrize(("point", "when"), CAPTURE_POINTS)
def test_a_hot_folder_goes_on_where_it_was(tmp_path: Path, point: str, when: str) -> None:
    root = make_station(tmp_path / "root", settings=QUICK)
    files = draw_pages(tmp_path / "pages", PAGES)
    inbox = root / "inbox" / "19441" / "KS.2005.01"
    wanted = digests(files)
    for file in files:
        shutil.copy(file, inbox)
    cut(root, point, when, 2, "watch", "--once")
    succeed(root, "watch", "--once")
    assert [page["sha256"] for page in succeed(root, "pages", BOOK)] == wanted
    assert list(inbox.iterdir()) == []
    check_no_orphan(root)


def test_a_master_without_its_row_is_offered_and_never_shown(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    draw_pages(tmp_path / "pages", PAGES)
    cut(root, "outbox.durable:move_new", "after", 2, "ingest", BOOK, str(tmp_path / "pages"))
    assert len(succeed(root, "pages", BOOK)) == 1
    assert len(list((root / "masters").rglob("*.jpg"))) == 2
    succeed(root, "ingest", BOOK, str(tmp_path / "pages"))
    (offered,) = (root / "quarantine").glob("*.jpg")
    assert "19441/KS.2005.01" in offered.with_name(offered.name + ".why.txt").read_text()


PACK_POINTS = [
    ("outbox.durable:sync_tree", "before"),
    ("outbox.durable:move_new", "before"),
    ("outbox.durable:move_new", "after"),
    ("station.catalogue:Catalogue.add_bag", "after"),
    ("outbox.store:OutboxStore.enqueue", "after"),
]


@pytest.mark.parametrize(("point", "when"), PACK_POINTS)
@pytest.mark.parametrize("next_command", [("pack", BOOK), ("process", BOOK)])
def test_a_book_is_sealed_once_whenever_the_power_goes(
    tmp_path: Path, point: str, when: str, next_command: tuple[str, ...]
) -> None:
    root = make_station(tmp_path / "root", settings=folder_destination(tmp_path / "there"))
    draw_pages(tmp_path / "pages", PAGES)
    succeed(root, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    cut(root, point, when, 1, "pack", BOOK)
    succeed(root, *next_command)
    succeed(root, "pack", BOOK)
    bags = [path.name for path in (root / "bags").iterdir()]
    assert len(bags) == 1
    assert not bags[0].endswith(".partial")
    (item,) = succeed(root, "outbox", "list")
    assert item["bag_id"] == bags[0]
    succeed(root, "send", "--once")
    (received,) = succeed(root, "receive", str(tmp_path / "there"))
    assert received["state"] == "accepted"


SPLIT_POINTS = [
    ("station.catalogue:Catalogue.split_page", "before"),
    ("station.catalogue:Catalogue._insert_part", "after"),
    ("station.catalogue:Catalogue.split_page", "after"),
    ("station.catalogue:Catalogue.add_copy", "before"),
]


@pytest.mark.parametrize(("point", "when"), SPLIT_POINTS)
def test_a_spread_is_whole_or_split_and_the_next_packing_ends_it(tmp_path: Path, point: str, when: str) -> None:
    root = make_station(tmp_path / "root")
    draw_pages(tmp_path / "pages", PAGES)
    succeed(root, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    page = succeed(root, "pages", BOOK)[1]["id"]
    cut(root, point, when, 1, "pages", "split", page, "--at", "50")
    found = succeed(root, "pages", BOOK)
    split = point.endswith(("add_copy", "split_page")) and (point, when) != SPLIT_POINTS[0]
    assert [row["half"] for row in found] == ([None, "left", "right", None] if split else [None, None, None])
    assert {row["file"] for row in found} == {path.relative_to(root).as_posix() for path in masters(root)}
    check_nothing_half(root)
    check_no_orphan(root)
    if not split:
        succeed(root, "pages", "split", page, "--at", "50")
    assert [row["cases"] for row in succeed(root, "pages", BOOK)] == [[f"0{one}/2005"] for one in (1, 2, 2, 3)]
    assert succeed(root, "pack", BOOK)["pages"] == PAGES + 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_whole_or_its_halves_are_there_as_they_are_put_together(tmp_path: Path, when: str) -> None:
    root = make_station(tmp_path / "root")
    draw_pages(tmp_path / "pages", 1)
    succeed(root, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    succeed(root, "pages", "split", succeed(root, "pages", BOOK)[0]["id"], "--at", "50")
    half = succeed(root, "pages", BOOK)[0]["id"]
    cut(root, "station.catalogue:Catalogue.join_parts", when, 1, "pages", "whole", half)
    found = succeed(root, "pages", BOOK)
    assert [row["half"] for row in found] == (["left", "right"] if when == "before" else [None])
    assert {number for row in found for number in row["cases"]} == {"01/2005"}
    check_no_orphan(root)
    assert succeed(root, "pack", BOOK)["pages"] == len(found)


def masters(root: Path) -> list[Path]:
    return [path for path in (root / "masters").rglob("*") if path.is_file()]


def check_nothing_half(root: Path) -> None:
    """Every row has its whole master; what is shown is whole."""
    for page in succeed(root, "pages", BOOK):
        assert hashlib.sha256((root / page["file"]).read_bytes()).hexdigest() == page["sha256"]


def check_no_orphan(root: Path) -> None:
    """Every master has its row, and nothing is left in the spool."""
    known = {page["file"] for page in succeed(root, "pages", BOOK)}
    found = {path.relative_to(root).as_posix() for path in (root / "masters").rglob("*") if path.is_file()}
    assert found == known
    assert [path for path in (root / "spool").rglob("*") if path.is_file()] == []
