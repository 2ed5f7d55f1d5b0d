"""A small app around a picture pane. As a program it shows a file in the terminal that it runs in.

`python -m tests.ui.pictures.panes MODE FILE PIPE` takes its keys from a named pipe: `n` another screen over it, `b`
back, `z` zoom.
"""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Thread
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.events import Key
from textual.geometry import Offset, Size
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from station.settings import KioskSettings
from ui.pictures.cells import Cell
from ui.pictures.outputs import Frame, Output, Write, make_output
from ui.pictures.pane import PicturePane
from ui.pictures.reading import WHOLE, Box, Room


class Recorder(Output):
    """Keeps what is encoded, put and removed, and what the kitty terminal would show then."""

    def __init__(self) -> None:
        super().__init__(Cell(10, 20))
        self.encoded: list[tuple[str, Box]] = []
        self.put_at: list[tuple[Offset, Size]] = []
        self.visible: list[Frame] = []

    def encode(self, path: Path, room: Room, box: Box = WHOLE) -> Frame:
        if not path.exists():
            raise FileNotFoundError(path)
        self.encoded.append((path.name, box))
        return Frame(path.name.encode(), room.width, room.height, len(self.encoded))

    def put(self, frame: Frame, at: Offset, cells: Size, write: Write) -> None:  # noqa: ARG002 - the interface
        self.put_at.append((at, cells))
        if frame not in self.visible:
            self.visible.append(frame)

    def remove(self, frame: Frame, write: Write) -> None:  # noqa: ARG002 - the interface
        self.visible.remove(frame)

    @property
    def names(self) -> list[str]:
        return [frame.data.decode() for frame in self.visible]


class Other(Screen[None]):
    """A screen without a picture."""

    def compose(self) -> ComposeResult:
        yield Static("another screen")


class Question(ModalScreen[None]):
    """A box over the screen."""

    def compose(self) -> ComposeResult:
        yield Static("a question")


class Aside(Question):
    """A box beside the picture."""

    CSS = "Aside { background: black 0%; }"
    LEAVES_PICTURE = True


class PaneApp(App[None]):
    """A line of text, and below it the pane."""

    CSS = "PicturePane { width: 1fr; height: 1fr; } Static { height: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [("n", "other"), ("b", "back"), ("z", "zoom")]

    def __init__(self, output: Output | None, path: Path | None = None, keys: Path | None = None) -> None:
        super().__init__()
        self.pane = PicturePane(output)
        self._path = path
        self._keys = keys

    def compose(self) -> ComposeResult:
        yield Static("a line of text")
        yield self.pane

    def on_mount(self) -> None:
        self.pane.show(self._path)
        if self._keys:
            Thread(target=self._take_keys, args=(self._keys,), daemon=True).start()

    def _take_keys(self, pipe: Path) -> None:
        with pipe.open("rb", buffering=0) as file:
            while key := file.read(1).decode():
                assert self._driver is not None
                self._driver.send_message(Key(key, key))

    def action_other(self) -> None:
        self.push_screen(Other())

    async def action_back(self) -> None:
        self.pop_screen()

    def action_zoom(self) -> None:
        self.pane.zoom_in((0.0, 0.0))


if __name__ == "__main__":
    mode, file, pipe = sys.argv[1:]
    PaneApp(make_output(KioskSettings(picture=mode)), Path(file), Path(pipe)).run()  # type: ignore[arg-type]
