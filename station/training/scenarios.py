"""Lessons as data: what lies in the feeder, what goes wrong, and what an operator does about it, step by step.

A lesson's title is the sentence `lesson.title.NAME`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources

from drivers.faults import FaultKind
from station.errors import UsageError

_DATA = resources.files("station") / "data" / "scenarios"
COVER, BLURRED = "cover", "blurred"


@dataclass(frozen=True)
class Sheet:
    """One thing that comes through the feeder: the cover, a case's page (sharp or blurred), or a fault."""

    number: int | None = None
    blurred: bool = False
    fault: FaultKind | None = None

    @classmethod
    def read(cls, text: str) -> Sheet:
        """`cover`, `3` (the page of case 3), `blurred 3`, or a kind of fault such as `jam`."""
        if text == COVER:
            return cls()
        if text in set(FaultKind):
            return cls(fault=FaultKind(text))
        first, _, second = text.partition(" ")
        return cls(int(second), blurred=True) if first == BLURRED else cls(int(text))


@dataclass(frozen=True)
class Step:
    """One thing that the operator does: the key of its sentence, the command, and the exit code that it ends in."""

    say: str
    run: tuple[str, ...]
    exit: int = 0


@dataclass(frozen=True)
class Scenario:
    """A lesson."""

    name: str
    sheets: tuple[Sheet, ...]
    steps: tuple[Step, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The cases of the book, each once."""
        return tuple(sorted({sheet.number for sheet in self.sheets if sheet.number}))

    @classmethod
    def load(cls, name: str) -> Scenario:
        """Raises `UsageError` for a lesson that is not there."""
        file = _DATA / f"{name}.toml"
        if name not in scenario_names():
            raise UsageError("training.no-such-scenario", name=name, known=", ".join(scenario_names()))
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        sheets = tuple(Sheet.read(text) for text in data["sheets"])
        steps = tuple(Step(**step | {"run": tuple(step["run"].split())}) for step in data["step"])
        return cls(name, sheets, steps)


def scenario_names() -> list[str]:
    return sorted(path.name.removesuffix(".toml") for path in _DATA.iterdir() if path.name.endswith(".toml"))
