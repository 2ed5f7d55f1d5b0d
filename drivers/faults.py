"""What can go wrong at a device, as one family of kinds, and the map from SANE's status codes to them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from drivers.sane_api import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.sane_api import SaneError


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
    MISSING_SIDE = "missing-side"
    EMPTY_PAGE = "empty-page"
    OFFLINE = "offline"
    IO_ERROR = "io-error"
    ACCESS_DENIED = "access-denied"
    NO_MEMORY = "no-memory"
    UNSUPPORTED_SETTING = "unsupported-setting"
    STALLED = "stalled"
    WORKER_CRASHED = "worker-crashed"
    DRIVER_MISSING = "driver-missing"
    SPOOL_FULL = "spool-full"


class DeviceFault(Exception):  # noqa: N818 - "fault" is the word of the field
    """A device could not go on. `detail` is technical and goes to the log.

    `sheets_fed` counts the sheets that a feeder drew in during this feed, the last one perhaps in part; None where
    nobody counted.
    """

    def __init__(self, kind: FaultKind, detail: str = "", sheets_fed: int | None = None) -> None:
        super().__init__(kind, detail, sheets_fed)
        self.kind = kind
        self.detail = detail
        self.sheets_fed = sheets_fed

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}" if self.detail else str(self.kind)


_SANE_KINDS = {
    Status.UNSUPPORTED: FaultKind.UNSUPPORTED_SETTING,
    Status.CANCELLED: FaultKind.CANCELLED,
    Status.DEVICE_BUSY: FaultKind.BUSY,
    Status.INVAL: FaultKind.UNSUPPORTED_SETTING,
    Status.JAMMED: FaultKind.JAM,
    Status.NO_DOCS: FaultKind.FEEDER_EMPTY,
    Status.COVER_OPEN: FaultKind.COVER_OPEN,
    Status.NO_MEM: FaultKind.NO_MEMORY,
    Status.ACCESS_DENIED: FaultKind.ACCESS_DENIED,
    Status.WARMING_UP: FaultKind.BUSY,
}

# Sensors that the fujitsu, canon_dr and similar backends offer; the status alone does not say which it was.
_DOUBLE_FEED_SENSORS = ("double-feed",)
_COVER_SENSORS = ("cover-open", "cover")
PAPER_SENSORS = ("page-loaded", "adf-loaded", "doc-in-adf")
"""Sensors that say whether paper lies in the feeder, by the names that SANE's backends give them."""


def fault_from_sane(error: SaneError) -> DeviceFault:
    """The fault that a status of SANE stands for; one that says nothing more is an I/O error."""
    return DeviceFault(_SANE_KINDS.get(error.status, FaultKind.IO_ERROR), error.detail)


def fault_while_opening(error: SaneError) -> DeviceFault:
    """Opening a device that is not there says INVAL, an I/O error or NO_MEM (airscan): to the operator it is offline.

    A device that really lacks memory then is helped by the same: its power off and on.
    """
    fault = fault_from_sane(error)
    if fault.kind in {FaultKind.UNSUPPORTED_SETTING, FaultKind.IO_ERROR, FaultKind.NO_MEMORY}:
        return DeviceFault(FaultKind.OFFLINE, fault.detail)
    return fault


def refine_by_sensors(fault: DeviceFault, sensors: Mapping[str, object], *, feeder: bool = True) -> DeviceFault:
    """What a status means by the sensors read right after it, before the device is cancelled or closed.

    fujitsu says JAMMED for a double feed too, NO_DOCS for its Stop button as for an empty hopper, and CANCELLED when it
    was halted; kodakaio says CANCELLED at the end of the paper. A cancel that we asked for must not come here. Without
    `feeder` (a scan on the glass) the sensors of the paper say nothing about the fault.
    """
    kind = _kind_of_jam(sensors) if fault.kind is FaultKind.JAM else fault.kind
    if feeder and fault.kind in {FaultKind.FEEDER_EMPTY, FaultKind.CANCELLED}:
        kind = _kind_of_end(fault.kind, sensors)
    return fault if kind is fault.kind else DeviceFault(kind, fault.detail, fault.sheets_fed)


def _kind_of_jam(sensors: Mapping[str, object]) -> FaultKind:
    if any(sensors.get(name) is True for name in _DOUBLE_FEED_SENSORS):
        return FaultKind.DOUBLE_FEED
    if any(sensors.get(name) is True for name in _COVER_SENSORS):
        return FaultKind.COVER_OPEN
    return FaultKind.JAM


def _kind_of_end(kind: FaultKind, sensors: Mapping[str, object]) -> FaultKind:
    """Paper that still lies in the feeder did not run out: somebody stopped it. `kind` where no sensor tells."""
    loaded = [sensors[name] for name in PAPER_SENSORS if isinstance(sensors.get(name), bool)]
    if any(loaded):
        return FaultKind.STOPPED_AT_DEVICE
    return FaultKind.FEEDER_EMPTY if loaded else kind
