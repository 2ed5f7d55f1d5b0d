"""When sending is allowed: a part of the day in local time, which may lie over midnight."""

import re
from dataclasses import dataclass
from datetime import datetime, time
from typing import Self

_FORM = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` up to `end`; of the same start and end it is always open."""

    start: time = time()
    end: time = time()

    @classmethod
    def from_text(cls, text: str) -> Self:
        """As `22:00-05:00`; empty is always. Raises `ValueError`."""
        if not text:
            return cls()
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not a part of a day as 22:00-05:00")
        hours = [int(group) for group in found.groups()]
        return cls(time(hours[0], hours[1]), time(hours[2], hours[3]))

    def is_open(self, moment: datetime) -> bool:
        """Whether it is open at an aware time, by the clock on the wall here."""
        now = moment.astimezone().time()
        if self.start <= self.end:
            return self.start == self.end or self.start <= now < self.end
        return now >= self.start or now < self.end


class WindowText(str):
    """A window as settings write it; making one of a text that is none raises `ValueError`."""

    __slots__ = ()

    def __new__(cls, text: str = "") -> Self:
        Window.from_text(text)
        return super().__new__(cls, text)
