"""One device opened to be looked at: all a technician wants to know, and whether it keeps a profile's promise."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from drivers.faults import DeviceFault, FaultKind
from drivers.hot_folder import HotFolder
from drivers.remote import WorkerScanner
from station.devices.here import EXAMINE_LIMITS
from station.devices.profiles import profile_findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.interface import Applied, Capabilities, DeviceInfo, Difference
    from station.devices.profiles import Chosen

REFUSED = "refused"


@dataclass(frozen=True)
class Inspection:
    """What a device said. After a fault the rest is missing.

    `findings` are what breaks the profile's promise. A source, mode or resolution that the device does not have at
    all is a fault of kind `unsupported-setting` and breaks it, too.
    """

    info: DeviceInfo
    chosen: Chosen
    capabilities: Capabilities | None = None
    applied: Applied | None = None
    sensors: Mapping[str, Any] | None = None
    findings: tuple[Difference, ...] = ()
    fault: DeviceFault | None = None

    @property
    def state(self) -> str:
        """`ready` when the device does what the profile says, `refused` when it does not, or the kind of its fault."""
        if self.findings or (self.fault and self.fault.kind is FaultKind.UNSUPPORTED_SETTING):
            return REFUSED
        return self.fault.kind if self.fault else "ready"

    def as_json(self) -> dict[str, Any]:
        """What `devices test` tells."""
        asked = asdict(self.chosen.profile.settings(None))
        return {
            **asdict(self.info),
            "state": self.state,
            "profile": self.chosen.name,
            "asked": asked,
            "applied": _without_differences(self.applied),
            "differences": [asdict(difference) for difference in self.told],
            "findings": [asdict(difference) for difference in self.findings],
            "detail": self.fault.detail if self.fault else None,
        }

    def in_full(self) -> dict[str, Any]:
        """What `devices show` tells."""
        capabilities = asdict(self.capabilities) if self.capabilities else {}
        return self.as_json() | capabilities | {"sensor_values": self.sensors}

    @property
    def told(self) -> tuple[Difference, ...]:
        """Whatever the device does otherwise than it was asked, findings or not."""
        return self.applied.differences if self.applied else ()


def _without_differences(applied: Applied | None) -> dict[str, Any] | None:
    if applied is None:
        return None
    plain = asdict(applied)
    del plain["differences"]
    return plain


def inspect(info: DeviceInfo, chosen: Chosen) -> Inspection:
    """Open a device, set it up as the profile says, read back; nothing is scanned."""
    found = Inspection(info, chosen)
    asked = chosen.profile.settings(None)
    try:
        with closing(_open(info)) as scanner:
            found = replace(found, capabilities=scanner.capabilities())
            # Before anything is set: what the device says then is how it stands, and some say it but once.
            found = replace(found, sensors=scanner.sensors())
            applied = scanner.configure(asked)
            return replace(found, applied=applied, findings=tuple(profile_findings(asked, applied)))
    except DeviceFault as fault:
        return replace(found, fault=fault)


def _open(info: DeviceInfo) -> WorkerScanner | HotFolder:
    return HotFolder(info) if info.driver == "folder" else WorkerScanner(info, EXAMINE_LIMITS)
