"""Another program has the scanner: said as such, and over when the other is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.faults import FaultKind
from drivers.interface import EndOfPaper, ScanSettings, Source
from drivers.simulator.faults import Fault
from drivers.simulator.faults import FaultKind as Simulated
from drivers.simulator.process import SimulatedScanner
from tests.drivers import rigs
from tests.faults import device

if TYPE_CHECKING:
    from pathlib import Path

    from tests.drivers.scriptable import ScriptableScanner


def test_busy_at_the_start_takes_no_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [Fault(0, Simulated.BUSY)]
    with SimulatedScanner(rigs.draw_sheets(tmp_path / "sheets", 3), faults=faults) as simulator:
        monkeypatch.setenv("SANE_CONFIG_DIR", str(simulator.sane_config_dir))
        with rigs.open_simulated(simulator) as scanner:
            scanner.configure(ScanSettings(Source.ADF))
            images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
            assert (images, fault.kind) == ([], FaultKind.BUSY)
            assert simulator.feeder().sheets_left == 3
            simulator.set_faults()
            assert rigs.feed_once(scanner, tmp_path / "spool")[-1] == EndOfPaper(3)


def test_busy_between_two_pages_keeps_the_first(tmp_path: Path) -> None:
    script = rigs.write_script(tmp_path / "s.toml", "grey = 10", 'fault = "busy"', "grey = 20")
    with rigs.open_script(script) as scanner:
        images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
        assert (rigs.greys(images), fault.kind) == ([10], FaultKind.BUSY)
        assert rigs.greys(rigs.images_of(rigs.feed_once(scanner, tmp_path / "spool"))) == [20]


def test_over_libsane_busy_between_two_pages(feeder: ScriptableScanner, tmp_path: Path) -> None:
    device.survive(feeder, tmp_path, "start=DEVICE_BUSY stays", FaultKind.BUSY)


@pytest.mark.parametrize("calls", ["open=DEVICE_BUSY", "start=DEVICE_BUSY"])
def test_over_libsane_busy_before_page_one(feeder: ScriptableScanner, tmp_path: Path, calls: str) -> None:
    device.survive_before_page_one(feeder, tmp_path, FaultKind.BUSY, calls=calls)


def test_command_says_so_while_another_program_has_it_open(feeder: ScriptableScanner, tmp_path: Path) -> None:
    other = feeder.open()
    other.sensors()
    device.told_before_page_one(feeder, tmp_path, FaultKind.BUSY, mend=other.close)
