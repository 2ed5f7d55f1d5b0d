"""The connection to the scanner breaks without a word: no half page, and the same program goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.faults import FaultKind
from drivers.simulator.faults import FaultKind as Simulated
from tests.faults import device

if TYPE_CHECKING:
    from pathlib import Path

    from tests.drivers.scriptable import ScriptableScanner


@pytest.mark.parametrize("trouble", ["read=IO_ERROR", "read=IO_ERROR after=30", "start=IO_ERROR", "read=INVAL after=5"])
def test_pages_before_are_whole(feeder: ScriptableScanner, tmp_path: Path, trouble: str) -> None:
    kind = FaultKind.IO_ERROR if "IO_ERROR" in trouble else FaultKind.UNSUPPORTED_SETTING
    device.survive(feeder, tmp_path, trouble, kind)


def test_over_airscan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What sane-airscan makes of everything that eSCL has no word for, the Stop button among it."""
    device.survive_over_escl(tmp_path, monkeypatch, Simulated.ERROR, FaultKind.IO_ERROR)


def test_command_says_so(feeder: ScriptableScanner, tmp_path: Path) -> None:
    device.told(feeder, tmp_path, "read=IO_ERROR after=30", FaultKind.IO_ERROR)
