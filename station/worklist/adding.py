"""Adding one book to the work list by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.errors import UsageError
from station.model import Book, BookState
from station.text import clean
from station.worklist.cells import read_due
from station.worklist.unnumbered import give_number, is_unnumbered

if TYPE_CHECKING:
    from station.wiring import Station


_SAID = ("first_number", "last_number", "pages_expected", "shelf", "assigned", "due")
"""What a list says of a book."""


def add_book(  # noqa: PLR0913 - each is one thing that a list says of a book
    station: Station,
    text: str,
    *,
    first: int | None = None,
    last: int | None = None,
    pages: int | None = None,
    place: str | None = None,
    assigned: str | None = None,
    due: str | None = None,
) -> tuple[Book, bool]:
    """Enter a book, or take over what is said of it now; whether it was not there yet.

    A book without a number, `19441/KS.2005.?`, gets the next free one each time that it is added. Raises `BadName`, and
    `UsageError`, also for a sealed book of which something else is said.
    """
    unnumbered = is_unnumbered(text)
    own = station.settings.station.registry or None
    with station.catalogue.entering():
        taken = [book.id for book in station.catalogue.books()] if unnumbered else []
        book = Book(
            give_number(text, own, taken) if unnumbered else station.book_id(text),
            first_number=first, last_number=last, pages_expected=pages,
            shelf=clean(place or "") or None, assigned=clean(assigned or "") or None, due=read_due(due or ""),
            number_given=unnumbered,
        )  # fmt: skip
        if first and last and last < first and book.id.one_year:
            raise UsageError("first-after-last", first=first, last=last)
        _refuse_sealed(station.catalogue.book(book.id), book)
        added = station.add_book(book)
    return book, added


def _refuse_sealed(known: Book | None, wanted: Book) -> None:
    """What a sealed book was held against is not changed behind its back."""
    if known and known.state is BookState.SEALED:
        said = ((getattr(wanted, name), getattr(known, name)) for name in _SAID)
        if any(value not in {None, kept} for value, kept in said):
            raise UsageError("book-sealed", book=str(known.id))
