"""The record follows the paper, by the command: jams confirmed, shortfalls shown, both sides by hand, the timer."""

from __future__ import annotations

import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from station.root import Root
from tests.drivers import stations
from tests.flow.terminal import run_at_terminal
from tests.support import BOOK, Ran, command, draw_pages, environment, make_station, run_here, run_station, scripted
from tests.support import succeed as succeed_in

JAMMED = ["grey = 200", "grey = 190", 'fault = "jam"', "grey = 180"]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with one book, to be copied."""
    return make_station(tmp_path_factory.mktemp("fresh") / "root")


@pytest.fixture
def root(fresh: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fresh, tmp_path / "root"))


def scan(root: Path, device: str, *words: str) -> Ran:
    return run_station(root, "--json", "scan", BOOK, "--device", device, *words)


def pages(root: Path) -> list[dict[str, Any]]:
    return list(succeed_in(root, "pages", BOOK))


def findings(root: Path) -> dict[str, dict[str, Any]]:
    """What `check` says of the paper, by code; the pictures of these tests are no pages."""
    found = run_here(root, "--json", "check", BOOK).data
    return {one["code"]: one for one in found if one["code"] not in {"image", "page-without-case", "gap"}}


def test_after_a_jam_the_next_scan_waits_for_the_last_page(root: Path, tmp_path: Path) -> None:
    device = scripted(tmp_path, JAMMED)
    ran = scan(root, device)
    assert (ran.code, ran.data["fault"], ran.data["pages"], ran.data["sheets_fed"]) == (5, "jam", 2, 3)
    assert "drew in 3 sheets; 2 pages are kept" in ran.err
    assert "go on with --last-page 2" in ran.err
    refused = scan(root, device)
    assert refused.code == 2
    assert refused.data["error"] == "last-page-unconfirmed"
    assert (refused.data["last"], refused.data["fed"], refused.data["kept"]) == (2, 3, 2)
    assert f"station scan {BOOK} --last-page 2" in refused.err
    assert scan(root, device, "--last-page", "3").data["error"] == "last-page-beyond"
    wrong = scan(root, device, "--last-page", "1")
    assert wrong.data["error"] == "last-page-before"
    assert f"station pages discard {pages(root)[1]['id']}" in wrong.err
    assert len(pages(root)) == 2
    went_on = scan(root, device, "--last-page", "2")
    assert (went_on.code, went_on.data["last_page"]) == (0, 3)
    assert "last-page-unconfirmed" not in findings(root)


def test_check_blocks_until_the_last_page_is_confirmed(root: Path, tmp_path: Path) -> None:
    scan(root, scripted(tmp_path, JAMMED), "--number", "1")
    finding = findings(root)["last-page-unconfirmed"]
    last = pages(root)[-1]["id"]
    assert (finding["blocking"], finding["subject"], finding["numbers"]) == (True, last, "02/2005")
    text = run_here(root, "check", BOOK).out
    assert f"station pages confirm {last}" in text
    assert "3 sheets went in, 2 pages are kept" in text
    assert run_here(root, "pack", BOOK).code == 3
    assert run_here(root, "pages", "confirm", last).code == 0
    assert "last-page-unconfirmed" not in findings(root)
    assert run_here(root, "pack", BOOK).code == 0


def test_whoever_sits_at_the_terminal_is_asked_for_the_last_page(root: Path, tmp_path: Path) -> None:
    device = scripted(tmp_path, JAMMED)
    scan(root, device, "--number", "1")
    words = ("scan", BOOK, "--device", device)
    stopped = run_at_terminal(root, [("which page is it?", "")], *words)
    assert stopped.code == 2
    ran = run_at_terminal(root, [("The last page of the book is 2 (number 02/2005)", "2")], *words)
    assert (ran.code, len(pages(root))) == (0, 3)


def test_after_a_break_that_lost_no_sheet_the_next_page_is_marked_until_somebody_looked(
    root: Path, tmp_path: Path
) -> None:
    device = scripted(tmp_path, ["grey = 200", 'fault = "cover-open"', "grey = 190", "grey = 180"])
    assert scan(root, device, "--number", "1").code == 5
    ran = scan(root, device, "--number", "2")
    assert ran.code == 0, ran.err
    marked = pages(root)[1]
    assert (ran.data["review"], marked["review"]) == ([marked["id"]], "after-break")
    assert f"station pages confirm {marked['id']}" in ran.err
    finding = findings(root)["review"]
    assert (finding["blocking"], finding["subject"], finding["reason"]) == (False, marked["id"], "after-break")
    assert run_here(root, "pages", "confirm", marked["id"][:8]).code == 0
    assert pages(root)[1]["review"] is None
    assert "review" not in findings(root)


def test_after_a_broken_connection_that_lost_a_sheet_the_next_scan_waits_for_the_last_page(
    root: Path, tmp_path: Path
) -> None:
    device = scripted(tmp_path, ["grey = 200", 'fault = "io-error"', "grey = 190"])
    broken = scan(root, device, "--number", "1")
    assert (broken.code, broken.data["pages"], broken.data["sheets_fed"]) == (5, 1, 2)
    refused = scan(root, device)
    assert (refused.code, refused.data["error"]) == (2, "last-page-unconfirmed")
    assert "a broken connection (2 sheets went in, 1 pages are kept)" in refused.err
    went_on = scan(root, device, "--last-page", "1", "--number", "2")
    assert (went_on.code, [page["review"] for page in pages(root)]) == (0, [None, None])


def test_a_glass_whose_driver_crashed_goes_on_by_itself_and_says_so(root: Path, tmp_path: Path) -> None:
    device = scripted(tmp_path, ["grey = 200", "crash = true", "grey = 190"], feeder=False)
    ran = scan(root, device, "--pages", "2")
    assert ran.code == 0, ran.err
    assert [page["review"] for page in pages(root)] == [None, "after-reconnect"]
    assert ran.err.index("connection to the scanner is lost") < ran.err.index("ready again") < ran.err.index("page 2")
    assert f"station pages confirm {pages(root)[1]['id']}" in ran.err


def test_a_scan_that_was_killed_marks_the_next_page(root: Path, tmp_path: Path) -> None:
    device = scripted(tmp_path, ["grey = 200", 'hang = "reading"', "grey = 190"])
    words = command(root, "scan", BOOK, "--device", device)
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment()) as process:
        wait_for(process, "page 1 kept")
        process.kill()
    ran = scan(root, device)
    assert ran.code == 0, ran.err
    assert [page["review"] for page in pages(root)] == [None, "after-break"]


def test_fewer_pages_than_asked_for_stay_a_finding_until_confirmed(root: Path, tmp_path: Path) -> None:
    ran = scan(root, scripted(tmp_path, ["grey = 200", "grey = 190"]), "--pages", "5", "--number", "1")
    assert ran.code == 3
    finding = findings(root)["fewer-pages"]
    assert (finding["blocking"], finding["asked"], finding["kept"], finding["order"]) == (True, 5, 2, 2)
    assert run_here(root, "pack", BOOK).code == 3
    assert run_here(root, "pages", "confirm", pages(root)[-1]["id"]).code == 0
    assert "fewer-pages" not in findings(root)


def test_a_duplex_feeder_gives_pairs_and_a_missing_back_is_told(root: Path, tmp_path: Path) -> None:
    device = scripted(tmp_path, ["grey = 200\nback = 150", 'grey = 190\nback = "missing"'])
    script = tmp_path / "script.toml"
    script.write_text(script.read_text().replace("feeder = true", 'sources = ["adf-duplex"]'))
    ran = scan(root, device, "--source", "adf-duplex")
    assert (ran.code, ran.data["fault"], ran.data["pages"], ran.data["sheets_fed"]) == (5, "missing-side", 3, 2)
    assert [(page["sheet"], page["side"]) for page in pages(root)] == [(1, "front"), (1, "back"), (2, "front")]
    found = findings(root)
    assert found["half-sheet"]["subject"] == found["last-page-unconfirmed"]["subject"] == pages(root)[-1]["id"]
    assert run_here(root, "pages", "confirm", pages(root)[-1]["id"]).code == 0
    assert not {"half-sheet", "last-page-unconfirmed"} & findings(root).keys()
    assert scan(root, device, "--source", "adf-duplex", "--pages", "3").data["error"] == "odd-pages"


def wait_for(process: subprocess.Popen[str], said: str) -> None:
    """Wait until a command says this; one that never does is ended."""
    assert process.stderr is not None
    overdue = threading.Timer(60, process.kill)
    overdue.start()
    found = any(said in line for line in process.stderr)
    overdue.cancel()
    if not found:
        process.kill()
    assert found, said


def stack(folder: Path, *parts: list[int]) -> str:
    """A feeder that holds these pictures, part by part."""
    draw_pages(folder, max(number for part in parts for number in part))
    sheets: list[str] = []
    for part in parts:
        sheets += [*(f'image = "p{number}.jpg"' for number in part), 'press = "scan"']
    device = scripted(folder, sheets[:-1])
    script = Path(device.partition(":")[2])
    script.write_text('buttons = ["scan"]\n' + script.read_text())
    return device


def masters(root: Path, folder: Path) -> list[int]:
    """Which picture each page of the book is, told by the closest."""
    import cv2
    import numpy as np

    def small(path: Path) -> Any:
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert image is not None
        return cv2.resize(image, (200, 280), interpolation=cv2.INTER_AREA).astype(np.float32)

    known = {int(path.stem[1:]): small(path) for path in folder.glob("p*.jpg")}
    found = []
    for page in pages(root):
        image = small(root / page["file"])
        found.append(min(known, key=lambda number: float(np.abs(known[number] - image).mean())))
    return found


def test_both_sides_by_hand_in_two_commands(root: Path, tmp_path: Path) -> None:
    device = stack(tmp_path, [1, 3, 5], [6, 4, 2])
    fronts = scan(root, device, "--side", "front", "--number", "7")
    assert (fronts.code, fronts.data["pages"], fronts.data["pairing"]) == (0, 3, None)
    assert "--side back" in fronts.err
    assert [page["cases"] for page in pages(root)] == [[], [], []]
    assert findings(root)["stack-waits"]["blocking"]
    assert scan(root, device).data["error"] == "stack-waits"
    backs = scan(root, device, "--side", "back")
    assert (backs.code, backs.data["pairing"]["paired"]) == (0, True)
    assert masters(root, tmp_path) == [1, 2, 3, 4, 5, 6]
    assert [page["cases"] for page in pages(root)] == [[f"{number:02}/2005"] for number in range(7, 13)]
    assert findings(root) == {}


def test_both_sides_by_hand_at_a_terminal(root: Path, tmp_path: Path) -> None:
    device = stack(tmp_path, [1, 3], [2, 4])
    words = ("--json", "scan", BOOK, "--device", device, "--manual-duplex", "--backs-in-order", "--number", "1")
    ran = run_at_terminal(root, [("Turn the whole stack over", "")], *words)
    assert ran.code == 0, ran.err
    assert (ran.data["pages"], ran.data["last_page"], ran.data["pairing"]["paired"]) == (4, 4, True)
    assert masters(root, tmp_path) == [1, 2, 3, 4]
    assert [page["cases"] for page in pages(root)] == [[f"{number:02}/2005"] for number in range(1, 5)]


def test_a_stack_that_was_not_turned_is_refused_and_scanned_again(root: Path, tmp_path: Path) -> None:
    device = stack(tmp_path, [1, 3], [1, 3], [4], [4, 2])
    scan(root, device, "--side", "front", "--number", "1")
    forgot = scan(root, device, "--side", "back")
    assert (forgot.code, forgot.data["pairing"]["alike"]) == (3, [1, 2])
    assert "--side back --again" in forgot.err
    fewer = scan(root, device, "--side", "back", "--again")
    assert (fewer.code, fewer.data["pairing"]["fronts"], fewer.data["pairing"]["backs"]) == (3, 2, 1)
    assert (findings(root)["stack-waits"]["fronts"], findings(root)["stack-waits"]["backs"]) == (2, 1)
    assert scan(root, device, "--side", "back", "--again").code == 0
    assert masters(root, tmp_path) == [1, 2, 3, 4]
    assert len(list((root / "masters").rglob("*.tif"))) == 7, "nothing that was scanned is thrown away"


def test_sides_that_are_alike_for_good_are_paired_when_somebody_says_so(root: Path, tmp_path: Path) -> None:
    device = stack(tmp_path, [1], [1])
    scan(root, device, "--side", "front", "--number", "1")
    assert scan(root, device, "--side", "back").code == 3
    assert run_here(root, "--json", "pages", "pair", BOOK).data["alike"] == [1]
    ran = run_here(root, "--json", "pages", "pair", BOOK, "--as-they-are")
    assert (ran.code, ran.data["paired"]) == (0, True)
    assert [page["cases"] for page in pages(root)] == [["01/2005"], ["02/2005"]]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--manual-duplex",), "turned-needs-terminal"),
        (("--side", "back"), "no-fronts"),
        (("--again",), "option-needs"),
        (("--side", "front", "--again"), "option-needs"),
        (("--backs-in-order",), "option-needs"),
        (("--wait", "--every", "2"), "choose-one"),
        (("--every", "2"), "every-needs-glass"),
        (("--wait",), "cannot-wait"),
    ],
)
def test_options_that_mean_nothing_here_are_refused_before_paper_moves(
    root: Path, tmp_path: Path, words: tuple[str, ...], code: str
) -> None:
    device = scripted(tmp_path, ["grey = 200"])
    ran = scan(root, device, *words)
    assert (ran.code, ran.data["error"]) == (2, code)
    assert not (tmp_path / "script.toml.at").exists()


def test_a_profile_that_the_scanner_does_not_keep_is_refused_before_paper_moves(root: Path, tmp_path: Path) -> None:
    with (root / "station.toml").open("a") as settings:
        settings.write("\n[profiles.fine]\ndpi = 600\n")
    ran = scan(root, scripted(tmp_path, ["grey = 200"]), "--profile", "fine")
    assert (ran.code, ran.data["error"]) == (2, "profile-not-taken")
    assert "dpi=600" in ran.err
    assert not (tmp_path / "script.toml.at").exists()


def test_the_timer_takes_pages_until_ctrl_c(root: Path, tmp_path: Path) -> None:
    device = scripted(tmp_path, [f"grey = {grey}" for grey in range(100, 250, 10)], feeder=False)
    with stations.start_scan(Root(root), device, "--every", "1.5") as process:
        wait_for(process, "page 2 kept")
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        ran = stations.finish(process)
    kept = len(pages(root))
    assert kept >= 2
    assert ran.data["pages"] == kept
    # In the middle of a page the page under way is given up; between two pages nothing is.
    assert (ran.code, ran.data["fault"]) in {(0, None), (5, "cancelled")}
