"""`station receive` on a stick: every bag once, receipts back onto it, and nothing on it believed."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outbox import keys as outbox_keys
from outbox import receipts
from outbox.receipts import Receipt, Verdict
from station.handover.receive import Desk, receive_one, receiver_key
from station.root import Root
from tests.outbox.bags import flip
from tests.outbox.stick import sticks
from tests.station.handover.rigs import index_on, make_receiver, make_sealed, settings_for
from tests.support import run_here, succeed

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Rig:
    """A station with one sealed book, a stick that it was exported to, and the receiver."""

    def __init__(self, tmp_path: Path) -> None:
        self.root, self.receiver, self.stick = tmp_path / "root", tmp_path / "receiver", tmp_path / "stick"
        self.stick.mkdir()
        self.bag = make_sealed(self.root, tmp_path / "pages", make_receiver(self.receiver))
        succeed(self.root, "export", "--folder", str(self.stick))
        self.archive = self.receiver / "received"

    @property
    def home(self) -> Path:
        (home,) = (self.stick / "scan-station").iterdir()
        return home

    @property
    def file(self) -> Path:
        return self.home / "bags" / f"{self.bag}.tar.age"

    @property
    def on_stick(self) -> Path:
        return self.home / "receipts" / receipts.receipt_name(self.bag)

    def state(self) -> str:
        return str(succeed(self.root, "outbox", "show", self.bag)["state"])

    def receipt(self, digest: str, *, key: outbox_keys.SigningKey | None = None) -> Receipt:
        """An acceptance, by the receiver's key if no other is given."""
        made = Receipt(bag_id=self.bag, digest=digest, size=1, verdict=Verdict.ACCEPTED, received_at=NOW, key_id="")
        return receipts.sign(made, key or receiver_key(Root(self.receiver)))


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_there_and_back_settles_the_bag(rig: Rig) -> None:
    (taken,) = succeed(rig.receiver, "receive", str(rig.stick))
    assert (taken["number"], taken["complete"], taken["error"]) == (1, True, None)
    assert taken["safe_to_remove"] is False, "a plain folder"
    assert [(one["id"], one["state"], one["already_here"]) for one in taken["bags"]] == [(rig.bag, "accepted", False)]
    assert (rig.archive / f"{rig.bag}.tar").stat().st_size == index_on(rig.stick).entries[0].size
    assert rig.on_stick.read_bytes() == (rig.archive / rig.on_stick.name).read_bytes()
    assert rig.state() == "queued"
    (imported,) = succeed(rig.root, "receipts", "import", str(rig.stick))
    assert (imported["bag_id"], imported["state"]) == (rig.bag, "received")
    again = succeed(rig.root, "export", "--folder", str(rig.stick))
    assert again["bags"] == []
    assert not rig.file.exists()


def test_the_same_stick_again_changes_nothing(rig: Rig) -> None:
    succeed(rig.receiver, "receive", str(rig.stick))
    before = {path.name: path.read_bytes() for path in rig.archive.iterdir()}
    rig.on_stick.unlink()
    (taken,) = succeed(rig.receiver, "receive", str(rig.stick))
    assert [one["already_here"] for one in taken["bags"]] == [True]
    assert {path.name: path.read_bytes() for path in rig.archive.iterdir()} == before
    assert rig.on_stick.read_bytes() == before[rig.on_stick.name]


def test_a_damaged_file_is_refused_and_comes_again(rig: Rig) -> None:
    flip(rig.file, 20_000)
    ran = run_here(rig.receiver, "--json", "receive", str(rig.stick))
    assert ran.code == 3
    assert [finding["code"] for finding in ran.data[0]["bags"][0]["findings"]] == ["stick-damaged"]
    assert not (rig.archive / f"{rig.bag}.tar").exists()
    assert run_here(rig.root, "receipts", "import", str(rig.stick)).code == 3
    assert rig.state() == "refused"
    succeed(rig.root, "export", "--folder", str(rig.stick))
    (taken,) = succeed(rig.receiver, "receive", str(rig.stick))
    assert [one["state"] for one in taken["bags"]] == ["accepted"]
    succeed(rig.root, "receipts", "import", str(rig.stick))
    assert rig.state() == "received"


def test_a_file_that_is_not_there_is_named(rig: Rig) -> None:
    rig.file.unlink()
    ran = run_here(rig.receiver, "--json", "receive", str(rig.stick))
    assert ran.code == 3
    assert [finding["code"] for finding in ran.data[0]["bags"][0]["findings"]] == ["stick-missing-file"]


@pytest.mark.parametrize("has_key", [True, False])
def test_a_stick_for_somebody_else_is_told_from_a_damaged_one(rig: Rig, tmp_path: Path, has_key: bool) -> None:
    if has_key:
        make_receiver(tmp_path / "other")
    ran = run_here(tmp_path / "other", "--json", "receive", str(rig.stick))
    assert ran.code == 3
    assert [one["error"] for one in ran.data[0]["bags"]] == ["stick-other-key"]
    assert not rig.on_stick.exists(), "a refusal would be another receiver's to import"
    assert [path.name for path in (tmp_path / "other" / "received").iterdir()] == [".lock"]


def test_a_list_that_was_tampered_with_is_not_taken(rig: Rig) -> None:
    path = rig.home / "index.json"
    path.write_bytes(path.read_bytes().replace(b'"number":1', b'"number":2'))
    ran = run_here(rig.receiver, "--json", "receive", str(rig.stick))
    assert (ran.code, ran.data[0]["error"], ran.data[0]["bags"]) == (3, "stick-index", [])
    assert "tampered" in ran.err


def test_links_on_a_stick_lead_nowhere(rig: Rig, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.rmtree(rig.home / "receipts")
    (rig.home / "receipts").symlink_to(elsewhere)
    ran = run_here(rig.receiver, "--json", "receive", str(rig.stick))
    assert (ran.code, ran.data[0]["error"]) == (6, "stick-index")
    (tmp_path / "other" / "scan-station").mkdir(parents=True)
    (tmp_path / "other" / "scan-station" / rig.home.name).symlink_to(rig.home)
    assert succeed(rig.receiver, "receive", str(tmp_path / "other")) == []
    assert list(elsewhere.iterdir()) == []


def test_stations_that_are_not_ours_are_refused_and_ours_taken(rig: Rig, tmp_path: Path) -> None:
    ours = outbox_keys.load_public_key(rig.root / "keys" / "station.pub").text()
    other = outbox_keys.new_key().public.text()
    for key, code in ((other, 3), (ours, 0)):
        (rig.receiver / "station.toml").write_text(f'[receive]\nstations = ["{key}"]\n')
        ran = run_here(rig.receiver, "--json", "receive", str(rig.stick))
        assert ran.code == code, ran.err
        assert (ours in ran.err) == (code == 3), "the key is shown, so that it can be written into the settings"
    (rig.receiver / "station.toml").write_text('[receive]\nstations = ["nothing"]\n')
    assert run_here(rig.receiver, "receive", str(rig.stick)).code == 2


def test_another_bag_under_an_accepted_id_is_shown_and_touches_nothing(rig: Rig) -> None:
    rig.archive.mkdir()
    receipts.write(rig.receipt("0" * 64), rig.archive)
    before = (rig.archive / rig.on_stick.name).read_bytes()
    ran = run_here(rig.receiver, "--json", "receive", str(rig.stick))
    assert (ran.code, ran.data[0]["bags"][0]["error"]) == (3, "bag-conflict")
    assert (rig.archive / rig.on_stick.name).read_bytes() == before
    assert not rig.on_stick.exists()


def test_a_bag_that_came_over_the_line_before_gets_its_first_receipt(rig: Rig, tmp_path: Path) -> None:
    arrivals = tmp_path / "arrivals"
    arrivals.mkdir()
    (rig.receiver / "station.toml").write_text(f'[receive]\nfolders = ["{arrivals}"]\n')
    shutil.copytree(rig.root / "bags" / rig.bag, arrivals / rig.bag)
    (first,) = succeed(rig.receiver, "receive", str(arrivals))
    (taken,) = succeed(rig.receiver, "receive", str(rig.stick))
    assert (taken["bags"][0]["already_here"], taken["bags"][0]["received_at"]) == (True, first["received_at"])
    assert not (rig.archive / f"{rig.bag}.tar").exists()
    assert rig.on_stick.read_bytes() == (arrivals / rig.on_stick.name).read_bytes()


def test_a_bag_off_a_stick_that_comes_over_the_line_later_gets_its_first_receipt(rig: Rig, tmp_path: Path) -> None:
    succeed(rig.receiver, "receive", str(rig.stick))
    arrivals = tmp_path / "arrivals"
    arrivals.mkdir()
    shutil.copytree(rig.root / "bags" / rig.bag, arrivals / rig.bag)
    (row,) = succeed(rig.receiver, "receive", str(arrivals))
    assert row["state"] == "accepted"
    assert (arrivals / rig.on_stick.name).read_bytes() == (rig.archive / rig.on_stick.name).read_bytes()


def test_over_the_line_too_another_bag_under_an_accepted_id_is_shown(rig: Rig, tmp_path: Path) -> None:
    rig.archive.mkdir()
    receipts.write(rig.receipt("0" * 64), rig.archive)
    arrivals = tmp_path / "arrivals"
    arrivals.mkdir()
    shutil.copytree(rig.root / "bags" / rig.bag, arrivals / rig.bag)
    ran = run_here(rig.receiver, "--json", "receive", str(arrivals))
    assert (ran.code, ran.data[0]["error"]) == (3, "bag-conflict")
    assert not (arrivals / rig.on_stick.name).exists()
    flip(arrivals / rig.bag / "data" / "book.json", 3)
    ran = run_here(rig.receiver, "--json", "receive", str(arrivals))
    assert (ran.code, ran.data[0]["state"]) == (3, "refused"), "a damaged one is no conflict"


def test_a_bag_that_is_not_the_one_of_the_list_is_refused(rig: Rig, tmp_path: Path) -> None:
    shutil.copytree(rig.root / "bags" / rig.bag, tmp_path / "archive" / rig.bag)
    desk = Desk(outbox_keys.new_key())
    arrival = receive_one(tmp_path / "archive" / rig.bag, desk, promised="0" * 64)
    assert arrival.receipt
    assert [finding.code for finding in arrival.receipt.findings] == ["stick-other-bag"]


def test_a_read_only_stick_gives_its_bags_and_takes_its_receipts_later(rig: Rig, tmp_path: Path) -> None:
    with sticks.ext4(tmp_path / "medium") as medium:
        succeed(rig.root, "export", str(medium.point))
        sticks.run("mount", "-o", "remount,ro", str(medium.point))
        ran = run_here(rig.receiver, "--json", "receive", str(medium.point))
        assert (ran.code, ran.data[0]["error"], ran.data[0]["safe_to_remove"]) == (6, "stick-read-only", False)
        assert (rig.archive / f"{rig.bag}.tar").exists()
        sticks.run("mount", "-o", "remount,rw", str(medium.point))
        (taken,) = succeed(rig.receiver, "receive", str(medium.point))
        assert taken["safe_to_remove"] is True


def test_receipts_that_do_not_count_settle_nothing(rig: Rig, tmp_path: Path) -> None:
    digest = index_on(rig.stick).entries[0].digest
    folder = rig.on_stick.parent
    for made, error in (
        (rig.receipt(digest, key=outbox_keys.new_key()), "receipt-key-unknown"),
        (rig.receipt("0" * 64), "receipt-other-digest"),
    ):
        receipts.write(made, folder)
        ran = run_here(rig.root, "--json", "receipts", "import", str(rig.stick))
        assert (ran.code, ran.data[0]["error"]) == (3, error)
        assert rig.state() == "queued"
    flip(receipts.write(rig.receipt(digest), folder), 30)
    assert run_here(rig.root, "receipts", "import", str(rig.stick)).code == 3
    assert rig.state() == "queued"


def test_a_stranger_s_settings_are_not_needed(tmp_path: Path) -> None:
    keys = make_receiver(tmp_path / "receiver")
    assert keys == make_receiver(tmp_path / "receiver")
    assert keys["recipient"] in settings_for(keys)
    assert (tmp_path / "receiver" / "keys" / "receive.age").stat().st_mode & 0o777 == 0o600
    assert run_here(tmp_path / "receiver", "receive").code == 2


def test_without_the_key_that_opens_it_nothing_is_said_to_be_on_the_stick(rig: Rig) -> None:
    (rig.receiver / "keys" / "receive.age").unlink()
    wanted = index_on(rig.stick).recipients[0]
    ran = run_here(rig.receiver, "--json", "receive", str(rig.stick))
    assert (ran.code, ran.data[0]["recipients"]) == (3, [wanted])
    assert [bag["error"] for bag in ran.data[0]["bags"]] == ["stick-other-key"]
    assert wanted in ran.err
    assert "No bag on the stick could be opened" in ran.err
    assert "The receipts are on the stick" not in ran.err


def test_with_another_key_it_says_which_one_is_here(rig: Rig, tmp_path: Path) -> None:
    other = make_receiver(tmp_path / "other")
    ran = run_here(tmp_path / "other", "receive", str(rig.stick))
    assert ran.code == 3
    assert f"the key here: {other['recipient']}" in ran.err
