"""`station operators`: the people who work here."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from station.cli.options import Common, command, group
from station.errors import UsageError
from station.operators import Role
from station.words import both, sentence

if TYPE_CHECKING:
    from station.operators import Operator

operators = group("operators")
_COLUMNS = ("id", "role", "state", "added_at")


@command("add", operators)
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), default="operator", show_default=True,
              help=both("help.opt.role"))  # fmt: skip
@click.option("--pin-file", type=click.Path(path_type=Path), help=both("help.opt.pin_file"))
def add(common: Common, name: str, role: str, pin_file: Path | None) -> None:
    from station.operators import add_operator

    with common.open_station() as station:
        pin = _read_pin(pin_file) if pin_file else _ask_pin()
        added = add_operator(station.catalogue, name, Role(role), pin, station.operator)
        common.console.note("operators.added", name=added.name, role=added.role)
        common.console.data(_row(added))


@command("list", operators)
def list_operators(common: Common) -> None:
    with common.open_station() as station:
        common.console.data([_row(one) for one in station.catalogue.operators()], _COLUMNS)


@command("disable", operators)
@click.argument("name")
def disable(common: Common, name: str) -> None:
    from station.operators import disable_operator

    with common.open_station() as station:
        gone = disable_operator(station.catalogue, name)
        common.console.note("operators.disabled", name=gone.name)
        common.console.data(_row(gone))


def _read_pin(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("pin-file-unreadable", file=str(file), detail=str(error)) from error


def _ask_pin() -> str:
    """The PIN as it is typed twice at the terminal. Raises `UsageError` where there is none."""
    if not sys.stdin.isatty():
        raise UsageError("pin-needs-terminal")
    first, again = (
        str(click.prompt(sentence(key, separator=" · "), hide_input=True, err=True))
        for key in ("operators.ask-pin", "operators.ask-pin-again")
    )
    if first != again:
        raise UsageError("pins-differ")
    return first


def _row(one: Operator) -> dict[str, Any]:
    """As in `--json` output; the name is the id."""
    return {
        "id": one.name,
        "state": "disabled" if one.disabled_at else "active",
        "role": one.role,
        "added_by": one.added_by,
        "added_at": one.added_at,
        "disabled_at": one.disabled_at,
    }
