"""A page ends before its height: it is no image, however well everything else went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.faults import FaultKind
from tests.faults import device

if TYPE_CHECKING:
    from pathlib import Path

    from tests.drivers.scriptable import ScriptableScanner


@pytest.mark.parametrize("trouble", ["lines=1", "lines=164"])
def test_page_that_lacks_lines_is_no_image(feeder: ScriptableScanner, tmp_path: Path, trouble: str) -> None:
    fault = device.survive(feeder, tmp_path, trouble, FaultKind.SHORT_PAGE)
    assert "of 165" in fault.detail


def test_page_without_a_line_is_an_empty_page(feeder: ScriptableScanner, tmp_path: Path) -> None:
    device.survive(feeder, tmp_path, "lines=0", FaultKind.EMPTY_PAGE)


def test_command_says_so(feeder: ScriptableScanner, tmp_path: Path) -> None:
    device.told(feeder, tmp_path, "lines=40", FaultKind.SHORT_PAGE)
