"""The udev rules as udev reads them: they mark the scanners that SANE's own list for udev lacks, and no others."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.drivers.usb_bus import PRELOAD, UsbBus

RULES = Path(__file__).parents[2] / "systemd" / "rules.d"
(FILE,) = RULES.glob("*.rules")
SANE_CONFIGURATION = Path("/etc/sane.d")
RULES_FOLDER = Path("/etc/udev/rules.d")
MARK = "libsane_matched=yes"
OTHERS = ["07b3:1301", "04c5:4812", "046d:c31c"]


def models() -> list[str]:
    """Vendor and product of each device that the rules name."""
    found = re.findall(r'idVendor}=="(\w+)", ATTR{idProduct}=="([\w|]+)"', FILE.read_text(encoding="utf-8"))
    return [f"{vendor}:{product}" for vendor, products in found for product in products.split("|")]


def could_bind() -> bool:
    """Whether a folder can be put over udev's in a namespace of its own."""
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("udevadm") or not RULES_FOLDER.is_dir():
        return False
    bind = f"mount --bind '{RULES}' '{RULES_FOLDER}'"
    tried = subprocess.run(["unshare", "-m", "sh", "-c", bind], capture_output=True, timeout=30, check=False)
    return tried.returncode == 0


def properties(bus: UsbBus, port: str, *, ours: bool) -> set[str]:
    """What udev says of a device, by the machine's rules and, if asked, ours."""
    bind = f"mount --bind '{RULES}' '{RULES_FOLDER}' && " if ours else ""
    preload = f"LD_PRELOAD={PRELOAD} UMOCKDEV_DIR='{bus.environment['UMOCKDEV_DIR']}'"
    command = f"{bind}{preload} udevadm test /sys/devices/{port}"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", command], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    if ours:
        assert FILE.name in done.stderr, "udev did not read the file"
        wrong = [line for line in done.stderr.splitlines() if f"{FILE.name}:" in line]
        assert [line for line in wrong if "Invalid" in line or "unknown" in line.lower()] == []
    return set(done.stdout.splitlines())


needs_bind = pytest.mark.skipif(not could_bind(), reason="needs root, udevadm and a mount namespace")


@needs_bind
def test_the_scanners_of_the_rules_are_marked_and_no_others() -> None:
    ports = {model: f"1-{number}" for number, model in enumerate([*models(), *OTHERS], 1)}
    with UsbBus() as bus:
        for number, (model, port) in enumerate(ports.items(), 2):
            bus.plug(port, number, model, matched=False)
        marked = {model for model, port in ports.items() if MARK in properties(bus, port, ours=True)}
        assert MARK not in properties(bus, ports[models()[0]], ours=False), "SANE's list has it: the rule can go"
    assert marked == set(models())


@pytest.mark.skipif(not SANE_CONFIGURATION.is_dir(), reason="SANE is not installed")
@pytest.mark.parametrize("model", models())
def test_sane_drives_what_the_rules_name(model: str) -> None:
    vendor, product = model.split(":")
    usb = re.compile(rf"^\s*usb\s+0x{vendor}\s+0x{product}\b", flags=re.IGNORECASE | re.MULTILINE)
    files = SANE_CONFIGURATION.glob("*.conf")
    assert any(usb.search(file.read_text(encoding="utf-8", errors="replace")) for file in files)


def test_the_rules_come_before_those_of_libsane() -> None:
    assert FILE.name < "60-libsane1.rules"
