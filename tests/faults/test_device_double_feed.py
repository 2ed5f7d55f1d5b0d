"""Two sheets at once: SANE says "jammed" and only the sensors tell; the page is not taken for a good one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.faults import DeviceFault, FaultKind, refine_by_sensors
from tests.drivers import rigs, scriptable
from tests.faults import device

if TYPE_CHECKING:
    from pathlib import Path

    from tests.drivers.scriptable import ScriptableScanner


@pytest.mark.parametrize(
    ("sensors", "kind"),
    [
        ({"double-feed": True, "cover-open": False}, FaultKind.DOUBLE_FEED),
        ({"double-feed": True, "cover-open": True}, FaultKind.DOUBLE_FEED),
        ({"double-feed": False, "cover-open": True}, FaultKind.COVER_OPEN),
        ({"double-feed": False, "page-loaded": True}, FaultKind.JAM),
        ({"double-feed": None}, FaultKind.JAM),
        ({}, FaultKind.JAM),
    ],
)
def test_sensors_tell_a_jam_from_a_double_feed(sensors: dict[str, object], kind: FaultKind) -> None:
    refined = refine_by_sensors(DeviceFault(FaultKind.JAM, "Document feeder jammed"), sensors)
    assert (refined.kind, refined.detail) == (kind, "Document feeder jammed")


@pytest.mark.parametrize(
    ("kind", "sensors", "refined"),
    [
        (FaultKind.FEEDER_EMPTY, {"page-loaded": True}, FaultKind.STOPPED_AT_DEVICE),
        (FaultKind.FEEDER_EMPTY, {"adf-loaded": True}, FaultKind.STOPPED_AT_DEVICE),
        (FaultKind.FEEDER_EMPTY, {"page-loaded": False}, FaultKind.FEEDER_EMPTY),
        (FaultKind.FEEDER_EMPTY, {}, FaultKind.FEEDER_EMPTY),
        (FaultKind.CANCELLED, {"page-loaded": True}, FaultKind.STOPPED_AT_DEVICE),
        (FaultKind.CANCELLED, {"page-loaded": False}, FaultKind.FEEDER_EMPTY),
        (FaultKind.CANCELLED, {"page-loaded": None}, FaultKind.CANCELLED),
    ],
)
def test_paper_in_the_feeder_tells_a_stop_from_its_end(
    kind: FaultKind, sensors: dict[str, object], refined: FaultKind
) -> None:
    assert refine_by_sensors(DeviceFault(kind, "x", 3), sensors).kind is refined
    assert refine_by_sensors(DeviceFault(kind, "x", 3), sensors).sheets_fed == 3
    assert refine_by_sensors(DeviceFault(kind, "x"), sensors, feeder=False).kind is kind


def test_sensors_change_no_other_fault() -> None:
    everything = {"double-feed": True, "cover-open": True, "page-loaded": True}
    for kind in set(FaultKind) - {FaultKind.JAM, FaultKind.FEEDER_EMPTY, FaultKind.CANCELLED}:
        fault = DeviceFault(kind, "x")
        assert refine_by_sensors(fault, everything) is fault


def test_double_sheet_is_no_image_and_the_feed_goes_on_after_it(tmp_path: Path) -> None:
    script = rigs.write_script(tmp_path / "s.toml", "grey = 10", 'fault = "double-feed"', "grey = 20", "grey = 30")
    with rigs.open_script(script) as scanner:
        images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
        assert (rigs.greys(images), fault.kind) == ([10], FaultKind.DOUBLE_FEED)
        feed = rigs.feed_once(scanner, tmp_path / "spool")
        assert rigs.greys(rigs.images_of(feed)) == [20, 30]


def test_sensor_is_read_once_before_the_device_is_cancelled(feeder: ScriptableScanner, tmp_path: Path) -> None:
    """The backend hands the value out once and forgets it when cancelled, as fujitsu and canon_dr do."""
    device.survive(feeder, tmp_path, "start=JAMMED sensor=double-feed", FaultKind.DOUBLE_FEED)
    device.survive(feeder, tmp_path, "read=JAMMED after=50 sensor=double-feed", FaultKind.DOUBLE_FEED)


def test_detection_is_switched_on_where_there_is_one(feeder: ScriptableScanner, tmp_path: Path) -> None:
    """Two sheets that stick together are one image and a lost page for a scanner that does not look."""
    device.survive(feeder, tmp_path, "double", FaultKind.DOUBLE_FEED)
    feeder.say(lacks="df-action,df-thickness,df-length")
    feeder.load(*device.stack_with("double"))
    with feeder.open() as scanner:
        scanner.configure(scriptable.SETTINGS)
        assert rigs.greys(rigs.images_of(rigs.feed_once(scanner, tmp_path / "spool"))) == [10, 20, 30]


def test_command_says_so(feeder: ScriptableScanner, tmp_path: Path) -> None:
    device.told(feeder, tmp_path, "double", FaultKind.DOUBLE_FEED)
