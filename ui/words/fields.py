"""Fields of cases by their words, where the station's data has their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from station.errors import StationError
from ui.words import Language, chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from station.registers.columns import Field


@dataclass(frozen=True)
class FieldWord:
    """What a field is called, in the language that is spoken when it is written."""

    field: Field

    def __str__(self) -> str:
        return self.field.vi if chosen() is Language.VI else self.field.en


def with_words(values: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """The values of a finding or an error with fields as their words; unknown names stay."""
    spoken = dict(values)
    if "field" in spoken:
        spoken["field"] = _word(spoken["field"], fields)
    if isinstance(spoken.get("fields"), str):
        spoken["fields"] = FieldWords(tuple(_word(name, fields) for name in spoken["fields"].split(", ")))
    return spoken


@dataclass(frozen=True)
class FieldWords:
    """Several fields."""

    words: tuple[FieldWord | str, ...]

    def __str__(self) -> str:
        return ", ".join(map(str, self.words))


def error_in_words(error: Exception, fields: Mapping[str, Field]) -> Exception:
    """The same error with its field as a word."""
    if isinstance(error, StationError) and "field" in error.values:
        return type(error)(error.code, **with_words(error.values, fields))
    return error


def _word(name: Any, fields: Mapping[str, Field]) -> FieldWord | str:
    return FieldWord(fields[name]) if name in fields else str(name)
