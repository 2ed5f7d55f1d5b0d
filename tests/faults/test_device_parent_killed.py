"""The program that scans is killed outright: its worker must not stay and hold the scanner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from drivers.interface import EndOfPaper
from tests.drivers import rigs, stations

if TYPE_CHECKING:
    from pathlib import Path

GONE_SECONDS = 2.0

_PARENT = """
import sys
from pathlib import Path
from tests.drivers import rigs
scanner = rigs.open_script(Path(sys.argv[1]))
for number, _ in enumerate(scanner.feed(Path(sys.argv[2])), 1):
    if number == 2:
        print(scanner.worker_pid, flush=True)
"""


@pytest.mark.parametrize("hang", ["reading", "starting", "deaf", "never"])
def test_worker_goes_with_its_parent_whatever_it_is_doing(tmp_path: Path, hang: str) -> None:
    """Also in a driver that holds Python's lock for ever ("deaf"): only the kernel can end that one."""
    last = [f"grey = {n}" for n in range(200)] if hang == "never" else [f'hang = "{hang}"']
    script = rigs.write_script(tmp_path / "s.toml", *[f"grey = {n}" for n in range(6)], *last)
    command = [sys.executable, "-c", _PARENT, str(script), str(tmp_path / "spool")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert rigs.is_running(worker)
        if hang != "never":
            assert rigs.wait_until(lambda: (tmp_path / "s.toml.at").read_text() == "7")
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    assert rigs.wait_until(lambda: not rigs.group_of(worker), GONE_SECONDS)
    for file in (tmp_path / "spool").glob("*.tif"):
        assert file.stat().st_size > 4096
    if hang != "never":
        with rigs.open_script(script) as scanner:
            assert rigs.feed_once(scanner, tmp_path / "spool") == [EndOfPaper(0)]


def test_command_that_was_killed_leaves_no_worker_and_the_next_start_cleans_up(tmp_path: Path) -> None:
    root = stations.make(tmp_path / "root")
    script = rigs.write_script(tmp_path / "s.toml", "grey = 10", 'hang = "reading"', "grey = 20")
    process = stations.start_scan(root, f"scripted:{script}")
    stations.wait_for_page(process)
    assert rigs.wait_until(lambda: rigs.workers_below(process.pid))
    (worker,) = rigs.workers_below(process.pid)
    process.kill()
    process.communicate()
    assert rigs.wait_until(lambda: not rigs.group_of(worker), GONE_SECONDS)
    spool = root.spool / "scan" / "19441_KS.2005.01"
    (spool / "0-00002a.tif.part").write_bytes(b"half")
    ran = stations.run_scan(root, f"scripted:{script}")
    assert ran.code == 0
    assert len(stations.kept_pages(root)) == 2
    assert stations.leftovers(root) == []
