"""kill -9 of a scan and of packing at random moments, then starting again: no page lost, none twice, one bag.

The scanner is the simulated one over the real SANE stack. Like an operator, the test puts the sheets after the last
kept page back into the feeder before it goes on.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from drivers.simulator.process import SimulatedScanner
from tests.support import BOOK, command, draw_pages, environment, folder_destination, make_station, run_station, succeed

SHEETS = 8
SECONDS_PER_PAGE = 0.15
SEED = 37


def kill_in(seconds: float, argv: list[str], env: dict[str, str]) -> int:
    """Start a command and kill it after a time; its exit code, -9 if it was still running."""
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    return process.wait(20)


def scan_with_kills(tmp_path: Path, kills: int) -> None:
    """Scan books, each killed again and again, until so many kills have landed."""
    random_moment = random.Random(SEED)
    pages = draw_pages(tmp_path / "sheets", SHEETS)
    landed, round_number = 0, 0
    with SimulatedScanner(pages[0].parent, dpi=100, seconds_per_page=SECONDS_PER_PAGE, name="Sim") as scanner:
        env = environment(**scanner.environment)
        expected = undisturbed(tmp_path / "reference", scanner, env)
        while landed < kills:
            round_number += 1
            root = make_station(tmp_path / f"root{round_number}", settings="\n[profiles.sim]\ndpi = 100\n")
            for _ in range(40):
                kept = len(succeed(root, "pages", BOOK))
                if kept == SHEETS:
                    break
                scanner.refill(kept)
                words = ("scan", BOOK, "--source", "adf", "--profile", "sim", "--number", str(kept + 1))
                code = kill_in(random_moment.uniform(0.5, 4.5), command(root, *words), env)
                assert code in {0, -signal.SIGKILL}, code
                landed += code == -signal.SIGKILL
                check_rows(root)
            pages_now = succeed(root, "pages", BOOK)
            assert [page["sha256"] for page in pages_now] == expected
            assert [page["cases"] for page in pages_now] == [[f"{n:02}/2005"] for n in range(1, SHEETS + 1)]
            succeed(root, "pack", BOOK)


def undisturbed(root: Path, scanner: SimulatedScanner, env: dict[str, str]) -> list[str]:
    """The masters of the same sheets, scanned without any kill."""
    make_station(root, settings="\n[profiles.sim]\ndpi = 100\n")
    scanner.refill(0)
    ran = run_station(root, "scan", BOOK, "--source", "adf", "--profile", "sim", SANE_CONFIG_DIR=env["SANE_CONFIG_DIR"])
    assert ran.code == 0, ran.err
    found = [page["sha256"] for page in succeed(root, "pages", BOOK)]
    assert len(set(found)) == SHEETS
    return found


def check_rows(root: Path) -> None:
    for page in succeed(root, "pages", BOOK):
        assert hashlib.sha256((root / page["file"]).read_bytes()).hexdigest() == page["sha256"]


def pack_with_kills(tmp_path: Path, kills: int) -> None:
    random_moment = random.Random(SEED)
    whole = make_station(tmp_path / "root", settings=folder_destination(tmp_path / "there"))
    draw_pages(tmp_path / "pages", SHEETS)
    succeed(whole, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    landed, round_number = 0, 0
    while landed < kills:
        round_number += 1
        root = tmp_path / f"packing{round_number}"
        shutil.copytree(whole, root)
        code = -signal.SIGKILL
        while code == -signal.SIGKILL and landed < kills:
            began = time.monotonic()
            code = kill_in(random_moment.uniform(0.1, 1.8), command(root, "pack", BOOK), environment())
            landed += code == -signal.SIGKILL
            assert code in {0, -signal.SIGKILL}, (code, time.monotonic() - began)
        succeed(root, "pack", BOOK)
        bags = list((root / "bags").iterdir())
        (item,) = succeed(root, "outbox", "list")
        assert [bag.name for bag in bags] == [item["bag_id"]]
        shutil.rmtree(root)


def test_a_scan_killed_at_random_moments_loses_no_page_and_keeps_none_twice(tmp_path: Path) -> None:
    scan_with_kills(tmp_path, kills=3)


def test_packing_killed_at_random_moments_makes_one_bag_and_one_item(tmp_path: Path) -> None:
    pack_with_kills(tmp_path, kills=4)


@pytest.mark.soak
def test_a_scan_killed_fifty_times(tmp_path: Path) -> None:
    scan_with_kills(tmp_path, kills=50)


@pytest.mark.soak
def test_packing_killed_fifty_times(tmp_path: Path) -> None:
    pack_with_kills(tmp_path, kills=50)
