"""SANE's options as tests write them down."""

from __future__ import annotations

from drivers.sane_api import Cap, Constraint, OptionInfo, Options, OptionType, Unit

SETTABLE = Cap.SOFT_SELECT | Cap.SOFT_DETECT
READ_ONLY = Cap.HARD_SELECT | Cap.SOFT_DETECT
INACTIVE = Cap.INACTIVE


def option(
    name: str, kind: OptionType, constraint: Constraint = None, cap: Cap = SETTABLE, unit: Unit = Unit.NONE
) -> OptionInfo:
    return OptionInfo(1, name, kind, cap, constraint, unit)


def named(*options: OptionInfo) -> Options:
    return {one.name: one for one in options}


def sources(*names: str) -> Options:
    return named(option("source", OptionType.STRING, names))
