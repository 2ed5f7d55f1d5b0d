"""Scanners that come and go while the program runs.

A thread listens to udev. One second after the last event that may concern a scanner, a short-lived process looks around
(`Discovery`), and what differs from the look before is told. Where no udev is, it looks around every minute instead.
Network scanners make no event: they are found by the look that something else caused, or by the next start.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

from drivers.discovery import Discovery
from drivers.faults import DeviceFault
from drivers.identity import UsbDevice, key_of, plugged_in, sane_name, usb_devices
from drivers.udev import UsbEvents

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from drivers.interface import DeviceInfo
    from drivers.states import Limits
    from drivers.udev import UsbEvent

log = logging.getLogger(__name__)

T = TypeVar("T")

_END_SECONDS = 5.0


@dataclass(frozen=True)
class Pace:
    """When to look around, in seconds."""

    settle: float = 1.0
    """After the last event: a device and its hub make several."""
    again: float = 10.0
    """After a look that found nothing for a device that came: some scanners start up, and `ipp-usb` for them."""
    rescan: float = 60.0
    """Where no events come, and after a look that failed."""


@dataclass(frozen=True)
class View:
    """What one look showed: the scanners, and the USB bus at that time."""

    devices: tuple[DeviceInfo, ...] = ()
    bus: tuple[UsbDevice, ...] = ()

    @property
    def models(self) -> set[tuple[str, str]]:
        """The USB models of the scanners, as far as their ports are known."""
        ports = {device.port for device in self.devices if device.port}
        return {usb.model for usb in self.bus if usb.port in ports}


@dataclass(frozen=True)
class Change:
    """What two looks differ in. A scanner that was plugged out and in between them both went and came."""

    went: tuple[DeviceInfo, ...]
    came: tuple[DeviceInfo, ...]
    view: View
    """What is here now, with the scanners that are in use and therefore in no list."""


def compare(before: View, now: View, held: Collection[str] = ()) -> Change:
    """What came and went between two looks.

    Many backends list only what they can open, so a scanner that somebody scans with is missing in the list. It went
    only when the USB bus says so; where the bus cannot say, one of the ids in `held` never went.
    """
    old = {key_of(info.id): info for info in before.devices}
    new = {key_of(info.id): info for info in now.devices}
    missing = [info for key, info in old.items() if key not in new]
    stayed = [info for info in missing if _is_here(info, now.bus, held)]
    replugged = {key for key in old.keys() & new.keys() if _is_replugged(old[key], before.bus, now.bus)}
    went = [info for info in missing if info not in stayed] + [old[key] for key in old if key in replugged]
    came = [info for key, info in new.items() if key not in old or key in replugged]
    return Change(tuple(went), tuple(came), View((*now.devices, *stayed), now.bus))


def _is_here(info: DeviceInfo, bus: tuple[UsbDevice, ...], held: Collection[str]) -> bool:
    on_bus = plugged_in(info.address, bus)
    return info.id in held if on_bus is None else on_bus


def _is_replugged(info: DeviceInfo, before: tuple[UsbDevice, ...], now: tuple[UsbDevice, ...]) -> bool:
    """Whether the kernel gave the device another number: whoever had it open must open it anew."""
    try:
        return sane_name(info.address, before) != sane_name(info.address, now)
    except DeviceFault:
        return False


def _log_fault(fault: DeviceFault) -> None:
    log.warning("looking for scanners: %s", fault)


class PlugWatcher:
    """Tells of each scanner that comes and goes, from a thread of its own; those here at the start have come, too.

    `on_went` is called before `on_came`. `held` tells the ids that are in use (see `compare`). `on_fault` hears of a
    look that failed; the watch goes on. Nothing here blocks its caller: use as a context manager, or `start` and
    `close`.
    """

    def __init__(
        self,
        on_came: Callable[[DeviceInfo], object],
        on_went: Callable[[DeviceInfo], object],
        *,
        driver: str = "sane",
        held: Callable[[], Collection[str]] = tuple,
        on_fault: Callable[[DeviceFault], object] = _log_fault,
        pace: Pace | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._on_came, self._on_went, self._on_fault = on_came, on_went, on_fault
        self._driver = driver
        self._held = held
        self._pace = pace or Pace()
        self._limits = limits
        self._view = View()
        self._due: float | None = None
        """When to look again without an event."""
        self._stopping = threading.Event()
        self._discovery: Discovery | None = None
        self._events = UsbEvents()
        self._thread = threading.Thread(target=self._run, name="plug-watcher", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def devices(self) -> tuple[DeviceInfo, ...]:
        """What is here now, as far as it has been told."""
        return self._view.devices

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End the watch, from another thread than its own; a search under way ends too. Nothing is told after that."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        if self._discovery:
            self._discovery.stop()
        self._events.wake()
        if self._thread.is_alive():
            self._thread.join(_END_SECONDS)
        if not self._thread.is_alive():
            self._events.close()

    def _run(self) -> None:
        self._look(came=False)
        while not self._stopping.is_set():
            events = [event for event in self._events.wait(self._seconds_left()) if self._concerns(event)]
            if events:
                events += self._until_settled()
            if (events or self._seconds_left() == 0) and not self._stopping.is_set():
                self._look(came=any(event.action == "add" for event in events))

    def _seconds_left(self) -> float | None:
        return None if self._due is None else max(0.0, self._due - time.monotonic())

    def _concerns(self, event: UsbEvent) -> bool:
        """Whether it may be a scanner: by udev's word, or because an earlier look found one of its model."""
        return event.scanner or event.model in self._view.models

    def _until_settled(self) -> list[UsbEvent]:
        """What else is told until nothing was for a while."""
        more: list[UsbEvent] = []
        while not self._stopping.is_set() and (events := self._events.wait(self._pace.settle)):
            more += events
        return more

    def _look(self, *, came: bool) -> None:
        """Look around and tell what differs. `came`: something was plugged in that this look should show."""
        self._due = self._next_rescan()
        bus = tuple(usb_devices())
        self._discovery = discovery = Discovery(self._driver, self._limits)
        if self._stopping.is_set():
            return
        try:
            found = discovery.find()
        except DeviceFault as fault:
            self._due = time.monotonic() + self._pace.rescan
            self._unless_stopping(self._on_fault, [fault])
            return
        change = compare(self._view, View(tuple(found), bus), self._held())
        self._view = change.view
        if came and not change.came:
            self._due = time.monotonic() + self._pace.again
        self._unless_stopping(self._on_went, change.went)
        self._unless_stopping(self._on_came, change.came)

    def _next_rescan(self) -> float | None:
        return None if self._events.works else time.monotonic() + self._pace.rescan

    def _unless_stopping(self, tell: Callable[[T], object], news: Iterable[T]) -> None:
        for one in news:
            if not self._stopping.is_set():
                tell(one)
