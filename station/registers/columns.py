"""Column sets of the workbooks, what their columns mean, and their code lists: all of it data.

Shipped in `data/registers`; files of the same names in the folder `registers` of a root go before them.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

import msgspec
from msgspec import Struct

from station.errors import SettingsError
from station.registers import register_types

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

_SHIPPED = resources.files("station") / "data" / "registers"
_VERBATIM = "_verbatim"

_Shape = TypeVar("_Shape")
_Sets = dict[str, tuple[str, ...]]
_Lists = dict[str, dict[str, str]]


class Kind(StrEnum):
    """What a column holds; see the header of `columns.toml`."""

    STATION = "station"
    NAME = "name"
    TEXT = "text"
    DATE = "date"
    PAGE = "page"
    DIGITS = "digits"
    PLACE = "place"


Uncounted = Literal["remark", "warning", "stop"]
"""What a book is worth whose numbers and pages nobody counted: see `columns.toml`."""


class _Meaning(Struct, frozen=True, forbid_unknown_fields=True):
    vi: str
    en: str
    kind: Kind = Kind.TEXT
    codes: str | None = None


class _Required(Struct, frozen=True, forbid_unknown_fields=True):
    level: Literal["warning", "stop"]
    columns: frozenset[str]


class _Counts(Struct, frozen=True, forbid_unknown_fields=True):
    level: Uncounted


class _Meanings(Struct, frozen=True, forbid_unknown_fields=True):
    year_first: int
    required: _Required
    counts: _Counts
    notes: dict[str, str]
    column: dict[str, _Meaning]
    person: dict[str, _Meaning]
    part: dict[str, _Meaning]


@dataclass(frozen=True)
class ColumnSet:
    """The columns of a workbook in order. `headers` is how the template writes them."""

    name: str
    columns: tuple[str, ...]
    headers: tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """A column as somebody types into it: its words, and what it takes.

    `codes` has the codes that it is limited to, in order, with their words; `year_first` is the oldest year of a date.
    """

    name: str
    vi: str
    en: str
    kind: Kind = Kind.TEXT
    required: bool = False
    codes: dict[str, str] = field(default_factory=dict, hash=False)
    year_first: int = 1850

    @property
    def typed(self) -> bool:
        """Whether it is for people to fill: the others the station knows by itself."""
        return self.kind is not Kind.STATION

    @property
    def offered(self) -> bool:
        """Whether the station fills it where nobody typed anything."""
        return self.kind in {Kind.STATION, Kind.PAGE, Kind.PLACE}


@dataclass(frozen=True)
class ColumnProfile:
    """Everything that a ministry could change about the workbooks."""

    sets: dict[str, ColumnSet]
    lists: _Lists
    meanings: _Meanings
    _fields: dict[tuple[str, str], Field] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """The shipped data, with what the files of a root's folder say put before it.

        Raises `SettingsError` with file and key.
        """
        sets, lists, meanings = _Sets(), _Lists(), dict[str, Any]()
        for place in _places(folder):
            sets |= _json(place / "columns.json", _Sets)
            lists |= _json(place / "code_lists.json", _Lists)
            meanings = _merge(meanings, _toml(place / "columns.toml"))
        file = str((folder or _SHIPPED) / "columns.toml")
        return cls(_column_sets(sets), lists, _shaped(meanings, _Meanings, file))

    def set_of(self, kind: str) -> ColumnSet:
        """The column set of a register type. Raises `SettingsError` when the data does not hold it."""
        name = register_types()[kind].columns
        if name not in self.sets:
            raise SettingsError("no-column-set", name=name, type=kind, known=", ".join(self.sets))
        return self.sets[name]

    def fields(self, kind: str) -> tuple[Field, ...]:
        """The columns of a register type in order, each with what it takes."""
        return tuple(self.field(name, kind) for name in self.set_of(kind).columns)

    def field(self, name: str, kind: str) -> Field:
        """What a column takes in books of a type. A column that the data does not explain is plain text."""
        key = (name, kind)
        if key not in self._fields:
            self._fields[key] = self._explain(name, kind)
        return self._fields[key]

    @property
    def required_stops(self) -> bool:
        """Whether a case that lacks a required field stops packing."""
        return self.meanings.required.level == "stop"

    @property
    def uncounted(self) -> Uncounted:
        """What a book is worth whose numbers and pages nobody counted: said, a finding, or one that stops packing."""
        return self.meanings.counts.level

    @cached_property
    def names(self) -> dict[str, str]:
        """Every column of any set, by its name in small letters: headers are recognised by it."""
        known = [name for columns in self.sets.values() for name in columns.columns]
        return {name.casefold(): name for name in [*self.meanings.column, *known]}

    def _explain(self, name: str, kind: str) -> Field:
        meaning = self.meanings.column.get(name) or self._composed(name) or _Meaning(name, name)
        codes: dict[str, str] = {}
        if meaning.codes:
            codes = self.lists.get(f"{meaning.codes}_{kind}") or self.lists.get(meaning.codes, {})
        required = name in self.meanings.required.columns
        return Field(name, meaning.vi, meaning.en, meaning.kind, required, codes, self.meanings.year_first)

    def _composed(self, name: str) -> _Meaning | None:
        """`nksHoTen` is the name (`HoTen`) of the child (`nks`)."""
        for person, who in self.meanings.person.items():
            part = self.meanings.part.get(name.removeprefix(person)) if name.startswith(person) else None
            if part:
                return _Meaning(f"{who.vi}: {part.vi}", f"{who.en}: {part.en}", part.kind, part.codes)
        return None


def _places(folder: Path | None) -> Iterator[Traversable]:
    yield _SHIPPED
    if folder is not None and folder.is_dir():
        yield folder


def _column_sets(sets: _Sets) -> dict[str, ColumnSet]:
    return {
        name: ColumnSet(name, columns, sets.get(f"{name}{_VERBATIM}", columns))
        for name, columns in sets.items()
        if not name.endswith(_VERBATIM)
    }


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Tables key by key, but a list of required columns as a whole."""
    tables = {
        name: {**below[name], **value} if isinstance(value, dict) and name in below else value
        for name, value in above.items()
    }
    return below | tables


def _json(file: Traversable, shape: type[_Shape]) -> _Shape:
    """A data file; keys that begin with `_` tell people about it."""
    if not file.is_file():
        return shape()
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SettingsError("bad-register-profile", file=str(file), reason=str(error)) from error
    told = {key: value for key, value in data.items() if not key.startswith("_")} if isinstance(data, dict) else data
    return _shaped(told, shape, str(file))


def _toml(file: Traversable) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SettingsError("bad-register-profile", file=str(file), reason=str(error)) from error


def _shaped(data: object, shape: type[_Shape], file: str) -> _Shape:
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        raise SettingsError("bad-register-profile", file=file, reason=str(error)) from error
