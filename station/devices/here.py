"""Which sources of images are here, which one a person means, and what each can do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from drivers.discovery import list_scanners
from drivers.faults import DeviceFault, FaultKind
from drivers.hot_folder import HotFolder
from drivers.identity import key_of, stable_address, usb_devices
from drivers.interface import SANE_DRIVERS, DeviceInfo
from drivers.remote import WorkerScanner
from drivers.session import DeviceSession
from drivers.states import Limits, State
from station.capture.hot_folders import find_folder, named_device
from station.devices.known import known_devices, remember
from station.errors import UsageError
from station.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from drivers.interface import Capabilities
    from drivers.states import DeviceState
    from station.root import Root

DRIVERS = (*SANE_DRIVERS, "scripted", "folder")

EXAMINE_LIMITS = Limits(hello=10, open=15, answer=10, close=3)
"""A device that is looked at in a list may take less time than one that somebody wants to scan with."""
_AT_ONCE = 8


@dataclass(frozen=True)
class DeviceReport:
    """A device, what it can do, and what stood in the way of asking."""

    info: DeviceInfo
    capabilities: Capabilities | None = None
    fault: DeviceFault | None = None

    @property
    def state(self) -> str:
        """`ready`, or the kind of the fault; `offline` is one of them."""
        return self.fault.kind if self.fault else "ready"

    def as_json(self) -> dict[str, Any]:
        plain = asdict(self.info) | {"state": self.state}
        if self.capabilities:
            plain |= asdict(self.capabilities)
            del plain["options"]  # dozens of them; `devices show` has them
        return plain


def examine_devices(root: Root | None, settings: Settings | None = None) -> list[DeviceReport]:
    """Every scanner that is found now, the known ones that are not, and every hot folder of the root.

    Each is opened to ask what it can do, in a process of its own with a limit, several at once: one that hangs or
    crashes hides no other. Raises `UsageError` when looking for scanners itself fails.
    """
    settings = settings or Settings()
    found = _scanners(settings)
    with ThreadPoolExecutor(_AT_ONCE) as at_once:
        reports = list(at_once.map(examine, found))
    if root is None:
        return reports
    remember(root, [report.info for report in reports if not report.fault])
    reports += [_missing(info) for info in _not_among(found, known_devices(root), settings.devices.driver)]
    return reports + [_examine_folder(info) for info in _hot_folders(root, settings)]


def examine(info: DeviceInfo) -> DeviceReport:
    """Open a device to ask what it can do."""
    try:
        with WorkerScanner(info, EXAMINE_LIMITS) as scanner:
            return DeviceReport(info, scanner.capabilities())
    except DeviceFault as fault:
        return DeviceReport(info, fault=fault)


def _not_among(found: Iterable[DeviceInfo], known: Iterable[DeviceInfo], driver: str) -> list[DeviceInfo]:
    """The known scanners of a driver that were not found."""
    here = {key_of(info.id) for info in found}
    return [info for info in known if info.driver == driver and key_of(info.id) not in here]


def _missing(info: DeviceInfo) -> DeviceReport:
    return DeviceReport(replace(info, port=""), fault=DeviceFault(FaultKind.OFFLINE, "not found"))


def _hot_folders(root: Root, settings: Settings) -> list[DeviceInfo]:
    inboxes = sorted(path for path in root.inbox.glob("*/*") if path.is_dir()) if root.inbox.is_dir() else []
    return [HotFolder.at(path).info for path in inboxes] + [named_device(folder) for folder in settings.folders]


def _examine_folder(info: DeviceInfo) -> DeviceReport:
    folder = HotFolder(info)
    if not folder.folder.is_dir():
        return DeviceReport(info, fault=DeviceFault(FaultKind.OFFLINE, f"{info.address} is not there"))
    return DeviceReport(info, folder.capabilities())


def _scanners(settings: Settings) -> list[DeviceInfo]:
    try:
        return list_scanners(settings.devices.driver)
    except DeviceFault as fault:
        raise UsageError("discovery-failed", kind=fault.kind, detail=fault.detail) from fault


def find_device(text: str | None, root: Root | None = None, settings: Settings | None = None) -> DeviceInfo:
    """The device that an id, or any part of it that fits one device, means; without a text the only one here.

    An id with its driver (`sane:test:0`, `scripted:/path/script.toml`) is opened without looking around first, and
    `folder:NAME` is a folder of the settings. A scanner that is known and not here is found too: whoever opens it
    hears that it is offline. Raises `UsageError`.
    """
    settings = settings or Settings()
    if text and text.partition(":")[0] in DRIVERS and ":" in text:
        return find_folder(text, settings, root) or _named(text, root)
    found = _scanners(settings)
    fits = _fitting(text, found)
    if not fits and text and root:
        fits = _fitting(text, _not_among(found, known_devices(root), settings.devices.driver))
    if len(fits) == 1:
        return fits[0]
    if not found and not text:
        raise UsageError("no-device-here")
    known = ", ".join(info.id for info in found) or "-"
    raise UsageError("ambiguous-device" if fits else "no-such-device", device=text or "-", known=known)


def find_known(text: str, root: Root) -> DeviceInfo:
    """A remembered scanner by its id or a part of it, here or not. Raises `UsageError`."""
    known = known_devices(root)
    fits = _fitting(text, known)
    if len(fits) == 1:
        return fits[0]
    names = ", ".join(info.id for info in known) or "-"
    raise UsageError("ambiguous-device" if fits else "no-such-device", device=text, known=names)


def _fitting(text: str | None, devices: list[DeviceInfo]) -> list[DeviceInfo]:
    exact = [info for info in devices if text in {info.id, info.address}]
    return exact or [info for info in devices if not text or text.lower() in info.id.lower()]


def _named(text: str, root: Root | None) -> DeviceInfo:
    """The device of a full id, under the address that stays, with vendor and model where they are remembered."""
    driver, _, address = text.partition(":")
    info = DeviceInfo(f"{driver}:{stable_address(address, usb_devices())}", driver)
    return next((known for known in known_devices(root) if known.id == info.id), info) if root else info


def open_scanner(
    info: DeviceInfo, on_change: Callable[[DeviceState], None] = lambda _: None, root: Root | None = None
) -> DeviceSession | HotFolder:
    """A scanner in its own worker process, opened at its first use, or a folder in this one.

    `on_change` is told each state of the scanner. With a root, the scanner is remembered there once it is open.
    """
    if info.driver == "folder":
        return HotFolder(info)

    def changed(state: DeviceState) -> None:
        if root and state.state is State.READY:
            remember(root, [info])
        on_change(state)

    return DeviceSession(info, on_change=changed)


@contextmanager
def attended(scanner: DeviceSession | HotFolder) -> Iterator[None]:
    """While this runs, a scanner that is unplugged is offline at once, and once it is back its next use opens it."""
    if not isinstance(scanner, DeviceSession) or scanner.info.driver not in SANE_DRIVERS:
        yield
        return
    mine = scanner.info.id

    def came(info: DeviceInfo) -> None:
        if info.id == mine:
            scanner.plugged()

    def went(info: DeviceInfo) -> None:
        if info.id == mine:
            scanner.unplugged()

    from drivers.plugging import PlugWatcher

    with PlugWatcher(came, went, driver=scanner.info.driver, held=lambda: (mine,)):
        yield
