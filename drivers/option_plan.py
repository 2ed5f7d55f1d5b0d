"""What is set before a scan, in which order and why; and options in words for a technician.

Backends change options when others are set. The plan therefore comes in steps: each looks at the options as they are
after the step before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers import options as opt
from drivers.interface import DeviceOption, Difference, Mode, OptionValue, ScanSettings, Source
from drivers.sane_api import OptionType, Range, Unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.interface import Applied
    from drivers.sane_api import OptionInfo, Options

Setting = tuple[str, OptionValue]
_ROUNDING_MM = 0.5
"""Backends round lengths to their pixels."""

# Steps that some backends do by themselves and that alter or drop pages: the station does these itself and keeps what
# the scanner saw. fujitsu, canon_dr, epjitsu, genesys, kvs1025 (sw...), canon_dr (hwcrop), fujitsu (hwdeskewcrop, ald:
# cuts the page where it believes the paper ends), kvs40xx (crop, deskew), epsonds (adf-skew).
_ALTERING = (
    "swcrop", "swdeskew", "swskip", "swdespeck", "swderotate", "hwcrop", "hwdeskewcrop", "ald", "crop", "deskew",
    "adf-skew",
)  # fmt: skip
# A preview is coarse; a hand scanner does not know its height; three passes give three images. The station asks for
# none of these, and backends remember what another program asked for.
_UNWANTED = ("preview", "hand-scanner", "three-pass")

_UNITS = {
    Unit.PIXEL: "px",
    Unit.BIT: "bit",
    Unit.MM: "mm",
    Unit.DPI: "dpi",
    Unit.PERCENT: "%",
    Unit.MICROSECOND: "µs",
}


def source_step(options: Options, settings: ScanSettings) -> list[Setting]:
    name, (_, value) = opt.source_option(options), opt.choose_source(options, settings.source)
    return [(name, value)] if name and value else []


def sides_step(options: Options, settings: ScanSettings) -> list[Setting]:
    """epson2, kodakaio and magicolor choose the sides by `adf-mode`, kvs40xx by a boolean `duplex`."""
    source, _ = opt.choose_source(options, settings.source)
    duplex = source is Source.ADF_DUPLEX
    steps: list[Setting] = [("adf-mode", "Duplex" if duplex else "Simplex")]
    if "duplex" in options and options["duplex"].type is OptionType.BOOL:
        steps.append(("duplex", duplex))
    return steps


def mode_step(options: Options, settings: ScanSettings) -> list[Setting]:
    name = opt.choose_mode(options, settings.mode, settings.depth)
    return [("mode", name)] if name else []


def depth_step(_: Options, settings: ScanSettings) -> list[Setting]:
    return [("depth", depth_asked(settings))]


def depth_asked(settings: ScanSettings) -> int:
    return 1 if settings.mode is Mode.LINEART else settings.depth


def resolution_step(options: Options, settings: ScanSettings) -> list[Setting]:
    opt.check_resolution(options, settings.dpi)
    return [(name, settings.dpi) for name in opt.resolution_options(options)]


def unaltered_step(options: Options, _: ScanSettings) -> list[Setting]:
    """Off is False or 0, whatever the option counts."""
    here = [options[name] for name in (*_ALTERING, *_UNWANTED) if name in options]
    numbers = {OptionType.INT, OptionType.FIXED}
    steps: list[Setting] = [(one.name, False) for one in here if one.type is OptionType.BOOL]
    return steps + [(one.name, 0) for one in here if one.type in numbers]


def double_feed_step(options: Options, settings: ScanSettings) -> list[Setting]:
    """On unless the settings say otherwise. Off is set too: a scanner may have its own mind."""
    names = opt.double_feed_options(options)
    if settings.double_feed:
        return [(name, opt.DOUBLE_FEED[name]) for name in names]
    return [(name, "Continue" if name == "df-action" else False) for name in names]


def area_step(options: Options, settings: ScanSettings) -> list[Setting]:
    """The area in the order backends need: page size, then the far corner, then the near one.

    A size larger than the device's is cut to it; `unkept` tells.
    """
    sizes: list[Setting] = []
    far: list[Setting] = []
    near: list[Setting] = []
    for axis, size_option, asked in (("x", "page-width", settings.width_mm), ("y", "page-height", settings.height_mm)):
        most = opt.largest_mm(options, axis, settings.dpi)
        mm = asked if most is None else min(asked or most, most)
        for plan, name in ((sizes, size_option), (far, f"br-{axis}")):
            if mm is not None and name in options and options[name].settable:
                plan.append((name, opt.from_mm(options[name], mm, settings.dpi)))
        name = f"tl-{axis}"
        if name in options and options[name].settable:
            limits = options[name].constraint
            near.append((name, limits.low if isinstance(limits, Range) else 0.0))
    return [*sizes, *far, *near]


STEPS: tuple[Callable[[Options, ScanSettings], list[Setting]], ...] = (
    source_step,
    sides_step,
    mode_step,
    depth_step,
    resolution_step,
    unaltered_step,
    double_feed_step,
    area_step,
)


def typed(option: OptionInfo, value: OptionValue) -> OptionValue:
    """The value as the option's own type. Raises `ValueError` in words where it is none of that type."""
    if option.is_table:
        raise ValueError("a list of numbers, which cannot be set here")
    match option.type:
        case OptionType.BOOL if isinstance(value, bool):
            return value
        case OptionType.INT if not isinstance(value, bool | str) and float(value).is_integer():
            return int(value)
        case OptionType.FIXED if not isinstance(value, bool | str):
            return float(value)
        case OptionType.STRING if isinstance(value, str):
            return value
        case OptionType.BUTTON:
            return True
    raise ValueError(f"takes {_KINDS[option.type]}")


_KINDS = {
    OptionType.BOOL: "true or false",
    OptionType.INT: "a whole number",
    OptionType.FIXED: "a number",
    OptionType.STRING: "text",
}


def same(option: OptionInfo, asked: OptionValue, got: OptionValue | None) -> bool:
    """Whether the device took the value. Lengths may be off by a little."""
    if option.type is OptionType.BUTTON:
        return True
    if option.type is OptionType.FIXED and not isinstance(asked, str) and isinstance(got, int | float):
        return abs(got - asked) < (_ROUNDING_MM if option.unit is Unit.MM else 0.01)
    return got == asked


def unkept(settings: ScanSettings, applied: Applied) -> list[Difference]:
    """What was asked for and no single option could promise: the device has none for it, or ends before."""
    found = []
    if applied.depth != depth_asked(settings):
        found.append(Difference("depth", str(depth_asked(settings)), str(applied.depth)))
    for name, asked, got in (
        ("br-x", settings.width_mm, applied.width_mm),
        ("br-y", settings.height_mm, applied.height_mm),
    ):
        if asked and asked - got > _ROUNDING_MM:
            found.append(Difference(name, f"{asked:g}", f"{got:g}"))
    return found


def described(option: OptionInfo, value: OptionValue | None) -> DeviceOption:
    rounded = round(value, 3) if isinstance(value, float) else value
    return DeviceOption(option.name, rounded, _UNITS.get(option.unit, ""), _choices(option), option.settable)


def _choices(option: OptionInfo) -> str:
    limits = option.constraint
    if isinstance(limits, Range):
        step = f", step {limits.step:g}" if limits.step else ""
        return f"{limits.low:g} to {limits.high:g}{step}"
    if limits:
        return ", ".join(one if isinstance(one, str) else f"{one:g}" for one in limits)
    return "true, false" if option.type is OptionType.BOOL else ""
