"""The process that reads delivered files: one death is forgiven, and the next file is read all the same."""

import os
import signal
from pathlib import Path

from station.intake import Limits
from station.intake.process import IntakeProcess
from tests.support import draw_page


def test_a_reader_that_was_killed_is_started_again(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    page = draw_page(tmp_path / "a.jpg", 1)
    intake = IntakeProcess(Limits())
    try:
        assert len(intake.take_apart(page, spool)) == 1
        pid = intake._running().submit(os.getpid).result(timeout=30)
        os.kill(pid, signal.SIGKILL)
        assert len(intake.take_apart(page, spool)) == 1
    finally:
        intake.close()
