"""Settings of a station: one TOML file, declared here, refused where it says something that nobody reads."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from drivers.interface import Mode, ScanSettings, Source
from outbox.destinations import DestinationSettings  # noqa: TC001 - pydantic reads it at run time
from station.errors import SettingsError

SYSTEM_FILE = Path("/etc/scan-station/station.toml")
# Every environment variable that this program reads; a misspelt one is refused instead of doing nothing.
ENVIRONMENT = {"STATION_ROOT", "STATION_LANGUAGE", "STATION_OPERATOR"}

Language = Literal["vi", "en", "both"]


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StationSettings(_Declared):
    """Who this station is."""

    registry: str = Field(default="", description="unit code of the station's own registry")
    language: Language = "both"


class ScanProfile(_Declared):
    """How to scan; the area is in mm, None is the largest that the device has."""

    dpi: int = Field(default=300, ge=50, le=1200)
    mode: Mode = Mode.COLOUR
    source: Source | None = None
    width_mm: float | None = Field(default=None, gt=0, le=1200)
    height_mm: float | None = Field(default=None, gt=0, le=1200)

    def settings(self, source: Source | None) -> ScanSettings:
        return ScanSettings(source or self.source, self.mode, self.dpi, self.width_mm, self.height_mm)


class NamingSettings(_Declared):
    profile: str = "moj-undated"


class ImagingSettings(_Declared):
    recipe: str = "legible"
    workers: int = Field(default=0, ge=0, le=64, description="processes for image work; 0 = one per core")


class IntakeSettings(_Declared):
    """What is taken from folders."""

    max_megapixels: int = Field(default=200, ge=1, le=2000)
    max_pages_per_file: int = Field(default=2000, ge=1)
    settle_seconds: float = Field(default=2.0, ge=0, le=600)


class StorageSettings(_Declared):
    min_free_mb: int = Field(default=500, ge=0, description="below this, scanning is refused")


class ReceiptSettings(_Declared):
    """Receivers whose receipts count, by public key. This station's own key counts always."""

    trusted: tuple[str, ...] = ()


class Settings(_Declared):
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
        return Settings.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SettingsError("bad-setting", file=str(file), key=key, reason=first["msg"]) from error


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
