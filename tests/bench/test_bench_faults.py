"""How long an operator waits between a fault of the device and the message about it, by the real command."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from drivers.faults import FaultKind
from station.sentences import SENTENCES
from tests.drivers import rigs, stations
from tests.drivers.scriptable import ScriptableScanner

pytestmark = pytest.mark.bench

MOST_SECONDS = 1.0
SHEETS_BEFORE = 6
A4 = "210 297"
PACE = "start=wait:0.43"
"""140 images a minute, what the fastest scanner of an office takes (fi-8170)."""
RECONNECTING = SENTENCES["state.recovering"][1]
"""What is said first where the connection broke; how it ended is known a second or so later."""
REPORTED = {
    "start=JAMMED": FaultKind.JAM,
    "start=JAMMED sensor=double-feed": FaultKind.DOUBLE_FEED,
    "start=COVER_OPEN": FaultKind.COVER_OPEN,
    "start=IO_ERROR": FaultKind.IO_ERROR,
    "start=NO_MEM": FaultKind.NO_MEMORY,
    "start=unplug": FaultKind.IO_ERROR,
    "start=crash": FaultKind.WORKER_CRASHED,
}


@pytest.mark.parametrize("trouble", REPORTED)
def test_from_the_fault_to_the_message(feeder: ScriptableScanner, tmp_path: Path, trouble: str) -> None:
    """Six A4 pages at 300 dpi in colour come before the fault; their copies are still being made when it happens."""
    feeder.say(area=A4)
    feeder.load(*[f"{10 * number} {PACE}" for number in range(SHEETS_BEFORE)], f"99 {trouble}", "100")
    root = stations.make(tmp_path / "root")
    message = SENTENCES[f"fault.{REPORTED[trouble]}"][1]
    process = stations.start_scan(root, feeder.id, "--source", "adf", **feeder.environment)
    first = read_until(process.stderr, RECONNECTING, message) - feeder.fed_at
    ran = stations.finish(process)
    assert ran.code == 5
    assert ran.data["fault"] == REPORTED[trouble]
    assert feeder.fed == SHEETS_BEFORE + 1
    assert rigs.own_workers() == set()
    print(f"\n{trouble}: {first:.2f} s from the fault to the first word of it")
    assert first < MOST_SECONDS


def read_until(lines: object, *texts: str) -> float:
    """When a line with one of these texts comes, in seconds since 1970."""
    read = []
    for line in lines:  # type: ignore[attr-defined]  # the pipe of a process
        read.append(line)
        if any(text in line for text in texts):
            return time.time()
    raise AssertionError("".join(read))
