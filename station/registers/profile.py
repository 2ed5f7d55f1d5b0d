"""The profile folder: who confirmed it, register types, units that kept registers, and what is said of cases.

Shipped in `data/registers`. Files of the same names in the folder `registers` of a root go before them: `types.toml`
key by key, `units.json` unit by unit, `marks.toml` mark by mark, `profile.toml` as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from station.errors import SettingsError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

_SHIPPED = resources.files("station") / "data" / "registers"

Shape = TypeVar("Shape")
_Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
_Code = Annotated[str, Meta(pattern=r"^[0-9A-Za-z](?:[0-9A-Za-z-]{0,14}[0-9A-Za-z])?$")]
_MarkCode = Annotated[str, Meta(pattern=r"^[a-z]+(?:-[a-z]+)*$", max_length=30)]
_TypeCode = Annotated[str, Meta(pattern=r"^[A-Z]{1,8}$")]
_Prefix = Annotated[str, Meta(pattern=r"^[a-z0-9]+(?:_[a-z0-9]+)*$", max_length=80)]


class _About(Struct, frozen=True, forbid_unknown_fields=True):
    """`profile.toml`."""

    name: str
    version: str
    confirmed_by: str
    confirmed_on: str
    sources: tuple[str, ...] = ()


class _Type(Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of `types.toml`."""

    vi: str
    en: str
    columns: str
    words: tuple[str, ...] = ()


class Mark(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody may say of a case, from `marks.toml`: its words."""

    vi: str
    en: str


class Unit(Struct, frozen=True, forbid_unknown_fields=True):
    """A unit under one name: what the office was called from one day to another (None: not known, or until today).

    `approximate`: the days lie between two published lists of which only one has the unit. `became` holds the codes of
    the units that took it over.
    """

    code: _Code
    name: str
    place: str
    prefix: _Prefix
    district: str | None = None
    start: _Day | None = msgspec.field(default=None, name="from")
    until: _Day | None = None
    approximate: bool = False
    became: tuple[str, ...] = ()

    def stood_in(self, year_first: int, year_last: int) -> bool:
        """Whether the office had this name at some time of these years, as far as is known."""
        return (self.start or "")[:4] <= str(year_last) and str(year_first) <= (self.until or "9999")[:4]


@dataclass(frozen=True)
class RegisterType:
    """A kind of register: its code in names, its words, and the Excel column set of its books.

    `words` are further ways of writing it in lists.
    """

    code: str
    vi: str
    en: str
    columns: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Profile:
    """What a ministry could change: see the module."""

    name: str
    version: str
    confirmed_by: str
    types: dict[str, RegisterType]
    units: tuple[Unit, ...]
    marks: dict[str, Mark]


_chosen: Path | None = None


def choose_folder(folder: Path | None) -> None:
    """Put the files of this folder, if there are any, before the shipped ones from now on.

    Raises `SettingsError` with file and key for one that does not say what it should.
    """
    global _chosen  # noqa: PLW0603 - one profile for the whole program, as its language is
    _read_profile.cache_clear()
    _chosen = folder if folder is not None and folder.is_dir() else None
    if _chosen is not None:
        _ = profile()


def profile() -> Profile:
    """The profile that counts. Raises `SettingsError`."""
    return _read_profile(_chosen)


def register_types() -> dict[str, RegisterType]:
    """All register types by their code, in the order of the data."""
    return profile().types


def marks() -> dict[str, Mark]:
    """What somebody may say of a case, by its code, in the order of the data."""
    return profile().marks


@cache
def _read_profile(folder: Path | None) -> Profile:
    sources: list[Traversable] = [_SHIPPED, *([folder] if folder else [])]
    about: _About | None = None
    types: dict[str, dict[str, Any]] = {}
    units: dict[tuple[str, str | None], Unit] = {}
    said: dict[str, Mark] = {}
    for source in sources:
        about = _read(source / "profile.toml", _About) or about
        for code, entry in (_read(source / "types.toml", dict[_TypeCode, dict[str, Any]]) or {}).items():
            types[code] = types.get(code, {}) | entry
        for unit in _read(source / "units.json", list[Unit]) or ():
            units[unit.code, unit.start] = unit
        said |= _read(source / "marks.toml", dict[_MarkCode, Mark]) or {}
    assert about is not None
    _refuse_doubled_prefix(units, sources[-1] / "units.json")
    file = sources[-1] / "types.toml"
    known = {code: _type(code, entry, file) for code, entry in types.items()}
    return Profile(about.name, about.version, about.confirmed_by, known, tuple(units.values()), said)


def _type(code: str, entry: dict[str, Any], file: Traversable) -> RegisterType:
    try:
        made = msgspec.convert(entry, _Type)
    except msgspec.ValidationError as error:
        raise SettingsError("bad-register-profile", file=str(file), reason=f"[{code}] {error}") from error
    return RegisterType(code, made.vi, made.en, made.columns, made.words)


def _read(file: Traversable, shape: type[Shape]) -> Shape | None:
    """A file of the profile, None if it is not there. The shipped folder has all of them."""
    if not file.is_file():
        return None
    decode: Any = msgspec.toml.decode if file.name.endswith(".toml") else msgspec.json.decode
    try:
        read: Shape = decode(file.read_bytes(), type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise SettingsError("bad-register-profile", file=str(file), reason=str(error)) from error
    return read


def _refuse_doubled_prefix(units: dict[tuple[str, str | None], Unit], file: Traversable) -> None:
    """Two units with one prefix would give their books the same names."""
    holders: dict[str, Unit] = {}
    for unit in units.values():
        other = holders.setdefault(unit.prefix, unit)
        if other is not unit:
            reason = f"{other.code} {other.name}, {unit.code} {unit.name}: prefix {unit.prefix}"
            raise SettingsError("bad-register-profile", file=str(file), reason=reason)
