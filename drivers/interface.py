"""The interface that every source of images has, and the plain values that cross it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SANE_DRIVERS = ("sane", "python-sane", "pyinsane2")
"""The ways to SANE's scanners, by the names that ids begin with. The first is the usual one."""

OptionValue = bool | int | float | str
"""What an option of a device can be set to."""


class Source(StrEnum):
    """Where a scanner takes the paper from, whatever its backend calls it."""

    FLATBED = "flatbed"
    ADF = "adf"
    ADF_DUPLEX = "adf-duplex"


class Mode(StrEnum):
    COLOUR = "colour"
    GREY = "grey"
    LINEART = "lineart"


class Side(StrEnum):
    FRONT = "front"
    BACK = "back"


@dataclass(frozen=True)
class DeviceInfo:
    """A source of images that is here now. `id` is what `--device` takes; it starts with the driver's name.

    The id stays the same when the device is plugged in anew or elsewhere: see `drivers.identity`.
    """

    id: str
    driver: str
    vendor: str = ""
    model: str = ""
    kind: str = ""
    serial: str = ""
    port: str = ""
    """The USB port as the kernel names it, `1-2.3`; tells two equal scanners without serial numbers apart."""

    @property
    def address(self) -> str:
        """The part of the id that only the driver understands."""
        return self.id.partition(":")[2]


@dataclass(frozen=True)
class DeviceOption:
    """One option as the device itself calls it, for a technician. `choices` is its range or list in words."""

    name: str
    value: OptionValue | None
    unit: str = ""
    choices: str = ""
    settable: bool = True


@dataclass(frozen=True)
class Capabilities:
    """What an open device can do. Resolutions in dpi, areas in mm, depths in bits a sample."""

    sources: tuple[Source, ...]
    modes: tuple[Mode, ...]
    resolutions: tuple[int, ...]
    max_width_mm: float
    max_height_mm: float
    sensors: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    double_feed: tuple[str, ...] = ()
    """The options that detect double feeds, in the order in which they are set; none: it cannot."""
    depths: tuple[int, ...] = (8,)
    options: tuple[DeviceOption, ...] = ()


@dataclass(frozen=True)
class ScanSettings:
    """What a scan asks for. An area of None is the largest that the source has.

    `options` are further options by the device's own names, set last.
    """

    source: Source | None = None
    mode: Mode = Mode.COLOUR
    dpi: int = 300
    width_mm: float | None = None
    height_mm: float | None = None
    depth: int = 8
    double_feed: bool = True
    options: Mapping[str, OptionValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """An option that the device did not take as asked (SANE clamps in silence)."""

    option: str
    asked: str
    got: str


@dataclass(frozen=True)
class Applied:
    """What holds after `configure`, read back from the device."""

    source: Source
    mode: Mode
    dpi: int
    width_mm: float
    height_mm: float
    depth: int = 8
    double_feed: bool = False
    """Whether the device stops when two sheets go in at once."""
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class RawImage:
    """One image as the driver delivered it: a complete, fsynced file that now belongs to whoever takes it.

    `sheet` counts the pieces of paper of this feed from 1; width and height are pixels. These and the SHA-256 of the
    file are None where another device delivered it and nobody has looked inside yet.
    """

    path: Path
    sheet: int
    side: Side = Side.FRONT
    width: int | None = None
    height: int | None = None
    dpi: int | None = None
    sha256: str | None = None
    after_reconnect: bool = False
    """The device was opened anew before this image: a person should look whether it is the page that was due."""


@dataclass(frozen=True)
class EndOfPaper:
    """The feeder is empty (or the folder has nothing more): the normal end of a feed."""

    images: int


class Scanner(Protocol):
    """An open device. One thread uses it; `cancel` alone may come from another."""

    @property
    def info(self) -> DeviceInfo: ...

    def capabilities(self) -> Capabilities: ...

    def configure(self, settings: ScanSettings) -> Applied:
        """Set and read back; raises `DeviceFault(UNSUPPORTED_SETTING)` when the device cannot do it at all."""
        ...

    def feed(self, spool: Path, limit: int | None = None) -> Iterator[RawImage | EndOfPaper]:
        """One trigger: images until the paper ends or `limit` images came; flatbeds give one.

        Files are written into `spool`. A duplex feeder gives both sides of each sheet, so one image more where the
        limit is odd; a front that stays without its back is the fault MISSING_SIDE. The last element is `EndOfPaper`
        when the source ran empty, and an image when the limit ended the feed. Raises `DeviceFault`; images yielded
        before it are whole.
        """
        ...

    def sensors(self) -> dict[str, Any]: ...

    def cancel(self) -> None:
        """End the feed under way, from the moment its first image was asked for. Does nothing without one."""
        ...

    def close(self) -> None: ...
