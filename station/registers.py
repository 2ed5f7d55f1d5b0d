"""What is known of registries and register types, read from the data beside this package."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources

from station.model import Registry

_DATA = resources.files("station") / "data" / "registers"


@dataclass(frozen=True)
class RegisterType:
    """A kind of register: its code in names, its words, and the Excel column set of its books."""

    code: str
    vi: str
    en: str
    columns: str


@cache
def register_types() -> dict[str, RegisterType]:
    """All register types by their code, in the order of the data."""
    data = tomllib.loads((_DATA / "types.toml").read_text(encoding="utf-8"))
    return {code: RegisterType(code, **entry) for code, entry in data.items()}


@cache
def _registries() -> dict[str, dict[str, str]]:
    data: dict[str, dict[str, dict[str, str]]] = json.loads((_DATA / "registries.json").read_text(encoding="utf-8"))
    return data["registries"]


@cache
def column_set(name: str) -> tuple[str, ...]:
    """The column headers of a set, in order. Raises `KeyError` for a set that the data does not hold."""
    return tuple(json.loads((_DATA / "columns.json").read_text(encoding="utf-8"))[name])


def known_registry(code: str) -> Registry | None:
    """The registry of a unit code, or None: registries may have codes of their own."""
    entry = _registries().get(code)
    return Registry(code, **entry) if entry else None


def new_registry(code: str, name: str) -> Registry:
    """A registry that no list holds. Its prefix is made once, here, and stored from then on."""
    clean = unicodedata.normalize("NFC", name.strip())
    return Registry(code, clean, clean, f"{_ascii_word(clean)}_{_ascii_word(code)}")


def _ascii_word(text: str) -> str:
    """Lower-case ASCII letters and digits. `đ` has no decomposition and is mapped by hand."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return re.sub(r"[^a-z0-9]", "", plain.lower())
