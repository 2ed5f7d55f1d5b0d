"""Whether a station is ready: what stops the work, what wants a look, and that people read it in their language."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from drivers.interface import DeviceInfo
from outbox import bagfile, owners
from station.devices.known import remember
from station.devices.readiness import Examined
from station.doctor import examine
from station.root import Root
from station.wiring import Station, create_station
from station.words import Phrase, sentence_in
from tests.drivers.scriptable import ScriptableScanner
from tests.outbox.bags import make_bag
from tests.support import REGISTRY, folder_destination, run_here

KNOWN = DeviceInfo("sane:genesys:usb:04a9:190f:K7X21", "sane", "Canon", "LiDE 400", "flatbed", "K7X21", "1-2")


@pytest.fixture
def root(tmp_path: Path) -> Root:
    made = Root(tmp_path / "root")
    create_station(made, REGISTRY, None)
    return made


def add_settings(root: Root, text: str) -> None:
    with root.settings.open("a", encoding="utf-8") as file:
        file.write(text)


def found(root: Root, check: str) -> list[Examined]:
    return [one for one in examine(root, display=False) if one.check == check]


def states(root: Root) -> dict[str, str]:
    """The state of each scanner, by its id."""
    return {one.detail.split()[0]: one.state for one in found(root, "device")}


def test_the_only_scanner_offline_stops_the_work(feeder: ScriptableScanner, root: Root) -> None:
    remember(root, [KNOWN])
    assert states(root) == {feeder.id: "ok", KNOWN.id: "look"}
    feeder.say(calls="open=IO_ERROR")
    assert states(root) == {feeder.id: "stop", KNOWN.id: "stop"}


def test_a_scanner_that_another_program_uses_is_there(feeder: ScriptableScanner, root: Root) -> None:
    remember(root, [KNOWN])
    feeder.say(calls="open=DEVICE_BUSY")
    assert states(root) == {feeder.id: "look", KNOWN.id: "look"}


def test_the_scanner_that_the_kiosk_is_set_to_stops_the_work(feeder: ScriptableScanner, root: Root) -> None:
    remember(root, [KNOWN])
    add_settings(root, '\n[kiosk]\ndevice = "K7X21"\n')
    assert states(root) == {feeder.id: "ok", KNOWN.id: "stop"}


def test_bags_that_nobody_sends_are_said(root: Root, tmp_path: Path) -> None:
    with Station.open(root, "tester") as station:
        station.outbox.enqueue(bagfile.sealed(make_bag(root.bags)), "share")
        locks = station.outbox.locks
    assert found(root, "sender") == [], "a station that names no destination needs none"
    add_settings(root, folder_destination(tmp_path / "share"))
    (one,) = found(root, "sender")
    assert (one.state, one.detail) == ("look", "not running, 1 bags wait")
    with owners.Owner(locks):
        (one,) = found(root, "sender")
        assert (one.state, one.detail) == ("ok", "running")
    (one,) = found(root, "sender")
    assert one.state == "look", "its lock went with it"


def test_programs_read_codes_and_people_sentences(root: Root) -> None:
    rows = json.loads(run_here(root.path, "doctor", "--json").out)
    assert all(set(row) == {"check", "state", "detail"} for row in rows)
    details = {row["check"]: row["detail"] for row in rows}
    assert " GB free at " in details["disk"]
    assert details["destination"] == f"none in {root.settings}"
    told = {one.check: one.words for one in examine(root, display=False)}
    disk = told["disk"]
    assert isinstance(disk, Phrase)
    vietnamese = sentence_in("vi", disk.key, **disk.values)
    assert vietnamese.startswith("còn ")
    assert "GB" in vietnamese
    assert "." not in vietnamese.split(" GB")[0]
    plain = {check: words for check, words in told.items() if not isinstance(words, Phrase)}
    assert set(plain) <= {"scanimage", "airscan-discover", "root", "catalogue", "outbox", "recipe", "groups", "naming"}


def test_room_for_no_page_is_a_stop_by_the_rule_that_scanning_goes_by(root: Root) -> None:
    (disk,) = found(root, "disk")
    assert disk.state in {"ok", "look"}
    add_settings(root, "\n[storage]\nmin_free_mb = 900000000\n")
    (disk,) = found(root, "disk")
    assert (disk.state, disk.detail.endswith("about 0 pages")) == ("stop", True)
    assert disk.words.key == "doctor.no-room"  # type: ignore[union-attr]
