"""`station export`: which bags go, what is said and kept, and that nothing is settled by it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from outbox.stick import index as stick_index
from outbox.stick.exporting import FOLDER
from station.root import Root
from station.wiring import Station
from tests.outbox.stick import sticks
from tests.station.handover.rigs import files_on, index_on, make_receiver, make_sealed, make_waiting
from tests.support import REGISTRY, folder_destination, run_here, succeed

DAMAGE = b"another book"


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, str]:
    return make_receiver(tmp_path / "receiver")


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick"


def test_a_sealed_book_goes_with_its_sheet_and_stays_queued(tmp_path: Path, stick: Path, keys: dict[str, str]) -> None:
    root = tmp_path / "root"
    bag = make_sealed(root, tmp_path / "pages", keys)
    ran = run_here(root, "export", "--folder", str(stick), "--sheet", str(tmp_path / "sheet.pdf"))
    assert ran.code == 0, ran.err
    assert ran.err.splitlines()[-1].startswith(f"Written into the folder {stick}, and read back.")
    assert (tmp_path / "sheet.pdf").read_bytes() == (root / "handovers" / "0001.pdf").read_bytes()
    assert (root / "handovers" / "0001.json").read_bytes() == index_on(stick).to_bytes()
    shown = succeed(root, "outbox", "show", bag)
    assert shown["state"] == "queued"
    assert [(entry["event"], entry["detail"]) for entry in shown["history"]][-1] == ("export", "0001")
    assert (shown["exported_at"], shown["hand_over"]) == (shown["history"][-1]["at"], "0001")
    with Station.open(Root(root)) as station:
        ((at, number),) = station.outbox.exports().values()
    assert (at.tzinfo is not None, number) == (True, "0001")


def test_the_document_says_what_is_there_and_that_it_is_safe_last_of_all(tmp_path: Path, keys: dict[str, str]) -> None:
    bags = make_waiting(tmp_path / "root", keys, 2)
    with sticks.ext4(tmp_path / "medium") as stick:
        done = succeed(tmp_path / "root", "export", str(stick.point))
        assert list(done)[-1] == "safe_to_remove"
        assert (done["safe_to_remove"], done["number"], done["encrypted"]) == (True, 1, True)
        assert done["index_sha256"] == stick_index.digest(index_on(stick.point))
        assert [(bag["id"], bag["state"]) for bag in done["bags"]] == [(bag, "written") for bag in bags]
        again = succeed(tmp_path / "root", "export", str(stick.point))
        assert [bag["state"] for bag in again["bags"]] == ["kept", "kept"]
        assert (again["number"], again["words"]) == (1, done["words"])
        assert len(list((tmp_path / "root" / "handovers").glob("*.pdf"))) == 1
        ran = run_here(tmp_path / "root", "export", str(stick.point))
        assert ran.err.splitlines()[-1] == f"It is safe to remove the stick: {stick.point}"


def test_no_recipient_no_export_unless_it_is_said_aloud(tmp_path: Path, stick: Path) -> None:
    (bag,) = make_waiting(tmp_path / "root", {"recipient": "age1", "receipts": ""}, 1)
    settings = tmp_path / "root" / "station.toml"
    settings.write_text(settings.read_text().replace('recipients = ["age1"]', "").replace('trusted = [""]', ""))
    refused = run_here(tmp_path / "root", "export", "--folder", str(stick))
    assert refused.code == 2
    assert "--make-key" in refused.err
    assert list(stick.iterdir()) == []
    ran = run_here(tmp_path / "root", "--json", "export", "--folder", str(stick), "--plain")
    assert (ran.code, ran.data["encrypted"]) == (0, False)
    assert "NOT ENCRYPTED" in ran.err
    assert f"{bag}.tar" in files_on(stick)


def test_a_key_that_is_none_is_named(tmp_path: Path, stick: Path) -> None:
    make_waiting(tmp_path / "root", {"recipient": "age1nothing", "receipts": ""}, 1)
    ran = run_here(tmp_path / "root", "--json", "export", "--folder", str(stick))
    assert ran.code == 2, ran.err
    assert "age1nothing" in ran.err
    assert list(stick.iterdir()) == []


def test_named_bags_go_alone_by_the_beginning_of_their_id(tmp_path: Path, stick: Path, keys: dict[str, str]) -> None:
    bags = make_waiting(tmp_path / "root", keys, 3)
    done = succeed(tmp_path / "root", "export", "--folder", str(stick), bags[1][:16])
    assert [bag["id"] for bag in done["bags"]] == [bags[1]]
    for name in ("19441", "nothing"):
        assert run_here(tmp_path / "root", "export", "--folder", str(stick), name).code == 2
    assert [entry.bag_id for entry in index_on(stick).entries] == [bags[1]]


def test_what_is_held_back_goes_only_by_name(tmp_path: Path, stick: Path, keys: dict[str, str]) -> None:
    bags = make_waiting(tmp_path / "root", keys, 2)
    succeed(tmp_path / "root", "outbox", "hold", bags[0])
    assert [bag["id"] for bag in succeed(tmp_path / "root", "export", "--folder", str(stick))["bags"]] == [bags[1]]
    done = succeed(tmp_path / "root", "export", "--folder", str(stick), bags[0])
    assert {bag["id"]: bag["state"] for bag in done["bags"]} == {bags[1]: "kept", bags[0]: "written"}
    assert done["number"] == 2, "the first sheet was signed for without it"


def test_a_bag_that_is_not_what_was_queued_stays_and_is_named(
    tmp_path: Path, stick: Path, keys: dict[str, str]
) -> None:
    bags = make_waiting(tmp_path / "root", keys, 2)
    (tmp_path / "root" / "bags" / bags[0] / "manifest-sha256.txt").write_bytes(DAMAGE)
    ran = run_here(tmp_path / "root", "--json", "export", "--folder", str(stick))
    assert ran.code == 6
    assert [bag["id"] for bag in ran.data["bags"]] == [bags[1]]
    assert [one["id"] for one in ran.data["left"]] == [bags[0]]
    assert bags[0] in ran.err
    assert "read back. It is no stick" in ran.err
    assert ran.data["safe_to_remove"] is False


def test_where_not_one_bag_came_there_is_no_sheet_and_nothing_is_called_safe(
    tmp_path: Path, keys: dict[str, str]
) -> None:
    root = tmp_path / "root"
    bags = make_waiting(root, keys, 2)
    for bag in bags:
        (root / "bags" / bag / "manifest-sha256.txt").write_bytes(DAMAGE)
    with sticks.ext4(tmp_path / "medium") as stick:
        ran = run_here(root, "--json", "export", str(stick.point))
        assert (ran.code, ran.data["bags"], ran.data["sheet"], ran.data["safe_to_remove"]) == (6, [], None, False)
        assert ran.err.splitlines()[-1].startswith(f"✗ Not one bag is at {stick.point}")
        assert "safe" not in ran.err
    assert not (root / "handovers").exists()
    assert succeed(root, "outbox", "show", bags[0])["exported_at"] is None


def test_what_does_not_fit_is_named_and_goes_on_the_next_stick(tmp_path: Path, keys: dict[str, str]) -> None:
    bags = make_waiting(tmp_path / "root", keys, 3, size=3_000_000)
    with sticks.ext4(tmp_path / "small", 8) as small:
        ran = run_here(tmp_path / "root", "--json", "export", str(small.point))
        assert ran.code == 6
        assert [one["error"] for one in ran.data["left"]] == ["stick-full"]
        assert [bag["id"] for bag in ran.data["bags"]] == bags[:2]
        assert "no room" in ran.err
        assert ran.data["safe_to_remove"] is True
    (tmp_path / "next").mkdir()
    done = succeed(tmp_path / "root", "export", "--folder", str(tmp_path / "next"), bags[2])
    assert [bag["id"] for bag in done["bags"]] == [bags[2]]
    assert done["number"] == 2
    held = succeed(tmp_path / "root", "outbox", "show", bags[0])
    assert held["hand_over"] == "0001"


def test_nothing_waits(tmp_path: Path, stick: Path, keys: dict[str, str]) -> None:
    make_waiting(tmp_path / "root", keys, 0)
    done = succeed(tmp_path / "root", "export", "--folder", str(stick))
    assert (done["bags"], done["number"], done["sheet"]) == ([], None, None)
    assert not (tmp_path / "root" / "handovers").exists()


def test_somebody_has_to_say_where(tmp_path: Path, keys: dict[str, str]) -> None:
    make_waiting(tmp_path / "root", keys, 1)
    assert run_here(tmp_path / "root", "export").code == 2
    ran = run_here(tmp_path / "root", "--json", "export", str(tmp_path / "no-stick"))
    assert (ran.code, ran.data["error"]) == (6, "outbox.stick-missing")


def test_stations_share_a_stick(tmp_path: Path, stick: Path, keys: dict[str, str]) -> None:
    for name in ("one", "two"):
        make_waiting(tmp_path / name, keys, 1)
        succeed(tmp_path / name, "export", "--folder", str(stick))
    assert len(list((stick / FOLDER).iterdir())) == 2
    assert REGISTRY == "19441"


def test_what_a_sheet_lists_is_never_taken_away_for_another_encryption(
    tmp_path: Path, stick: Path, keys: dict[str, str]
) -> None:
    root = tmp_path / "root"
    make_waiting(root, keys, 2)
    succeed(root, "export", "--folder", str(stick))
    before = files_on(stick)
    ran = run_here(root, "--json", "export", "--folder", str(stick), "--plain")
    assert (ran.code, ran.data["error"]) == (6, "outbox.stick-other-recipients")
    assert "0001" in ran.err
    assert files_on(stick) == before
    assert [bag["state"] for bag in succeed(root, "export", "--folder", str(stick))["bags"]] == ["kept", "kept"]


def test_when_all_was_sent_it_says_that_receipts_are_awaited(tmp_path: Path, stick: Path, keys: dict[str, str]) -> None:
    root, there = tmp_path / "root", tmp_path / "there"
    bags = make_waiting(root, keys, 2)
    with (root / "station.toml").open("a", encoding="utf-8") as file:
        file.write(folder_destination(there))
    assert len(succeed(root, "send", "--once")["sent"]) == 2
    ran = run_here(root, "export", "--folder", str(stick))
    assert ran.code == 0
    assert "waiting for their receipts: 2" in ran.err
    assert "Nothing here" not in ran.err
    assert [bag["id"] for bag in succeed(root, "export", "--folder", str(stick), bags[0])["bags"]] == [bags[0]]


def test_the_list_of_the_queue_says_what_was_exported(tmp_path: Path, stick: Path, keys: dict[str, str]) -> None:
    bags = make_waiting(tmp_path / "root", keys, 2)
    succeed(tmp_path / "root", "export", "--folder", str(stick), bags[0])
    shown = {item["bag_id"]: item for item in succeed(tmp_path / "root", "outbox", "list")}
    assert (shown[bags[0]]["hand_over"], shown[bags[1]]["hand_over"]) == ("0001", None)
    exported_at = succeed(tmp_path / "root", "outbox", "show", bags[0])["exported_at"]
    assert datetime.fromisoformat(shown[bags[0]]["exported_at"]) == datetime.fromisoformat(exported_at)
