"""What columns of a list are called and which words stand in their cells: data of `data/worklist`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from station.text import fold

_DATA = resources.files("station") / "data" / "worklist"
_BRACKETS = re.compile(r"\([^)]*\)")


def field_of(label: str) -> str | None:
    """The field that a column with this label holds, None for one that no list needs."""
    line = label.split("\n", 1)[0]
    labels = _labels()
    return labels.get(_key(line)) or labels.get(_key(_BRACKETS.sub(" ", line)))


def label_of(field: str) -> str:
    """How a field is called in the data, for people."""
    return str(_read("columns.toml")[field]["labels"][0])


@cache
def words(name: str) -> tuple[str, ...]:
    """A list of words, folded, the longest first."""
    return tuple(sorted(map(fold, _read("words.toml")[name]), key=len, reverse=True))


@cache
def _labels() -> dict[str, str]:
    return {_key(label): field for field, entry in _read("columns.toml").items() for label in entry["labels"]}


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_DATA / name).read_text(encoding="utf-8"))


def _key(label: str) -> str:
    """Letters and digits alone, without accents."""
    return re.sub(r"[^a-z0-9]+", " ", fold(label)).strip()
