"""Settings of a station: one TOML file, declared here, refused where it says something that nobody reads."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from drivers.interface import Mode, ScanSettings, Source
from outbox.destinations import DestinationSettings  # noqa: TC001 - msgspec reads it at run time
from outbox.destinations.settings import read_path
from station.errors import SettingsError

SYSTEM_FILE = Path("/etc/scan-station/station.toml")
# Every environment variable that this program reads; a misspelt one is refused instead of doing nothing.
ENVIRONMENT = {"STATION_ROOT", "STATION_LANGUAGE", "STATION_OPERATOR"}

Language = Literal["vi", "en", "both"]
Millimetres = Annotated[float, Meta(gt=0, le=1200)]


class _Declared(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file; keys that are not declared are refused."""


class StationSettings(_Declared, frozen=True, kw_only=True):
    """Who this station is."""

    registry: Annotated[str, Meta(description="unit code of the station's own registry")] = ""
    language: Language = "both"


class ScanProfile(_Declared, frozen=True, kw_only=True):
    """How to scan; the area is in mm, None is the largest that the device has."""

    dpi: Annotated[int, Meta(ge=50, le=1200)] = 300
    mode: Mode = Mode.COLOUR
    source: Source | None = None
    width_mm: Millimetres | None = None
    height_mm: Millimetres | None = None

    def settings(self, source: Source | None) -> ScanSettings:
        return ScanSettings(source or self.source, self.mode, self.dpi, self.width_mm, self.height_mm)


class NamingSettings(_Declared, frozen=True, kw_only=True):
    profile: str = "moj-undated"


class ImagingSettings(_Declared, frozen=True, kw_only=True):
    recipe: str = "legible"
    workers: Annotated[int, Meta(ge=0, le=64, description="processes for image work; 0 = one per core")] = 0


class IntakeSettings(_Declared, frozen=True, kw_only=True):
    """What is taken from folders."""

    max_megapixels: Annotated[int, Meta(ge=1, le=2000)] = 200
    max_pages_per_file: Annotated[int, Meta(ge=1)] = 2000
    settle_seconds: Annotated[float, Meta(ge=0, le=600)] = 2.0


class StorageSettings(_Declared, frozen=True, kw_only=True):
    min_free_mb: Annotated[int, Meta(ge=0, description="below this, scanning is refused")] = 500


class ReceiptSettings(_Declared, frozen=True, kw_only=True):
    """Receivers whose receipts count, by public key. This station's own key counts always."""

    trusted: tuple[str, ...] = ()


class Settings(_Declared, frozen=True, kw_only=True):
    """Everything that can be set. Written by `station init`, read at every start."""

    station: StationSettings = StationSettings()
    scan: ScanProfile = ScanProfile()
    profiles: dict[str, ScanProfile] = {}
    naming: NamingSettings = NamingSettings()
    imaging: ImagingSettings = ImagingSettings()
    intake: IntakeSettings = IntakeSettings()
    storage: StorageSettings = StorageSettings()
    receipts: ReceiptSettings = ReceiptSettings()
    destinations: tuple[DestinationSettings, ...] = ()

    def scan_profile(self, name: str | None) -> ScanProfile:
        """A named scan profile, or the default. Raises `SettingsError` for a name that is not there."""
        if name is None:
            return self.scan
        if name not in self.profiles:
            known = ", ".join(self.profiles) or "-"
            raise SettingsError("no-such-scan-profile", name=name, known=known)
        return self.profiles[name]


def check_environment() -> None:
    """Refuse a `STATION_*` variable that nobody reads: it is a misspelt one."""
    unknown = sorted(name for name in os.environ if name.startswith("STATION_") and name not in ENVIRONMENT)
    if unknown:
        raise SettingsError("unknown-variable", names=", ".join(unknown), known=", ".join(sorted(ENVIRONMENT)))


def load_settings(file: Path, *, required: bool = True) -> Settings:
    """Read the settings of a root, over those of the packaged system where they stand.

    Raises `SettingsError` with file and key for a missing file, bad TOML, an unknown key or a wrong type.
    """
    data = _merged(
        _read(SYSTEM_FILE) if SYSTEM_FILE.is_file() else {}, _read(file) if required or file.is_file() else {}
    )
    try:
        return msgspec.convert(data, Settings, dec_hook=read_path)
    except msgspec.ValidationError as error:
        key, reason = refused_key(error)
        if key.startswith("profiles.*"):
            key = key.replace("*", _refused_profile(data["profiles"]), 1)
        raise SettingsError("bad-setting", file=str(file), key=key, reason=reason) from error


def refused_key(error: msgspec.ValidationError) -> tuple[str, str]:
    """The dotted key that msgspec refused, as `destinations.0.port`, and why.

    msgspec tells both in one sentence, which ends in "- at `$.destinations[0].port`" unless the whole is meant. For a
    key that is unknown or missing the path ends at its table; a name in a `dict` is never told and becomes `*`.
    """
    reason, _, path = str(error).partition(" - at `$")
    keys = path.rstrip("`").replace("[...]", ".*").replace("[", ".").replace("]", "")
    named = re.search("(?:unknown|required) field `(.*)`", reason)
    return (keys + (f".{named[1]}" if named else "")).removeprefix("."), reason


def _refused_profile(profiles: dict[str, Any]) -> str:
    """The name of the first scan profile that is wrong."""
    for name, table in profiles.items():
        try:
            msgspec.convert(table, ScanProfile)
        except msgspec.ValidationError:
            return name
    return "*"


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingsError("no-settings", file=str(file)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError("bad-settings-file", file=str(file), reason=str(error)) from error
    except OSError as error:
        raise SettingsError("unreadable-settings", file=str(file), reason=error.strerror or str(error)) from error


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key; anything else above hides what is below."""
    merged = dict(below)
    for key, value in above.items():
        both_tables = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both_tables else value
    return merged
