"""The feeder is empty at the start, or after its last sheet: no error but a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.faults import FaultKind
from drivers.interface import EndOfPaper, ScanSettings, Source
from drivers.simulator.process import SimulatedScanner
from station.sentences import SENTENCES
from tests.drivers import rigs, scriptable, stations
from tests.faults import device

if TYPE_CHECKING:
    from pathlib import Path

    from tests.drivers.scriptable import ScriptableScanner


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


@pytest.mark.parametrize("end", ["NO_DOCS", "CANCELLED"])
def test_over_libsane_empty_at_the_start_and_after_the_last_sheet(
    feeder: ScriptableScanner, tmp_path: Path, end: str
) -> None:
    """kodakaio says CANCELLED there, which nobody asked for: the sensor of the paper tells what it was."""
    feeder.say(end=end)
    with feeder.open() as scanner:
        scanner.configure(scriptable.SETTINGS)
        for _ in range(2):
            assert rigs.feed_once(scanner, tmp_path / "spool") == [EndOfPaper(0)]
        feeder.load("10", "20")
        feed = rigs.feed_once(scanner, tmp_path / "spool")
        assert rigs.greys(rigs.images_of(feed)) == [10, 20]
        assert feed[-1] == EndOfPaper(2)


def test_command_asks_for_paper(feeder: ScriptableScanner, tmp_path: Path) -> None:
    root = stations.make(tmp_path / "root")
    words = {"STATION_LANGUAGE": "both"} | feeder.environment
    ran = stations.run_scan(root, feeder.id, "--source", "adf", **words)
    assert (ran.code, ran.data["pages"], ran.data["fault"], ran.data["paper_ended"]) == (3, 0, None, True)
    for place in (0, 1):
        assert SENTENCES["scan.nothing"][place] in ran.err
    feeder.load("10")
    assert stations.run_scan(root, feeder.id, "--source", "adf", **words).code == 0
    device.assert_clean(feeder, root)
