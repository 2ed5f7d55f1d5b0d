"""The XML of eSCL: what the scanner can do, how it is, and what a client asks for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

PWG = "http://www.pwg.org/schemas/2010/12/sm"
SCAN = "http://schemas.hp.com/imaging/escl/2011/05/03"
UNITS_PER_INCH = 300
"""eSCL gives every length in 1/300 inch, whatever the resolution of the scan."""


class Source(StrEnum):
    """Where a job takes its images from."""

    PLATEN = "platen"
    ADF = "adf"
    ADF_DUPLEX = "adf-duplex"


class ColorMode(StrEnum):
    """Colour modes on offer, in eSCL's own names."""

    COLOR = "RGB24"
    GRAY = "Grayscale8"


class AdfState(StrEnum):
    """States of the feeder. `ScannerAdfProcessing` is left out: sane-airscan reads it as "no documents"."""

    LOADED = "ScannerAdfLoaded"
    EMPTY = "ScannerAdfEmpty"
    JAM = "ScannerAdfJam"
    DOOR_OPEN = "ScannerAdfDoorOpen"


class MachineState(StrEnum):
    """States of the scanner as a whole."""

    IDLE = "Idle"
    PROCESSING = "Processing"


@dataclass(frozen=True)
class Region:
    """The part of the glass that is asked for, in 1/300 inch."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class ScanSettings:
    """What a client asks of one job."""

    source: Source
    resolution: int
    color: ColorMode
    region: Region | None = None


def capabilities(name: str, size: tuple[int, int], resolutions: Iterable[int], *, duplex: bool) -> str:
    """Describe the scanner: its sources, their size in 1/300 inch, resolutions and colour modes."""
    caps = _input_caps(size, resolutions)
    duplex_caps = f"<scan:AdfDuplexInputCaps>{caps}</scan:AdfDuplexInputCaps>" if duplex else ""
    return _document(
        "ScannerCapabilities",
        "<pwg:Version>2.6</pwg:Version>"
        f"<pwg:MakeAndModel>{escape(name)}</pwg:MakeAndModel>"
        f"<scan:Platen><scan:PlatenInputCaps>{caps}</scan:PlatenInputCaps></scan:Platen>"
        f"<scan:Adf><scan:AdfSimplexInputCaps>{caps}</scan:AdfSimplexInputCaps>{duplex_caps}</scan:Adf>",
    )


def status(machine: MachineState, adf: AdfState) -> str:
    """Say how the scanner and its feeder are; sane-airscan asks this after every refusal."""
    return _document(
        "ScannerStatus",
        f"<pwg:Version>2.6</pwg:Version><pwg:State>{machine}</pwg:State><scan:AdfState>{adf}</scan:AdfState>",
    )


def parse_scan_settings(body: bytes) -> ScanSettings:
    """Read a client's ``ScanSettings``; ValueError when it is not one or asks for something not on offer."""
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - only programs of this machine reach the loopback port
    except ElementTree.ParseError as error:
        raise ValueError(f"the job is not XML: {error}") from error
    return ScanSettings(
        source=_source(_text(root, "pwg:InputSource"), _text(root, "scan:Duplex", "false")),
        resolution=int(_text(root, "scan:XResolution", str(UNITS_PER_INCH))),
        color=ColorMode(_text(root, "scan:ColorMode", ColorMode.COLOR)),
        region=_region(root),
    )


def _document(root: str, content: str) -> str:
    spaces = f'xmlns:scan="{SCAN}" xmlns:pwg="{PWG}"'
    return f'<?xml version="1.0" encoding="UTF-8"?><scan:{root} {spaces}>{content}</scan:{root}>'


def _input_caps(size: tuple[int, int], resolutions: Iterable[int]) -> str:
    width, height = size
    discrete = "".join(
        f"<scan:DiscreteResolution><scan:XResolution>{dpi}</scan:XResolution>"
        f"<scan:YResolution>{dpi}</scan:YResolution></scan:DiscreteResolution>"
        for dpi in resolutions
    )
    colors = "".join(f"<scan:ColorMode>{mode}</scan:ColorMode>" for mode in ColorMode)
    return (
        f"<scan:MinWidth>1</scan:MinWidth><scan:MaxWidth>{width}</scan:MaxWidth>"
        f"<scan:MinHeight>1</scan:MinHeight><scan:MaxHeight>{height}</scan:MaxHeight>"
        "<scan:SettingProfiles><scan:SettingProfile>"
        f"<scan:ColorModes>{colors}</scan:ColorModes>"
        "<scan:DocumentFormats><pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat></scan:DocumentFormats>"
        f"<scan:SupportedResolutions><scan:DiscreteResolutions>{discrete}</scan:DiscreteResolutions>"
        "</scan:SupportedResolutions></scan:SettingProfile></scan:SettingProfiles>"
    )


def _source(source: str, duplex: str) -> Source:
    if source == "Platen":
        return Source.PLATEN
    if source != "Feeder":
        raise ValueError(f"no input source {source!r}")
    return Source.ADF_DUPLEX if duplex == "true" else Source.ADF


def _region(root: ElementTree.Element) -> Region | None:
    element = root.find("pwg:ScanRegions/pwg:ScanRegion", _NAMESPACES)
    if element is None:
        return None
    x, y, width, height = (int(_text(element, f"pwg:{name}")) for name in ("XOffset", "YOffset", "Width", "Height"))
    return Region(x, y, width, height)


def _text(element: ElementTree.Element, path: str, default: str | None = None) -> str:
    text = element.findtext(path, default, _NAMESPACES)
    if text is None:
        raise ValueError(f"the job lacks {path}")
    return text.strip()


_NAMESPACES = {"pwg": PWG, "scan": SCAN}
