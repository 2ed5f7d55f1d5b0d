"""Which books of the work list somebody wants to see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from station.model import BookState
from station.registers import register_types
from station.text import fold
from station.worklist.exclusions import excluded_books

if TYPE_CHECKING:
    from station.catalogue import Catalogue
    from station.model import Book, Registry


class Shown(StrEnum):
    """The states by which a list is narrowed. An excluded book is neither of the others there."""

    OPEN = "open"
    SEALED = "sealed"
    EXCLUDED = "excluded"


@dataclass(frozen=True)
class Filter:
    """What is wanted; None or empty: everything. Texts are compared without accents, word by word."""

    registry: str | None = None
    type: str | None = None
    year: int | None = None
    state: Shown | None = None
    find: str | None = None
    assigned: str | None = None

    def takes(self, book: Book, registry: Registry | None, *, excluded: bool) -> bool:
        """Whether a book is wanted."""
        return (
            self._takes_registry(book, registry)
            and (not self.type or book.id.type == self.type)
            and (self.year is None or book.id.year_first <= self.year <= book.id.year_last)
            and (self.state is None or self.state == state_of(book, excluded=excluded))
            and (not self.assigned or _all_words(self.assigned, book.assigned or ""))
            and (not self.find or _all_words(self.find, _said_of(book, registry)))
        )

    def _takes_registry(self, book: Book, registry: Registry | None) -> bool:
        if not self.registry:
            return True
        return book.id.registry == self.registry or _all_words(self.registry, registry.place if registry else "")


def state_of(book: Book, *, excluded: bool) -> Shown:
    """The state of a book in lists."""
    if excluded:
        return Shown.EXCLUDED
    return Shown.SEALED if book.state is BookState.SEALED else Shown.OPEN


def listed_books(catalogue: Catalogue, wanted: Filter) -> list[tuple[Book, bool]]:
    """The books that are wanted, each with whether it is excluded, by registry, type, year and number."""
    books = catalogue.books()
    excluded = excluded_books(catalogue, (book.id for book in books))
    registries = {registry.code: registry for registry in catalogue.registries()}
    return [
        (book, book.id in excluded)
        for book in books
        if wanted.takes(book, registries.get(book.id.registry), excluded=book.id in excluded)
    ]


def _all_words(wanted: str | None, text: str) -> bool:
    folded = fold(text)
    return all(word in folded for word in fold(wanted or "").split())


def _said_of(book: Book, registry: Registry | None) -> str:
    """Everything that is known of a book, in one text."""
    kind = register_types().get(book.id.type)
    parts = (str(book.id), registry.place if registry else "", kind.vi if kind else "", book.shelf, book.assigned)
    return " ".join(part for part in parts if part)
