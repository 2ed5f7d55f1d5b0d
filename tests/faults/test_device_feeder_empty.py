"""An empty feeder is no error but a value; running empty in the middle of a page is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.faults import FaultKind
from drivers.interface import EndOfPaper, ScanSettings, Source
from drivers.simulator.process import SimulatedScanner
from tests.drivers import rigs

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_trigger_without_paper_may_be_repeated_until_there_is_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SimulatedScanner(rigs.draw_sheets(tmp_path / "sheets", 2)) as simulator:
        monkeypatch.setenv("SANE_CONFIG_DIR", str(simulator.sane_config_dir))
        simulator.refill(2)
        with rigs.open_simulated(simulator) as scanner:
            scanner.configure(ScanSettings(Source.ADF))
            for _ in range(3):
                assert rigs.feed_once(scanner, tmp_path / "spool") == [EndOfPaper(0)]
            simulator.refill(0)
            assert rigs.feed_once(scanner, tmp_path / "spool")[-1] == EndOfPaper(2)


def test_backend_that_finds_the_feeder_empty_only_when_asked_for_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """sane-airscan does so as well: before the first line it is the end of the paper and no lost page."""
    configuration = rigs.sane_test_configuration(tmp_path / "sane", 'read-status-code "SANE_STATUS_NO_DOCS"')
    monkeypatch.setenv("SANE_CONFIG_DIR", str(configuration))
    rig = rigs.sane_test_rig()
    scanner = rig.open()
    try:
        scanner.configure(rig.settings)
        assert rigs.feed_once(scanner, tmp_path / "spool") == [EndOfPaper(0)]
        assert rig.flatbed
        scanner.configure(rig.flatbed)
        images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool", retry_stalled=True)
        assert (images, fault.kind) == ([], FaultKind.FEEDER_EMPTY)
    finally:
        scanner.close()


def test_out_of_paper_on_the_glass_is_a_fault(tmp_path: Path) -> None:
    script = rigs.write_script(tmp_path / "s.toml", f'fault = "{FaultKind.FEEDER_EMPTY}"', feeder=False)
    with rigs.open_script(script) as scanner:
        images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
        assert (images, fault.kind) == ([], FaultKind.FEEDER_EMPTY)
