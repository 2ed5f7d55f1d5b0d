"""Numbers and dates as people and office programs write them."""

from __future__ import annotations

import re
from datetime import date, timedelta

# In Vietnam a dot stands between thousands; some programs write a comma there.
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){1,2}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,2}")
_WHOLE = re.compile(r"([0-9]{1,9})(?:[.,]0+)?")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})(?:-([0-9]{1,2}))?(?:[T ].*)?")
_DAY_FIRST = re.compile(r"(?:([0-9]{1,2})\s*[./-]\s*)?([0-9]{1,2})\s*[./-]\s*([0-9]{4})")
_YEAR = re.compile(r"[0-9]{4}")
# Days since 1899-12-30, as Excel keeps dates. Five digits are 1927 to 2173; four would be a year.
_SERIAL = re.compile(r"([0-9]{5})(?:\.[0-9]+)?")
# Two or three numbers with a sign between them, or a year. Five digits are a day number, which nobody types.
_TYPED_DATE = re.compile(r"[0-9]{4}|[0-9]{1,4} ?[./-] ?[0-9]{1,4}(?: ?[./-] ?[0-9]{1,4})?")
_SERIAL_DAY_0 = date(1899, 12, 30)


def whole_number(text: str) -> int | None:
    """`1`, `01`, `1.0` and `1,0` are 1, `1.000` and `1,000` are a thousand; None for an empty text.

    Raises `ValueError` for anything else.
    """
    stripped = text.strip()
    if not stripped:
        return None
    if _THOUSANDS.fullmatch(stripped):
        return int(re.sub("[.,]", "", stripped))
    match = _WHOLE.fullmatch(stripped)
    if not match:
        raise ValueError(text)
    return int(match[1])


def typed_date(text: str) -> str | None:
    """A date as somebody types it: what `read_date` reads, without day numbers and hours; the year 0 is none."""
    stripped = text.strip()
    if stripped and (not _TYPED_DATE.fullmatch(stripped) or stripped == "0000"):
        raise ValueError(text)
    return read_date(stripped)


def read_date(text: str) -> str | None:
    """A date as ISO, with as much of it as is said: `2005-03-01`, `2005-03` or `2005`; None for an empty text.

    Read are ISO, day first (`1.3.2005`, `01/03/2005`, `03.2005`), a year, and the day numbers of Excel. Raises
    `ValueError` for what is none of these, or no day of the calendar.
    """
    stripped = text.strip()
    if not stripped:
        return None
    if _YEAR.fullmatch(stripped):
        return stripped
    if serial := _SERIAL.fullmatch(stripped):
        return (_SERIAL_DAY_0 + timedelta(days=int(serial[1]))).isoformat()
    if iso := _ISO.fullmatch(stripped):
        year, month, day = iso.groups()
    elif match := _DAY_FIRST.fullmatch(stripped):
        day, month, year = match.groups()
    else:
        raise ValueError(text)
    whole = date(int(year), int(month), int(day or 1)).isoformat()
    return whole if day else whole[:7]
