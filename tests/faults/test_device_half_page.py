"""Half a JPEG arrives as a whole page without any error: only the picture tells, and packing must stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.simulator.faults import Fault
from drivers.simulator.faults import FaultKind as Simulated
from drivers.simulator.process import SimulatedScanner
from station.line import check
from station.wiring import Station
from tests import support
from tests.drivers import rigs, stations

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_page_that_came_by_half_blocks_packing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sheets").mkdir()
    for number in (1, 2, 3):
        support.draw_page(tmp_path / "sheets" / f"p{number}.jpg", number, dpi=300)
    root = stations.make(tmp_path / "root")
    with SimulatedScanner(tmp_path / "sheets", faults=[Fault(1, Simulated.HALF_JPEG)]) as simulator:
        monkeypatch.setenv("SANE_CONFIG_DIR", str(simulator.sane_config_dir))
        with rigs.open_simulated(simulator) as scanner:
            outcome = stations.scan(root, scanner)
    assert outcome.result.fault is None
    assert outcome.result.paper_ended
    assert len(outcome.result.pages) == 3
    with Station.open(root, "tester") as station:
        findings = [f for f in check(station, station.book(stations.BOOK)) if f.values.get("check") == "half-delivered"]
    assert [(finding.subject, finding.blocking) for finding in findings] == [(outcome.result.pages[1].id, True)]
