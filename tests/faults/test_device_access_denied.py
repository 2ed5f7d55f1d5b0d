"""This account may not use the scanner: said as such, for a technician; no sheet moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.faults import FaultKind
from tests.faults import device

if TYPE_CHECKING:
    from pathlib import Path

    from tests.drivers.scriptable import ScriptableScanner


@pytest.mark.parametrize("calls", ["open=ACCESS_DENIED", "start=ACCESS_DENIED"])
def test_no_sheet_moves(feeder: ScriptableScanner, tmp_path: Path, calls: str) -> None:
    device.survive_before_page_one(feeder, tmp_path, FaultKind.ACCESS_DENIED, calls=calls)


def test_command_says_so(feeder: ScriptableScanner, tmp_path: Path) -> None:
    feeder.say(calls="open=ACCESS_DENIED")
    device.told_before_page_one(feeder, tmp_path, FaultKind.ACCESS_DENIED)
