"""For the technician: devices as they answer, scan profiles, and the settings that hold. Nothing is changed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from station.devices.here import examine_devices
from station.settings import settings_lines
from station.words import Phrase
from ui.screens.listing import ListScreen
from ui.words import in_words, number, say

if TYPE_CHECKING:
    from station.devices.here import DeviceReport
    from station.wiring import Station


@dataclass(frozen=True)
class Shown:
    """What was found: the devices, and every setting with its value."""

    file: str
    devices: list[DeviceReport]
    settings: list[tuple[str, str]]


class TechnicianScreen(ListScreen):
    """One list: devices first, then profiles among the settings."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("what", "value")
    found: Shown | None

    def __init__(self) -> None:
        super().__init__("technician")

    def make(self, station: Station) -> Shown:
        devices = examine_devices(station.root, station.settings)
        return Shown(str(station.root.settings), devices, settings_lines(station.settings))

    def rows(self) -> list[tuple[str, str]]:
        shown: Any = self.found
        devices = [
            (say("technician.device"), f"{one.info.id} · {one.info.vendor} {one.info.model} · {_state(one)}")
            for one in shown.devices
        ]
        return [*devices, *shown.settings]

    def how(self) -> tuple[str, str, str]:
        shown: Any = self.found
        faults = sum(one.fault is not None for one in shown.devices)
        words = say("band.technician", devices=number(len(shown.devices)), faults=number(faults))
        return "look" if faults else "good", words, say("technician.file", file=shown.file)


def _state(report: DeviceReport) -> str:
    return in_words(Phrase(f"fault.{report.fault.kind}")) if report.fault else say("technician.ready")
