"""What udev tells of USB devices that come and go. Where there is no udev (a container, Windows) nothing is told."""

from __future__ import annotations

import logging
import os
import select
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)

_CONTROL = Path("/run/udev/control")
"""The socket of udevd; without it no event ever comes."""
_PRINTER_INTERFACE = ":0701"
"""A printer's interface, in udev's list of them: many printers scan too, by drivers that SANE does not ship."""


@dataclass(frozen=True)
class UsbEvent:
    """A device came or went. `model` is vendor and product as four hexadecimal digits each."""

    action: str
    port: str
    model: tuple[str, str]
    scanner: bool
    """Whether udev takes it for something that may scan."""


LOST = UsbEvent("lost", "", ("", ""), scanner=True)
"""Events came faster than they were read, and some are gone: anything may have happened."""


class UsbEvents:
    """Listens from its making on. One thread waits; `wake` may come from another."""

    def __init__(self) -> None:
        self._monitor = _make_monitor()
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)

    @property
    def works(self) -> bool:
        """Whether anything can ever be told."""
        return self._monitor is not None and _CONTROL.exists()

    def wait(self, seconds: float | None) -> list[UsbEvent]:
        """The events since the last call, or the next ones within so many seconds (None: for ever); none when woken."""
        sources = [self._woken] if self._monitor is None else [self._woken, self._monitor]
        ready, _, _ = select.select(sources, [], [], seconds)
        if self._woken in ready:
            with suppress(BlockingIOError):
                os.read(self._woken, 100)
        return list(self._pending()) if self._monitor in ready else []

    def wake(self) -> None:
        os.write(self._wake, b"!")

    def close(self) -> None:
        """Once nobody waits any more and nobody will wake."""
        self._monitor = None
        os.close(self._woken)
        os.close(self._wake)

    def _pending(self) -> Iterator[UsbEvent]:
        while self._monitor is not None:
            try:
                device = self._monitor.poll(timeout=0)
            except OSError as error:
                log.warning("udev: %s", error)
                yield LOST
                return
            if device is None:
                return
            if device.action in {"add", "remove"}:
                yield _event_of(device)


def _make_monitor() -> Any:
    try:
        import pyudev

        monitor = pyudev.Monitor.from_netlink(pyudev.Context())
        monitor.filter_by("usb", "usb_device")
        monitor.start()
    except (ImportError, OSError) as error:
        log.info("no events of udev: %s", error)
        return None
    return monitor


def _event_of(device: Any) -> UsbEvent:
    """The kernel writes `PRODUCT` as `4a9/190f/100`; the properties outlive the device itself."""
    properties = device.properties
    vendor, product, *_ = f"{properties.get('PRODUCT', '')}//".split("/")
    matched = properties.get("libsane_matched") == "yes"
    printer = _PRINTER_INTERFACE in properties.get("ID_USB_INTERFACES", "")
    model = (vendor.zfill(4).lower(), product.zfill(4).lower())
    return UsbEvent(device.action, device.sys_name, model, scanner=matched or printer)
