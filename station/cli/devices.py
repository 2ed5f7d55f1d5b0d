"""`station devices`."""

from __future__ import annotations

from station.cli.options import Common, command
from station.words import Phrase

_COLUMNS = ("id", "state", "vendor", "model", "sources", "resolutions", "sensors")


@command("devices")
def devices(common: Common) -> None:
    from station.devices import examine_devices

    root = common.find_root()
    found = examine_devices(root if root.exists else None)
    common.console.data([entry.as_json() for entry in found], _COLUMNS)
    for entry in found:
        if entry.fault:
            common.console.note("device.note", id=entry.info.id, text=Phrase(f"fault.{entry.fault.kind}"))
