"""The operator stops a scan: pages before are kept, a driver that does not listen loses its worker, Ctrl+C is clean."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import EndOfPaper, ScanSettings, Source
from drivers.simulator.process import SimulatedScanner
from tests.drivers import rigs, stations

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.remote import WorkerScanner

SHORT = replace(rigs.LIMITS, cancel=0.7)


def test_cancel_in_mid_feed_ends_it_soon_and_the_rest_comes_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SimulatedScanner(rigs.draw_sheets(tmp_path / "sheets", 8), seconds_per_page=0.2) as simulator:
        monkeypatch.setenv("SANE_CONFIG_DIR", str(simulator.sane_config_dir))
        with rigs.open_simulated(simulator) as scanner:
            scanner.configure(ScanSettings(Source.ADF))
            with rigs.later(0.7, scanner.cancel), rigs.within(4):
                images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
            assert fault.kind is FaultKind.CANCELLED
            assert 1 <= len(images) <= 4
            rigs.assert_whole(images, rigs.SIM_SIZE, 300)
            left = simulator.feeder().sheets_left
            assert left >= 8 - len(images) - 2
            time.sleep(0.5)
            assert simulator.feeder().sheets_left == left, "the cancelled job still draws in sheets"
            assert rigs.feed_once(scanner, tmp_path / "spool")[-1] == EndOfPaper(left)


@pytest.mark.parametrize("where", ["starting", "reading", "deaf"])
def test_driver_that_does_not_listen_is_cancelled_all_the_same(tmp_path: Path, where: str) -> None:
    """Within the cancel limit, not within the 30 to 90 s that a healthy device may be silent."""
    script = rigs.write_script(tmp_path / "s.toml", "grey = 10", f'hang = "{where}"', "grey = 20")
    spool = tmp_path / "spool"

    with rigs.open_script(script, SHORT) as scanner:

        def cancel_when_stuck() -> None:
            assert rigs.wait_until(lambda: sheets_fed(script) == 2)
            rigs.wait_until(lambda: list(spool.glob("*.tif")), 1.0)
            time.sleep(0.2)
            scanner.cancel()

        with rigs.later(0, cancel_when_stuck), rigs.within(15):
            images, fault = rigs.feed_into_fault(scanner, spool)
        assert fault.kind is FaultKind.CANCELLED
        assert rigs.greys(images) == [10][: len(images)]
        assert images or where == "deaf"  # a driver that holds Python's lock also keeps the image from being reported
        assert scanner.worker_pid is None
        assert rigs.greys(rigs.images_of(rigs.feed_once(scanner, spool))) == [20]


def sheets_fed(script: Path) -> int:
    """How many sheets the scripted scanner has drawn in."""
    at = script.with_name(script.name + ".at")
    return int(at.read_text()) if at.exists() else 0


def test_cancel_at_any_moment_of_a_feed_counts(tmp_path: Path) -> None:
    """Even while the worker starts, and even right before its first request: nothing may swallow it."""
    script = rigs.write_script(tmp_path / "s.toml", *["grey = 7"] * 400)
    with rigs.open_script(script) as scanner:
        for delay in (0.0, 0.002, 0.01, 0.03, 0.1, 0.2):
            if delay == 0.1:
                scanner.close()  # so that the cancel comes while a worker starts
            ended = _feed_and_cancel(scanner, tmp_path / "spool", delay)
            assert ended is FaultKind.CANCELLED


def test_cancel_while_the_worker_hangs_in_opening_counts(tmp_path: Path) -> None:
    """A named pipe as the script: opening it waits for ever."""
    os.mkfifo(tmp_path / "s.toml")
    with rigs.open_script(tmp_path / "s.toml", SHORT) as scanner:
        with rigs.within(6):
            assert _feed_and_cancel(scanner, tmp_path / "spool", 0.5) is FaultKind.CANCELLED
        assert scanner.worker_pid is None


def _feed_and_cancel(scanner: WorkerScanner, spool: Path, delay: float) -> FaultKind | None:
    feed = scanner.feed(spool)

    def cancel() -> None:
        assert rigs.wait_until(lambda: feed.gi_running)  # type: ignore[attr-defined]
        time.sleep(delay)
        scanner.cancel()

    with rigs.later(0, cancel):
        try:
            for _ in feed:
                pass
        except DeviceFault as fault:
            return fault.kind
    return None


def test_feed_that_is_left_early_is_stopped_and_its_images_stay_in_the_spool(tmp_path: Path) -> None:
    script = rigs.write_script(tmp_path / "s.toml", *[f"grey = {n}" for n in range(60)])
    spool = tmp_path / "spool"
    with rigs.open_script(script) as scanner:
        feed = scanner.feed(spool)
        next(feed)
        feed.close()  # type: ignore[attr-defined]
        written = len(list(spool.glob("*.tif")))
        rest = rigs.images_of(rigs.feed_once(scanner, spool))
        assert rigs.greys(rest) == list(range(60 - len(rest), 60))
        assert written + len(rest) >= 59  # one sheet may have been in the scanner when it was stopped
        assert list(spool.glob("*.part")) == []


def test_ctrl_c_ends_the_command_with_the_pages_kept(tmp_path: Path) -> None:
    root = stations.make(tmp_path / "root")
    script = rigs.write_script(tmp_path / "s.toml", "grey = 10", 'hang = "reading"', "grey = 20")
    process = stations.start_scan(root, f"scripted:{script}")
    stations.wait_for_page(process)
    with rigs.within(15):
        process.send_signal(signal.SIGINT)
        ran = stations.finish(process)
    assert ran.code == 5
    assert ran.data["fault"] == "cancelled"
    assert len(stations.kept_pages(root)) == 1
    assert rigs.workers_below(process.pid) == set()
