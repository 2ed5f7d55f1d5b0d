"""The part of `station doctor` that looks at scanners: the driver, the account's groups, each device, each profile."""

from __future__ import annotations

import grp
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from drivers.faults import FaultKind
from station.devices.check import inspect
from station.devices.here import examine_devices
from station.devices.profiles import Chosen
from station.errors import UsageError
from station.words import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from station.devices.here import DeviceReport
    from station.root import Root
    from station.settings import Settings

# Who may use USB scanners, and those that print too: udev's rules of SANE and of systemd.
_GROUPS = ("scanner", "lp")


@dataclass(frozen=True)
class Examined:
    """One check: `ok`, `look` (works, but somebody should know) or `stop` (work is not possible).

    `detail` is for programs; `told` is the same for people, where it takes words.
    """

    check: str
    state: str
    detail: str
    told: Phrase | None = None

    @property
    def words(self) -> Phrase | str:
        """What was found, for people."""
        return self.told or self.detail

    def as_json(self) -> dict[str, Any]:
        return {"check": self.check, "state": self.state, "detail": self.detail}


def examine_scanners(root: Root | None, settings: Settings) -> Iterator[Examined]:
    """Each device is opened once, and once more for each profile that names it; nothing is scanned."""
    yield _groups()
    try:
        reports = [report for report in examine_devices(root, settings) if report.info.driver != "folder"]
    except UsageError as error:
        yield Examined("driver", "stop", f"{settings.devices.driver}: {error.values['detail']}")
        return
    driver, count = settings.devices.driver, len(reports)
    told = Phrase("doctor.driver", {"driver": driver, "count": count})
    yield Examined("driver", "ok", f"{driver}: {count} devices", told)
    usable = any(_is_usable(report) for report in reports) or bool(settings.folders)
    for report in reports:
        yield _device(report, "look" if usable and not _is_the_kiosks(report, settings) else "stop")
        if not report.fault:
            yield from _profiles(report, settings)


def _is_usable(report: DeviceReport) -> bool:
    """One that is busy is so by a program that scans with it, this one's own screen among them."""
    return report.fault is None or report.fault.kind is FaultKind.BUSY


def _is_the_kiosks(report: DeviceReport, settings: Settings) -> bool:
    """Whether a scanner that cannot be used is the one that the kiosk is set to."""
    return bool(settings.kiosk.device) and settings.kiosk.device in report.info.id and not _is_usable(report)


def _device(report: DeviceReport, broken: str) -> Examined:
    device, fault = report.info.id, report.fault
    if fault is None:
        return Examined("device", "ok", f"{device} {report.state}", Phrase("doctor.device-ready", {"device": device}))
    told = Phrase("doctor.device-fault", {"device": device, "text": Phrase(f"fault.{fault.kind}")})
    return Examined("device", broken, f"{device} {report.state}", told)


def _groups() -> Examined:
    """Whether this account may use scanners; root may in any case."""
    member = {_name_of(number) for number in os.getgroups()}
    lacking = [name for name in _GROUPS if name not in member]
    if os.geteuid() == 0:
        return Examined("groups", "ok", "root")
    if not lacking:
        return Examined("groups", "ok", ", ".join(_GROUPS))
    groups = ", ".join(lacking)
    return Examined("groups", "look", f"not in: {groups}", Phrase("doctor.groups-lacking", {"groups": groups}))


def _name_of(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _profiles(report: DeviceReport, settings: Settings) -> Iterator[Examined]:
    """The profiles that are made for this device; one of no device in particular is tried with none."""
    for name, profile in settings.profiles.items():
        if profile.device and profile.fits(report.info.id):
            seen = inspect(report.info, Chosen(name, profile))
            broken = ", ".join(f"{one.option}={one.asked} ({one.got})" for one in seen.findings)
            detail = broken or (seen.fault.detail if seen.fault else report.info.id)
            yield Examined(f"profile {name}", "ok" if seen.state == "ready" else "look", detail)
