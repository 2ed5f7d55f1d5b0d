"""What is said of a book wherever it is looked for or opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.words import joined, tell

if TYPE_CHECKING:
    from station.words import Phrase


def excluded_words(book: str, reason: str | Phrase) -> str:
    """That a book must not be done, and why; a checker may let it through all the same."""
    return joined("●", tell("book-excluded", book=book, reason=reason))
