"""What stands in the QR code of a cover sheet: `STN1:19441/KS.2005.01:37`.

Prefix and version, book id, two check digits. The digits are those of ISO 7064 MOD 97-10, but with one value for each
character and not two digits for a letter: so the places of characters do not depend on what stands before them, and
the proof is short. 97 is prime and greater than every value, 10 is a primitive root of it: one wrong character changes
the sum, and so do any two characters that changed places, as long as fewer than 96 places lie between them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from station.errors import BadName
from station.naming import BookId

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX = "STN"
VERSION = 1

_HEAD = f"{PREFIX}{VERSION}"
_OURS = re.compile(rf"{PREFIX}[0-9]+:")
_CODE = re.compile(rf"({_HEAD}:([^:]+)):([0-9]{{2}})")
_VALUES = {
    character: value
    for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-./:")
}
_MODULUS, _RADIX, _REMAINDER = 97, 10, 1


def code_of(book: BookId) -> str:
    """The text of a book's code."""
    text = f"{_HEAD}:{book}"
    return f"{text}:{_check_digits(text)}"


def is_ours(text: str) -> bool:
    """Whether a code means to be one of a cover sheet, of whatever version, damaged or not."""
    return _OURS.match(text) is not None


def book_of_codes(codes: Iterable[str]) -> BookId | None:
    """The book that the codes of one page name; None where none of them is ours.

    Raises `BadName` when one of ours is damaged or of another version, and when they name several books: two sheets
    may lie on each other.
    """
    books = sorted({_read(code) for code in codes if is_ours(code)})
    if len(books) > 1:
        raise BadName("cover-ambiguous", books=", ".join(map(str, books)))
    return books[0] if books else None


def _read(code: str) -> BookId:
    match = _CODE.fullmatch(code)
    if match is None or _check_digits(match[1]) != match[3]:
        raise BadName("cover-unreadable", text=code)
    book = BookId.parse(match[2])
    if str(book) != match[2]:
        raise BadName("cover-unreadable", text=code)
    return book


def _check_digits(text: str) -> str:
    """The two digits that bring the sum over text and digits to 1. A character that no code has counts as none does."""
    total = 0
    for character in text:
        total = (total * _RADIX + _VALUES.get(character, len(_VALUES))) % _MODULUS
    return f"{(_REMAINDER - total * _RADIX**2) % _MODULUS:02}"
