"""Scan profiles: which one a device gets, and whether the device keeps what the profile promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.interface import Difference, Mode
from drivers.options import DOUBLE_FEED
from station.devices.here import find_device
from station.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from drivers.interface import Applied, DeviceInfo, ScanSettings
    from station.root import Root
    from station.settings import ScanProfile, Settings

DEFAULT = "scan"
"""The table of the profile that holds where no other does."""

_SIZE_STEP_MM = 1.0
"""Scanners round an area to their own steps; less than this is nobody's loss."""


@dataclass(frozen=True)
class Chosen:
    """A profile and the name under which it stands in the settings."""

    name: str
    profile: ScanProfile


def choose_profile(settings: Settings, name: str | None, device_id: str) -> Chosen:
    """The profile that a person names; else the one that is made for this device, if it is the only one; else `[scan]`.

    Raises `SettingsError` for a name that is not there and `UsageError` for a profile of another device.
    """
    if name:
        profile = settings.scan_profile(name)
        if not profile.fits(device_id):
            raise UsageError("profile-of-other-device", name=name, wanted=profile.device, device=device_id)
        return Chosen(name, profile)
    made_for_it = [Chosen(key, one) for key, one in settings.profiles.items() if one.device and one.fits(device_id)]
    return made_for_it[0] if len(made_for_it) == 1 else Chosen(DEFAULT, settings.scan)


def find_with_profile(
    device: str | None, profile: str | None, root: Root | None, settings: Settings
) -> tuple[DeviceInfo, Chosen]:
    """The device that a person means and the profile that it gets.

    Without a device, the one that the profile is for, else the one that `[scan]` names, else the only one here. Raises
    `SettingsError` and `UsageError`, as `find_device` and `choose_profile` do.
    """
    wanted = device or settings.scan_profile(profile).device or settings.scan.device
    info = find_device(wanted or None, root, settings)
    return info, choose_profile(settings, profile, info.id)


def refuse_broken(name: str, device_id: str, asked: ScanSettings, applied: Applied) -> None:
    """Raise `SettingsError` with the list of what the device does otherwise than the profile promises."""
    findings = profile_findings(asked, applied)
    if findings:
        told = ", ".join(f"{one.option}={one.asked} ({one.got})" for one in findings)
        raise SettingsError("profile-not-taken", name=name, device=device_id, differences=told)


def profile_findings(asked: ScanSettings, applied: Applied) -> list[Difference]:
    """What the device does otherwise than was promised: `asked` is `ScanProfile.settings`, `applied` what was set.

    Source, mode, resolution, depth, an area smaller than asked, double-feed detection that the device has and that is
    not on, and every further option that it did not take. What it does otherwise beyond that is worth telling, and no
    reason to refuse: nobody asked for it.
    """
    return [*_plain(asked, applied), *_size(asked, applied), *_options(asked, applied)]


def _plain(asked: ScanSettings, applied: Applied) -> list[Difference]:
    pairs = [
        ("source", asked.source or applied.source, applied.source),
        ("mode", asked.mode, applied.mode),
        ("dpi", asked.dpi, applied.dpi),
        # Black and white has but one depth.
        ("depth", applied.depth if asked.mode is Mode.LINEART else asked.depth, applied.depth),
    ]
    return [Difference(name, str(wanted), str(got)) for name, wanted, got in pairs if wanted != got]


def _size(asked: ScanSettings, applied: Applied) -> list[Difference]:
    sides = (
        ("width_mm", asked.width_mm, applied.width_mm),
        ("height_mm", asked.height_mm, applied.height_mm),
    )
    return [
        Difference(name, f"{wanted:g}", f"{got:.1f}")
        for name, wanted, got in sides
        if wanted is not None and got < wanted - _SIZE_STEP_MM
    ]


def _options(asked: ScanSettings, applied: Applied) -> list[Difference]:
    wanted = {name for name in DOUBLE_FEED if asked.double_feed and not applied.double_feed} | set(asked.options)
    return [difference for difference in applied.differences if difference.option in wanted]
