"""Paper jam: what came before is kept, the operator reads which page was the last good one, and scanning goes on."""

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


def test_over_airscan_the_pages_before_are_whole_and_the_scanner_works_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SimulatedScanner(rigs.draw_sheets(tmp_path / "sheets", 5), faults=[Fault(2, Simulated.JAM)]) as simulator:
        monkeypatch.setenv("SANE_CONFIG_DIR", str(simulator.sane_config_dir))
        with rigs.open_simulated(simulator) as scanner:
            scanner.configure(ScanSettings(Source.ADF))
            images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
            assert fault.kind is FaultKind.JAM
            assert [image.sheet for image in images] == [1, 2]
            rigs.assert_whole(images, rigs.SIM_SIZE, 300)
            pid = scanner.worker_pid
            again, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
            assert (again, fault.kind) == ([], FaultKind.JAM)
            simulator.set_faults()
            rest = rigs.feed_once(scanner, tmp_path / "spool")
            assert rest[-1] == EndOfPaper(3)
            assert scanner.worker_pid == pid


@pytest.mark.parametrize("trouble", ["start=JAMMED", "read=JAMMED after=80", "read=JAMMED"])
def test_over_libsane_pages_before_are_whole_and_the_rest_comes(
    feeder: ScriptableScanner, tmp_path: Path, trouble: str
) -> None:
    device.survive(feeder, tmp_path, trouble, FaultKind.JAM)


def test_command_says_the_last_good_page_and_how_to_go_on(feeder: ScriptableScanner, tmp_path: Path) -> None:
    ran = device.told(feeder, tmp_path, "start=JAMMED", FaultKind.JAM)
    assert "Last good page: 2." in ran.err
    assert "--number 03/2005" in ran.err
