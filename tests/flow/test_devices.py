"""`station devices` as a technician uses it: the list, one device in full, profiles tried, what comes and goes."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
from typing import IO, TYPE_CHECKING, Any

import pytest

from drivers.simulator.process import SimulatedScanner
from tests.drivers.rigs import draw_sheets
from tests.drivers.scriptable import ScriptableScanner
from tests.drivers.usb_bus import UsbBus
from tests.support import BOOK, Ran, command, environment, make_station, run_station, scripted, succeed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECONDS = 30.0
PROFILES = """
[profiles.paper]
device = "feeder"
source = "adf"
width_mm = 8
height_mm = 12
[profiles.paper.options]
swskip = 5      # what the test wants to see taken

[profiles.impossible]
width_mm = 300
[profiles.impossible.options]
lamp-off-time = 15
swskip = 1000
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_station(tmp_path / "root", settings=PROFILES)


@pytest.fixture
def bus() -> Iterator[UsbBus]:
    with UsbBus() as made:
        yield made


def usb_scanner(feeder: ScriptableScanner, bus: UsbBus, port: str, number: int, serial: str = "") -> ScriptableScanner:
    """A scanner of the scriptable backend as one that is plugged into this port."""
    name = bus.plug(port, number, serial=serial)
    return ScriptableScanner(feeder.folder, feeder.library, name)


def seen(bus: UsbBus, root: Path, *words: str) -> Ran:
    """A command that sees the mocked bus."""
    return run_station(root, "--json", *words, **bus.environment, SANE_CONFIG_DIR=os.environ["SANE_CONFIG_DIR"])


def by_id(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {device["id"]: device for device in found if device["driver"] != "folder"}


def test_the_list_says_what_each_can_do_and_which_are_missing(root: Path, feeder: ScriptableScanner) -> None:
    stuck = ScriptableScanner(feeder.folder, feeder.library, "stuck")
    stuck.say(calls="open=DEVICE_BUSY")
    devices = by_id(succeed(root, "devices"))
    one = devices[feeder.id]
    assert (one["state"], one["vendor"], one["serial"], one["port"]) == ("ready", "Acme", "", "")
    assert one["sources"] == ["flatbed", "adf", "adf-duplex"]
    assert "page-loaded" in one["sensors"]
    assert one["buttons"] == ["scan"]
    assert "df-action" in one["double_feed"]
    assert 16 in one["depths"]
    assert "options" not in one
    assert devices["sane:scriptable:stuck"]["state"] == "busy"
    feeder.unplug()
    assert by_id(succeed(root, "devices", "list"))[feeder.id]["state"] == "offline"
    succeed(root, "devices", "forget", "feeder")
    assert set(by_id(succeed(root, "devices"))) == {"sane:scriptable:stuck"}


def test_before_there_is_a_station_scanners_can_be_looked_at(tmp_path: Path, feeder: ScriptableScanner) -> None:
    (device,) = succeed(tmp_path / "nowhere", "devices")
    assert device["id"] == feeder.id
    assert not (tmp_path / "nowhere").exists()


def test_a_scanner_is_shown_in_full(root: Path, feeder: ScriptableScanner) -> None:
    feeder.load("10", "20")
    shown = succeed(root, "devices", "show", "feeder")
    options = {option["name"]: option for option in shown["options"]}
    assert options["resolution"]["unit"] == "dpi"
    assert "ADF Duplex" in options["source"]["choices"]
    assert options["page-loaded"]["settable"] is False
    assert shown["sensor_values"]["page-loaded"] is True
    assert (shown["profile"], shown["applied"]["source"], shown["applied"]["double_feed"]) == ("paper", "adf", True)
    assert feeder.fed == 0


def test_what_the_device_clamps_is_told(root: Path, feeder: ScriptableScanner) -> None:
    feeder.say(clamp="resolution=200")
    ran = run_station(root, "--json", "devices", "show", "feeder", **feeder.environment)
    assert ran.code == 2
    assert {"option": "dpi", "asked": "300", "got": "200"} in ran.data["findings"]
    assert "dpi=300 (it says: 200)" in ran.err


def test_a_profile_is_tried_and_each_broken_promise_told(root: Path, feeder: ScriptableScanner) -> None:
    kept = succeed(root, "devices", "test", "feeder")
    assert (kept["state"], kept["profile"], kept["findings"]) == ("ready", "paper", [])
    assert kept["applied"]["width_mm"] == pytest.approx(8, abs=0.2)
    ran = run_station(root, "--json", "devices", "test", "feeder", "--profile", "impossible", **feeder.environment)
    assert (ran.code, ran.data["state"]) == (2, "refused")
    assert {one["option"] for one in ran.data["findings"]} >= {"width_mm", "lamp-off-time", "swskip"}
    assert "lamp-off-time=15" in ran.err
    assert feeder.fed == 0


def test_a_source_that_the_device_lacks_breaks_the_profile_and_a_fault_does_not(
    root: Path, feeder: ScriptableScanner
) -> None:
    feeder.say(sources="Flatbed")
    ran = run_station(root, "--json", "devices", "test", "feeder", **feeder.environment)
    assert (ran.code, ran.data["state"]) == (2, "refused")
    feeder.say(calls="open=ACCESS_DENIED")
    ran = run_station(root, "--json", "devices", "test", "feeder", **feeder.environment)
    assert (ran.code, ran.data["state"]) == (5, "access-denied")
    assert "permission" in ran.err


def test_a_script_can_be_tried_too(root: Path, tmp_path: Path) -> None:
    device = scripted(tmp_path, ["grey = 10"])
    ran = run_station(root, "--json", "devices", "test", device)
    assert (ran.code, [one["option"] for one in ran.data["findings"]]) == (2, ["dpi"])


def test_an_id_outlives_the_number_that_the_kernel_gives(root: Path, feeder: ScriptableScanner, bus: UsbBus) -> None:
    feeder.unplug()
    scanner = usb_scanner(feeder, bus, "1-2", 4, "K7X21")
    known = "sane:scriptable:usb:04a9:190f:K7X21"
    (device,) = by_id(seen(bus, root, "devices").data).values()
    assert (device["id"], device["serial"], device["port"], device["state"]) == (known, "K7X21", "1-2", "ready")
    scanner.unplug()
    bus.unplug("1-2")
    (device,) = by_id(seen(bus, root, "devices").data).values()
    assert (device["id"], device["state"]) == (known, "offline")
    ran = seen(bus, root, "scan", BOOK, "--device", known)
    assert (ran.code, ran.data["fault"]) == (5, "offline")
    scanner.plug_as(bus.plug("1-4", 11, serial="K7X21"))
    scanner.load("10")
    ran = seen(bus, root, "scan", BOOK, "--device", known, "--source", "adf", "--pages", "1")
    assert ran.code == 0, ran.err
    (page,) = succeed(root, "pages", BOOK)
    assert page["device"] == known


def test_two_equal_scanners_are_two(root: Path, feeder: ScriptableScanner, bus: UsbBus) -> None:
    feeder.unplug()
    left, right = (usb_scanner(feeder, bus, port, number) for port, number in (("1-1", 4), ("1-2", 5)))
    devices = by_id(seen(bus, root, "devices").data)
    assert set(devices) == {"sane:scriptable:usb:04a9:190f@1-1", "sane:scriptable:usb:04a9:190f@1-2"}
    left.load("10")
    right.load("20")
    ran = seen(bus, root, "scan", BOOK, "--device", "@1-2", "--source", "adf", "--pages", "1")
    assert ran.code == 0, ran.err
    assert (left.fed, right.fed) == (0, 1)
    ran = seen(bus, root, "scan", BOOK, "--device", "04a9:190f", "--source", "adf")
    assert (ran.code, "@1-1" in ran.err) == (2, True)


def test_a_network_scanner_is_opened_whatever_number_it_has(root: Path, tmp_path: Path) -> None:
    with SimulatedScanner(draw_sheets(tmp_path / "sheets", 2)) as simulator:
        device = simulator.device_name.replace(":e0:", ":e5:")
        ran = run_station(root, "--json", "devices", "test", f"sane:{device}", **simulator.environment)
        assert (ran.code, ran.data["state"]) == (0, "ready"), ran.err
        ran = run_station(root, "--json", "devices", "test", f"sane:{device} 2", **simulator.environment)
        assert (ran.code, ran.data["state"]) == (5, "offline")


def _pass_on(source: IO[str], lines: queue.SimpleQueue[str]) -> None:
    for line in source:
        lines.put(line)


def test_what_comes_and_goes_is_told_until_ctrl_c(root: Path, feeder: ScriptableScanner, bus: UsbBus) -> None:
    feeder.unplug()
    process = subprocess.Popen(
        command(root, "--json", "devices", "watch"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**bus.environment, SANE_CONFIG_DIR=os.environ["SANE_CONFIG_DIR"]),
    )
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    assert process.stdout is not None
    assert process.stderr is not None
    reader = threading.Thread(target=_pass_on, args=(process.stdout, lines), daemon=True)
    reader.start()
    try:
        assert "Ctrl+C" in process.stderr.readline()
        scanner = usb_scanner(feeder, bus, "1-2", 4, "K7X21")
        came = json.loads(lines.get(timeout=SECONDS))
        scanner.unplug()
        bus.unplug("1-2")
        went = json.loads(lines.get(timeout=SECONDS))
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 0
    finally:
        process.kill()
        process.wait(SECONDS)
        reader.join(SECONDS)
        process.stdout.close()
        process.stderr.close()
    assert (came["event"], came["serial"]) == ("came", "K7X21")
    assert (went["event"], went["id"]) == ("went", came["id"])


def test_a_scanner_that_was_pulled_out_while_a_scan_waits_goes_on_when_it_is_back(
    root: Path, feeder: ScriptableScanner, bus: UsbBus
) -> None:
    feeder.unplug()
    scanner = usb_scanner(feeder, bus, "1-2", 4, "K7X21")
    process = subprocess.Popen(
        command(
            root, "--json", "scan", BOOK, "--device", "sane:scriptable:usb:04a9:190f:K7X21",
            "--source", "flatbed", "--wait", "--pages", "2",
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**bus.environment, SANE_CONFIG_DIR=os.environ["SANE_CONFIG_DIR"]),
    )  # fmt: skip
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    assert process.stdout is not None
    assert process.stderr is not None
    reader = threading.Thread(target=_pass_on, args=(process.stderr, lines), daemon=True)
    reader.start()
    told: list[str] = []

    def hear(words: str) -> None:
        while words not in (line := lines.get(timeout=SECONDS)):
            told.append(line)

    try:
        scanner.lay("10", "20")
        hear("Waiting for the scanner")
        press_until(scanner, lambda: hear("page 1 kept"))
        scanner.unplug()
        bus.unplug("1-2")
        hear("The scanner is offline")
        scanner.plug_as(bus.plug("1-4", 11, serial="K7X21"))
        press_until(scanner, lambda: hear("page 2 kept"))
        assert process.wait(SECONDS) == 0
    finally:
        process.kill()
        process.wait(SECONDS)
        reader.join(SECONDS)
        process.stdout.close()
        process.stderr.close()
    assert [page["device"] for page in succeed(root, "pages", BOOK)] == ["sane:scriptable:usb:04a9:190f:K7X21"] * 2


def press_until(scanner: ScriptableScanner, heard: Callable[[], object]) -> None:
    """Press the button now and then, as a person does who sees that nothing happens."""
    over = threading.Event()

    def press() -> None:
        while not over.wait(1.0):
            scanner.press_button()

    presser = threading.Thread(target=press, daemon=True)
    presser.start()
    try:
        heard()
    finally:
        over.set()
        presser.join(SECONDS)
