"""The Stop button: SANE says 'no documents' or 'cancelled', and only the paper that still lies there tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.faults import FaultKind
from drivers.interface import EndOfPaper
from tests.drivers import rigs, scriptable
from tests.faults import device

if TYPE_CHECKING:
    from pathlib import Path

    from tests.drivers.scriptable import ScriptableScanner


@pytest.mark.parametrize("trouble", ["start=NO_DOCS stays", "start=CANCELLED stays", "read=NO_DOCS after=60"])
def test_paper_that_still_lies_there_did_not_run_out(feeder: ScriptableScanner, tmp_path: Path, trouble: str) -> None:
    device.survive(feeder, tmp_path, trouble, FaultKind.STOPPED_AT_DEVICE)


def test_without_a_paper_sensor_no_documents_is_the_end(feeder: ScriptableScanner, tmp_path: Path) -> None:
    """Then `--pages` alone tells that fewer came; a cancel that nobody asked for stays one."""
    feeder.say(lacks="page-loaded")
    feeder.load(*device.stack_with("start=NO_DOCS stays"))
    with feeder.open() as scanner:
        scanner.configure(scriptable.SETTINGS)
        assert rigs.feed_once(scanner, tmp_path / "spool")[-1] == EndOfPaper(2)
    device.survive(feeder, tmp_path, "start=CANCELLED stays", FaultKind.CANCELLED)


def test_command_says_so(feeder: ScriptableScanner, tmp_path: Path) -> None:
    device.told(feeder, tmp_path, "start=NO_DOCS stays", FaultKind.STOPPED_AT_DEVICE)
