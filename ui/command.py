"""The command `station-ui`: what is wrong is said before the screen is taken."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station import __version__
from station.cli.options import log_to
from station.console import Console
from station.errors import Exit, StationError
from station.root import Root
from station.wiring import Station
from station.words import both

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station.settings import Settings
    from ui.app import KioskApp
    from ui.words import Language

_TERMINAL = {"TEXTUAL_ANIMATIONS": "none", "ESCDELAY": "500", "COLORTERM": "truecolor"}
"""Textual reads these when it is loaded. With a shorter ESCDELAY the parts of a slow escape sequence come as keys."""
_SWITCH_SECONDS = 0.001
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_MALLOPT = {_M_TRIM_THRESHOLD: 1 << 20, _M_MMAP_THRESHOLD: 1 << 19, _M_ARENA_MAX: 2}


class Broke(StationError):  # noqa: N818 - reads as what it is
    """A defect of the program that comes again and again."""

    exit = Exit.DEFECT


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
    _use_little()
    app_class = _load_app()
    with root.holding_screen():
        log_to(root.log)
        return _run(app_class, root, settings, first_language(settings, language))


def _run(app_class: type[KioskApp], root: Root, settings: Settings, language: Language) -> int:
    """The screen until somebody leaves it; a defect of the program makes it begin anew, where the operator was.

    Raises `Broke` when that happens too often.
    """
    from ui.mishaps import Mishaps, note
    from ui.words import chosen

    mishaps, app = Mishaps(), app_class(root, settings, language)
    while True:
        try:
            app.run()
        except Exception as error:  # noqa: BLE001 - whatever it is, the operator needs a screen
            note(error)
            app.mishap = error
        if app.mishap is None:
            return app.return_code or 0
        if not mishaps.lasts():
            raise Broke("screen-broke", log=str(root.log))
        app = app_class(root, settings, chosen(), broken=True)


def _use_little() -> None:
    """Let the memory of a picture go back to the system once it is drawn, and a key wait for no other thread.

    glibc else learns from the first large picture to keep that much, in each thread for itself. Python else lets a
    thread compute for 5 ms while the screen's waits.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        for option, value in _MALLOPT.items():
            mallopt(option, value)


def _load_app() -> type[KioskApp]:
    """The app. What is loaded stays for good: it is never searched for garbage, which costs 50 ms of a start and then
    a pause now and again.
    """
    gc.disable()
    from ui.app import KioskApp
    from ui.typing.escapes import tell_escapes_apart

    tell_escapes_apart()
    gc.freeze()
    gc.enable()
    return KioskApp


def main(arguments: Sequence[str] | None = None) -> None:
    """The command `station-ui`; it ends with the exit codes of `station`."""
    try:
        sys.exit(station_ui.main(arguments, prog_name="station-ui", standalone_mode=False))
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
