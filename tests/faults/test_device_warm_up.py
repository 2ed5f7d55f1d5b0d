"""A lamp warms up for a minute: silence before the first byte has a limit of its own and is not taken for a hang."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from drivers.faults import FaultKind
from drivers.interface import EndOfPaper
from drivers.simulator.faults import WARM_UP_S, Fault
from drivers.simulator.faults import FaultKind as Simulated
from drivers.simulator.process import SimulatedScanner
from drivers.states import Limits
from tests.drivers import rigs, scriptable
from tests.faults import device

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.drivers.scriptable import ScriptableScanner


LIMITS = replace(rigs.LIMITS, start=6.0, data=0.7)
"""As in life, where a lamp may take 60 s: starting may be silent for much longer than reading."""


def test_limits_in_life_leave_a_lamp_its_minute() -> None:
    assert Limits().start >= 60 + 20
    assert Limits().data <= 30


def test_silence_before_the_first_byte_is_not_a_hang(feeder: ScriptableScanner, tmp_path: Path) -> None:
    feeder.load("10", "20 start=wait:2", "30")
    with feeder.open(LIMITS) as scanner:
        scanner.configure(scriptable.SETTINGS)
        feed = rigs.feed_once(scanner, tmp_path / "spool")
    assert rigs.greys(rigs.images_of(feed)) == [10, 20, 30]
    assert feed[-1] == EndOfPaper(3)


def test_the_same_silence_in_mid_page_is_one(feeder: ScriptableScanner, tmp_path: Path) -> None:
    device.survive(feeder, tmp_path, "read=wait:2 after=60", FaultKind.STALLED, in_flight=1, limits=LIMITS)


def test_lamp_that_never_gets_warm(feeder: ScriptableScanner, tmp_path: Path) -> None:
    limits = replace(LIMITS, start=1.5)
    device.survive(feeder, tmp_path, "start=wait:60", FaultKind.STALLED, in_flight=1, limits=limits)


def test_cancel_during_the_warm_up(feeder: ScriptableScanner, tmp_path: Path) -> None:
    feeder.load("10 start=wait:60")
    with feeder.open(replace(LIMITS, start=60)) as scanner:
        scanner.configure(scriptable.SETTINGS)
        with rigs.later(0.7, scanner.cancel), rigs.within(8):
            images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
    assert (images, fault.kind) == ([], FaultKind.CANCELLED)


def test_over_airscan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [Fault(1, Simulated.WARM_UP)]
    limits = replace(rigs.LIMITS, start=WARM_UP_S * 4, data=WARM_UP_S / 3)
    with SimulatedScanner(rigs.draw_sheets(tmp_path / "sheets", 3), faults=faults) as simulator:
        monkeypatch.setenv("SANE_CONFIG_DIR", str(simulator.sane_config_dir))
        with rigs.open_simulated(simulator, limits) as scanner:
            scanner.configure(scriptable.SETTINGS)
            feed = rigs.feed_once(scanner, tmp_path / "spool")
    assert feed[-1] == EndOfPaper(3)
    rigs.assert_whole(rigs.images_of(feed), rigs.SIM_SIZE, 300)
