"""What is known of registries and register types: data of a profile folder, which a root can override."""

from station.registers.profile import Mark, Profile, RegisterType, Unit, choose_folder, marks, profile, register_types
from station.registers.units import (
    bare_name,
    check_prefix,
    holds_text,
    known_registry,
    named_units,
    new_registry,
    units_like,
)

__all__ = [
    "Mark",
    "Profile",
    "RegisterType",
    "Unit",
    "bare_name",
    "check_prefix",
    "choose_folder",
    "holds_text",
    "known_registry",
    "marks",
    "named_units",
    "new_registry",
    "profile",
    "register_types",
    "units_like",
]
