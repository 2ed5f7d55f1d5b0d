"""What may be done at the cover sheet of a book that must not be scanned as it is: sealed, excluded, or in no list."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from station.books.numbers import refuse_appending
from station.books.rework import reopen
from station.errors import UsageError
from station.model import Book, BookState
from station.said import said
from station.words import Phrase
from station.worklist.exclusions import refuse_excluded
from station.worklist.including import include_book

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


@dataclass
class Standing:
    """An answer that was given before anybody knew which covers would come: asked of each that stands in the way.

    A checker's word in it is for one book, the first that is closed.
    """

    answer: Answer
    opened: str | None = None

    def __call__(self, against: UsageError) -> Answer:
        """Raises `UsageError` for a further closed book."""
        book = str(against.values["book"])
        if against.code != "no-such-book" and self.answer.choice is not Choice.REFUSE and said(self.answer.checker):
            self.opened = self.opened or book
            if book != self.opened:
                raise UsageError("cover-word-spent", book=book, opened=self.opened, why=_phrase(against))
        return self.answer


def let_in(
    station: Station,
    book: BookId,
    ask: Callable[[UsageError], Answer | None],
    announce: Announcements,
    layout: tuple[int, int] | None = None,
) -> None:
    """Let a book in that stands in the way of its own pages, if somebody says so; `ask` is told what stands against it.

    `layout` is cases on a page and pages for a case of the pages to come, None for pages without numbers. Raises
    `UsageError`: nobody said so, a checker's word is missing, the next page could not get its number, in which case
    nothing is opened, or the book was opened for rework only.
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
    if answer.choice is Choice.APPEND:
        _refuse_without_room(station, against, layout)
    if against.code == "book-excluded":
        kept = include_book(station, book, answer.checker, answer.why)
        announce.noted(Phrase("books.included", {"book": book, "checker": kept.checker, "why": kept.why}))
        let_in(station, book, lambda _: answer, announce, layout)
        return
    rework = reopen(station, book, answer.checker, answer.why, announce)
    announce.noted(Phrase("cover.reopened", {"book": book, "bag": rework.bag, "checker": rework.checker}))
    if answer.choice is Choice.REWORK:
        raise UsageError("cover-rework", book=str(book))


def _refuse_without_room(station: Station, against: UsageError, layout: tuple[int, int] | None) -> None:
    book = station.book(against.values["book"])
    try:
        refuse_appending(station.catalogue, book, layout, excluded=against.code == "book-excluded")
    except UsageError as error:
        raise UsageError("cover-not-opened", book=str(book.id), why=_phrase(error)) from error


def _phrase(error: UsageError) -> Phrase:
    return Phrase(error.code, error.values)


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
