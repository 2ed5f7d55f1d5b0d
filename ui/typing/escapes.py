"""The Esc key in terminals that send it as the one byte with which the sequences of other keys begin.

Textual waits `ESCDELAY` for the rest of a sequence, and takes a key that follows meanwhile for one with Alt: Esc and
then 1 is an inverted exclamation mark, Esc and then Space is Space alone. A hand is faster than a line is slow. So a
sequence is one when it came in one piece, or goes on as sequences do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import _xterm_parser
from textual.drivers import linux_driver

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.message import Message

_ESC = "\x1b"
_INTRODUCERS = "[]OPX^_"
"""What may follow ESC in a sequence that came in pieces: CSI, OSC, SS3, DCS, SOS, PM and APC of ECMA-48."""


class EscapeParser(_xterm_parser.XTermParser):
    """Textual's parser, for which Esc and a key after it are two keys."""

    _alone = False
    """The last that came was an ESC with nothing behind it."""

    def feed(self, data: str) -> Iterable[Message]:
        waits = self._timeout_time is not None
        if self._alone and waits and data and data[0] not in _INTRODUCERS:
            self._timeout_time = 0.0
            yield from self.tick()
        self._alone = data.endswith(_ESC)
        yield from super().feed(data)


def tell_escapes_apart() -> None:
    """Have the terminal's driver read by this parser: Textual has no other way of naming one."""
    vars(linux_driver)["XTermParser"] = EscapeParser  # the name its input thread looks up
