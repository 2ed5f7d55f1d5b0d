"""What can go wrong at a device, as one family of kinds, and the map from SANE's words to them."""

from __future__ import annotations

from enum import StrEnum


class FaultKind(StrEnum):
    """Kinds that deserve a screen of their own, because the operator does something different for each."""

    FEEDER_EMPTY = "feeder-empty"
    JAM = "jam"
    DOUBLE_FEED = "double-feed"
    COVER_OPEN = "cover-open"
    STOPPED_AT_DEVICE = "stopped-at-device"
    BUSY = "busy"
    CANCELLED = "cancelled"
    SHORT_PAGE = "short-page"
    EMPTY_PAGE = "empty-page"
    OFFLINE = "offline"
    IO_ERROR = "io-error"
    ACCESS_DENIED = "access-denied"
    NO_MEMORY = "no-memory"
    UNSUPPORTED_SETTING = "unsupported-setting"
    STALLED = "stalled"
    WORKER_CRASHED = "worker-crashed"
    SPOOL_FULL = "spool-full"


class DeviceFault(Exception):  # noqa: N818 - "fault" is the word of the field
    """A device could not go on. `detail` is technical and goes to the log."""

    def __init__(self, kind: FaultKind, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}" if self.detail else str(self.kind)


# sane_strstatus() of libsane 1.2.1: python-sane hands on the text and drops the code.
_SANE_TEXTS = {
    "Document feeder jammed": FaultKind.JAM,
    "Document feeder out of documents": FaultKind.FEEDER_EMPTY,
    "Scanner cover is open": FaultKind.COVER_OPEN,
    "Device busy": FaultKind.BUSY,
    "Error during device I/O": FaultKind.IO_ERROR,
    "Invalid argument": FaultKind.UNSUPPORTED_SETTING,
    "Operation not supported": FaultKind.UNSUPPORTED_SETTING,
    "Out of memory": FaultKind.NO_MEMORY,
    "Operation was canceled": FaultKind.CANCELLED,
    "Operation was cancelled": FaultKind.CANCELLED,
    "Access to resource has been denied": FaultKind.ACCESS_DENIED,
}

# Sensors that the fujitsu, canon_dr and similar backends offer; JAMMED alone does not say which it was.
_DOUBLE_FEED_SENSORS = ("double-feed",)
_COVER_SENSORS = ("cover-open", "cover")


def fault_from_sane(text: str) -> DeviceFault:
    """The fault that a SANE status text stands for; an unknown text is an I/O error that keeps its words."""
    return DeviceFault(_SANE_TEXTS.get(text, FaultKind.IO_ERROR), text)


def fault_while_opening(text: str) -> DeviceFault:
    """Opening a device that is not there says "Invalid argument" or an I/O error: to the operator it is offline."""
    fault = fault_from_sane(text)
    if fault.kind in {FaultKind.UNSUPPORTED_SETTING, FaultKind.IO_ERROR}:
        return DeviceFault(FaultKind.OFFLINE, text)
    return fault


def refine_by_sensors(fault: DeviceFault, sensors: dict[str, object]) -> DeviceFault:
    """Tell a double feed or an open cover from a jam by the sensor options read right after the fault."""
    if fault.kind is not FaultKind.JAM:
        return fault
    if any(sensors.get(name) is True for name in _DOUBLE_FEED_SENSORS):
        return DeviceFault(FaultKind.DOUBLE_FEED, fault.detail)
    if any(sensors.get(name) is True for name in _COVER_SENSORS):
        return DeviceFault(FaultKind.COVER_OPEN, fault.detail)
    return fault
