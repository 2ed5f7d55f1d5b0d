"""The feeder runs empty in the middle of a page: that page is no image, and it is not the normal end of the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.faults import FaultKind
from tests.faults import device

if TYPE_CHECKING:
    from pathlib import Path

    from tests.drivers.scriptable import ScriptableScanner


def test_the_page_under_way_is_no_image(feeder: ScriptableScanner, tmp_path: Path) -> None:
    device.survive(feeder, tmp_path, "read=NO_DOCS after=60", FaultKind.FEEDER_EMPTY, behind=False)


def test_command_says_so(feeder: ScriptableScanner, tmp_path: Path) -> None:
    device.told(feeder, tmp_path, "read=NO_DOCS after=60", FaultKind.FEEDER_EMPTY, behind=False)
