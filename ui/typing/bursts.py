"""A barcode reader is a keyboard that types faster than anybody. What it reads comes as one text.

Printable keys are held back until it is clear whose they are: `GAP_SECONDS` after the last one, or `PAUSE_SECONDS`
when they came as fast as a reader's. They then go on as if nothing had been, in their order, before any key that
follows. On a busy machine single keys come late: it is the whole that has to be fast.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from textual import events
from textual.message import Message

from ui.typing.in_order import InOrderApp

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP_SECONDS = 0.03
"""Readers send a key every 1-16 ms; a held key repeats every 33 ms, and nobody types six letters faster."""

PAUSE_SECONDS = 0.2
"""The longest pause inside of a reading, on a machine that is busy with pictures."""

LEAST_KEYS = 6
_LOOKS_LIKE_A_READER = 3
_LATE_SECONDS = 0.01
_MOST_REMEMBERED = 200
_ENTER = "enter"


class Pressed(Protocol):
    """What is looked at of a key; `time` is when it came in from the keyboard, in seconds."""

    time: float
    key: str
    character: str | None

    @property
    def is_printable(self) -> bool: ...


@dataclass(frozen=True)
class Outcome:
    """What a key made certain: keys of a hand that may go on, in their order, or the text of a reader."""

    released: Sequence[Any] = ()
    burst: str | None = None
    burst_keys: Sequence[Any] = ()
    """The keys of the burst, Enter with them."""


@dataclass
class Bursts:
    """Tells readers from hands by the times of the keys alone."""

    held: list[Any] = field(default_factory=list)
    gone: list[Any] = field(default_factory=list)
    """Keys that went on because nothing came after them in time: on a busy machine the first of a reading can."""

    def feed(self, key: Pressed) -> Outcome:
        """Take a key in; what it settles about those before, and about itself."""
        last = (self.held or self.gone)[-1:]
        released = []
        if last and key.time - last[0].time > PAUSE_SECONDS:
            released, self.gone = self.release(), []
        if key.is_printable:
            self.held.append(key)
            return Outcome(released)
        gone, before = self.gone, self.release()
        self.gone = []
        reading = _reading_in([*gone, *before], key) if key.key == _ENTER else []
        if not reading:
            return Outcome([*released, *before, key])
        apart = before[: max(0, len(before) - len(reading))]
        text = "".join(one.character for one in reading)
        return Outcome([*released, *apart], text, [*before[len(apart) :], key])

    @property
    def patience(self) -> float:
        """How long to wait for another key, in seconds."""
        fast = len(self.held) >= _LOOKS_LIKE_A_READER and (
            self.held[-1].time - self.held[0].time <= GAP_SECONDS * (len(self.held) - 1)
        )
        return PAUSE_SECONDS if fast else GAP_SECONDS

    def let_go(self) -> list[Any]:
        """Those that are held go on, after a pause; if it was one of the machine, they count to a reading yet."""
        self.gone = [*self.gone, *self.held][-_MOST_REMEMBERED:]
        return self.release()

    def release(self) -> list[Any]:
        """Those that are held go on."""
        held, self.held = self.held, []
        return held


def _reading_in(keys: Sequence[Any], enter: Pressed) -> Sequence[Any]:
    """The last keys that together came as fast as a reader's, as many as there are; none if they are too few."""
    for first in range(len(keys) - LEAST_KEYS + 1):
        if enter.time - keys[first].time <= GAP_SECONDS * (len(keys) - first):
            return keys[first:]
    return []


class Scanned(Message):
    """A barcode reader has read this."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class BurstApp(InOrderApp):
    """An app that gets `Scanned` for what a reader reads, wherever the focus is.

    A base class beside others: `class KioskApp(BurstApp)`.
    """

    _bursts: Bursts
    _fed = 0

    async def on_event(self, event: events.Event) -> None:
        """All keys come by here once, before any binding; those of widgets come back marked as forwarded."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
            return
        if not self.takes_readings():
            for key in self._reader.release():
                await super().on_event(key)
            await super().on_event(event)
            return
        outcome = self._reader.feed(event)
        self._fed += 1
        for key in outcome.released:
            await super().on_event(key)
        if outcome.burst is not None:
            self.post_message(Scanned(outcome.burst))
        if self._reader.held:
            self._look_again(self._fed)

    def takes_readings(self) -> bool:
        """Whether a reading is wanted as one text where the app is; otherwise keys go their way at once."""
        return True

    @property
    def _reader(self) -> Bursts:
        if "_bursts" not in self.__dict__:
            self._bursts = Bursts()
        return self._bursts

    def _look_again(self, fed: int, *, late: bool = False) -> None:
        patience = self._reader.patience
        due = self._loop_time() + patience
        self.set_timer(patience, lambda: self._let_go(fed, due, late=late))

    async def _let_go(self, fed: int, due: float, *, late: bool) -> None:
        """Nothing more has come: a hand's. After a pause of the app itself, keys may still wait to be taken in."""
        if fed != self._fed:
            return
        if not late and self._loop_time() - due > _LATE_SECONDS:
            self._look_again(fed, late=True)
            return
        for key in self._reader.let_go():
            await super().on_event(key)

    def _loop_time(self) -> float:
        import asyncio

        return asyncio.get_running_loop().time()
