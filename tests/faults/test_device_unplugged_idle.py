"""The cable is pulled between two scans: the next one says so before a sheet moves, and goes on when it is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import EndOfPaper
from station.wiring import Station
from tests.drivers import rigs, scriptable, stations
from tests.faults import device

if TYPE_CHECKING:
    from pathlib import Path

    from tests.drivers.scriptable import ScriptableScanner


def test_said_before_page_one_and_over_when_it_is_back(feeder: ScriptableScanner, tmp_path: Path) -> None:
    """The program keeps the device open between two scans; its handle is dead from then on."""
    spool = tmp_path / "spool"
    feeder.load("10")
    with feeder.open() as scanner:
        scanner.configure(scriptable.SETTINGS)
        assert rigs.feed_once(scanner, spool)[-1] == EndOfPaper(1)
        feeder.unplug()
        for _ in range(2):
            with pytest.raises(DeviceFault) as gone:
                rigs.feed_once(scanner, spool)
            assert gone.value.kind in {FaultKind.IO_ERROR, FaultKind.OFFLINE}
        assert gone.value.kind is FaultKind.OFFLINE
        feeder.plug()
        feeder.load("20", "30")
        assert rigs.greys(rigs.images_of(rigs.feed_once(scanner, spool))) == [20, 30]
    assert rigs.own_workers() == set()


def test_unplugged_and_plugged_in_again_without_a_scan_in_between(feeder: ScriptableScanner, tmp_path: Path) -> None:
    """At most one scan fails, and none takes a sheet that it does not deliver."""
    spool = tmp_path / "spool"
    feeder.load("10")
    with feeder.open() as scanner:
        scanner.configure(scriptable.SETTINGS)
        assert rigs.feed_once(scanner, spool)[-1] == EndOfPaper(1)
        feeder.unplug()
        feeder.plug()
        feeder.load("20")
        with rigs.fault_or_end():
            assert rigs.greys(rigs.images_of(rigs.feed_once(scanner, spool))) == [20]
        feed = rigs.feed_once(scanner, spool)
        assert rigs.greys(rigs.images_of(feed)) == [20] or feeder.fed == 1


def test_station_does_not_notice_that_it_was_unplugged_in_between(feeder: ScriptableScanner, tmp_path: Path) -> None:
    """The device is opened anew by itself before a sheet moves."""
    root = stations.make(tmp_path / "root")
    with Station.open(root, "tester") as station, feeder.session() as scanner:
        for number in (1, 2, 3):
            feeder.load(str(10 * number))
            assert stations.scan_into(station, scanner, number).result.fault is None
            feeder.unplug()
            feeder.plug()
    assert device.greys_of(root) == [10, 20, 30]
    device.assert_clean(feeder, root)


def test_command_says_so(feeder: ScriptableScanner, tmp_path: Path) -> None:
    feeder.unplug()
    device.told_before_page_one(feeder, tmp_path, FaultKind.OFFLINE, mend=feeder.plug)
