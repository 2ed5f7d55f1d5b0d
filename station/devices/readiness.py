"""The part of `station doctor` that looks at scanners: the driver, the account's groups, each device, each profile."""

from __future__ import annotations

import grp
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from station.devices.check import inspect
from station.devices.here import examine_devices
from station.devices.profiles import Chosen
from station.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from station.devices.here import DeviceReport
    from station.root import Root
    from station.settings import Settings

# Who may use USB scanners, and those that print too: udev's rules of SANE and of systemd.
_GROUPS = ("scanner", "lp")


@dataclass(frozen=True)
class Examined:
    """One check: `ok`, `look` (works, but somebody should know) or `stop` (work is not possible)."""

    check: str
    state: str
    detail: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def examine_scanners(root: Root | None, settings: Settings) -> Iterator[Examined]:
    """Each device is opened once, and once more for each profile that names it; nothing is scanned."""
    yield _groups()
    try:
        reports = [report for report in examine_devices(root, settings) if report.info.driver != "folder"]
    except UsageError as error:
        yield Examined("driver", "stop", f"{settings.devices.driver}: {error.values['detail']}")
        return
    yield Examined("driver", "ok", f"{settings.devices.driver}: {len(reports)} devices")
    for report in reports:
        yield Examined("device", "look" if report.fault else "ok", f"{report.info.id} {report.state}")
        if not report.fault:
            yield from _profiles(report, settings)


def _groups() -> Examined:
    """Whether this account may use scanners; root may in any case."""
    member = {_name_of(number) for number in os.getgroups()}
    lacking = [name for name in _GROUPS if name not in member]
    if os.geteuid() == 0:
        return Examined("groups", "ok", "root")
    return Examined(
        "groups", "look" if lacking else "ok", f"not in: {', '.join(lacking)}" if lacking else ", ".join(_GROUPS)
    )


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
