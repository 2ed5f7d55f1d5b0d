"""Sealing refuses with what mends it; a sealed book is opened again by a checker, and its bags follow each other."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from station.finding_groups import grouped
from tests.support import BOOK, draw_pages, folder_destination, make_station, run_here, run_station, succeed

CHECKER = ("--checker", "Trần Thị Bưởi", "--why", "số 2 đọc sai")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with a sealed book of three cases; its destination stands beside it."""
    folder = tmp_path_factory.mktemp("rework")
    root = make_station(folder / "root", settings=folder_destination(folder / "there"))
    draw_pages(folder / "pages", 3)
    succeed(root, "ingest", BOOK, str(folder / "pages"), "--number", "1")
    succeed(root, "pack", BOOK)
    return root


@pytest.fixture
def root(sealed: Path, tmp_path: Path) -> Path:
    """The same with a destination of its own."""
    copy = Path(shutil.copytree(sealed, tmp_path / "root"))
    settings, there = copy / "station.toml", tmp_path / "there"
    there.mkdir()
    settings.write_text(settings.read_text().replace(str(sealed.parent / "there"), str(there)))
    return copy


def states(root: Path) -> dict[str, str]:
    return {item["bag_id"]: item["state"] for item in succeed(root, "outbox", "list")}


def bag_of(root: Path) -> str:
    return str(succeed(root, "books", "show", BOOK)["bags"][-1])


def record_of(bag: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((Path(bag["folder"]) / "data" / "book.json").read_text())
    return document


def test_every_refusal_of_packing_names_a_command_and_no_command_makes_a_loss_vanish(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    draw_pages(tmp_path / "a", 1)
    draw_pages(tmp_path / "b", 2, first=5)
    succeed(root, "ingest", BOOK, str(tmp_path / "a"), "--number", "1")
    succeed(root, "ingest", BOOK, str(tmp_path / "b"))
    succeed(root, "books", "add", BOOK, "--pages", "4", "--last", "5")
    for _ in range(2):
        ran = run_here(root, "--json", "pack", BOOK)
        assert ran.code == 3
        assert all(one["blocking"] for one in ran.data["findings"])
        lines = grouped(ran.data["findings"])
        assert len(lines) < len(ran.data["findings"])
        assert all(one["mend"] in ran.err for one in lines)
        for one in ran.data["findings"]:
            _, *words = shlex.split(one["mend"])
            run_here(root, *words)
    assert [one["code"] for one in ran.data["findings"]] == ["page-count", "gap", "gap"]
    succeed(root, "books", "add", BOOK, "--pages", "3")
    succeed(root, "cases", "missing", BOOK, "--number", "4-5", "--why", "void")
    assert succeed(root, "check", BOOK) == []
    assert [case["number"] for case in succeed(root, "cases", BOOK)] == ["01/2005", "02/2005", "03/2005"]


def test_a_book_is_opened_again_by_a_named_checker_only(root: Path) -> None:
    for words in ((), ("--checker", "Trần Thị Bưởi"), ("--checker", " ", "--why", "x"), ("--why", "x")):
        assert run_here(root, "reopen", BOOK, *words).code == 2
    change = ("cases", "date", BOOK, "--number", "1", "--date", "2005-01-02")
    refused = run_here(root, *change)
    assert refused.code == 2
    assert f"station reopen {BOOK}" in refused.err
    rework = succeed(root, "reopen", BOOK, *CHECKER)
    assert (rework["bag"], rework["checker"], rework["held"], rework["operator"]) == (
        bag_of(root), "Trần Thị Bưởi", True, "tester",
    )  # fmt: skip
    succeed(root, *change)
    assert run_here(root, "reopen", BOOK, *CHECKER).code == 2


def test_a_changed_book_gets_a_bag_that_names_the_old_one_which_is_held_and_kept(root: Path) -> None:
    old = bag_of(root)
    succeed(root, "reopen", BOOK, *CHECKER)
    assert states(root) == {old: "held"}
    succeed(root, "cases", "date", BOOK, "--number", "1", "--date", "2005-01-02")
    bag = succeed(root, "pack", BOOK)
    assert (bag["supersedes"], bag["unchanged"]) == (old, False)
    assert states(root) == {old: "held", bag["id"]: "queued"}
    assert (root / "bags" / old / "manifest-sha256.txt").is_file()
    assert f"Supersedes: {old}\n" in (Path(bag["folder"]) / "bag-info.txt").read_text()
    named = record_of(bag)["supersedes"]
    assert (named["bag"], named["checker"], named["why"]) == (old, "Trần Thị Bưởi", "số 2 đọc sai")
    judged = subprocess.run(
        [sys.executable, "-m", "bagit", "--validate", bag["folder"]], capture_output=True, timeout=60, check=False
    )
    assert judged.returncode == 0
    shown = succeed(root, "books", "show", BOOK)
    assert shown["bags"] == [old, bag["id"]]
    assert [(one["bag"], one["checker"]) for one in shown["reworks"]] == [(old, "Trần Thị Bưởi")]
    succeed(root, "send", "--once")
    (received,) = succeed(root, "receive", str(root.parent / "there"))
    assert (received["id"], received["state"]) == (bag["id"], "accepted")


def test_packing_without_a_change_gives_the_same_bag_and_lets_it_go(root: Path) -> None:
    old = bag_of(root)
    for _ in range(2):
        succeed(root, "reopen", BOOK, *CHECKER)
        ran = run_here(root, "--json", "pack", BOOK)
        assert (ran.code, ran.data["id"], ran.data["unchanged"], ran.data["supersedes"]) == (0, old, True, None)
        assert "Nothing was changed" in ran.err or "không có gì thay đổi" in ran.err
        assert states(root) == {old: "queued"}


def test_the_third_bag_names_the_second_and_an_unchanged_second_stays_itself(root: Path) -> None:
    first = bag_of(root)
    made = [first]
    for date in ("2005-01-02", "2005-01-02", "2005-01-03"):
        succeed(root, "reopen", BOOK, *CHECKER)
        if succeed(root, "cases", BOOK)[0]["date"] != date:
            succeed(root, "cases", "date", BOOK, "--number", "1", "--date", date)
        made.append(succeed(root, "pack", BOOK)["id"])
    assert made[1] == made[2]
    assert len({first, made[1], made[3]}) == 3
    assert [record_of({"folder": root / "bags" / bag})["supersedes"] for bag in made[:1]] == [None]
    assert record_of({"folder": root / "bags" / made[1]})["supersedes"]["bag"] == first
    assert record_of({"folder": root / "bags" / made[3]})["supersedes"]["bag"] == made[1]


def test_what_was_sent_stays_sent_and_what_a_person_held_stays_held(root: Path) -> None:
    old = bag_of(root)
    succeed(root, "outbox", "hold", old)
    assert succeed(root, "reopen", BOOK, *CHECKER)["held"] is False
    succeed(root, "pack", BOOK)
    assert states(root) == {old: "held"}
    succeed(root, "outbox", "release", old)
    succeed(root, "send", "--once")
    assert succeed(root, "reopen", BOOK, *CHECKER)["held"] is False
    assert states(root) == {old: "sent"}


def test_a_crash_after_the_rename_of_a_superseding_bag_is_put_right(root: Path) -> None:
    old = bag_of(root)
    succeed(root, "reopen", BOOK, *CHECKER)
    succeed(root, "cases", "date", BOOK, "--number", "1", "--date", "2005-01-02")
    bag = succeed(root, "pack", BOOK)["id"]
    forget(root, bag)
    again = run_station(root, "--json", "pack", BOOK).data
    assert (again["id"], again["supersedes"]) == (bag, old)
    assert states(root) == {old: "held", bag: "queued"}


def forget(root: Path, bag: str) -> None:
    """The databases as a crash between the rename and the rows leaves them."""
    import sqlite3

    with sqlite3.connect(root / "catalogue.db") as catalogue:
        catalogue.execute("delete from bag where id = ?", (bag,))
        catalogue.execute("update book set state = 'open'")
    catalogue.close()
    with sqlite3.connect(root / "outbox.db") as outbox:
        outbox.execute("delete from events where item_id in (select id from items where bag_id = ?)", (bag,))
        outbox.execute("delete from items where bag_id = ?", (bag,))
    outbox.close()


def change(root: Path) -> tuple[str, str]:
    """The book opened again, changed and sealed: its old bag and its new one."""
    old = bag_of(root)
    succeed(root, "reopen", BOOK, *CHECKER)
    succeed(root, "cases", "date", BOOK, "--number", "1", "--date", "2005-01-02")
    return old, str(succeed(root, "pack", BOOK)["id"])


def deliver(root: Path, bag: str) -> Path:
    """A bag as a folder at the receiver."""
    there = root.parent / "there"
    shutil.copytree(root / "bags" / bag, there / bag)
    return there


@pytest.mark.parametrize("newer_first", [True, False])
def test_the_receiver_says_which_of_two_bags_counts_in_whatever_order_they_come(root: Path, newer_first: bool) -> None:
    old, new = change(root)
    order = [new, old] if newer_first else [old, new]
    there = deliver(root, order[0])
    (first,) = succeed(root, "receive", str(there))
    expected = (old, False, None) if newer_first else (None, False, None)
    assert (first["supersedes"], first["older_is_here"], first["superseded_by"]) == expected
    deliver(root, order[1])
    for _ in range(2):
        ran = run_here(root, "--json", "receive", str(there))
        said = {one["id"]: (one["state"], one["supersedes"], one["older_is_here"]) for one in ran.data}
        assert said == {old: ("accepted", None, False), new: ("accepted", old, True)}
        assert f"Use {new} from now on" in ran.err
        assert (there / f"{old}.superseded.json").is_file()
    (again,) = succeed(root, "receive", str(there / old))
    assert again["superseded_by"] == new
    assert f"Do not use {old}" in run_here(root, "receive", str(there / old)).err


def test_a_note_that_the_receiver_did_not_sign_counts_for_nothing(root: Path) -> None:
    bag = bag_of(root)
    there = deliver(root, bag)
    note = {"bag_id": bag, "superseded_by": f"{bag[:-8]}00000000", "signature": "AAAA"}
    for text in (json.dumps(note), json.dumps(note | {"signature": 3}), "[]", "{", ""):
        (there / f"{bag}.superseded.json").write_text(text)
        (arrival,) = succeed(root, "receive", str(there))
        assert arrival["superseded_by"] is None


def test_an_outdated_bag_goes_only_when_somebody_insists(root: Path) -> None:
    old = bag_of(root)
    succeed(root, "reopen", BOOK, *CHECKER)
    ran = run_here(root, "outbox", "release", old)
    assert ran.code == 2
    assert f"station pack {BOOK}" in ran.err
    succeed(root, "cases", "date", BOOK, "--number", "1", "--date", "2005-01-02")
    new = succeed(root, "pack", BOOK)["id"]
    ran = run_here(root, "outbox", "release", old)
    assert (ran.code, states(root)[old]) == (2, "held")
    assert new in ran.err
    assert "--anyway" in ran.err
    insisted = run_here(root, "--json", "outbox", "release", old, "--anyway")
    assert (insisted.code, insisted.data["state"]) == (0, "queued")
    assert new in insisted.err
    succeed(root, "send", "--once")
    assert run_here(root, "outbox", "retry", old).code == 2
    assert run_here(root, "outbox", "retry", new).code == 0


def test_where_people_work_the_checker_is_one_of_them_with_the_role(root: Path) -> None:
    pin = root.parent / "pin"
    pin.write_text("2468")
    for name, role in (("Lan", "operator"), ("Hoa", "checker")):
        succeed(root, "operators", "add", name, "--role", role, "--pin-file", str(pin))
    before = states(root)
    for name, word in (("Lan", "It needs a checker"), ("Trần Thị Bưởi", "Nobody called")):
        ran = run_here(root, "reopen", BOOK, "--checker", name, "--why", "sửa")
        assert (ran.code, word in ran.err) == (2, True)
    assert (states(root), succeed(root, "books", "show", BOOK)["state"]) == (before, "sealed")
    assert succeed(root, "reopen", BOOK, "--checker", "Hoa", "--why", "sửa")["checker"] == "Hoa"
