"""SANE's options, neutral of the backend: which source is which, what is set and in which order.

Everything here is pure: it looks at a list of options and answers; the worker sets and reads back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import Capabilities, Mode, ScanSettings, Source

# Types of SANE options (sane.h).
BOOL, INT, FIXED, STRING, BUTTON, GROUP = range(6)
_CAP_SOFT_SELECT, _CAP_SOFT_DETECT, _CAP_INACTIVE = 1, 4, 32

_PAGE_SIZE_MAX_MM = 500.0

# Read-only options that backends offer as sensors and buttons.
SENSORS = (
    "page-loaded", "adf-loaded", "double-feed", "cover-open", "error-code", "skew-angle", "scan", "email", "power-save",
    "button-scan", "button-1",
)  # fmt: skip

# Steps that some backends do by themselves and that alter or drop pages: the station does these itself and keeps
# what the scanner saw. Double feed: fujitsu wants the action before the ways of detection.
FORCED: tuple[tuple[str, Any], ...] = (
    ("swcrop", False),
    ("swdeskew", False),
    ("swskip", 0.0),
    ("swdespeck", 0),
    ("ald", False),
    ("df-action", "Stop"),
    ("df-thickness", True),
    ("df-length", True),
    ("hand-scanner", False),
    ("three-pass", False),
)


@dataclass(frozen=True)
class OptionInfo:
    """One option as the backend describes it. `constraint` is a range, a list or None, as python-sane gives it."""

    index: int
    name: str
    type: int
    cap: int
    constraint: Any

    @property
    def settable(self) -> bool:
        return bool(self.cap & _CAP_SOFT_SELECT) and not self.cap & _CAP_INACTIVE

    @property
    def readable(self) -> bool:
        return bool(self.cap & _CAP_SOFT_DETECT) and not self.cap & _CAP_INACTIVE


Options = dict[str, OptionInfo]


def source_of(name: str) -> Source | None:
    """Which source a backend's name means, by the words that backends use."""
    text = name.lower()
    if "duplex" in text:
        return Source.ADF_DUPLEX
    if "adf" in text or "feeder" in text:
        return Source.ADF
    if any(word in text for word in ("flatbed", "platen", "normal", "fb")):
        return Source.FLATBED
    return None


def source_names(options: Options) -> dict[Source, str]:
    """The backend's own name of each source; the first that fits wins. No option at all means a flatbed."""
    option = options.get("source")
    found: dict[Source, str] = {}
    for name in option.constraint or () if option else ():
        source = source_of(name)
        if source:
            found.setdefault(source, name)
    if Source.ADF in found and _has_duplex_switch(options):
        found.setdefault(Source.ADF_DUPLEX, found[Source.ADF])
    return found


def _has_duplex_switch(options: Options) -> bool:
    """Whether the sides are an option of their own: `adf-mode` (epson2, kodakaio, magicolor) or `duplex` (kvs40xx)."""
    mode, switch = options.get("adf-mode"), options.get("duplex")
    return (mode is not None and "Duplex" in (mode.constraint or ())) or (switch is not None and switch.type == BOOL)


def mode_of(name: str) -> Mode | None:
    """Which mode a backend's name means. "Gray[Error Diffusion]" and its like are black dots and no mode of ours."""
    text = name.lower()
    if any(word in text for word in ("diffusion", "halftone", "lineart")):
        return None
    if "color" in text or "colour" in text:
        return Mode.COLOUR
    if "gray" in text or "grey" in text:
        return Mode.GREY
    return None


def mode_names(options: Options) -> dict[Mode, str]:
    option = options.get("mode")
    found: dict[Mode, str] = {}
    for name in option.constraint or () if option else ():
        mode = mode_of(name)
        if mode:
            found.setdefault(mode, name)
    return found


def _resolutions(option: OptionInfo | None) -> tuple[int, ...]:
    if option is None or not option.constraint:
        return ()
    if isinstance(option.constraint, tuple):
        low, high, _ = option.constraint
        usual = (75, 100, 150, 200, 240, 300, 400, 600, 1200)
        return tuple(value for value in usual if low <= value <= high)
    return tuple(int(value) for value in option.constraint)


def _largest(option: OptionInfo | None, otherwise: float) -> float:
    if option and isinstance(option.constraint, tuple):
        return min(float(option.constraint[1]), _PAGE_SIZE_MAX_MM)
    if option and option.constraint:
        return float(max(option.constraint))
    return otherwise


def capabilities_of(options: Options) -> Capabilities:
    """What the device can do, in our words."""
    sources = tuple(source_names(options)) or (Source.FLATBED,)
    return Capabilities(
        sources=sources,
        modes=tuple(mode_names(options)) or (Mode.COLOUR,),
        resolutions=_resolutions(options.get("resolution")),
        max_width_mm=_largest(options.get("br-x"), 210.0),
        max_height_mm=_largest(options.get("br-y"), 297.0),
        sensors=tuple(name for name in SENSORS if name in options and options[name].readable),
        double_feed="df-action" in options or "df-thickness" in options,
    )


def choose_source(options: Options, asked: Source | None) -> tuple[Source, str | None]:
    """The source to scan from and the backend's name for it; raises when the device does not have it."""
    names = source_names(options)
    if asked is None:
        return next(iter(names.items())) if names else (Source.FLATBED, None)
    if asked in names:
        return asked, names[asked]
    if not names and asked is Source.FLATBED:
        return asked, None
    has = ", ".join(names) or Source.FLATBED
    raise DeviceFault(FaultKind.UNSUPPORTED_SETTING, f"source {asked}; the device has: {has}")


def choose_mode(options: Options, asked: Mode) -> str | None:
    """The backend's name of the mode; raises when the device does not have it."""
    names = mode_names(options)
    if asked in names:
        return names[asked]
    if not names:
        return None
    raise DeviceFault(FaultKind.UNSUPPORTED_SETTING, f"mode {asked}; the device has: {', '.join(names)}")


def check_resolution(options: Options, dpi: int) -> None:
    """Refuse a resolution that the device would clamp in silence."""
    option = options.get("resolution")
    if option is None or not option.constraint:
        return
    if isinstance(option.constraint, tuple):
        fits = option.constraint[0] <= dpi <= option.constraint[1]
    else:
        fits = dpi in [int(value) for value in option.constraint]
    if not fits:
        raise DeviceFault(FaultKind.UNSUPPORTED_SETTING, f"{dpi} dpi; the device has: {option.constraint}")


def area_plan(options: Options, settings: ScanSettings) -> list[tuple[str, float]]:
    """The area options in the order backends need: page size, then the far corner, then the near one.

    A size larger than the device's is cut to it; `configure` reports the difference.
    """
    plan: list[tuple[str, float]] = []
    for axis, size_option, asked in (
        ("x", "page-width", settings.width_mm),
        ("y", "page-height", settings.height_mm),
    ):
        far = options.get(f"br-{axis}")
        size = _largest(far, asked or 0.0) if asked is None else min(asked, _largest(far, asked))
        if size_option in options and options[size_option].settable:
            plan.append((size_option, size))
        if far is not None and far.settable:
            plan.append((f"br-{axis}", size))
    plan += [(name, 0.0) for name in ("tl-x", "tl-y") if name in options and options[name].settable]
    return sorted(plan, key=lambda step: ("page" not in step[0], step[0].startswith("tl")))
