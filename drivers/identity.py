"""Which device is which, however often it is plugged in: vendor, model and serial number, or the configured address.

SANE names a USB scanner `genesys:libusb:001:004`, after a number that the kernel gives out anew at every replug. The
station knows it by a stable address instead and looks the present name up when it opens the device:

    genesys:usb:04a9:190f:K7X21          vendor, model, serial number
    genesys:usb:04a9:190f@1-2.3          no serial number: the port that it is plugged into
    genesys:usb:04a9:190f:0001@1-2.3     a serial number that several devices here share, as cheap ones do
    genesys:usb:04a9:190f                for people: whichever one of this model is here, if it is the only one

Two equal scanners without serial numbers that swap their ports swap their identities too: nothing in them differs.
Names that hold no such number (`fujitsu:fi-8170:123`, `pixma:04A91748_31909F`, `net:host:...`) stay as they are. In
`airscan:e0:Name` the number counts the network scanners in the order in which they were found; see `renumbered`.

`devices_of` and `open_device` are how a worker process uses this; all but them and `usb_devices` is pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from drivers.faults import DeviceFault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from drivers.backend import Backend
    from drivers.interface import DeviceInfo

SYSFS_DEVICES = Path("/sys/bus/usb/devices")

# What the kernel calls a device; interfaces (`1-2:1.0`) and root hubs (`usb1`) have other names.
_PORT = re.compile(r"\d+-\d+(\.\d+)*")
_SANE_NAME = re.compile(r"(?P<backend>[^:]+):libusb:(?P<bus>\d{3}):(?P<number>\d{3})")
_STABLE = re.compile(
    r"(?P<backend>[^:]+):usb:(?P<vendor>[0-9a-f]{4}):(?P<product>[0-9a-f]{4})(:(?P<serial>[^@:]+))?(@(?P<port>[\d.-]+))?"
)
_AIRSCAN = re.compile(r"airscan:(?P<protocol>[ew])[0-9a-f]+:(?P<name>.+)")


@dataclass(frozen=True)
class UsbDevice:
    """A device on the bus as the kernel shows it now. `vendor` and `product` are four hexadecimal digits."""

    bus: int
    number: int
    vendor: str
    product: str
    serial: str
    port: str

    @property
    def model(self) -> tuple[str, str]:
        return self.vendor, self.product


def usb_devices(folder: Path = SYSFS_DEVICES) -> list[UsbDevice]:
    """What is plugged in now, by port; nothing where there is no USB. One that goes while it is read is left out."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except FileNotFoundError:
        return []
    found = [_read_device(folder / name) for name in names if _PORT.fullmatch(name)]
    return [device for device in found if device]


def _read_device(folder: Path) -> UsbDevice | None:
    try:
        bus, number = int(_attribute(folder, "busnum")), int(_attribute(folder, "devnum"))
        vendor, product = _attribute(folder, "idVendor").lower(), _attribute(folder, "idProduct").lower()
    except (OSError, ValueError):
        return None
    try:
        serial = _attribute(folder, "serial")
    except OSError:  # the kernel shows the attribute only where a device has one
        serial = ""
    return UsbDevice(bus, number, vendor, product, serial, folder.name)


def _attribute(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8", errors="replace").strip()


def stable_address(name: str, here: Sequence[UsbDevice]) -> str:
    """The address that stays the same for the device that SANE calls so now."""
    device = usb_device_of(name, here)
    found = _SANE_NAME.fullmatch(name)
    if device is None or found is None:
        return name
    serial = f":{quote(device.serial, safe='')}" if device.serial else ""
    twins = [other for other in here if (other.model, other.serial) == (device.model, device.serial)]
    port = "" if device.serial and len(twins) == 1 else f"@{device.port}"
    return f"{found['backend']}:usb:{device.vendor}:{device.product}{serial}{port}"


def usb_device_of(name: str, here: Iterable[UsbDevice]) -> UsbDevice | None:
    """The USB device behind a name of SANE's, where the name tells."""
    found = _SANE_NAME.fullmatch(name)
    if found is None:
        return None
    place = int(found["bus"]), int(found["number"])
    return next((device for device in here if (device.bus, device.number) == place), None)


def sane_name(address: str, here: Sequence[UsbDevice]) -> str:
    """What SANE calls the device of a stable address now; any other address comes back as it is.

    Raises `DeviceFault(OFFLINE)` when it is not plugged in, or when the address fits several devices.
    """
    found = _STABLE.fullmatch(address)
    if found is None:
        return address
    fits = _fitting(found, here)
    if len(fits) != 1:
        raise DeviceFault(FaultKind.OFFLINE, _why_none(address, fits))
    return f"{found['backend']}:libusb:{fits[0].bus:03}:{fits[0].number:03}"


def _why_none(address: str, fits: Sequence[UsbDevice]) -> str:
    if not fits:
        return f"{address} is not plugged in"
    return f"{address} fits the devices at the ports {', '.join(device.port for device in fits)}"


def plugged_in(address: str, here: Sequence[UsbDevice]) -> bool | None:
    """Whether the device of an address is on the bus now; None where the address does not tell."""
    found = _STABLE.fullmatch(address)
    return None if found is None else bool(_fitting(found, here))


def _fitting(address: re.Match[str], here: Iterable[UsbDevice]) -> list[UsbDevice]:
    model = address["vendor"], address["product"]
    serial, port = unquote(address["serial"] or ""), address["port"]
    return [
        device
        for device in here
        if device.model == model and serial in {"", device.serial} and port in {None, device.port}
    ]


def identified(found: Iterable[DeviceInfo], here: Sequence[UsbDevice]) -> list[DeviceInfo]:
    """What a driver found, under addresses that stay, with serial number and port where SANE's name tells them."""
    return [_identified(info, here) for info in found]


def _identified(info: DeviceInfo, here: Sequence[UsbDevice]) -> DeviceInfo:
    device = usb_device_of(info.address, here)
    if device is None:
        return info
    stable = f"{info.driver}:{stable_address(info.address, here)}"
    return replace(info, id=stable, serial=device.serial, port=device.port)


def renumbered(address: str, names: Iterable[str]) -> str | None:
    """The present name of a network scanner whose number in `airscan:e0:Name` has changed, among these names.

    sane-airscan refuses a number that is not the present one ("Invalid argument"). None for every other address, and
    where no scanner or more than one has that name.
    """
    if not _AIRSCAN.fullmatch(address):
        return None
    wanted = key_of(address)
    fits = [name for name in names if name != address and _AIRSCAN.fullmatch(name) and key_of(name) == wanted]
    return fits[0] if len(fits) == 1 else None


def key_of(address: str) -> str:
    """What two addresses (or ids) of one device have in common: all but the number that sane-airscan gives."""
    driver, address = _split_driver(address)
    found = _AIRSCAN.fullmatch(address)
    return driver + (f"airscan:{found['protocol']}:{found['name']}" if found else address)


def _split_driver(text: str) -> tuple[str, str]:
    before, middle, after = text.partition("airscan:")
    return (before, middle + after) if middle else ("", text)


def devices_of(backend: Backend) -> list[DeviceInfo]:
    """What a driver finds now, under addresses that stay."""
    return identified(backend.devices(), usb_devices())


def open_device(backend: Backend, address: str) -> None:
    """Open the device of a stable address under its present name. Raises `DeviceFault`.

    Nothing is searched for, but a network scanner that its number did not open.
    """
    name = sane_name(address, usb_devices())
    try:
        backend.open(name)
    except DeviceFault:
        present = renumbered(name, [info.address for info in backend.devices()]) if _AIRSCAN.fullmatch(name) else None
        if present is None:
            raise
        backend.open(present)
