"""What the screen of a scan shows beside it, read at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from station.agenda import OutboxLine, free_megabytes, read_outbox_line
from station.naming import parse_layout
from station.standing import Standing, read_standing

if TYPE_CHECKING:
    from station.wiring import Station

LAST_PAGES = 8


@dataclass(frozen=True)
class Desk:
    """The book, the outbox, and the room for further pages in megabytes."""

    standing: Standing
    outbox: OutboxLine
    free: int


def read_desk(station: Station, book: str, cases_per_page: str) -> Desk:
    """Raises `UsageError`."""
    standing = read_standing(station, station.book_id(book), LAST_PAGES, parse_layout(cases_per_page))
    return Desk(standing, read_outbox_line(station), free_megabytes(station))
