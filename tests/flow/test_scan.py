"""Scanning through the command, over SANE's own `test` backend and from the scripted scanner."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import BOOK, Ran, draw_pages, make_station, run_station, scripted, succeed


def scan(root: Path, *words: str, **more: str) -> Ran:
    """A scan over SANE's `test` backend, which deadlocks now and then: one retry where it stalled before any page."""
    ran = run_station(root, "--json", "scan", BOOK, *words, **more)
    if ran.code == 5 and ran.data["fault"] == "stalled" and not ran.data["pages"]:
        ran = run_station(root, "--json", "scan", BOOK, *words, **more)
    return ran


def test_a_feeder_is_scanned_until_it_is_empty(tmp_path: Path, sane_test_backend: str) -> None:
    root = make_station(tmp_path / "root")
    ran = scan(root, "--device", "test:0", "--source", "adf", "--number", "1", SANE_CONFIG_DIR=sane_test_backend)
    assert ran.code == 0, ran.err
    assert (ran.data["pages"], ran.data["paper_ended"]) == (10, True)
    pages = succeed(root, "pages", BOOK)
    assert [page["cases"] for page in pages] == [[f"{n:02}/2005"] for n in range(1, 11)]
    assert {(page["dpi"], page["device"]) for page in pages} == {(300, "sane:test:0")}
    assert all((root / page["file"]).stat().st_size > page["width"] * page["height"] * 3 for page in pages)
    assert [path for path in (root / "spool").rglob("*") if path.is_file()] == []


def test_a_flatbed_gives_one_page_and_a_profile_says_how(tmp_path: Path, sane_test_backend: str) -> None:
    profile = '\n[profiles.small]\ndpi = 75\nmode = "grey"\nsource = "flatbed"\nwidth_mm = 210\nheight_mm = 148\n'
    root = make_station(tmp_path / "root", settings=profile)
    ran = scan(root, "--device", "test:1", "--profile", "small", SANE_CONFIG_DIR=sane_test_backend)
    assert ran.code == 0, ran.err
    (page,) = succeed(root, "pages", BOOK)
    assert (page["dpi"], page["width"], page["height"]) == (75, 620, 437)


def test_devices_are_listed_and_a_part_of_an_id_must_fit_one(tmp_path: Path, sane_test_backend: str) -> None:
    root = make_station(tmp_path / "root")
    devices = run_station(root, "--json", "devices", SANE_CONFIG_DIR=sane_test_backend).data
    assert [device["id"] for device in devices][:2] == ["sane:test:0", "sane:test:1"]
    assert devices[0]["sources"] == ["flatbed", "adf"]
    assert devices[2]["driver"] == "folder"
    for text in ("test", "nobody"):
        ran = run_station(root, "scan", BOOK, "--device", text, SANE_CONFIG_DIR=sane_test_backend)
        assert ran.code == 2
        assert "sane:test:0" in ran.err


def test_a_setting_that_the_scanner_lacks_is_a_fault_before_paper_moves(tmp_path: Path, sane_test_backend: str) -> None:
    root = make_station(tmp_path / "root")
    ran = scan(root, "--device", "test:0", "--source", "adf-duplex", SANE_CONFIG_DIR=sane_test_backend)
    assert ran.code == 5
    assert succeed(root, "pages", BOOK) == []


def test_a_fault_keeps_every_page_before_it_and_says_which_was_the_last(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    device = scripted(tmp_path, ["grey = 200", "grey = 190", 'fault = "jam"', "grey = 180"])
    ran = scan(root, "--device", device, "--number", "1")
    assert ran.code == 5
    assert (ran.data["fault"], ran.data["pages"], ran.data["last_page"]) == ("jam", 2, 2)
    assert "Last good page: 2" in ran.err
    assert "--number 03/2005" in ran.err
    ran = scan(root, "--device", device, "--number", "3")
    assert ran.code == 0, ran.err
    assert [page["cases"] for page in succeed(root, "pages", BOOK)] == [["01/2005"], ["02/2005"], ["03/2005"]]


def test_fewer_pages_than_asked_for_is_a_finding(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    device = scripted(tmp_path, ["grey = 200", "grey = 190"])
    ran = scan(root, "--device", device, "--pages", "5")
    assert (ran.code, ran.data["pages"]) == (3, 2)
    empty = scan(root, "--device", device)
    assert (empty.code, empty.data["pages"]) == (3, 0)


def test_a_number_that_is_taken_is_refused_before_any_paper_moves(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    device = scripted(tmp_path, ["grey = 200", "grey = 190", "grey = 180"])
    assert scan(root, "--device", device, "--pages", "1", "--number", "7").code == 0
    ran = run_station(root, "scan", BOOK, "--device", device, "--number", "7")
    assert ran.code == 2
    assert "--join" in ran.err
    assert scan(root, "--device", device, "--pages", "1", "--number", "7", "--join").code == 0
    (case,) = succeed(root, "cases", BOOK)
    assert (case["number"], case["orders"]) == ("07/2005", [1, 2])


@pytest.mark.parametrize("book", ["KS.05.01", "19441/ZZ.2005.01", "x"])
def test_a_book_id_that_does_not_parse_is_told_what_a_right_one_looks_like(tmp_path: Path, book: str) -> None:
    root = make_station(tmp_path / "root")
    ran = run_station(root, "scan", book)
    assert ran.code == 2
    assert "19441/KS.2005.01" in ran.err or "KS, KH, KT" in ran.err


def test_an_unknown_book_a_missing_station_and_bad_settings_are_told_apart(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    assert "station books add 19441/KH.1999.01" in run_station(root, "scan", "KH.1999.01").err
    ran = run_station(tmp_path / "nowhere", "books", "list")
    assert (ran.code, "init --registry" in ran.err) == (2, True)
    with (root / "station.toml").open("a") as file:
        file.write("\n[scam]\n")
    ran = run_station(root, "--json", "books", "list")
    assert ran.code == 2
    assert json.loads(ran.out)["key"] == "scam"
    assert run_station(root, "books", "list", STATION_RUTE="x").code == 2


def test_a_scan_of_real_pictures_keeps_their_pixels(tmp_path: Path) -> None:
    import cv2

    root = make_station(tmp_path / "root")
    pages = draw_pages(tmp_path, 3)
    device = scripted(tmp_path, [f'image = "{page.name}"' for page in pages])
    assert scan(root, "--device", device).code == 0
    for page, kept in zip(pages, succeed(root, "pages", BOOK), strict=True):
        seen, master = cv2.imread(str(page)), cv2.imread(str(root / kept["file"]))
        assert seen is not None
        assert master is not None
        # Two JPEG decoders may differ by a step of rounding; nothing else may.
        assert int(cv2.absdiff(seen, master).max()) <= 4
