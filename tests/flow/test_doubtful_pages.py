"""Pages in doubt: told from good ones and from unchecked ones, and each with a way out that is no circle."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.support import BOOK, draw_page, make_station, run_here, succeed, with_density


def darken(path: Path) -> Path:
    """The same page as a lamp that is failing shows it."""
    page = cv2.imread(str(path))
    assert page is not None
    path.write_bytes(_jpeg(np.asarray(page * 0.45, np.uint8)))
    return path


def _jpeg(page: np.ndarray[Any, np.dtype[np.uint8]]) -> bytes:
    return with_density(cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes(), 100)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A book of a good page, a dark one and a blank one."""
    root = make_station(tmp_path / "root")
    blank = np.full((1169, 827, 3), 24, np.uint8)
    blank[12:-12, 12:-12] = (196, 221, 232)
    (tmp_path / "c.jpg").write_bytes(_jpeg(blank))
    files = [draw_page(tmp_path / "a.jpg", 1), darken(draw_page(tmp_path / "b.jpg", 2)), tmp_path / "c.jpg"]
    succeed(root, "ingest", BOOK, *map(str, files), "--number", "1")
    return root


def findings(root: Path, subject: str) -> dict[str, dict[str, Any]]:
    """What is said of a page, by the check or the code."""
    found = run_here(root, "--json", "check", BOOK).data
    return {one.get("check", one["code"]): one for one in found if one["subject"] == subject}


def run_line(root: Path, line: str) -> None:
    name, *words = shlex.split(line)
    assert name == "station"
    succeed(root, *words)


def test_a_good_page_is_told_from_one_that_nobody_checked(root: Path) -> None:
    table = run_here(root, "pages", BOOK).out.splitlines()
    assert ["ok" in table[1].split(), "underexposed" in table[2], "blank" in table[3]] == [True] * 3
    settings = root / "station.toml"
    settings.write_text(settings.read_text() + 'recipe = "archive"\n')
    assert all("unchecked" in line.split() for line in run_here(root, "pages", BOOK).out.splitlines()[1:])


def test_who_looked_may_say_that_a_page_is_good_as_it_is(root: Path) -> None:
    _, dark, _ = succeed(root, "pages", BOOK)
    finding = findings(root, dark["id"])["underexposed"]
    assert finding["mend"] == f"station pages replace {dark['id']} --scan"
    assert finding["accept"] == f"station pages confirm {dark['id']}"
    assert f"if it is good as it is: {finding['accept']}" in run_here(root, "check", BOOK).out
    run_line(root, finding["accept"])
    assert "underexposed" not in findings(root, dark["id"])


def test_a_page_that_is_said_to_be_blank_is_not_asked_about_again(root: Path) -> None:
    blank = succeed(root, "pages", BOOK)[2]
    run_line(root, findings(root, blank["id"])["blank"]["mend"])
    assert "blank" not in findings(root, blank["id"])


def test_half_a_page_is_stopped_whatever_anybody_says(root: Path, tmp_path: Path) -> None:
    page = cv2.imread(str(draw_page(tmp_path / "d.jpg", 4)))
    assert page is not None
    page[600:] = 128
    cv2.imwrite(str(tmp_path / "d.png"), page)
    succeed(root, "ingest", BOOK, str(tmp_path / "d.png"), "--number", "4")
    half = succeed(root, "pages", BOOK)[3]
    finding = findings(root, half["id"])["half-delivered"]
    assert finding["blocking"]
    assert "accept" not in finding
    succeed(root, "pages", "confirm", half["id"])
    assert "half-delivered" in findings(root, half["id"])


@pytest.mark.parametrize("damage", ["gone", "cut short"])
def test_a_page_whose_master_cannot_be_read_is_scanned_again_or_discarded(root: Path, damage: str) -> None:
    first = succeed(root, "pages", BOOK)[0]
    master = root / first["file"]
    data = master.read_bytes()
    settings = root / "station.toml"
    settings.write_text(settings.read_text() + 'recipe = "archive"\n')
    if damage == "gone":
        master.unlink()
    else:
        master.write_bytes(data[:999])
    assert set(findings(root, first["id"])) == {"no-copy"}
    ran = run_here(root, "process", BOOK)
    assert ran.code == 3
    assert f"station pages replace {first['id']} --scan" in ran.err
    finding = findings(root, first["id"])["unreadable"]
    assert set(findings(root, first["id"])) == {"unreadable"}
    assert finding["blocking"]
    assert finding["mend"] == f"station pages replace {first['id']} --scan"
    said = run_here(root, "check", BOOK).out
    assert f"station pages discard {first['id']} --why" in said
    assert {"gone": "is gone", "cut short": "cut short"}[damage] in said
    master.write_bytes(data)
    succeed(root, "process", BOOK)
    assert not {"unreadable", "no-copy"} & set(findings(root, first["id"]))
