"""A driver that hangs, wherever it is: every wait ends, the worker is killed, and the same program goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from drivers.discovery import list_scanners
from drivers.faults import DeviceFault, FaultKind
from drivers.interface import EndOfPaper
from tests.drivers import rigs, scriptable
from tests.faults import device

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.remote import WorkerScanner
    from tests.drivers.scriptable import ScriptableScanner


@pytest.mark.parametrize("trouble", ["start=hang", "read=hang", "read=hang after=80"])
def test_in_a_page(feeder: ScriptableScanner, tmp_path: Path, trouble: str) -> None:
    with rigs.within(30):
        device.survive(feeder, tmp_path, trouble, FaultKind.STALLED, in_flight=1, limits=device.SHORT)


@pytest.mark.parametrize("calls", ["open=hang", "option=hang", "start=hang"])
def test_before_page_one(feeder: ScriptableScanner, tmp_path: Path, calls: str) -> None:
    with rigs.within(30):
        device.survive_before_page_one(feeder, tmp_path, FaultKind.STALLED, limits=device.SHORT, calls=calls)


def test_in_cancel(feeder: ScriptableScanner, tmp_path: Path) -> None:
    """The operator's own cancel ends in time all the same; the sheets that were not fed come next."""
    feeder.load("10 slow=5", "20 slow=20", "30")
    feeder.say(calls="cancel=hang")
    with feeder.open(device.SHORT) as scanner:
        scanner.configure(scriptable.SETTINGS)
        with rigs.later(2.0, scanner.cancel), rigs.within(8):
            images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
        assert (rigs.greys(images), fault.kind) == ([10], FaultKind.CANCELLED)
        feeder.clear()
        assert rigs.greys(rigs.images_of(rigs.feed_once(scanner, tmp_path / "spool"))) == [30]


@pytest.mark.parametrize("calls", ["cancel=hang", "close=hang"])
def test_after_a_fault_the_fault_is_what_is_told(feeder: ScriptableScanner, tmp_path: Path, calls: str) -> None:
    """Cancelling and closing come after the operator was told: a jam stays a jam, and is told without delay."""
    feeder.load("10", "20 start=JAMMED")
    feeder.say(calls=calls)
    with feeder.open(device.SHORT) as scanner:
        scanner.configure(scriptable.SETTINGS)
        images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
        assert (rigs.greys(images), fault.kind) == ([10], FaultKind.JAM)
        feeder.clear()
        assert_goes_on(feeder, scanner, tmp_path / "spool")


def test_in_cancel_at_the_end_of_the_paper_keeps_every_page(feeder: ScriptableScanner, tmp_path: Path) -> None:
    feeder.load("10", "20")
    feeder.say(calls="cancel=hang")
    with feeder.open(device.SHORT) as scanner, rigs.within(15):
        scanner.configure(scriptable.SETTINGS)
        images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
        assert (rigs.greys(images), fault.kind) == ([10, 20], FaultKind.STALLED)
        feeder.clear()
        assert_goes_on(feeder, scanner, tmp_path / "spool")


def assert_goes_on(feeder: ScriptableScanner, scanner: WorkerScanner, spool: Path) -> None:
    """At most one call finds the worker hanging still; the one after it has another."""
    with rigs.fault_or_end():
        scanner.sensors()
    feeder.load("30")
    assert rigs.greys(rigs.images_of(rigs.feed_once(scanner, spool))) == [30]


def test_in_close(feeder: ScriptableScanner, tmp_path: Path) -> None:
    feeder.load("10")
    feeder.say(calls="close=hang")
    scanner = feeder.open(device.SHORT)
    scanner.configure(scriptable.SETTINGS)
    assert rigs.feed_once(scanner, tmp_path / "spool")[-1] == EndOfPaper(1)
    with rigs.within(5):
        scanner.close()
    assert rigs.own_workers() == set()
    assert not feeder.is_held


def test_in_discovery(feeder: ScriptableScanner) -> None:
    feeder.say(calls="devices=hang")
    with rigs.within(10), pytest.raises(DeviceFault) as stalled:
        list_scanners(limits=replace(device.SHORT, hello=3))
    assert stalled.value.kind is FaultKind.STALLED
    assert rigs.own_workers() == set()
    feeder.clear()
    assert [info.model for info in list_scanners(limits=rigs.LIMITS)] == ["Feeder 100"]
