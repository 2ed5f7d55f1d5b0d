"""Which book the code of a cover sheet opens, read by hand: by a barcode reader, or typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.covers.code import book_of_codes
from station.errors import BadName
from station.worklist.exclusions import exclusion_of

if TYPE_CHECKING:
    from station.model import Exclusion
    from station.naming import BookId
    from station.wiring import Station


def book_of_code(station: Station, code: str) -> BookId:
    """The book of the list that a code names.

    Raises `BadName` for a code that is damaged or none of a cover sheet, `UsageError` for a book in no list.
    """
    named = book_of_codes([code.strip()])
    if named is None:
        raise BadName("cover-unreadable", text=code)
    return station.book(str(named)).id


def opened_by(station: Station, code: str) -> tuple[BookId, Exclusion | None]:
    """The same, and why the book must not be done, where it is excluded."""
    book = book_of_code(station, code)
    return book, exclusion_of(station.catalogue, book)
