"""What may be done at the cover sheet of a book that must not be scanned as it is: sealed, excluded, or in no list."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from station.books.rework import reopen
from station.errors import UsageError
from station.model import Book, BookState
from station.said import said
from station.words import Phrase
from station.worklist.exclusions import include_book, refuse_excluded

if TYPE_CHECKING:
    from collections.abc import Callable

    from station.announcements import Announcements
    from station.naming import BookId
    from station.wiring import Station


class Choice(StrEnum):
    """What the operator wants."""

    APPEND = "append"
    """Let the book in; its pages go to its end."""
    REWORK = "rework"
    """Open a sealed book again and end the scan: what is wrong in it is put right page by page."""
    REFUSE = "refuse"


@dataclass(frozen=True)
class Answer:
    """A choice; to let in a sealed or excluded book it needs a checker's name and reason."""

    choice: Choice
    checker: str = ""
    why: str = ""


def let_in(station: Station, book: BookId, ask: Callable[[UsageError], Answer | None], announce: Announcements) -> None:
    """Let a book in that stands in the way of its own pages, if somebody says so; `ask` is told what stands against it.

    Raises `UsageError`: nobody said so, a checker's word is missing, or the book was opened for rework only.
    """
    against = _against(station, book)
    if against is None:
        return
    answer = ask(against)
    if answer is None or answer.choice is Choice.REFUSE:
        raise against
    if against.code == "no-such-book":
        if answer.choice is Choice.REWORK:
            raise against
        station.add_book(Book(book))
        announce.noted(Phrase("books.added", {"book": book}))
        return
    if not (said(answer.checker) and said(answer.why)):
        raise UsageError("cover-needs-checker", book=str(book))
    if against.code == "book-excluded":
        kept = include_book(station, book, answer.checker, answer.why)
        announce.noted(Phrase("books.included", {"book": book, "checker": kept.checker, "why": kept.why}))
        let_in(station, book, lambda _: answer, announce)
        return
    rework = reopen(station, book, answer.checker, answer.why, announce)
    announce.noted(Phrase("cover.reopened", {"book": book, "bag": rework.bag, "checker": rework.checker}))
    if answer.choice is Choice.REWORK:
        raise UsageError("cover-rework", book=str(book))


def _against(station: Station, book: BookId) -> UsageError | None:
    """What of all this stands against scanning into a book."""
    found = station.catalogue.book(book)
    if found is None:
        return UsageError("no-such-book", book=str(book))
    try:
        refuse_excluded(station.catalogue, book)
    except UsageError as error:
        return error
    return UsageError("book-sealed", book=str(book)) if found.state is BookState.SEALED else None
