"""A driver that crashes takes its worker along and nothing else: images before it stand, a new worker goes on."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from drivers.discovery import list_scanners
from drivers.faults import DeviceFault, FaultKind
from drivers.interface import EndOfPaper
from tests.drivers import rigs, scriptable, stations
from tests.faults import device

if TYPE_CHECKING:
    from pathlib import Path

    from tests.drivers.scriptable import ScriptableScanner


def test_segmentation_fault_in_the_driver(tmp_path: Path) -> None:
    """The image in flight at the crash may be lost; it was not reported, so it counts as not scanned."""
    script = rigs.write_script(tmp_path / "s.toml", "grey = 10", "grey = 20", "crash = true", "grey = 30")
    with rigs.open_script(script) as scanner:
        images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
        assert fault.kind is FaultKind.WORKER_CRASHED
        assert "SIGSEGV" in fault.detail
        assert rigs.greys(images) == [10, 20][: len(images)]
        feed = rigs.feed_once(scanner, tmp_path / "spool")
        assert rigs.greys(rigs.images_of(feed)) == [30]
        assert feed[-1] == EndOfPaper(1)


def test_worker_killed_in_mid_feed(tmp_path: Path) -> None:
    script = rigs.write_script(tmp_path / "s.toml", *[f"grey = {n}" for n in range(150)])
    with rigs.open_script(script) as scanner:
        scanner.capabilities()
        pid = scanner.worker_pid
        assert pid
        with rigs.later(0.3, lambda: os.kill(pid, signal.SIGKILL)):
            images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
        assert fault.kind is FaultKind.WORKER_CRASHED
        assert "SIGKILL" in fault.detail
        taken = rigs.greys(images)
        assert taken == list(range(len(taken)))
        rest = rigs.greys(rigs.images_of(rigs.feed_once(scanner, tmp_path / "spool")))
        assert rest == list(range(150 - len(rest), 150))


def test_worker_killed_while_idle_is_replaced_in_silence(tmp_path: Path) -> None:
    script = rigs.write_script(tmp_path / "s.toml", "grey = 10", "grey = 20")
    with rigs.open_script(script) as scanner:
        rigs.feed_once(scanner, tmp_path / "spool", 1)
        pid = scanner.worker_pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        assert rigs.wait_until(lambda: scanner.worker_pid is None)
        scanner.cancel()
        assert rigs.greys(rigs.images_of(rigs.feed_once(scanner, tmp_path / "spool"))) == [20]


def test_closing_and_cancelling_after_a_death_are_quiet(tmp_path: Path) -> None:
    script = rigs.write_script(tmp_path / "s.toml", "grey = 10")
    scanner = rigs.open_script(script)
    scanner.capabilities()
    assert scanner.worker_pid
    os.kill(scanner.worker_pid, signal.SIGKILL)
    scanner.cancel()
    scanner.close()
    scanner.close()


def test_crash_says_what_the_driver_said_last(feeder: ScriptableScanner) -> None:
    """A backend that finds a defect in itself says so and aborts."""
    feeder.say(calls="open=nonsense devices=nonsense")
    with feeder.open() as scanner, pytest.raises(DeviceFault, match=r"SIGABRT.*nonsense") as crashed:
        scanner.capabilities()
    assert crashed.value.kind is FaultKind.WORKER_CRASHED
    with pytest.raises(DeviceFault, match="nonsense"):
        list_scanners(limits=rigs.LIMITS)


def test_command_keeps_the_pages_before_the_crash(tmp_path: Path) -> None:
    root = stations.make(tmp_path / "root")
    sheets = [f"grey = {n}" for n in range(6)]
    script = rigs.write_script(tmp_path / "s.toml", *sheets, "crash = true", "grey = 200")
    ran = stations.run_scan(root, f"scripted:{script}")
    assert ran.code == 5
    assert ran.data["fault"] == "worker-crashed"
    assert f"Last good page: {ran.data['last_page']}." in ran.err
    assert len(stations.kept_pages(root)) == ran.data["pages"] >= 4


@pytest.mark.parametrize("trouble", ["start=crash", "read=crash", "read=crash after=90"])
def test_over_libsane_in_a_page(feeder: ScriptableScanner, tmp_path: Path, trouble: str) -> None:
    fault = device.survive(feeder, tmp_path, trouble, FaultKind.WORKER_CRASHED, in_flight=2)
    assert "SIGSEGV" in fault.detail


@pytest.mark.parametrize("calls", ["open=crash", "option=crash", "start=crash"])
def test_over_libsane_before_page_one(feeder: ScriptableScanner, tmp_path: Path, calls: str) -> None:
    device.survive_before_page_one(feeder, tmp_path, FaultKind.WORKER_CRASHED, calls=calls)


def test_over_libsane_in_discovery_and_in_close(feeder: ScriptableScanner, tmp_path: Path) -> None:
    feeder.say(calls="devices=crash close=crash")
    with pytest.raises(DeviceFault, match="SIGSEGV"):
        list_scanners(limits=rigs.LIMITS)
    feeder.load("10")
    with feeder.open() as scanner:
        scanner.configure(scriptable.SETTINGS)
        assert rigs.feed_once(scanner, tmp_path / "spool")[-1] == EndOfPaper(1)
    assert rigs.own_workers() == set()
    assert not feeder.is_held
