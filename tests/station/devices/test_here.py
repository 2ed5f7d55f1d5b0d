"""Which device a person means, and the scanners that a station remembers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from drivers.interface import DeviceInfo, ScanSettings
from station.devices.here import examine_devices, find_device, find_known, open_scanner
from station.devices.known import forget, known_devices, remember
from station.errors import UsageError
from station.root import Root
from station.settings import DeviceSettings, FolderSettings, Settings
from tests.drivers.rigs import own_workers
from tests.drivers.scriptable import ScriptableScanner
from tests.support import scripted

FLATBED = DeviceInfo("sane:genesys:usb:04a9:190f:K7X21", "sane", "Canon", "LiDE 400", "flatbed", "K7X21", "1-2")
NETWORK = DeviceInfo("sane:airscan:e0:Tầng 2", "sane", "HP", "MFP")


@pytest.fixture
def root(tmp_path: Path) -> Root:
    (tmp_path / "root").mkdir()
    return Root(tmp_path / "root")


def second(feeder: ScriptableScanner, name: str) -> ScriptableScanner:
    """Another device of the same SANE configuration."""
    return ScriptableScanner(feeder.folder, feeder.library, name)


def test_what_was_open_is_remembered_once(root: Root) -> None:
    assert known_devices(root) == []
    remember(root, [FLATBED, NETWORK])
    remember(root, [replace(NETWORK, id="sane:airscan:e3:Tầng 2"), replace(FLATBED, port="1-4")])
    assert [(info.id, info.port) for info in known_devices(root)] == [
        ("sane:airscan:e3:Tầng 2", ""),
        (FLATBED.id, "1-4"),
    ]
    forget(root, FLATBED)
    assert [info.model for info in known_devices(root)] == ["MFP"]


def test_folders_and_scripts_are_not_remembered(root: Root) -> None:
    remember(root, [DeviceInfo("folder:/srv", "folder"), DeviceInfo("scripted:/x.toml", "scripted")])
    assert not root.devices.exists()


def test_a_memory_that_cannot_be_read_is_empty(root: Root) -> None:
    root.devices.write_text('[{"id": 3')
    assert known_devices(root) == []
    remember(root, [FLATBED])
    assert known_devices(root) == [FLATBED]


def test_a_part_of_an_id_must_fit_one(feeder: ScriptableScanner) -> None:
    assert find_device(None).id == feeder.id
    assert find_device("FEED").id == feeder.id
    second(feeder, "feeder2")
    assert find_device("scriptable:feeder").id == feeder.id, "an address goes before parts of others"
    for text in (None, "feed"):
        with pytest.raises(UsageError) as caught:
            find_device(text)
        assert caught.value.code == "ambiguous-device"
    with pytest.raises(UsageError) as unknown:
        find_device("nobody")
    assert feeder.id in unknown.value.values["known"]


def test_the_driver_is_a_setting(feeder: ScriptableScanner) -> None:
    settings = Settings(devices=DeviceSettings(driver="python-sane"))
    assert find_device("feeder", None, settings).id == "python-sane:scriptable:feeder"


def test_a_known_scanner_that_is_not_here_is_meant_too(feeder: ScriptableScanner, root: Root) -> None:
    remember(root, [FLATBED])
    assert find_device("K7X21", root) == FLATBED
    assert find_device("scriptable", root).id == feeder.id
    assert find_known("genesys", root) == FLATBED
    with pytest.raises(UsageError):
        find_known("scriptable", root)


def test_a_full_id_is_opened_without_looking_around(feeder: ScriptableScanner, root: Root) -> None:
    feeder.say(calls="devices=hang")
    assert find_device(feeder.id).id == feeder.id
    remember(root, [replace(FLATBED, id=feeder.id)])
    assert find_device(feeder.id, root).model == "LiDE 400"


def test_a_folder_is_meant_by_its_name(tmp_path: Path) -> None:
    settings = Settings(folders=(FolderSettings(name="czur", path=tmp_path),))
    assert find_device("folder:czur", None, settings).address == str(tmp_path)
    assert find_device(f"folder:{tmp_path}", None, settings).address == str(tmp_path)


def test_a_scanner_is_remembered_once_it_is_open(feeder: ScriptableScanner, root: Root) -> None:
    info = find_device(feeder.id)
    states: list[str] = []
    scanner = open_scanner(info, lambda state: states.append(state.state), root)
    assert known_devices(root) == []
    scanner.configure(ScanSettings())
    scanner.close()
    assert known_devices(root) == [info]
    assert "ready" in states
    scanner = open_scanner(replace(info, id="sane:scriptable:nobody"), root=root)
    with pytest.raises(Exception, match="offline"):
        scanner.configure(ScanSettings())
    scanner.close()
    assert known_devices(root) == [info]
    assert own_workers() == set()


def test_what_breaks_hides_no_other(feeder: ScriptableScanner, root: Root) -> None:
    second(feeder, "busy").say(calls="open=DEVICE_BUSY")
    second(feeder, "crashes").say(calls="open=crash")
    remember(root, [FLATBED])
    states = {report.info.id: report.state for report in examine_devices(root)}
    assert states == {
        "sane:scriptable:busy": "busy",
        "sane:scriptable:crashes": "worker-crashed",
        feeder.id: "ready",
        FLATBED.id: "offline",
    }
    assert [info.id for info in known_devices(root)] == [FLATBED.id, feeder.id]
    assert own_workers() == set()


def test_a_script_is_a_device_by_its_path(tmp_path: Path) -> None:
    device = scripted(tmp_path, ["grey = 3"])
    assert find_device(device).id == device
