"""The cover is open: nothing moves until it is closed, and no sheet is lost by trying."""

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


def test_every_try_says_so_and_no_sheet_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [Fault(1, Simulated.COVER_OPEN)]
    with SimulatedScanner(rigs.draw_sheets(tmp_path / "sheets", 3), faults=faults) as simulator:
        monkeypatch.setenv("SANE_CONFIG_DIR", str(simulator.sane_config_dir))
        with rigs.open_simulated(simulator) as scanner:
            scanner.configure(ScanSettings(Source.ADF))
            images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
            assert (len(images), fault.kind) == (1, FaultKind.COVER_OPEN)
            for _ in range(2):
                none, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
                assert (none, fault.kind) == ([], FaultKind.COVER_OPEN)
            simulator.set_faults()
            assert rigs.feed_once(scanner, tmp_path / "spool")[-1] == EndOfPaper(2)
            rigs.assert_whole(images, rigs.SIM_SIZE, 300)


def test_open_in_the_middle_of_a_page_that_page_is_no_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = rigs.sane_test_configuration(tmp_path / "sane", 'read-status-code "SANE_STATUS_COVER_OPEN"')
    monkeypatch.setenv("SANE_CONFIG_DIR", str(configuration))
    rig = rigs.sane_test_rig()
    scanner = rig.open()
    try:
        scanner.configure(rig.settings)
        images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool", retry_stalled=True)
        assert (images, fault.kind) == ([], FaultKind.COVER_OPEN)
        assert list((tmp_path / "spool").iterdir()) == []
    finally:
        scanner.close()


@pytest.mark.parametrize("trouble", ["start=COVER_OPEN", "read=COVER_OPEN after=30", "start=JAMMED sensor=cover-open"])
def test_over_libsane_pages_before_are_whole_and_the_rest_comes(
    feeder: ScriptableScanner, tmp_path: Path, trouble: str
) -> None:
    device.survive(feeder, tmp_path, trouble, FaultKind.COVER_OPEN)


def test_open_before_page_one_no_sheet_moves(feeder: ScriptableScanner, tmp_path: Path) -> None:
    device.survive_before_page_one(feeder, tmp_path, FaultKind.COVER_OPEN, calls="start=COVER_OPEN")


def test_command_says_so(feeder: ScriptableScanner, tmp_path: Path) -> None:
    device.told(feeder, tmp_path, "start=COVER_OPEN", FaultKind.COVER_OPEN)
