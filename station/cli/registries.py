"""`station registries`: the offices that kept the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from station.cli.options import Common, command, group
from station.errors import Exit
from station.words import both

if TYPE_CHECKING:
    from station.console import Console
    from station.model import Registry
    from station.registers import Unit
    from station.wiring import Station

registries = group("registries")
_LISTED = ("id", "name", "place", "prefix", "from", "until", "books")
_FOUND = ("id", "name", "place", "from", "until", "became", "state")


@command("list", registries)
def list_registries(common: Common) -> None:
    from station.text import sort_key

    with common.open_station() as station:
        books = station.catalogue.books_of_registries()
        kept = sorted(station.catalogue.registries(), key=lambda one: (sort_key(one.name), one.code))
        common.console.data([_row(one) | {"books": books.get(one.code, 0)} for one in kept], _LISTED)


@command("search", registries)
@click.argument("text")
def search(common: Common, text: str) -> int:
    from station.registers import units_like

    with common.open_station() as station:
        rows = [*_own_like(station, text), *(_unit_row(station, unit) for unit in units_like(text))]
        common.console.data(rows, _FOUND)
        if not rows:
            common.console.note("registries.none", text=text)
        return Exit.DONE if rows else Exit.FINDINGS


def _own_like(station: Station, text: str) -> list[dict[str, Any]]:
    """Registries of this station that are in no list."""
    from station.registers import holds_text, known_registry

    own = [one for one in station.catalogue.registries() if known_registry(one.code) is None]
    hits = [one for one in own if any(holds_text(said, text) for said in (one.code, one.name, one.place))]
    return [_row(one) | {"approximate": False, "became": [], "state": "kept"} for one in hits]


@command("show", registries)
@click.argument("code")
def show(common: Common, code: str) -> None:
    from station.errors import UsageError
    from station.registers import known_registry, profile

    with common.open_station() as station:
        kept = station.catalogue.registry(code)
        found = kept or known_registry(code)
        if found is None:
            raise UsageError("no-such-registry", code=code)
        units = profile().units
        document = _row(found) | {
            "state": "kept" if kept else "listed",
            "books": station.catalogue.books_of_registries().get(code, 0),
            "profile": f"{profile().name} {profile().version}",
            "confirmed_by": profile().confirmed_by or None,
        }
        related = {
            "names": [_unit_row(station, unit) for unit in units if unit.code == code],
            "took_over": [_unit_row(station, unit) for unit in units if code in unit.became and unit.code != code],
        }
        _show(common.console, document, related)


def _show(console: Console, document: dict[str, Any], related: dict[str, list[dict[str, Any]]]) -> None:
    """One document for a program; for a person the registry, then a table of its names and one of what it took over."""
    if console.json:
        console.data(document | related)
        return
    console.data(document)
    for key, rows in related.items():
        if rows:
            console.line(f"registries.{key}")
            console.data(rows, _FOUND)


@command("add", registries)
@click.argument("code")
@click.option("--name", required=True, help=both("help.opt.name"))
@click.option("--place", help=both("help.opt.place_name"))
@click.option("--prefix", help=both("help.opt.prefix"))
@click.option("--from", "first_day", help=both("help.opt.from"))
@click.option("--until", "last_day", help=both("help.opt.until"))
def add(common: Common, code: str, **wish: Any) -> None:
    from station.training import mode as training
    from station.worklist.own_registries import Wish, add_registry

    with common.open_station() as station:
        training.check_registry(code, training=station.settings.station.training)
        made, added = add_registry(station.catalogue, code, Wish(**wish))
        key = "registries.added" if added else "registries.known"
        common.console.note(key, code=made.code, name=made.name, prefix=made.prefix)
        common.console.data(_row(made))


def _row(registry: Registry) -> dict[str, Any]:
    return {
        "id": registry.code,
        "name": registry.name,
        "place": registry.place,
        "prefix": registry.prefix,
        "from": registry.valid_from,
        "until": registry.valid_until,
    }


def _unit_row(station: Station, unit: Unit) -> dict[str, Any]:
    """A unit under one name; `kept` is the one whose name and prefix this station uses."""
    kept = station.catalogue.registry(unit.code)
    return {
        "id": unit.code,
        "name": unit.name,
        "place": unit.place,
        "prefix": unit.prefix,
        "from": unit.start,
        "until": unit.until,
        "approximate": unit.approximate,
        "became": list(unit.became),
        "state": "kept" if kept and kept.prefix == unit.prefix else "listed",
    }
