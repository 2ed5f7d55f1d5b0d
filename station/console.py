"""The one way in which the headless command speaks: data to stdout, narration to stderr."""

from __future__ import annotations

import io
import json
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from station.words import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from station.errors import StationError


@dataclass
class Console:
    """Prints for a person, or with `json` one document for a program."""

    json: bool = False
    quiet: bool = False

    def data(self, document: Mapping[str, Any] | Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> None:
        """The result of a command. For a person a list becomes a table of `columns`, a mapping one line a key."""
        if self.json:
            self._out(json.dumps(document, ensure_ascii=False, default=str))
        elif isinstance(document, list | tuple):
            self._table(document, columns)
        else:
            width = max((len(str(key)) for key in document), default=0)
            for key, value in document.items():  # type: ignore[union-attr]  # a mapping here
                self._out(f"{key:<{width}}  {_cell(value)}")

    def plain(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """A long list of text, numbers and the like as a JSON document; for ten thousand rows this is felt."""
        import msgspec

        document = msgspec.json.encode(rows)
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.flush()
            sys.stdout.buffer.writelines((document, b"\n"))
            sys.stdout.flush()
        else:
            self._out(document.decode())

    def event(self, **values: Any) -> None:
        """One JSON object of a stream; nothing for a person, who reads the narration."""
        if self.json:
            self._out(json.dumps(values, ensure_ascii=False, default=str))

    def note(self, sentence_key: str, /, **values: Any) -> None:
        """A sentence of narration."""
        if not self.quiet:
            self._err(sentence(sentence_key, separator=" · ", **values))

    def line(self, sentence_key: str, /, **values: Any) -> None:
        """A sentence that is the result of a command for a person; with `json` the document says the same."""
        if not self.json:
            self._out(sentence(sentence_key, separator=" · ", **values))

    def clear(self) -> None:
        """An empty screen, where it is one; what goes to a file or a program goes on below."""
        if not self.json and sys.stdout.isatty():
            self._out("\x1b[H\x1b[2J")

    def height(self) -> int:
        """The lines of the screen; where there is none, so many as a small one has."""
        return shutil.get_terminal_size().lines

    def error(self, error: StationError) -> None:
        """What happened and what to do next; with `json` also as a document on stdout."""
        self._err(sentence(error.code, **error.values))
        if self.json:
            self._out(json.dumps({"error": error.code, **error.values}, ensure_ascii=False, default=str))

    def _table(self, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
        cells = [[_cell(row.get(name)) for name in columns] for row in rows]
        if not cells:
            self.note("nothing")
            return
        widths = [max(len(name), *(len(row[i]) for row in cells)) for i, name in enumerate(columns)]
        for row in [list(columns), *cells]:
            self._out("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())

    @staticmethod
    def _out(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    @staticmethod
    def _err(text: str) -> None:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return ",".join(_cell(item) for item in value) or "-"
    if isinstance(value, dict):
        return ", ".join(f"{key}={_cell(item)}" for key, item in value.items())
    return str(value)
