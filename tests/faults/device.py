"""What every fault of a device must leave behind it, over the real libsane and a real station.

Pages before the fault kept whole, the fault as its kind, the operator's words, nothing half-written, no process too
many; and the next scan, with the same scanner in the same program, brings the sheets after the last good page.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from drivers.interface import EndOfPaper, ScanSettings, Source
from drivers.simulator.faults import Fault
from drivers.simulator.process import SimulatedScanner
from station.sentences import SENTENCES
from station.wiring import Station
from tests.drivers import rigs, stations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from drivers.faults import DeviceFault, FaultKind
    from drivers.interface import Scanner
    from drivers.simulator.faults import FaultKind as Simulated
    from drivers.states import Limits
    from station.root import Root
    from tests.drivers.scriptable import ScriptableScanner
    from tests.support import Ran

SHEETS = (10, 20, 30, 40)
"""Greys of the stack; the third sheet is the one in trouble."""

SHORT = replace(rigs.LIMITS, hello=5, open=1, answer=1.5, start=1.5, data=1.5, cancel=0.8, close=0.8, discovery=1.5)
"""Limits that a hanging driver exceeds soon."""


def stack_with(trouble: str, *, behind: bool = True) -> list[str]:
    """The stack as lines of a script, the third sheet in this trouble, such as `start=JAMMED`, a sheet behind it."""
    return [str(SHEETS[0]), str(SHEETS[1]), f"{SHEETS[2]} {trouble}", *([str(SHEETS[3])] if behind else [])]


def survive(
    feeder: ScriptableScanner,
    folder: Path,
    trouble: str,
    kind: FaultKind,
    *,
    behind: bool = True,
    in_flight: int = 0,
    mend: Callable[[], object] | None = None,
    limits: Limits = rigs.LIMITS,
) -> DeviceFault:
    """Scan a stack whose third sheet is in trouble, mend it, put the sheets after the last good page back, and go on.

    `in_flight` pages may count as not scanned: the driver died while they were on their way. The program and its
    scanner stay the same throughout.
    """
    feeder.load(*stack_with(trouble, behind=behind))
    root = stations.make(folder / f"root-{trouble.split(maxsplit=1)[0]}")
    with Station.open(root, "tester") as station, feeder.session(limits) as scanner:
        first = stations.scan_into(station, scanner, 1).result
        assert first.fault is not None, "the scan ended without a fault"
        assert (first.fault.kind, first.paper_ended) == (kind, False), first.fault
        assert 2 - in_flight <= len(first.pages) <= 2
        assert greys_of(root) == list(SHEETS[: len(first.pages)])
        (mend or feeder.clear)()
        _go_on(feeder, station, scanner, len(first.pages))
    assert_clean(feeder, root)
    assert greys_of(root) == list(SHEETS)
    return first.fault


def survive_before_page_one(
    feeder: ScriptableScanner, folder: Path, kind: FaultKind, *, limits: Limits = rigs.LIMITS, **lines: str
) -> DeviceFault:
    """Scan with a device that refuses before page 1, as these lines of its script say: no sheet moves. Then go on."""
    feeder.load(*map(str, SHEETS))
    feeder.say(**lines)
    root = stations.make(folder / "root-before")
    with Station.open(root, "tester") as station, feeder.session(limits) as scanner:
        first = stations.scan_into(station, scanner, 1).result
        assert first.fault is not None, "the scan ended without a fault"
        assert (first.fault.kind, first.pages, first.paper_ended) == (kind, [], False), first.fault
        assert feeder.fed == 0
        feeder.say(**dict.fromkeys(lines))
        _go_on(feeder, station, scanner, 0)
    assert_clean(feeder, root)
    assert greys_of(root) == list(SHEETS)
    return first.fault


def _go_on(feeder: ScriptableScanner, station: Station, scanner: Scanner, good: int) -> None:
    """Do what the message says: the sheets after the last good page are laid in again."""
    feeder.load(*map(str, SHEETS[good:]))
    rest = stations.scan_into(station, scanner, good + 1).result
    assert rest.fault is None, rest.fault
    assert (len(rest.pages), rest.paper_ended) == (len(SHEETS) - good, True)


def survive_over_escl(folder: Path, monkeypatch: pytest.MonkeyPatch, trouble: Simulated, kind: FaultKind) -> None:
    """The same over sane-airscan: the third of five sheets is in trouble; the rest comes when that is over."""
    sheets = rigs.draw_sheets(folder / "sheets", 5)
    with SimulatedScanner(sheets, faults=[Fault(2, trouble)]) as simulator:
        monkeypatch.setenv("SANE_CONFIG_DIR", str(simulator.sane_config_dir))
        with rigs.open_simulated(simulator) as scanner:
            scanner.configure(ScanSettings(Source.ADF))
            images, fault = rigs.feed_into_fault(scanner, folder / "spool")
            assert (len(images), fault.kind) == (2, kind)
            simulator.set_faults()
            simulator.refill(2)
            rest = rigs.feed_once(scanner, folder / "spool")
        assert rest[-1] == EndOfPaper(3)
        rigs.assert_whole(images + rigs.images_of(rest), rigs.SIM_SIZE, 300)
    assert sorted((folder / "spool").iterdir()) == sorted(one.path for one in images + rigs.images_of(rest))


def assert_clean(feeder: ScriptableScanner, root: Root) -> None:
    """No half-written file, nothing forgotten in the spool, no process that holds the scanner."""
    assert stations.leftovers(root) == []
    assert [path for path in root.spool.rglob("*") if path.is_file()] == []
    assert rigs.own_workers() == set()
    assert not feeder.is_held


def greys_of(root: Root) -> list[int]:
    """The sheets in the book, by their greys; each master is whole and what its row says."""
    return [rigs.grey_of(root.path / page.file) for page in stations.kept_pages(root)]


def told(
    feeder: ScriptableScanner,
    folder: Path,
    trouble: str,
    kind: FaultKind,
    *,
    behind: bool = True,
    mend: Callable[[], object] | None = None,
) -> Ran:
    """Scan the stack by the real command and read what the operator reads, in both languages; then go on as told."""
    feeder.load(*stack_with(trouble, behind=behind))
    root = stations.make(folder / "told")
    ran = _command(feeder, root, 1)
    assert_told(ran, kind, 2)
    (mend or feeder.clear)()
    feeder.load(*map(str, SHEETS[2:]))
    again = _command(feeder, root, 3)
    assert (again.code, again.data["pages"]) == (0, 2), again.err
    assert greys_of(root) == list(SHEETS)
    assert_clean(feeder, root)
    return ran


def told_before_page_one(
    feeder: ScriptableScanner, folder: Path, kind: FaultKind, *, mend: Callable[[], object] | None = None
) -> Ran:
    """The same for a device that refuses before page 1, as its script says already."""
    root = stations.make(folder / "told")
    ran = _command(feeder, root, 1)
    assert_told(ran, kind, None)
    feeder.say(sources=None)
    (mend or feeder.clear)()
    feeder.load(*map(str, SHEETS))
    again = _command(feeder, root, 1)
    assert (again.code, again.data["pages"]) == (0, len(SHEETS)), again.err
    assert greys_of(root) == list(SHEETS)
    assert_clean(feeder, root)
    return ran


def _command(feeder: ScriptableScanner, root: Root, number: int) -> Ran:
    words = ["--source", "adf", "--number", str(number)]
    return stations.run_scan(root, feeder.id, *words, STATION_LANGUAGE="both", **feeder.environment)


def assert_told(ran: Ran, kind: FaultKind, last: int | None) -> None:
    """The exit code, the fault in the data, and on stderr what happened, what to do, and the last good page."""
    assert (ran.code, ran.data["fault"], ran.data["last_page"]) == (5, kind, last), ran.err
    for place in (0, 1):
        assert SENTENCES[f"fault.{kind}"][place] in ran.err
        shown = SENTENCES["scan.none"][place] if last is None else last
        assert SENTENCES["scan.kept"][place].format(kept=last or 0, last=shown) in ran.err
    if last is not None:
        assert f"--number {last + 1:02}" in ran.err
