"""A scanner or its driver that falls silent: every wait ends, the worker is killed, and a new one goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from drivers.faults import FaultKind
from drivers.interface import EndOfPaper, ScanSettings, Source
from drivers.patience import Patience
from drivers.protocol import Event
from drivers.simulator.faults import Fault
from drivers.simulator.faults import FaultKind as Simulated
from drivers.simulator.process import SimulatedScanner
from tests.drivers import rigs

if TYPE_CHECKING:
    from pathlib import Path

SHORT = replace(rigs.LIMITS, start=1.5, data=1.0)


@pytest.mark.parametrize("where", ["starting", "reading", "deaf"])
def test_driver_that_hangs_is_killed_and_the_sheets_after_come(tmp_path: Path, where: str) -> None:
    script = rigs.write_script(tmp_path / "s.toml", "grey = 10", f'hang = "{where}"', "grey = 20")
    with rigs.open_script(script, SHORT) as scanner:
        scanner.capabilities()
        pid = scanner.worker_pid
        assert pid
        with rigs.within(10):
            images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
        assert fault.kind is FaultKind.STALLED
        assert rigs.greys(images) == [10][: len(images)]
        assert images or where == "deaf"  # a driver that holds Python's lock also keeps the image from being reported
        assert rigs.group_of(pid) == set()
        feed = rigs.feed_once(scanner, tmp_path / "spool")
        assert rigs.greys(rigs.images_of(feed)) == [20]
        assert feed[-1] == EndOfPaper(1)
        assert scanner.worker_pid not in {None, pid}


def test_transfer_that_stalls_in_mid_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [Fault(1, Simulated.STALL)]
    with SimulatedScanner(rigs.draw_sheets(tmp_path / "sheets", 3), faults=faults) as simulator:
        monkeypatch.setenv("SANE_CONFIG_DIR", str(simulator.sane_config_dir))
        with rigs.open_simulated(simulator, SHORT) as scanner:
            scanner.configure(ScanSettings(Source.ADF))
            with rigs.within(15):
                images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
            assert (len(images), fault.kind) == (1, FaultKind.STALLED)
            rigs.assert_whole(images, rigs.SIM_SIZE, 300)
            simulator.refill(1)
            assert rigs.feed_once(scanner, tmp_path / "spool")[-1] == EndOfPaper(2)


def test_image_that_becomes_durable_does_not_shorten_the_wait_for_a_lamp() -> None:
    patience = Patience(rigs.LIMITS, 5)
    patience.hear(Event.STARTING)
    patience.hear(Event.IMAGE)
    assert patience.seconds == rigs.LIMITS.start
    patience.hear(Event.READING)
    assert patience.seconds == rigs.LIMITS.data


def test_cancelled_device_that_goes_on_talking_has_its_time_and_no_more() -> None:
    now = [100.0]
    patience = Patience(rigs.LIMITS, 5, lambda: now[0])
    patience.hear(Event.CANCELLING)
    for _ in range(10):
        now[0] += 0.5
        patience.hear(Event.READING)
    assert patience.cancelled
    assert patience.seconds == 0
    patience.hear(Event.IMAGE)
    assert patience.seconds == rigs.LIMITS.cancel
