"""Another program has the scanner: said as such, and over when the other is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.faults import FaultKind
from drivers.interface import EndOfPaper, ScanSettings, Source
from drivers.simulator.faults import Fault
from drivers.simulator.faults import FaultKind as Simulated
from drivers.simulator.process import SimulatedScanner
from tests.drivers import rigs

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


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
