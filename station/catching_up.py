"""Pages that a crash left unchecked: their delivery copies are made and judged, a few at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.announcements import Announcements
from station.model import BookState
from station.recipes import copies_key
from station.recovery import working_on

if TYPE_CHECKING:
    from collections.abc import Collection

    from station.naming import BookId
    from station.wiring import Station

AT_ONCE = 4
"""So many pages delay a scan that is ordered meanwhile by a second or two."""


def check_unchecked(station: Station, book: BookId, passed: Collection[str]) -> tuple[list[str], bool]:
    """Make the copies of a few pages of an open book that have none, but for those that are `passed` over.

    Returns which pages these were, by their ids, and whether there are more. Raises `UsageError` for a book that is in
    use or excluded.
    """
    with working_on(station, book, Announcements()) as held:
        if held.state is BookState.SEALED:
            return [], False
        copies = station.catalogue.copies(book, copies_key(station, book))
        pages = station.catalogue.pages(book)
        lacking = [page for page in pages if page.copy_of not in copies and page.id not in passed]
        processing = station.processing()
        for page in lacking[:AT_ONCE]:
            processing.offer(page)
        processing.finish()
        return [page.id for page in lacking[:AT_ONCE]], len(lacking) > AT_ONCE
