"""Options that every command takes, before or after its name, and the station that they open."""

from __future__ import annotations

import functools
import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from station.console import Console
from station.root import Root
from station.words import both, choose_language

if TYPE_CHECKING:
    from collections.abc import Callable

    from station.wiring import Station

P = ParamSpec("P")
R = TypeVar("R")


class Common:
    """What the shared options said, on whichever side of the command."""

    def __init__(self) -> None:
        self.root: Path | None = None
        self.json = False
        self.operator: str | None = None

    @property
    def console(self) -> Console:
        return Console(json=self.json)

    def find_root(self) -> Root:
        return Root.find(self.root)

    def open_station(self) -> Station:
        """Open the station at the root, with its log and language. Raises `UsageError`, `SettingsError`."""
        from station.wiring import Station

        station = Station.open(self.find_root(), self.operator)
        choose_language(station.settings.station.language)
        log_to(station.root.log)
        if station.settings.station.training:
            self.console.note("training.banner")
        return station


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    common = context.ensure_object(Common)
    if value and parameter.name:
        setattr(common, parameter.name, value)
    return value


def _shared(name: str, **more: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
    return click.option(f"--{name}", expose_value=False, callback=_remember, help=both(f"help.opt.{name}"), **more)


_SHARED = (_shared("root", type=click.Path(path_type=Path)), _shared("json", is_flag=True), _shared("operator"))


def shared_options(function: Callable[P, R]) -> Callable[P, R]:
    for option in reversed(_SHARED):
        function = option(function)
    return function


def command(name: str, group: click.Group | None = None) -> Callable[[Callable[..., int | None]], click.Command]:
    """Declare a command: its help from the words, the shared options, and `Common` as its first argument."""

    def declare(function: Callable[..., int | None]) -> click.Command:
        @click.pass_context
        @functools.wraps(function)
        def call(context: click.Context, /, *args: Any, **kwargs: Any) -> int | None:
            return function(context.ensure_object(Common), *args, **kwargs)

        key = f"{group.name}.{name}" if group else name
        made = click.command(name, help=both(f"help.{key}"), short_help=both(f"help.{key}"))(shared_options(call))
        if group:
            group.add_command(made)
        return made

    return declare


def group(name: str, kind: type[click.Group] = click.Group) -> click.Group:
    """Declare a group of commands, such as `books add` and `books list`."""

    @click.group(name, cls=kind, help=both(f"help.{name}"))
    @shared_options
    def made() -> None:
        pass

    assert isinstance(made, click.Group)
    return made


def log_to(file: Path) -> None:
    """Technical causes go to the station's log, never to the screen."""
    log = logging.getLogger()
    for old in [handler for handler in log.handlers if isinstance(handler, RotatingFileHandler)]:
        log.removeHandler(old)
        old.close()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(file, maxBytes=5_000_000, backupCount=3, encoding="utf-8", delay=True)
    except OSError as error:
        sys.stderr.write(f"{file}: {error.strerror}\n")
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
