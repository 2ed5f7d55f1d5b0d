"""SANE's options, neutral of the backend: which source, mode or sensor is which, by the words that backends use.

Everything here is pure: it looks at a list of options and answers. `drivers.option_plan` says what is set.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import Capabilities, Mode, Source
from drivers.sane_api import Cap, OptionType, Range, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.sane_api import OptionInfo, Options

MM_PER_INCH = 25.4
_PAGE_SIZE_MAX_MM = 500.0
_USUAL_RESOLUTIONS = (75, 100, 150, 200, 240, 300, 400, 600, 1200)

# Samsung calls its sources "doc-source"; Lexmark its resolution "scan-resolution". Older backends set both axes apart.
_SOURCE_OPTIONS = ("source", "doc-source")
_RESOLUTION_OPTIONS = ("resolution", "x-resolution", "scan-resolution")

# Read-only options of SANE 1.2's backends: fujitsu and canon_dr (paper, cover, counters, error), epjitsu, genesys
# (paper, calibration), hp5590 (doc-in-adf). Buttons that end something stand here too: they must not start a scan.
SENSORS = (
    "page-loaded", "adf-loaded", "card-loaded", "doc-in-adf", "double-feed", "omr-df", "cover-open", "adf-open",
    "top-edge", "manual-feed", "a3-paper", "b4-paper", "a4-paper", "b5-paper", "error-code", "skew-angle", "ink-low",
    "power-save", "duplex", "density", "function", "need-calibration", "counter", "stop", "cancel", "power",
)  # fmt: skip
# Buttons: fujitsu and epjitsu (scan, email), canon_dr (start, button-3), genesys (scan, file, email, copy, ocr, extra,
# transp), rts8891, hp5590 (button-pressed, which one in words), avision (message, their numbers in words), plustek and
# hp3900 (button 1), pixma (button-1, fresh only after button-update).
BUTTONS = (
    "scan", "start", "email", "copy", "file", "fax", "pdf", "ocr", "web", "extra", "transp", "send", "button-pressed",
    "message",
)  # fmt: skip
_NUMBERED_BUTTON = re.compile(r"button[- ]?\d+")
BUTTON_UPDATE = "button-update"
_NOT_PRESSED = {"", "none", "0", "no"}

# The options that detect double feeds, with what they are set to when it is on. fujitsu and most others; panasonic's
# kvs40xx and kvs20xx. Without `df-action` the ways of detection are canon_dr's and go in its order.
DOUBLE_FEED: dict[str, bool | str] = {
    "df-action": "Stop", "df-thickness": True, "df-length": True, "dfeed": True, "dfstop": True, "double-feed": True,
}  # fmt: skip
_DOUBLE_FEED_OF_CANON = ("df-length", "df-thickness")


def is_button(option: OptionInfo) -> bool:
    known = option.name in BUTTONS or _NUMBERED_BUTTON.fullmatch(option.name) is not None
    return known and _is_reading(option)


def is_sensor(option: OptionInfo) -> bool:
    return option.name in SENSORS and _is_reading(option)


def _is_reading(option: OptionInfo) -> bool:
    """Whether the device alone changes the value: fujitsu's `duplex` is a switch on its case, avision's an option."""
    return option.readable and Cap.SOFT_SELECT not in option.cap and not option.is_table


def is_pressed(value: object) -> bool:
    """Whether a button's value, in words or numbers, says that it was pressed."""
    return value.lower() not in _NOT_PRESSED if isinstance(value, str) else bool(value)


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


def source_option(options: Options) -> str | None:
    return next((name for name in _SOURCE_OPTIONS if name in options), None)


def source_names(options: Options) -> dict[Source, str]:
    """The backend's own name of each source; the first that fits wins. No option at all means a flatbed."""
    found: dict[Source, str] = {}
    for name in names_of(options, source_option(options)):
        source = source_of(name)
        if source:
            found.setdefault(source, name)
    if Source.ADF in found and _has_duplex_switch(options):
        found.setdefault(Source.ADF_DUPLEX, found[Source.ADF])
    return found


def _has_duplex_switch(options: Options) -> bool:
    """Whether the sides are an option of their own: `adf-mode` (epson2, kodakaio, magicolor) or `duplex` (kvs40xx)."""
    switch = options.get("duplex")
    by_switch = switch is not None and switch.type is OptionType.BOOL and Cap.SOFT_SELECT in switch.cap
    return by_switch or "Duplex" in names_of(options, "adf-mode")


def names_of(options: Options, name: str | None) -> tuple[str, ...]:
    """The names that an option may have as its value."""
    option = options.get(name) if name else None
    if option is None or not isinstance(option.constraint, tuple):
        return ()
    return tuple(one for one in option.constraint if isinstance(one, str))


def mode_of(name: str) -> Mode | None:
    """Which mode a backend's name means. "Gray[Error Diffusion]" and its like are dots and no mode of ours."""
    text = name.lower()
    if any(word in text for word in ("diffusion", "halftone", "dither")):
        return None
    if any(word in text for word in ("lineart", "line art", "binary", "black & white", "monochrome")):
        return Mode.LINEART
    if "color" in text or "colour" in text:
        return Mode.COLOUR
    if "gray" in text or "grey" in text:
        return Mode.GREY
    return None


def depth_in_name(name: str) -> int | None:
    """The bits a sample that avision's and pixma's modes have in their names: "48bit color", "16 bits gray"."""
    stated = re.search(r"(\d+)\s*bit", name.lower())
    if stated is None:
        return None
    bits = int(stated[1]) // (3 if mode_of(name) is Mode.COLOUR else 1)
    return 8 if bits <= 8 else 16


def mode_names(options: Options, depth: int = 8) -> dict[Mode, str]:
    """The backend's own name of each mode; of several the one that gives this depth, by its name or by an option."""
    offered = depth_choices(options)
    best = (None, depth) if depth in offered else (depth, None)

    def rank(name: str) -> int:
        stated = depth_in_name(name)
        return best.index(stated) if stated in best else len(best)

    found: dict[Mode, str] = {}
    for name in sorted(names_of(options, "mode"), key=rank):
        mode = mode_of(name)
        if mode:
            found.setdefault(mode, name)
    if Mode.GREY in found and 1 in offered:
        found.setdefault(Mode.LINEART, found[Mode.GREY])
    return found


def depth_choices(options: Options) -> tuple[int, ...]:
    """The depths that the device's own option offers; none where it has no such option."""
    option = options.get("depth")
    if option is None:
        return ()
    if isinstance(option.constraint, Range):
        return tuple(depth for depth in (1, 8, 16) if option.constraint.low <= depth <= option.constraint.high)
    return tuple(sorted({round(float(depth)) for depth in option.constraint or ()}))


def depths(options: Options) -> tuple[int, ...]:
    """Bits a sample of grey and colour images. Lineart, which always has one, is a mode."""
    names = (name for name in names_of(options, "mode") if mode_of(name) in {Mode.COLOUR, Mode.GREY})
    found = set(depth_choices(options)) or {depth_in_name(name) or 8 for name in names}
    return tuple(sorted(found & {8, 16})) or (8,)


def resolution_options(options: Options) -> tuple[str, ...]:
    """The options that take the resolution, the first of them the one to ask."""
    first = next((name for name in _RESOLUTION_OPTIONS if name in options), None)
    if first is None:
        return ()
    return (first, "y-resolution") if first == "x-resolution" and "y-resolution" in options else (first,)


def resolutions(options: Options) -> tuple[int, ...]:
    """What the device lists, or the usual ones within its range."""
    names = resolution_options(options)
    constraint = options[names[0]].constraint if names else None
    if isinstance(constraint, Range):
        return tuple(value for value in _USUAL_RESOLUTIONS if constraint.low <= value <= constraint.high)
    return tuple(sorted({round(float(value)) for value in constraint or ()}))


def largest_mm(options: Options, axis: str, dpi: int = 300) -> float | None:
    """How far the device reaches along `x` or `y`; None where it does not say."""
    for name in ("page-width" if axis == "x" else "page-height", f"br-{axis}"):
        option = options.get(name)
        if option is None or not option.constraint:
            continue
        limits = option.constraint
        high = limits.high if isinstance(limits, Range) else max(float(value) for value in limits)
        return min(to_mm(option, high, dpi), _PAGE_SIZE_MAX_MM)
    return None


def to_mm(option: OptionInfo, value: float, dpi: int) -> float:
    """A length as the option counts it, in mm. A few backends count pixels."""
    return value * MM_PER_INCH / dpi if option.unit is Unit.PIXEL else float(value)


def from_mm(option: OptionInfo, mm: float, dpi: int) -> float:
    return mm * dpi / MM_PER_INCH if option.unit is Unit.PIXEL else mm


def double_feed_options(options: Options) -> tuple[str, ...]:
    """The options that detect double feeds, in the order in which they are set."""
    here = [name for name in DOUBLE_FEED if name in options and Cap.SOFT_SELECT in options[name].cap]
    if "df-action" not in here:
        here.sort(key=lambda name: name not in _DOUBLE_FEED_OF_CANON or name == "df-thickness")
    return tuple(here)


def capabilities_of(options: Options) -> Capabilities:
    """What the device can do, in our words; without the values of its options."""
    return Capabilities(
        sources=tuple(source_names(options)) or (Source.FLATBED,),
        modes=tuple(mode_names(options)) or (Mode.COLOUR,),
        resolutions=resolutions(options),
        max_width_mm=largest_mm(options, "x") or 210.0,
        max_height_mm=largest_mm(options, "y") or 297.0,
        sensors=tuple(option.name for option in options.values() if is_sensor(option)),
        buttons=tuple(option.name for option in options.values() if is_button(option)),
        double_feed=double_feed_options(options),
        depths=depths(options),
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
    raise _not_there(f"source {asked}", names or (Source.FLATBED,))


def choose_mode(options: Options, asked: Mode, depth: int = 8) -> str | None:
    """The backend's name of the mode; raises when the device does not have it."""
    names = mode_names(options, depth)
    if asked in names:
        return names[asked]
    if not names:
        return None
    raise _not_there(f"mode {asked}", names)


def check_resolution(options: Options, dpi: int) -> None:
    """Refuse a resolution that the device would clamp in silence."""
    names = resolution_options(options)
    constraint = options[names[0]].constraint if names else None
    if isinstance(constraint, Range):
        if not constraint.low <= dpi <= constraint.high:
            raise _not_there(f"{dpi} dpi", (f"{constraint.low:g} to {constraint.high:g}",))
    elif constraint and dpi not in resolutions(options):
        raise _not_there(f"{dpi} dpi", map(str, resolutions(options)))


def _not_there(asked: str, has: Iterable[str]) -> DeviceFault:
    return DeviceFault(FaultKind.UNSUPPORTED_SETTING, f"{asked}; the device has: {', '.join(has)}")
