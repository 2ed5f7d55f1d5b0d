"""Paper jam: what came before is kept, the operator reads which page was the last good one, and scanning goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.faults import FaultKind
from drivers.interface import EndOfPaper, ScanSettings, Source
from drivers.simulator.faults import Fault
from drivers.simulator.faults import FaultKind as Simulated
from drivers.simulator.process import SimulatedScanner
from tests.drivers import rigs, stations

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


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


def test_command_says_the_last_good_page_and_how_to_go_on(tmp_path: Path) -> None:
    root = stations.make(tmp_path / "root")
    script = rigs.write_script(tmp_path / "s.toml", "grey = 10", "grey = 20", 'fault = "jam"', "grey = 30")
    ran = stations.run_scan(root, f"scripted:{script}", "--number", "1")
    assert ran.code == 5
    assert ran.data["fault"] == "jam"
    assert ran.data["last_page"] == 2
    assert "Last good page: 2." in ran.err
    assert "--number 03/2005" in ran.err
    assert len(stations.kept_pages(root)) == 2
    assert stations.leftovers(root) == []
    with rigs.open_script(script) as scanner:
        assert rigs.greys(rigs.images_of(rigs.feed_once(scanner, tmp_path / "spool"))) == [30]
