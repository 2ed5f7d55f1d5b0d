"""`station-ui`: a calm, read-only view of the books and the outbox over the same core as the command.

A thread of its own reads the station every two seconds and posts what it read; handlers draw and never wait.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import click
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static

from outbox.errors import OutboxError
from station import __version__
from station.console import Console
from station.errors import StationError
from station.root import Root
from station.wiring import Station
from station.words import both
from ui.overview import Overview, read_overview
from ui.tables import BookTable, OutboxTable
from ui.words import Language, say, say_found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station.settings import Settings

REFRESH_SECONDS = 2.0
_UNREADABLE = (StationError, OutboxError, sqlite3.Error, OSError)


@dataclass
class OverviewRead(Message):
    """The reading thread has read the station."""

    overview: Overview


@dataclass
class ReadFailed(Message):
    """The station could not be read this time; the thread goes on trying."""

    error: Exception


class StationApp(App[None], inherit_bindings=False):
    """One screen: books above, outbox below, when it was read at the bottom."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { layout: vertical; }
    #title { background: $primary-darken-2; color: $text; text-style: bold; padding: 0 1; }
    .heading { text-style: bold; padding: 0 1; margin-top: 1; }
    StateTable { padding: 0 1; background: $surface; }
    BookTable { height: 3fr; }
    OutboxTable { height: 2fr; }
    #status { padding: 0 1; height: auto; }
    #keys { background: $panel; padding: 0 1; }
    """
    # Nothing of Textual's own: Ctrl+Q and Ctrl+C do not leave a kiosk.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "change_language", priority=True),
        Binding("f10", "leave", priority=True),
    ]

    def __init__(self, root: Root, language: Language = Language.VI, refresh_seconds: float = REFRESH_SECONDS) -> None:
        super().__init__()
        self.animation_level = "none"
        self._root = root
        self._refresh_seconds = refresh_seconds
        self._language = language
        self._overview: Overview | None = None
        self._read_at = ""
        self._failure: Exception | None = None
        self._stopped = threading.Event()

    def compose(self) -> ComposeResult:
        yield Static(id="title", markup=False)
        yield Static(classes="heading", id="books-heading", markup=False)
        yield BookTable("books")
        yield Static(classes="heading", id="outbox-heading", markup=False)
        yield OutboxTable("outbox")
        yield Static(id="status", markup=False)
        yield Static(id="keys", markup=False)

    def on_mount(self) -> None:
        self._draw()
        self._keep_reading()

    def on_unmount(self) -> None:
        self._stopped.set()

    @work(thread=True, exit_on_error=True, group="reading")
    def _keep_reading(self) -> None:
        """Read again and again with connections of this thread; after a failure with new ones."""
        while not self._stopped.is_set():
            try:
                with Station.open(self._root) as station:
                    while not self._stopped.is_set():
                        self.post_message(OverviewRead(read_overview(station)))
                        self._stopped.wait(self._refresh_seconds)
            except _UNREADABLE as error:
                self.post_message(ReadFailed(error))
                self._stopped.wait(self._refresh_seconds)

    def on_overview_read(self, message: OverviewRead) -> None:
        self._overview = message.overview
        self._read_at = datetime.now().astimezone().strftime("%H:%M:%S")
        self._failure = None
        self._draw()

    def on_read_failed(self, message: ReadFailed) -> None:
        """What was read before stays on the screen with its time."""
        self._failure = message.error
        self._draw()

    def action_change_language(self) -> None:
        self._language = self._language.other
        self._draw()

    def action_leave(self) -> None:
        self._stopped.set()
        self.exit()

    def _draw(self) -> None:
        if not self.is_running:  # a last reading may arrive while the widgets are being taken down
            return
        overview = self._overview or Overview("", (), ())
        place = f" · {overview.place}" if overview.place else ""
        self._write("title", say(self._language, "title") + place)
        self._write("books-heading", self._heading("books", len(overview.books), overview.more_books))
        self._write("outbox-heading", self._heading("outbox", len(overview.items), overview.more_items))
        self.query_one(BookTable).show(self._language, overview.books)
        self.query_one(OutboxTable).show(self._language, overview.items)
        self._write("status", self._status())
        self._write("keys", say(self._language, "keys"))

    def _heading(self, key: str, shown: int, more: int) -> str:
        heading = f"{say(self._language, key)} · {shown + more}"
        if self._overview and not shown:
            heading += " · " + say(self._language, f"{key}.none")
        return f"{heading} · {say(self._language, 'more', count=more)}" if more else heading

    def _status(self) -> str:
        read = say(self._language, "read", at=self._read_at) if self._read_at else say(self._language, "reading")
        if self._failure is None:
            return read
        failed = say(self._language, "read-failed", why=_why(self._language, self._failure).rstrip("."))
        return f"{failed}\n{read}" if self._read_at else failed

    def _write(self, widget: str, text: str) -> None:
        self.query_one(f"#{widget}", Static).update(text)


def _why(language: Language, error: Exception) -> str:
    match error:
        case StationError():
            return say_found(language, error.code, **error.values)
        case OutboxError():
            return say_found(language, f"outbox.{error.code}", detail=error.detail)
    return str(error)


def first_language(settings: Settings) -> Language:
    """The language to begin with: the settings' or `STATION_LANGUAGE`'s; Vietnamese where both are wanted."""
    wanted = os.environ.get("STATION_LANGUAGE") or settings.station.language
    return Language.EN if wanted == "en" else Language.VI


def open_app(root: Root) -> StationApp:
    """The app over a root that has been opened once, so that what is wrong is said before the screen is taken."""
    with Station.open(root) as station:
        _ = station.catalogue, station.outbox
        return StationApp(root, first_language(station.settings))


@click.command("station-ui", help=both("help.station"), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="station-ui")
@click.option("--root", type=click.Path(path_type=Path), help=both("help.opt.root"))
def station_ui(root: Path | None) -> int:
    try:
        app = open_app(Root.find(root))
    except StationError as error:
        Console().error(error)
        return error.exit
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
