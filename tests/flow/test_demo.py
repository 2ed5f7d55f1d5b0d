"""The demo does the whole line, twice, and says what it made."""

from __future__ import annotations

from pathlib import Path

from tests.support import run_station, succeed


def test_the_demo_ends_in_a_verified_receipt_and_can_be_run_again_in_the_same_place(tmp_path: Path) -> None:
    root = tmp_path / "kept"
    for _ in range(2):
        report = succeed(root, "demo", "--keep", "--pages", "6")
        assert report["state"] == "received"
        assert report["destination"] == "sftp"
        assert (report["pages"], report["cases"], report["findings"]) == (6, 5, 0)
        assert 20 < report["kb_per_page"] < 400
        assert set(report["seconds"]) == {"draw", "scan", "check", "pack", "send", "receive", "receipt"}
    (item,) = succeed(root, "outbox", "list")
    assert item["state"] == "received"
    pages = succeed(root, "pages", "19441/KS.2005.01")
    assert [page["kind"] for page in pages] == ["cover"] + ["page"] * 5
    assert [page["cases"] for page in pages[1:3]] == [["01/2005"], ["02/2005"]]
    assert all((root / page["file"]).is_file() for page in pages)


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    ran = run_station(tmp_path, "demo", "--keep")
    assert ran.code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_throwaway_demo_leaves_nothing(tmp_path: Path) -> None:
    report = succeed(tmp_path / "unused", "demo", "--pages", "3")
    assert report["state"] == "received"
    assert not Path(report["root"]).exists()
    assert not (tmp_path / "unused").exists()
