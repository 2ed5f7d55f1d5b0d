"""The command `station-ui`: what is wrong is said before the screen is taken."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station import __version__
from station.cli.options import log_to
from station.console import Console
from station.errors import StationError
from station.root import Root
from station.wiring import Station
from station.words import both

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station.settings import Settings
    from ui.words import Language

_TERMINAL = {"TEXTUAL_ANIMATIONS": "none", "ESCDELAY": "500", "COLORTERM": "truecolor"}
"""Textual reads these when it is loaded. With a shorter ESCDELAY the parts of a slow escape sequence come as keys."""


def first_language(settings: Settings, given: str | None = None) -> Language:
    """The language to begin with: the given one, `STATION_LANGUAGE`'s or the settings'; Vietnamese for both."""
    from ui.words import Language

    wanted = given or os.environ.get("STATION_LANGUAGE") or settings.station.language
    return Language.EN if wanted == "en" else Language.VI


@click.command("station-ui", help=both("help.station"), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="station-ui")
@click.option("--root", type=click.Path(path_type=Path), help=both("help.opt.root"))
@click.option("--language", type=click.Choice(["vi", "en"]), help=both("help.opt.language"))
def station_ui(root: Path | None, language: str | None) -> int:
    try:
        return show(Root.find(root), language)
    except StationError as error:
        Console().error(error)
        return error.exit


def show(root: Root, language: str | None = None) -> int:
    """The screen over a root, until somebody leaves it. Raises `StationError` before the screen is taken."""
    with Station.open(root) as station:
        _ = station.catalogue, station.outbox
        settings = station.settings
    for name, value in _TERMINAL.items():
        os.environ.setdefault(name, value)
    from ui.app import KioskApp

    with root.holding_screen():
        log_to(root.log)
        app = KioskApp(root, settings, first_language(settings, language))
        app.run()
    return app.return_code or 0


def main(arguments: Sequence[str] | None = None) -> None:
    """The command `station-ui`; it ends with the exit codes of `station`."""
    try:
        sys.exit(station_ui.main(arguments, prog_name="station-ui", standalone_mode=False))
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
