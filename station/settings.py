"""Settings of a station: one TOML file, declared here, refused where it says something that nobody reads."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from drivers.interface import Mode, ScanSettings, Source
from outbox.destinations import DestinationSettings  # noqa: TC001 - msgspec reads it at run time
from outbox.destinations.settings import read_path
from outbox.window import WindowText
from station.errors import SettingsError
from station.overlay import lay_over

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers.triggers import Triggers

SYSTEM_FILE = Path("/etc/scan-station/station.toml")
# Every environment variable that this program reads; a misspelt one is refused instead of doing nothing.
ENVIRONMENT = {"STATION_ROOT", "STATION_LANGUAGE", "STATION_OPERATOR"}

Language = Literal["vi", "en", "both"]
Millimetres = Annotated[float, Meta(gt=0, le=1200)]
PixelCount = Annotated[int, Meta(ge=4, le=200)]
PageSize = Literal["A3", "A4", "A5", "Legal", "Letter", "F4"]
# Width and height in mm. F4 is the folio of Vietnamese offices.
PAGE_SIZES: dict[PageSize, tuple[float, float]] = {
    "A3": (297.0, 420.0),
    "A4": (210.0, 297.0),
    "A5": (148.0, 210.0),
    "Legal": (215.9, 355.6),
    "Letter": (215.9, 279.4),
    "F4": (210.0, 330.0),
}


class _Declared(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file; keys that are not declared are refused."""


class StationSettings(_Declared, frozen=True, kw_only=True):
    """Who this station is."""

    registry: Annotated[str, Meta(description="unit code of the station's own registry")] = ""
    language: Language = "both"
    training: bool = False


class TriggerSettings(_Declared, frozen=True, kw_only=True):
    """What starts a scan that waits for the device: its button, paper put into its feeder."""

    button: bool = True
    paper: bool = False


class ScanProfile(_Declared, frozen=True, kw_only=True):
    """How to scan; the area is in mm, None is the largest that the device has. `page` names a usual size instead."""

    device: Annotated[str, Meta(description="part of the ids of the devices that it is for")] = ""
    dpi: Annotated[int, Meta(ge=50, le=1200)] = 300
    mode: Mode = Mode.COLOUR
    depth: Literal[1, 8, 16] = 8
    source: Source | None = None
    page: PageSize | None = None
    width_mm: Millimetres | None = None
    height_mm: Millimetres | None = None
    double_feed: bool = True
    options: Annotated[dict[str, bool | int | float | str], Meta(description="by the device's own names")] = {}
    triggers: TriggerSettings = TriggerSettings()

    def __post_init__(self) -> None:
        if self.page and (self.width_mm or self.height_mm):
            raise ValueError("page names a size; width_mm and height_mm cannot stand beside it")

    def settings(self, source: Source | None) -> ScanSettings:
        """What to ask of the device; a source given here goes before the profile's."""
        width, height = PAGE_SIZES[self.page] if self.page else (self.width_mm, self.height_mm)
        return ScanSettings(
            source or self.source, self.mode, self.dpi, width, height, self.depth, self.double_feed, self.options
        )

    def fits(self, device_id: str) -> bool:
        """Whether it is made for this device. A profile without a device is made for none and fits all."""
        return self.device.lower() in device_id.lower()

    def starts(self, *, first: bool) -> Triggers:
        """What starts a scan. Paper that lies there already counts before the first page alone."""
        from drivers.triggers import Triggers  # with the library of the scanners, which most commands do without

        return Triggers(self.triggers.button, self.triggers.paper, present=self.triggers.paper and first)


class DeviceSettings(_Declared, frozen=True, kw_only=True):
    """Which library looks for scanners, and drives those that are not named with their driver."""

    driver: Literal["sane", "python-sane", "pyinsane2"] = "sane"


class NamingSettings(_Declared, frozen=True, kw_only=True):
    profile: str = "moj-undated"


class ImagingSettings(_Declared, frozen=True, kw_only=True):
    """How delivery copies are made."""

    recipe: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]*$", description="shipped, or of the root's recipes")] = (
        "legible"
    )
    previews: Annotated[bool, Meta(description="small pictures for the screen, beside each copy")] = True
    workers: Annotated[int, Meta(ge=0, le=64, description="processes for image work; 0 = one per core")] = 0


class IntakeSettings(_Declared, frozen=True, kw_only=True):
    """What is taken from folders."""

    max_megapixels: Annotated[int, Meta(ge=1, le=2000)] = 200
    max_pages_per_file: Annotated[int, Meta(ge=1)] = 2000
    settle_seconds: Annotated[float, Meta(ge=0, le=600)] = 2.0


class FolderSettings(_Declared, frozen=True, kw_only=True):
    """A folder elsewhere that another device fills. Its files go into `book`; without one, into the book scanned.

    With `covers` they go into the book of the cover sheet before them.
    """

    name: Annotated[str, Meta(pattern="^[^/:]+$")]
    path: Path
    book: str | None = None
    covers: bool = False


class StorageSettings(_Declared, frozen=True, kw_only=True):
    min_free_mb: Annotated[int, Meta(ge=0, description="below this, scanning is refused")] = 500


class SendingSettings(_Declared, frozen=True, kw_only=True):
    """Where new bags go, and when and how fast. `to` names destinations; without one it is the first.

    `window` is a part of the day as 22:00-05:00; empty is always. A limit of 0 is none.
    """

    to: tuple[str, ...] = ()
    rule: Annotated[Literal["all", "any"], Meta(description="any: the first that takes a bag ends the others")] = "all"
    window: WindowText = WindowText()
    limit_mbit_s: Annotated[float, Meta(ge=0, description="of all destinations together")] = 0.0


class ReceiptSettings(_Declared, frozen=True, kw_only=True):
    """Receivers whose receipts count, by public key. This station's own key counts always."""

    trusted: tuple[str, ...] = ()


class ExportSettings(_Declared, frozen=True, kw_only=True):
    """Hand-over on a stick: for whom, by age public keys as `station receive --make-key` prints them."""

    recipients: tuple[Annotated[str, Meta(pattern="^age1")], ...] = ()


class ReceiveSettings(_Declared, frozen=True, kw_only=True):
    """The receiving side. Without `stations` any station's bags count, by the key that they name.

    `receipt_mode` is that of receipts under any umask: whoever hands them out has to read them.
    """

    folders: tuple[Path, ...] = ()
    stations: tuple[str, ...] = ()
    archive: Annotated[Path | None, Meta(description="where bags off sticks go")] = None
    receipt_mode: Annotated[str, Meta(pattern="^06[0-6][0-6]$", description="octal, as chmod takes it")] = "0644"


class KioskSettings(_Declared, frozen=True, kw_only=True):
    """The screen for operators. `lock_minutes` without a key lock it, 0 never; `keys` gives actions other keys.

    `device` and `profile` are what it scans with; empty: the only scanner, and the profile that is made for it.
    """

    text_size: Literal["small", "normal", "large"] = "normal"
    contrast: Literal["normal", "high"] = "normal"
    sound: bool = True
    picture: Literal["blocks", "sixel", "kitty", "framebuffer"] = "blocks"
    picture_colours: Literal["grey", "16", "256"] = "16"
    cell: Annotated[tuple[PixelCount, PixelCount], Meta(description="where the terminal does not tell its own")] = (
        10,
        20,
    )
    typing: Literal["telex", "vni", "off"] = "telex"
    lock_minutes: Annotated[float, Meta(ge=0, le=480)] = 10.0
    device: str = ""
    profile: str = ""
    cases_per_page: Annotated[str, Meta(description="1, 2 ... or 1/2 for two pages each")] = "1"
    covers: Annotated[int, Meta(ge=0, le=20, description="the first pages of a book that are covers")] = 0
    keys: dict[str, tuple[str, ...]] = {}


class Settings(_Declared, frozen=True, kw_only=True):
    """Everything that can be set. Written by `station init`, read at every start."""

    station: StationSettings = StationSettings()
    devices: DeviceSettings = DeviceSettings()
    scan: ScanProfile = ScanProfile()
    profiles: dict[str, ScanProfile] = {}
    naming: NamingSettings = NamingSettings()
    imaging: ImagingSettings = ImagingSettings()
    intake: IntakeSettings = IntakeSettings()
    storage: StorageSettings = StorageSettings()
    sending: SendingSettings = SendingSettings()
    receipts: ReceiptSettings = ReceiptSettings()
    export: ExportSettings = ExportSettings()
    receive: ReceiveSettings = ReceiveSettings()
    kiosk: KioskSettings = KioskSettings()
    destinations: tuple[DestinationSettings, ...] = ()
    folders: tuple[FolderSettings, ...] = ()

    def __post_init__(self) -> None:
        if unknown := set(self.sending.to) - {destination.name for destination in self.destinations}:
            raise ValueError(f"sending.to names no destination: {', '.join(sorted(unknown))}")

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
    data = lay_over(
        _read(SYSTEM_FILE) if SYSTEM_FILE.is_file() else {}, _read(file) if required or file.is_file() else {}
    )
    try:
        return msgspec.convert(data, Settings, dec_hook=read_path)
    except msgspec.ValidationError as error:
        key, reason = refused_key(error)
        if key.startswith("profiles.*"):
            key = key.replace("*", _refused_profile(data["profiles"]), 1)
        raise SettingsError("bad-setting", file=str(file), key=key, reason=reason) from error


def settings_lines(settings: Settings) -> list[tuple[str, str]]:
    """Every setting by its dotted key, `destinations.0.host`, with its value; passwords in addresses are left out."""
    return list(_flat("", msgspec.to_builtins(settings, enc_hook=str)))


def _flat(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for name, one in value.items():
            yield from _flat(f"{key}.{name}".removeprefix("."), one)
    elif isinstance(value, list | tuple) and any(isinstance(one, dict) for one in value):
        for place, one in enumerate(value):
            yield from _flat(f"{key}.{place}", one)
    elif isinstance(value, list | tuple | dict):
        yield key, ", ".join(map(str, value)) or "-"
    else:
        yield key, "-" if value in {None, ""} else re.sub("//[^/@]*@", "//***@", str(value))


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
