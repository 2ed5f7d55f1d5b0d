"""Which sources of images are here, and which one a person means."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from drivers.faults import DeviceFault
from drivers.hot_folder import HotFolder
from drivers.interface import Capabilities, DeviceInfo
from drivers.remote import WorkerScanner, list_scanners
from station.errors import UsageError

if TYPE_CHECKING:
    from station.root import Root

_DRIVERS_BY_ADDRESS = ("sane", "scripted", "folder")


@dataclass(frozen=True)
class DeviceReport:
    """A device, what it can do, and what stood in the way of asking."""

    info: DeviceInfo
    capabilities: Capabilities | None = None
    fault: DeviceFault | None = None

    def as_json(self) -> dict[str, Any]:
        plain = asdict(self.info) | {"state": self.fault.kind if self.fault else "ready"}
        if self.capabilities:
            plain |= asdict(self.capabilities)
        return plain


def examine_devices(root: Root | None) -> list[DeviceReport]:
    """Every scanner that SANE finds now and every hot folder of the root, each opened once to ask what it can do."""
    reports = [_examine(info) for info in _scanners()]
    if root and root.inbox.is_dir():
        folders = sorted(path for path in root.inbox.glob("*/*") if path.is_dir())
        reports += [DeviceReport(hot.info, hot.capabilities()) for hot in map(HotFolder.at, folders)]
    return reports


def _scanners() -> list[DeviceInfo]:
    try:
        return list_scanners()
    except DeviceFault as fault:
        raise UsageError("discovery-failed", kind=fault.kind, detail=fault.detail) from fault


def _examine(info: DeviceInfo) -> DeviceReport:
    try:
        with WorkerScanner(info) as scanner:
            return DeviceReport(info, scanner.capabilities())
    except DeviceFault as fault:
        return DeviceReport(info, fault=fault)


def find_device(text: str | None) -> DeviceInfo:
    """The device that an id, or any part of it that fits one device, means; without a text the only one here.

    An id with its driver (`sane:test:0`, `scripted:/path/script.toml`) is opened without looking around first.
    Raises `UsageError`.
    """
    if text and text.partition(":")[0] in _DRIVERS_BY_ADDRESS and ":" in text:
        return DeviceInfo(text, text.partition(":")[0])
    found = _scanners()
    exact = [info for info in found if text in {info.id, info.address}]
    fits = exact or [info for info in found if not text or text.lower() in info.id.lower()]
    if len(fits) == 1:
        return fits[0]
    if not found and not text:
        raise UsageError("no-device-here")
    known = ", ".join(info.id for info in found) or "-"
    raise UsageError("ambiguous-device" if fits else "no-such-device", device=text or "-", known=known)


def open_scanner(info: DeviceInfo) -> WorkerScanner | HotFolder:
    """A scanner in its own worker process, or a folder in this one."""
    if info.driver == "folder":
        return HotFolder(info)
    return WorkerScanner(info)
