"""What a cell of a list means. Each function raises `BadName` with the code of the sentence that says what is wrong."""

from __future__ import annotations

import re
from datetime import date

from station.errors import BadName
from station.naming import NUMBER_LAST, UNKNOWN_YEAR, VOLUME_LAST, YEAR_FIRST, YEAR_LAST
from station.registers import register_types
from station.tables import read_date, whole_number
from station.text import clean, fold
from station.worklist.words import words

PAGES_LAST = 99_999

_BETWEEN = re.compile(r"\s*(?:{})\s*".format("|".join(map(re.escape, words("between_years")))))
_WITH_YEAR = re.compile(r"(.+?)\s*/\s*([0-9]{4})")


def is_unknown(text: str) -> bool:
    """Whether a cell says that nobody knows, or that the book bears none."""
    return fold(text) in words("unknown")


def read_type(text: str) -> str:
    """The code of a register type, from its code or a word for it: `KS`, `khai sinh`, `Sổ đăng ký khai sinh`."""
    types = register_types()
    if text.strip().upper() in types:
        return text.strip().upper()
    said = {_bare(text, "before_type"), fold(text)}
    for kind in types.values():
        if said & {fold(word) for word in (kind.vi, kind.en, *kind.words)}:
            return kind.code
    raise BadName("bad-type", text=text, known=", ".join(types))


def read_years(text: str, until: str = "") -> tuple[int, int]:
    """`2005`, `2003-2005`, `2003 đến 2005`, or a year in each of two cells. An unknown year is the year 0."""
    if is_unknown(text) and (not until or is_unknown(until)):
        return UNKNOWN_YEAR, UNKNOWN_YEAR
    parts = [*_BETWEEN.split(fold(text)), *([until] if until else [])]
    years = [_year(part, text) for part in parts]
    if len(years) > 2:
        raise BadName("bad-year", text=text, first=YEAR_FIRST, last=YEAR_LAST)
    if years[-1] < years[0]:
        raise BadName("bad-years", text=" - ".join(map(str, years)))
    return years[0], years[-1]


def _year(part: str, text: str) -> int:
    try:
        year = whole_number(part)
    except ValueError:
        year = None
    if year is None or not YEAR_FIRST <= year <= YEAR_LAST:
        raise BadName("bad-year", text=text, first=YEAR_FIRST, last=YEAR_LAST)
    return year


def read_volume(text: str, years: tuple[int, int]) -> int | None:
    """A book number: `1`, `01`, `Quyển số 01`, `01/2005`; None for a book that bears none."""
    if is_unknown(text):
        return None
    return _number(_without_year(_bare(text, "before_number"), years), "bad-volume", text, VOLUME_LAST)


def read_case_number(text: str, years: tuple[int, int]) -> int | None:
    """The first or last number of a book: `7`, `007`, `7/2005`; None for an empty or unknown one."""
    if not text or is_unknown(text):
        return None
    return _number(_without_year(fold(text), years), "bad-case-number", text, NUMBER_LAST)


def read_pages(text: str) -> int | None:
    """How many pages the book has; None for an empty or unknown number."""
    if not text or is_unknown(text):
        return None
    return _number(text, "bad-page-count", text, PAGES_LAST)


def read_due(text: str) -> str | None:
    """A whole day, as ISO."""
    try:
        day = read_date(text)
        return date.fromisoformat(day).isoformat() if day else None
    except ValueError as error:
        raise BadName("bad-due", text=text) from error


def _bare(text: str, list_name: str) -> str:
    """The folded text without one of these words before it."""
    folded = fold(text)
    for word in words(list_name):
        rest = folded.removeprefix(word)
        if rest != folded and rest.strip(" .:") and not (rest[0].isalpha() and word[-1].isalpha()):
            return rest.strip(" .:")
    return folded


def _without_year(text: str, years: tuple[int, int]) -> str:
    """A number as registers write it has its year behind a slash. Of another year it stays, and is no number."""
    match = _WITH_YEAR.fullmatch(clean(text))
    return match[1] if match and years[0] <= int(match[2]) <= years[1] else text


def _number(part: str, code: str, text: str, last: int) -> int:
    try:
        number = whole_number(part)
    except ValueError as error:
        raise BadName(code, text=text, last=last) from error
    if number is None or not 1 <= number <= last:
        raise BadName(code, text=text, last=last)
    return number
