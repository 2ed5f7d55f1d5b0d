"""Practice stays apart from real work, whichever way somebody mixes the two up."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from station.errors import SettingsError, UsageError
from station.root import Root
from station.training.mode import TRAINING_REGISTRY
from station.wiring import Station, create_station
from tests.support import draw_pages, folder_destination, make_station, run_here, succeed

BOOK = f"{TRAINING_REGISTRY.code}/KS.2005.01"


@pytest.fixture
def practice(tmp_path: Path) -> Path:
    root = tmp_path / "practice"
    succeed(root, "init", "--training")
    return root


def test_a_station_for_practice_refuses_real_books(practice: Path) -> None:
    ran = run_here(practice, "--json", "books", "add", "19441/KS.2005.01")
    assert (ran.code, ran.data["error"]) == (2, "training.real-book")
    with pytest.raises(UsageError, match=r"training\.real-book"):
        create_station(Root(practice.with_name("other")), "19441", None, practice=True)


def test_a_real_station_refuses_practice_books(tmp_path: Path) -> None:
    root = make_station(tmp_path / "real")
    ran = run_here(root, "--json", "books", "add", BOOK)
    assert (ran.code, ran.data["error"]) == (2, "training.practice-book")
    ran = run_here(tmp_path / "new", "--json", "init", "--registry", TRAINING_REGISTRY.code)
    assert (ran.code, ran.data["error"]) == (2, "training.practice-book")


def test_practice_books_cannot_be_sent_out_of_their_root(practice: Path, tmp_path: Path) -> None:
    with (practice / "station.toml").open("a", encoding="utf-8") as file:
        file.write(folder_destination(tmp_path / "share"))
    with pytest.raises(SettingsError, match="bad-setting"):
        Station.open(Root(practice))


def test_practice_books_go_onto_no_stick(practice: Path, tmp_path: Path) -> None:
    stick, inside = tmp_path / "stick", practice / "stick"
    for folder in (stick, inside):
        folder.mkdir()
    ran = run_here(practice, "--json", "export", str(stick), "--plain")
    assert (ran.code, ran.data["error"]) == (2, "training.no-stick")
    assert list(stick.iterdir()) == []
    assert run_here(practice, "export", str(inside), "--plain", "--folder").code == 0


def test_practice_books_cannot_bear_real_names(practice: Path) -> None:
    settings = practice / "station.toml"
    settings.write_text(settings.read_text().replace('"training"', '"moj-undated"'))
    with pytest.raises(SettingsError, match="bad-setting"):
        Station.open(Root(practice))


def test_every_name_says_what_it_is_and_no_receiver_takes_it(practice: Path, tmp_path: Path) -> None:
    succeed(practice, "books", "add", BOOK)
    draw_pages(tmp_path / "pages", 2)
    succeed(practice, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    bag = succeed(practice, "pack", BOOK)
    (folder,) = [path for path in (practice / "bags").iterdir() if path.is_dir()]
    assert folder.name.startswith(f"{TRAINING_REGISTRY.code}_")
    packages = [path for path in (folder / "data").iterdir() if path.suffix in {".zip", ".xlsx"}]
    assert all(path.name.startswith("taphuan.") for path in packages)
    (archive,) = [path for path in packages if path.suffix == ".zip"]
    with zipfile.ZipFile(archive) as file:
        assert file.namelist() == ["TAPHUAN.KS.2005.01.001.pdf", "TAPHUAN.KS.2005.01.002.pdf"]
    assert json.loads((folder / "data" / "book.json").read_text())["book"]["registry"] == TRAINING_REGISTRY.code
    ran = run_here(tmp_path / "receiver", "--json", "receive", str(folder))
    (arrival,) = ran.data
    assert arrival["id"] == bag["id"]
    assert arrival["state"] == "refused"
    assert "training" in [finding["code"] for finding in arrival["findings"]]


def test_every_command_says_that_this_is_practice(practice: Path) -> None:
    assert "TRAINING" in run_here(practice, "books", "list").err
