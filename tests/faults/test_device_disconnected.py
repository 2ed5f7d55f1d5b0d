"""The cable is pulled, or the scanner is switched off: pages before are kept, and the scanner is found again later."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import DeviceInfo, EndOfPaper, ScanSettings, Source
from drivers.remote import WorkerScanner
from drivers.simulator.faults import Fault
from drivers.simulator.faults import FaultKind as Simulated
from drivers.simulator.process import SimulatedScanner
from tests.drivers import rigs

if TYPE_CHECKING:
    from pathlib import Path


def test_connection_that_breaks_in_mid_page_gives_no_half_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [Fault(2, Simulated.DISCONNECT)]
    with SimulatedScanner(rigs.draw_sheets(tmp_path / "sheets", 4), faults=faults) as simulator:
        monkeypatch.setenv("SANE_CONFIG_DIR", str(simulator.sane_config_dir))
        with rigs.open_simulated(simulator) as scanner:
            scanner.configure(ScanSettings(Source.ADF))
            images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
            assert (len(images), fault.kind) == (2, FaultKind.IO_ERROR)
            rigs.assert_whole(images, rigs.SIM_SIZE, 300)
            assert len(list((tmp_path / "spool").iterdir())) == 2
            simulator.refill(2)
            assert rigs.feed_once(scanner, tmp_path / "spool")[-1] == EndOfPaper(2)


def test_scanner_that_dies_is_offline_until_it_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sheets = rigs.draw_sheets(tmp_path / "sheets", 6)
    with SimulatedScanner(sheets, seconds_per_page=0.3) as simulator:
        monkeypatch.setenv("SANE_CONFIG_DIR", str(simulator.sane_config_dir))
        with rigs.open_simulated(simulator) as scanner:
            scanner.configure(ScanSettings(Source.ADF))
            with rigs.later(1.0, lambda: os.kill(simulator.pid, signal.SIGKILL)):
                images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
            assert fault.kind in {FaultKind.IO_ERROR, FaultKind.OFFLINE}
            assert 1 <= len(images) < 6
            rigs.assert_whole(images, rigs.SIM_SIZE, 300)
            with pytest.raises(DeviceFault) as still:
                rigs.feed_once(scanner, tmp_path / "spool")
            assert still.value.kind in {FaultKind.OFFLINE, FaultKind.IO_ERROR}
            with SimulatedScanner(sheets) as back:
                monkeypatch.setenv("SANE_CONFIG_DIR", str(back.sane_config_dir))
                scanner.close()
                assert rigs.feed_once(scanner, tmp_path / "spool")[-1] == EndOfPaper(6)


def test_device_that_is_not_there_is_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANE_CONFIG_DIR", str(rigs.sane_test_configuration(tmp_path / "sane")))
    for device in ("sane:nothing:libusb:001:002", f"scripted:{tmp_path / 'none.toml'}", "sane:test:99"):
        with WorkerScanner(DeviceInfo(device, device.partition(":")[0]), rigs.LIMITS) as scanner:
            for _ in range(2):
                with pytest.raises(DeviceFault) as absent:
                    scanner.capabilities()
                assert absent.value.kind is FaultKind.OFFLINE
            assert scanner.worker_pid is None
