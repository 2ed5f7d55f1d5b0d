"""Which registry a list means: by code, or by a name that somebody typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.errors import BadName
from station.registers import known_registry, named_units
from station.text import fold, spelling_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from station.model import Registry


class Offices:
    """The registries that a list may name: those of the station, and the units of the profile."""

    def __init__(self, kept: Iterable[Registry], own: str) -> None:
        self._kept = {registry.code: registry for registry in kept}
        self._own = own
        self._asked: dict[tuple[str, str, tuple[int, int]], str] = {}

    def code_of(self, text: str, district: str, years: tuple[int, int]) -> str:
        """The code of a registry; without a name the station's own is meant.

        Raises `BadName` when nobody has this name, or more than one.
        """
        question = (text, district, years)
        if question not in self._asked:
            self._asked[question] = self._find(text, district, years)
        return self._asked[question]

    def _find(self, text: str, district: str, years: tuple[int, int]) -> str:
        if not text:
            if not self._own:
                raise BadName("registry-missing")
            return self._own
        if text in self._kept or known_registry(text):
            return text
        kept = [code for code, registry in self._kept.items() if self._is_called(registry, text)]
        if len(kept) == 1 and not district:
            return kept[0]
        units = named_units(text, *years, district)
        if not units:
            raise BadName("registry-unknown", text=text)
        if len(units) > 1:
            found = "; ".join(f"{unit.code} {unit.place}" for unit in units)
            raise BadName("registry-ambiguous", text=text, found=found)
        return units[0].code

    @staticmethod
    def _is_called(registry: Registry, text: str) -> bool:
        names = (registry.name, registry.place)
        return spelling_key(text) in map(spelling_key, names) or fold(text) == fold(registry.name)

    def registry(self, code: str) -> Registry | None:
        """The registry of a code as the station keeps it, or as the profile has it."""
        return self._kept.get(code) or known_registry(code)

    def is_kept(self, code: str) -> bool:
        return code in self._kept
