"""A small app with fields. As a program it writes what it got into a file: `python -m tests.ui.typing.fields FILE`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from ui.typing.bursts import BurstApp, Scanned
from ui.typing.composing import Method
from ui.typing.field import VietnameseInput


class FieldsApp(BurstApp):
    """A field for names, one for codes, one for a PIN; `s` and Enter do something elsewhere, as in the kiosk."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("s,enter,space", "note")]

    def __init__(self, out: Path | None = None, *, takes: bool = True) -> None:
        super().__init__()
        self.scanned: list[str] = []
        self.notes = 0
        self._out, self._takes = out, takes

    def compose(self) -> ComposeResult:
        yield VietnameseInput(id="name")
        yield VietnameseInput(id="code", method=None)
        yield VietnameseInput(id="pin", password=True)
        yield VietnameseInput(id="vni", method=Method.VNI)

    def takes_readings(self) -> bool:
        return self._takes

    def action_note(self) -> None:
        self.notes += 1

    def on_mount(self) -> None:
        if self._out:
            self.query_one("#name").focus()
        self._tell("ready")

    def on_scanned(self, message: Scanned) -> None:
        self.scanned.append(message.text)
        self._tell(message.text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._tell(f"{event.value} {self.notes}")

    def _tell(self, text: str) -> None:
        if self._out:
            with self._out.open("a", encoding="utf-8") as file:
                file.write(f"{text}\n")


if __name__ == "__main__":
    FieldsApp(Path(sys.argv[1])).run()
