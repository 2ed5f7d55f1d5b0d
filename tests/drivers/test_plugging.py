"""Scanners that come and go: what two looks differ in, and the watch over a real SANE with and without udev."""

from __future__ import annotations

import dataclasses
import json
import os
import queue
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.faults import DeviceFault, FaultKind
from drivers.identity import UsbDevice, identified
from drivers.interface import DeviceInfo
from drivers.plugging import Pace, PlugWatcher, View, compare
from tests.drivers.rigs import LIMITS, own_workers, wait_until, within
from tests.drivers.scriptable import ScriptableScanner
from tests.drivers.usb_bus import UsbBus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

QUICK = Pace(settle=0.1, again=0.3, rescan=0.3)
SECONDS = 20.0

FLATBED = UsbDevice(1, 4, "04a9", "190f", "K7X21", "1-2")
BOOK_SCANNER = UsbDevice(1, 6, "07b3", "1300", "", "1-4")
NETWORK = DeviceInfo("sane:airscan:e0:Tầng 2", "sane")
DOCUMENTS = DeviceInfo("sane:fujitsu:fi-8170:123", "sane")


def view(*devices: UsbDevice | DeviceInfo) -> View:
    """A look that shows these scanners, those on USB under their stable addresses."""
    bus = tuple(device for device in devices if isinstance(device, UsbDevice))
    return View(tuple(map(info_of, devices)), bus)


def info_of(device: UsbDevice | DeviceInfo) -> DeviceInfo:
    if isinstance(device, DeviceInfo):
        return device
    found = DeviceInfo(f"sane:genesys:libusb:{device.bus:03}:{device.number:03}", "sane")
    return identified([found], [device])[0]


def test_what_was_not_there_came_and_what_is_not_there_went() -> None:
    change = compare(view(FLATBED, DOCUMENTS), view(BOOK_SCANNER, DOCUMENTS))
    assert [info.id for info in change.came] == ["sane:genesys:usb:07b3:1300@1-4"]
    assert [info.id for info in change.went] == ["sane:genesys:usb:04a9:190f:K7X21"]
    assert change.view == view(BOOK_SCANNER, DOCUMENTS)


def test_a_scanner_in_use_is_in_no_list_and_has_not_gone() -> None:
    before = view(FLATBED, DOCUMENTS)
    unlisted = View((), (FLATBED,))
    change = compare(before, unlisted, held={DOCUMENTS.id})
    assert (change.went, change.came) == ((), ())
    assert set(change.view.devices) == set(before.devices)
    assert compare(before, unlisted).went == (DOCUMENTS,), "nobody uses it, and the bus cannot tell"


def test_a_scanner_in_use_that_is_pulled_out_went() -> None:
    before = view(FLATBED)
    (info,) = before.devices
    assert compare(before, View((), (BOOK_SCANNER,)), held={info.id}).went == (info,)


def test_a_quick_replug_is_told_because_the_connection_broke() -> None:
    change = compare(view(FLATBED), view(dataclasses.replace(FLATBED, number=9, port="1-1")))
    assert [info.port for info in change.went] == ["1-2"]
    assert [info.port for info in change.came] == ["1-1"]


def test_a_network_scanner_with_another_number_is_the_same() -> None:
    change = compare(view(NETWORK), view(dataclasses.replace(NETWORK, id="sane:airscan:e1:Tầng 2")))
    assert (change.went, change.came) == ((), ())
    assert change.view.devices[0].id == "sane:airscan:e1:Tầng 2"


scanners = st.sampled_from(
    [FLATBED, dataclasses.replace(FLATBED, number=5, port="1-3", serial="K7X22"), BOOK_SCANNER, NETWORK, DOCUMENTS]
)


@given(st.lists(st.sets(scanners), min_size=1, max_size=6))
def test_told_one_after_the_other_the_changes_are_what_is_here(looks: list[set[UsbDevice | DeviceInfo]]) -> None:
    before, told = View(), set[str]()
    for look in looks:
        change = compare(before, view(*sorted(look, key=str)))
        gone, come = {info.id for info in change.went}, {info.id for info in change.came}
        assert gone <= told
        told -= gone
        assert not come & told
        told |= come
        before = change.view
        assert told == {info.id for info in before.devices} == {info_of(one).id for one in look}


@dataclasses.dataclass
class Told:
    """What a watcher told, in order."""

    news: queue.SimpleQueue[tuple[str, DeviceInfo]] = dataclasses.field(default_factory=queue.SimpleQueue)

    def came(self, info: DeviceInfo) -> None:
        self.news.put(("came", info))

    def went(self, info: DeviceInfo) -> None:
        self.news.put(("went", info))

    def next(self) -> tuple[str, str]:
        event, info = self.news.get(timeout=SECONDS)
        return event, info.id


def test_without_udev_it_looks_around_by_itself(feeder: ScriptableScanner) -> None:
    told = Told()
    with PlugWatcher(told.came, told.went, pace=QUICK, limits=LIMITS) as watcher:
        assert told.next() == ("came", feeder.id)
        assert [info.id for info in watcher.devices] == [feeder.id]
        feeder.unplug()
        assert told.next() == ("went", feeder.id)
        assert watcher.devices == ()
        feeder.plug()
        assert told.next() == ("came", feeder.id)
    assert own_workers() == set()


def test_what_is_held_does_not_go(feeder: ScriptableScanner) -> None:
    told = Told()
    held = {feeder.id}
    with PlugWatcher(told.came, told.went, pace=QUICK, limits=LIMITS, held=lambda: held):
        assert told.next() == ("came", feeder.id)
        feeder.unplug()
        with pytest.raises(queue.Empty):
            told.news.get(timeout=2.0)
        held.clear()
        assert told.next() == ("went", feeder.id)


def test_a_search_that_hangs_blocks_nobody_and_is_tried_again(feeder: ScriptableScanner) -> None:
    told = Told()
    faults: queue.SimpleQueue[DeviceFault] = queue.SimpleQueue()
    feeder.say(calls="devices=hang")
    limits = dataclasses.replace(LIMITS, hello=1.0, discovery=1.0)
    with within(1.0):
        watcher = PlugWatcher(told.came, told.went, pace=QUICK, limits=limits, on_fault=faults.put)
        watcher.start()
    try:
        assert faults.get(timeout=SECONDS).kind is FaultKind.STALLED
        feeder.clear()
        assert told.next() == ("came", feeder.id)
    finally:
        watcher.close()


def test_closing_ends_a_search_that_hangs(feeder: ScriptableScanner) -> None:
    feeder.say(calls="devices=hang")
    told = Told()
    threads = threading.active_count()
    watcher = PlugWatcher(told.came, told.went)
    watcher.start()
    assert wait_until(own_workers)
    with within(5.0):
        watcher.close()
    watcher.close()
    assert own_workers() == set()
    assert wait_until(lambda: threading.active_count() == threads)
    assert told.news.empty()


def test_a_watch_that_never_began_can_be_closed() -> None:
    PlugWatcher(print, print).close()


@dataclasses.dataclass
class Watch:
    """A watch of its own process that sees a mocked bus; as JSON lines it prints what is told."""

    bus: UsbBus
    process: subprocess.Popen[str]
    lines: queue.SimpleQueue[str] = dataclasses.field(default_factory=queue.SimpleQueue)

    def next(self) -> tuple[str, str]:
        event, device_id = json.loads(self.lines.get(timeout=SECONDS))
        return event, device_id

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)


_WATCH = """
import json, sys, threading
from drivers.plugging import Pace, PlugWatcher
def tell(event):
    return lambda info: print(json.dumps([event, info.id]), flush=True)
with PlugWatcher(tell("came"), tell("went"), pace=Pace(settle=0.3, again=1.0, rescan=3600)):
    print(json.dumps(["watching", ""]), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def watch_bus() -> Iterator[Callable[[ScriptableScanner], Watch]]:
    """Start a watch that never looks around without an event."""
    with _ending() as running, UsbBus() as bus:

        def start(scanner: ScriptableScanner) -> Watch:
            process = subprocess.Popen(
                [sys.executable, "-c", _WATCH],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ | scanner.environment | bus.environment,
            )
            running.append(process)
            watch = Watch(bus, process)
            threading.Thread(target=watch.read, daemon=True).start()
            assert watch.next() == ("watching", "")
            return watch

        yield start


@contextmanager
def _ending() -> Iterator[list[subprocess.Popen[str]]]:
    running: list[subprocess.Popen[str]] = []
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.communicate(timeout=SECONDS)


def away(folder: Path, library: Path, name: str) -> ScriptableScanner:
    """A scanner that is not plugged in."""
    scanner = ScriptableScanner(folder, library, name)
    scanner.unplug()
    return scanner


def test_udev_brings_a_scanner_and_takes_it_whatever_number_it_gets(
    watch_bus: Callable[[ScriptableScanner], Watch], tmp_path: Path, scriptable_library: Path
) -> None:
    scanner = away(tmp_path / "sane", scriptable_library, "libusb:001:004")
    watch = watch_bus(scanner)
    known = "sane:scriptable:usb:04a9:190f:K7X21"
    for number in (4, 9):
        scanner.plug_as(watch.bus.plug("1-2", number, serial="K7X21"))
        assert watch.next() == ("came", known)
        scanner.unplug()
        watch.bus.unplug("1-2")
        assert watch.next() == ("went", known)


def test_two_equal_scanners_are_told_apart_by_their_ports(
    watch_bus: Callable[[ScriptableScanner], Watch], tmp_path: Path, scriptable_library: Path
) -> None:
    left = away(tmp_path / "sane", scriptable_library, "libusb:001:004")
    right = away(tmp_path / "sane", scriptable_library, "libusb:001:005")
    watch = watch_bus(left)
    left.plug_as(watch.bus.plug("1-1", 4))
    assert watch.next() == ("came", "sane:scriptable:usb:04a9:190f@1-1")
    right.plug_as(watch.bus.plug("1-2", 5))
    assert watch.next() == ("came", "sane:scriptable:usb:04a9:190f@1-2")
    left.unplug()
    watch.bus.unplug("1-1")
    assert watch.next() == ("went", "sane:scriptable:usb:04a9:190f@1-1")


def test_a_scanner_that_takes_its_time_is_found_by_the_second_look(
    watch_bus: Callable[[ScriptableScanner], Watch], tmp_path: Path, scriptable_library: Path
) -> None:
    scanner = away(tmp_path / "sane", scriptable_library, "libusb:001:004")
    watch = watch_bus(scanner)
    name = watch.bus.plug("1-2", 4, serial="S1")
    threading.Timer(0.9, lambda: scanner.plug_as(name)).start()
    assert watch.next() == ("came", "sane:scriptable:usb:04a9:190f:S1")


def test_a_model_that_udev_does_not_know_is_followed_once_it_was_found(
    watch_bus: Callable[[ScriptableScanner], Watch], tmp_path: Path, scriptable_library: Path
) -> None:
    scanner = away(tmp_path / "sane", scriptable_library, "libusb:001:004")
    watch = watch_bus(scanner)
    known = "sane:scriptable:usb:1234:5678:S1"
    scanner.plug_as(watch.bus.plug("1-2", 4, "1234:5678", "S1", matched=False))
    watch.bus.plug("1-3", 5)  # something else that udev does take for a scanner causes the look that finds it
    assert watch.next() == ("came", known)
    scanner.unplug()
    watch.bus.unplug("1-2")
    assert watch.next() == ("went", known)
