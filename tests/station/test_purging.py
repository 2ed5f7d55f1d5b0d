"""Clearing away what is received: what goes, what stays, what is refused and why, and what is said of it later."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from station.naming import BookId
from station.root import Root
from tests.support import BOOK, draw_pages, folder_destination, make_station, receive_elsewhere, run_here, succeed

REOPEN = ("reopen", BOOK, "--checker", "Lan", "--why", "wrong page")


@pytest.fixture
def there(tmp_path: Path) -> Path:
    return tmp_path / "there"


@pytest.fixture
def root(tmp_path: Path, there: Path) -> Path:
    """A station with a sealed book that is on its way."""
    made = make_station(tmp_path / "root", settings=folder_destination(there))
    draw_pages(tmp_path / "pages", 2)
    succeed(made, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    succeed(made, "pack", BOOK)
    return made


def receive(root: Path, there: Path) -> None:
    succeed(root, "send", "--once")
    succeed(root, "receive", str(there))
    succeed(root, "send", "--once")


def files(root: Path, *tops: str) -> list[str]:
    return [str(path.relative_to(root)) for top in tops for path in (root / top).rglob("*") if path.is_file()]


def refused(root: Path, *words: str, code: int = 3) -> Any:
    ran = run_here(root, "--json", "purge", *words)
    assert ran.code == code, ran.err
    return json.loads(ran.out.splitlines()[-1])["error"]


def examined(root: Path, check: str) -> list[tuple[str, str]]:
    found = json.loads(run_here(root, "--json", "doctor").out)
    return [(one["state"], one["detail"]) for one in found if one["check"] == check]


def test_without_a_receipt_nothing_goes(root: Path, there: Path) -> None:
    before = files(root, "bags", "copies", "masters")
    assert refused(root, BOOK, "--yes") == "purge-not-received"
    succeed(root, "send", "--once")
    assert refused(root, BOOK, "--yes") == "purge-not-received"
    found = succeed(root, "purge", "--all", "--yes")
    assert (found["purged"], [one["error"] for one in found["kept"]]) == ([], ["purge-not-received"])
    assert files(root, "bags", "copies", "masters") == before


def test_what_is_received_goes_and_the_masters_stay(root: Path, there: Path) -> None:
    receive(root, there)
    masters = files(root, "masters")
    before = sum((root / file).stat().st_size for file in files(root, "bags", "copies"))
    found = succeed(root, "purge", BOOK, "--yes")
    assert (found["freed"], files(root, "bags", "copies"), files(root, "masters")) == (before, [], masters)
    (item,) = succeed(root, "outbox", "list")
    shown = succeed(root, "outbox", "show", item["bag_id"])
    assert (item["state"], len(shown["receipts"])) == ("purged", 1)
    assert [entry["event"] for entry in shown["history"]][-2:] == ["purge", "cleared"]
    again = succeed(root, "purge", BOOK, "--yes")
    assert (again["purged"], again["nothing_left"], again["freed"]) == ([], [BOOK], 0)
    assert succeed(root, "purge", "--all", "--yes")["purged"] == []


def test_nothing_goes_unless_somebody_says_yes(root: Path, there: Path) -> None:
    receive(root, there)
    before = files(root, "bags", "copies", "masters")
    assert refused(root, BOOK, code=2) == "purge-needs-yes"
    assert files(root, "bags", "copies", "masters") == before


def test_the_time_since_the_receipt_counts(root: Path, there: Path) -> None:
    receive(root, there)
    assert refused(root, BOOK, "--yes", "--older-than", "2") == "purge-too-young"
    with sqlite3.connect(root / "outbox.db") as db:
        db.execute("update items set received_at = ?", ((datetime.now(UTC) - timedelta(days=3)).isoformat(),))
    db.close()
    assert len(succeed(root, "purge", BOOK, "--yes", "--older-than", "2")["purged"]) == 1


def test_a_receipt_whose_key_is_not_trusted_any_more_proves_nothing(root: Path, there: Path, tmp_path: Path) -> None:
    receive_elsewhere(root, there, tmp_path / "receiver")
    settings = root / "station.toml"
    trusting = settings.read_text()
    settings.write_text(trusting[: trusting.index("[receipts]")])
    assert refused(root, BOOK, "--yes") == "purge-unproved"
    settings.write_text(trusting)
    assert len(succeed(root, "purge", BOOK, "--yes")["purged"]) == 1


def test_one_destination_of_two_is_not_enough(root: Path, there: Path, tmp_path: Path) -> None:
    receive(root, there)
    with sqlite3.connect(root / "outbox.db") as db:
        db.execute(
            "insert into items (bag_id, folder, digest, size, destination, state, created_at, updated_at)"
            " select bag_id, folder, digest, size, 'ministry', 'queued', created_at, updated_at from items"
        )
    db.close()
    assert refused(root, BOOK, "--yes") == "purge-not-received"


def test_a_book_that_is_open_again_is_left_alone(root: Path, there: Path) -> None:
    receive(root, there)
    succeed(root, *REOPEN)
    assert refused(root, BOOK, "--yes") == "purge-not-sealed"


def test_a_book_that_somebody_works_on_is_left_alone(root: Path, there: Path) -> None:
    receive(root, there)
    with Root(root).holding(BookId.parse(BOOK)):
        assert refused(root, BOOK, "--yes", code=2) == "book-in-use"
        assert run_here(root, "--json", "purge", "--all", "--yes").code == 3
    assert files(root, "bags")


def test_a_purged_book_tells_so(root: Path, there: Path, tmp_path: Path) -> None:
    receive(root, there)
    succeed(root, "purge", BOOK, "--yes")
    bag = succeed(root, "outbox", "list")[0]["bag_id"]
    packed = run_here(root, "pack", BOOK)
    assert (packed.code, "cleared away here" in packed.err) == (0, True)
    exported = run_here(root, "--json", "export", str(tmp_path), bag, "--plain")
    assert (exported.code, json.loads(exported.out)["error"]) == (2, "export-purged")
    assert examined(root, "bags") == [("ok", "0 bags")]
    assert [state for state, _ in examined(root, "masters")] == ["ok"]
    assert run_here(root, "check", BOOK).code == 0
    reopened = run_here(root, *REOPEN)
    assert (reopened.code, "was cleared away here" in reopened.err) == (0, True)


def test_a_purged_book_is_sealed_again_from_its_masters(root: Path, there: Path) -> None:
    receive(root, there)
    bag = succeed(root, "outbox", "list")[0]["bag_id"]
    succeed(root, "purge", BOOK, "--yes")
    succeed(root, *REOPEN)
    again = succeed(root, "pack", BOOK)
    assert (again["id"], again["unchanged"], again["state"]) == (bag, True, "sealed")
    assert (root / "bags" / bag).is_dir()
    assert succeed(root, "purge", BOOK, "--yes")["purged"][0]["bags"] == [bag]
    assert files(root, "bags", "copies") == []


def test_a_receipt_of_its_own_is_not_enough_for_the_masters(root: Path, there: Path) -> None:
    receive(root, there)
    before = files(root, "bags", "copies", "masters")
    assert refused(root, BOOK, "--masters", "--yes") == "purge-masters-own-receipt"
    assert files(root, "bags", "copies", "masters") == before


def test_masters_go_by_an_explicit_word_alone(root: Path, there: Path, tmp_path: Path) -> None:
    receive_elsewhere(root, there, tmp_path / "receiver")
    succeed(root, "purge", BOOK, "--yes")
    kept = {file: (root / file).read_bytes() for file in files(root, "masters")}
    assert [part["what"] for part in succeed(root, "purge", BOOK, "--masters", "--yes")["purged"][0]["parts"]] == [
        "masters"
    ]
    assert files(root, "masters", "bags", "copies") == []
    ran = run_here(root, "--json", *REOPEN)
    assert (ran.code, json.loads(ran.out)["error"]) == (2, "masters-purged")
    assert [state for state, _ in examined(root, "masters")] == ["ok"]
    for file, data in kept.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(data)
    succeed(root, *REOPEN)


def test_an_older_bag_goes_only_when_it_was_received_too(root: Path, there: Path) -> None:
    first = succeed(root, "outbox", "list")[0]["bag_id"]
    succeed(root, *REOPEN)
    page = succeed(root, "pages", BOOK)[1]["id"]
    succeed(root, "pages", "discard", page, "--why", "twice")
    second = succeed(root, "pack", BOOK)["id"]
    receive(root, there)
    assert succeed(root, "purge", BOOK, "--yes")["purged"][0]["bags"] == [second]
    assert [path.name for path in (root / "bags").iterdir()] == [first]
    assert {item["bag_id"]: item["state"] for item in succeed(root, "outbox", "list")} == {
        first: "held",
        second: "purged",
    }


def test_a_bag_that_still_has_to_go_and_is_lost_is_told(root: Path) -> None:
    bag = succeed(root, "outbox", "list")[0]["bag_id"]
    (root / "bags" / bag).rename(root / "elsewhere")
    ((state, detail),) = examined(root, "bags")
    assert (state, bag in detail) == ("stop", True)
