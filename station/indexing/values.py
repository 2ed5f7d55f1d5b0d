"""What may be typed into a field, and how it is kept. Each rule is a pure function of field and text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from station import clock
from station.errors import StationError
from station.indexing.dates import written_date
from station.registers.columns import Kind
from station.tables import typed_date
from station.text import clean, fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from station.registers.columns import Field

LONGEST = 1000
"""Characters of a field: the longest notes in registers have a few hundred."""

_LAST_PAGE = 99_999
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class BadField(StationError):  # noqa: N818 - reads as what it is
    """A field that does not take what was typed. The text itself is never part of it."""


def normalise(field: Field, text: str) -> str:
    """The text as the field keeps it; an empty one stays empty. Doing it twice changes nothing.

    Raises `BadField` with the code of its sentence.
    """
    cleaned = clean(text)
    if not cleaned:
        return ""
    if len(cleaned) > LONGEST:
        raise BadField("field.too-long", field=field.name, most=LONGEST)
    if _CONTROL.search(cleaned):
        raise BadField("field.control", field=field.name)
    if field.codes:
        return _code(field, cleaned)
    return _RULES[field.kind](field, cleaned)


def error_of(field: Field, text: str) -> str | None:
    """The code of the sentence that says why the field does not take this, or None: for screens, key by key."""
    try:
        normalise(field, text)
    except BadField as error:
        return error.code
    return None


def _code(field: Field, text: str) -> str:
    """A code of the list, or its word in any spelling; the code is kept."""
    plain = str(int(text)) if text.isascii() and text.isdigit() else text
    for code in (text, plain):
        if code in field.codes:
            return code
    found = _codes_of_words(tuple(field.codes.items())).get(fold(text))
    if found is None:
        raise BadField("field.code", field=field.name, codes=", ".join(f"{c} = {w}" for c, w in field.codes.items()))
    return found


@lru_cache(maxsize=64)
def _codes_of_words(codes: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Codes by their folded words; words that two codes share name neither."""
    words = [fold(word) for _, word in codes]
    return {word: code for word, (code, _) in zip(words, codes, strict=True) if words.count(word) == 1}


def _text(_field: Field, text: str) -> str:
    return text


def _name(field: Field, text: str) -> str:
    """As typed: names of one word, even of one letter, are real names. Without any letter it is none."""
    if not any(letter.isalpha() for letter in text):
        raise BadField("field.name", field=field.name)
    return text


def _date(field: Field, text: str) -> str:
    try:
        iso = typed_date(text) or ""
    except ValueError as error:
        raise BadField("field.date", field=field.name) from error
    last = int(clock.now()[:4])
    if not field.year_first <= int(iso[:4]) <= last:
        raise BadField("field.year", field=field.name, first=field.year_first, last=last)
    return written_date(iso)


def _page(field: Field, text: str) -> str:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _LAST_PAGE):
        raise BadField("field.page", field=field.name)
    return str(int(text))


def _digits(field: Field, text: str) -> str:
    """An identity number: blanks between its groups go, leading zeros belong to it."""
    joined = text.replace(" ", "")
    if not (joined.isascii() and joined.isdigit()):
        raise BadField("field.digits", field=field.name)
    return joined


_RULES: dict[Kind, Callable[[Field, str], str]] = {
    Kind.STATION: _text,
    Kind.NAME: _name,
    Kind.TEXT: _text,
    Kind.DATE: _date,
    Kind.PAGE: _page,
    Kind.DIGITS: _digits,
    Kind.PLACE: _text,
}
