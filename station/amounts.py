"""Amounts as each language writes them: sizes with its decimal sign, spans of time in its words."""

from __future__ import annotations

from typing import Final

from station.words import Phrase

_UNITS: Final = ("B", "kB", "MB", "GB", "TB")
_WITH_TENTHS: Final = frozenset({"MB", "GB", "TB"})


def size(count: float) -> Phrase:
    """Bytes with two digits or so: 950 B, 12 kB, 6.1 MB, 13.1 GB; in Vietnamese 6,1 MB."""
    for unit in _UNITS:
        if count < 999.5 or unit == _UNITS[-1]:
            break
        count /= 1000
    tenths = round(10 * count)
    if unit in _WITH_TENTHS and tenths < 1000:
        return Phrase("amount.tenths", {"whole": tenths // 10, "tenth": tenths % 10, "unit": unit})
    return Phrase("amount.whole", {"whole": round(count), "unit": unit})


def span(seconds: float) -> Phrase:
    """A span of time as people say it: 40 s, 12 min, 3 h 20 min, 2 d 5 h."""
    minutes, hours = round(seconds / 60), int(seconds // 3600)
    if seconds < 100:
        return Phrase("amount.seconds", {"seconds": round(seconds)})
    if minutes < 100:
        return Phrase("amount.minutes", {"minutes": minutes})
    if hours < 48:
        return Phrase("amount.hours", {"hours": hours, "minutes": int(seconds % 3600 // 60)})
    return Phrase("amount.days", {"days": hours // 24, "hours": hours % 24})
