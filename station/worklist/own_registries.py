"""Registries that a technician adds: with a code of their own, a prefix that no other has, and their validity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from station.errors import BadName, UsageError
from station.naming import check_registry
from station.registers import check_prefix, known_registry, new_registry, profile
from station.tables import typed_date

if TYPE_CHECKING:
    from station.catalogue import Catalogue
    from station.model import Registry


@dataclass(frozen=True)
class Wish:
    """What is typed of a registry; None: as the profile has it, or made from the name."""

    name: str
    place: str | None = None
    prefix: str | None = None
    first_day: str | None = None
    last_day: str | None = None


def add_registry(catalogue: Catalogue, code: str, wish: Wish) -> tuple[Registry, bool]:
    """Keep a registry, and whether it was not kept yet. A code of the profile under one of its names needs no more.

    Raises `BadName` and `UsageError`: a registry that is kept never changes, because its books bear its prefix.
    """
    check_registry(code)
    wanted = _registry(code, wish)
    kept = catalogue.registry(code)
    if kept:
        if kept != wanted:
            raise UsageError("registry-kept", code=code, name=kept.name, prefix=kept.prefix)
        return kept, False
    _refuse_taken_prefix(catalogue, wanted)
    catalogue.add_registry(wanted)
    return wanted, True


def _registry(code: str, wish: Wish) -> Registry:
    known = known_registry(code, wish.name)
    made = known or new_registry(code, wish.name, wish.place, wish.prefix)
    if wish.prefix:
        check_prefix(wish.prefix)
    made = replace(
        made,
        place=wish.place or made.place,
        prefix=wish.prefix or made.prefix,
        valid_from=_day(wish.first_day) or made.valid_from,
        valid_until=_day(wish.last_day) or made.valid_until,
    )
    if made.valid_from and made.valid_until and made.valid_until < made.valid_from:
        raise UsageError("validity-backwards", first=made.valid_from, last=made.valid_until)
    return made


def _day(text: str | None) -> str | None:
    """ISO, whole or in part."""
    try:
        return typed_date(text) if text else None
    except ValueError as error:
        raise BadName("bad-date", text=text) from error


def _refuse_taken_prefix(catalogue: Catalogue, wanted: Registry) -> None:
    """A prefix of the profile is reserved for its unit, whether this station keeps books of it or not."""
    holder = catalogue.registry_with_prefix(wanted.prefix)
    units = [unit for unit in profile().units if unit.prefix == wanted.prefix and unit.code != wanted.code]
    if holder or units:
        name = f"{holder.code} {holder.name}" if holder else f"{units[0].code} {units[0].name}"
        raise UsageError("prefix-taken", prefix=wanted.prefix, holder=name)
