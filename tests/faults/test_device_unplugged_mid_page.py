"""The cable is pulled in the middle of a page: no half page, and the scanner is found again in the same program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.faults import DeviceFault, FaultKind
from tests.drivers import rigs, scriptable
from tests.faults import device

if TYPE_CHECKING:
    from pathlib import Path

    from tests.drivers.scriptable import ScriptableScanner


@pytest.mark.parametrize("trouble", ["read=unplug after=40", "start=unplug"])
def test_pages_before_are_whole_and_it_goes_on_when_it_is_back(
    feeder: ScriptableScanner, tmp_path: Path, trouble: str
) -> None:
    device.survive(feeder, tmp_path, trouble, FaultKind.IO_ERROR, mend=feeder.plug)


def test_it_may_come_back_under_another_address(feeder: ScriptableScanner, tmp_path: Path) -> None:
    """As USB gives one to what is plugged in anew; whoever asks for the old address is told that it is offline."""
    feeder.load("10", "20 read=unplug after=40")
    spool = tmp_path / "spool"
    with feeder.open() as scanner:
        scanner.configure(scriptable.SETTINGS)
        images, fault = rigs.feed_into_fault(scanner, spool)
        assert (rigs.greys(images), fault.kind) == ([10], FaultKind.IO_ERROR)
        feeder.plug_as("libusb:001:009")
        with pytest.raises(DeviceFault) as absent:
            rigs.feed_once(scanner, spool)
        assert absent.value.kind is FaultKind.OFFLINE
    feeder.load("20")
    with feeder.open() as scanner:
        scanner.configure(scriptable.SETTINGS)
        assert rigs.greys(rigs.images_of(rigs.feed_once(scanner, spool))) == [20]


def test_command_says_so(feeder: ScriptableScanner, tmp_path: Path) -> None:
    device.told(feeder, tmp_path, "read=unplug after=40", FaultKind.IO_ERROR, mend=feeder.plug)
