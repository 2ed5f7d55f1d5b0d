"""The scanner or its driver is out of memory: said as such, and the next scan tries anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.faults import FaultKind
from tests.faults import device

if TYPE_CHECKING:
    from pathlib import Path

    from tests.drivers.scriptable import ScriptableScanner


@pytest.mark.parametrize("trouble", ["start=NO_MEM", "read=NO_MEM after=10"])
def test_pages_before_are_whole(feeder: ScriptableScanner, tmp_path: Path, trouble: str) -> None:
    device.survive(feeder, tmp_path, trouble, FaultKind.NO_MEMORY)


def test_while_opening_it_is_not_there(feeder: ScriptableScanner, tmp_path: Path) -> None:
    """So says airscan of a scanner on the network that is gone."""
    device.survive_before_page_one(feeder, tmp_path, FaultKind.OFFLINE, calls="open=NO_MEM")


def test_command_says_so(feeder: ScriptableScanner, tmp_path: Path) -> None:
    device.told(feeder, tmp_path, "read=NO_MEM after=10", FaultKind.NO_MEMORY)
