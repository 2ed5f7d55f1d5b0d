"""The scanner does not have what was asked for: refused before page 1, not scanned some other way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import EndOfPaper, ScanSettings, Source
from tests.drivers import rigs, scriptable
from tests.faults import device

if TYPE_CHECKING:
    from pathlib import Path

    from tests.drivers.scriptable import ScriptableScanner


def test_source_resolution_or_mode_that_it_does_not_have(feeder: ScriptableScanner, tmp_path: Path) -> None:
    feeder.say(sources="ADF Front")
    feeder.load("10")
    with feeder.open() as scanner:
        for settings in (ScanSettings(Source.FLATBED), ScanSettings(Source.ADF_DUPLEX), ScanSettings(dpi=1200)):
            with pytest.raises(DeviceFault) as refused:
                scanner.configure(settings)
            assert refused.value.kind is FaultKind.UNSUPPORTED_SETTING
        assert feeder.fed == 0
        assert scanner.configure(scriptable.SETTINGS).dpi == 300
        assert rigs.feed_once(scanner, tmp_path / "spool")[-1] == EndOfPaper(1)


@pytest.mark.parametrize("calls", ["start=INVAL", "start=UNSUPPORTED"])
def test_settings_that_it_refuses_when_it_starts(feeder: ScriptableScanner, tmp_path: Path, calls: str) -> None:
    device.survive_before_page_one(feeder, tmp_path, FaultKind.UNSUPPORTED_SETTING, calls=calls)


def test_command_says_so(feeder: ScriptableScanner, tmp_path: Path) -> None:
    feeder.say(sources="Flatbed")
    device.told_before_page_one(feeder, tmp_path, FaultKind.UNSUPPORTED_SETTING)
