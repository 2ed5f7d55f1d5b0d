"""The headless command `station`. Each module here parses and shows; the work is done in `station.line` and below."""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from station import __version__
from station.cli.options import shared_options
from station.console import Console
from station.errors import Exit, StationError, is_storage_trouble
from station.words import both, choose_language

if TYPE_CHECKING:
    from collections.abc import Sequence

# What a shell reports of a program that ended by SIGINT.
_INTERRUPTED = 130

# Command -> module; loaded when it is used, so that `station --help` stays quick.
_COMMANDS = {
    "demo": "demo",
    "init": "setup",
    "doctor": "setup",
    "devices": "devices",
    "books": "books",
    "registries": "registries",
    "operators": "operators",
    "covers": "covers",
    "scan": "scanning",
    "ingest": "capture",
    "watch": "watching",
    "pages": "spreads",
    "cases": "indexing",
    "link": "linking",
    "duplicates": "duplicates",
    "check": "sealing",
    "process": "sealing",
    "bench": "speed",
    "pack": "sealing",
    "reopen": "sealing",
    "send": "sending",
    "outbox": "sending",
    "export": "exporting",
    "sticks": "exporting",
    "receive": "receiving",
    "receipts": "receiving",
    "purge": "purging",
}


class _Commands(click.Group):
    """Finds commands by name without loading the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        if name not in _COMMANDS:
            return None
        module = import_module(f"station.cli.{_COMMANDS[name]}")
        command = getattr(module, name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section(both("help.commands")):
            formatter.write_dl([(name, both(f"help.{name}")) for name in _COMMANDS])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]}, help=both("help.station"))
@click.version_option(__version__, prog_name="station")
@shared_options
def station() -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; every outcome is one of the documented exit codes."""
    choose_language(None)
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    console = Console(json="--json" in (arguments if arguments is not None else sys.argv[1:]))
    try:
        result: Any = station.main(arguments, prog_name="station", standalone_mode=False)
        return int(result or 0)
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        return Exit.DONE
    except Exception as error:  # noqa: BLE001 - the last place where anything can be said
        return _say_error(error, console)
    except KeyboardInterrupt:
        console.note("interrupted")
        return _INTERRUPTED


def _say_error(error: Exception, console: Console) -> int:
    if isinstance(error, StationError):
        console.error(error)
        return error.exit
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return Exit.USAGE
    if isinstance(error, click.ClickException):
        from station.cli.usage import told

        console.error(told(error))
        return Exit.USAGE
    if isinstance(error, click.Abort):
        console.note("interrupted")
        return _INTERRUPTED
    return _unforeseen(error, console)


def _unforeseen(error: Exception, console: Console) -> Exit:
    """Storage troubles and refusals of the outbox have sentences of their own; anything else is a defect of ours."""
    from outbox.errors import OutboxError

    log = logging.getLogger("station")
    if is_storage_trouble(error):
        log.error("%s", error)
        console.error(StationError("storage-failed", detail=str(error)))
        return Exit.STORAGE
    if isinstance(error, OutboxError):
        log.warning("refused: %s", error)
        console.error(StationError(f"outbox.{error.code}", detail=error.detail))
        return Exit.USAGE
    log.error("the command failed", exc_info=error)
    console.error(StationError("defect", detail=f"{type(error).__name__}: {error}"))
    return Exit.DEFECT
