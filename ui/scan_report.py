"""How a scan ended, as plain values for the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drivers.faults import FaultKind
    from station.capture.duplex import Pairing
    from station.capture.feeds import Doubt
    from station.capture.streaks import Streak
    from station.errors import UsageError
    from station.model import Book, Page
    from station.naming import BookId, CaseNumber


@dataclass(frozen=True)
class ScanReport:
    """What came and what ended it. `last` is the last page of the book with its numbers, `due` what comes after it.

    `stopped`: by the operator, which is no fault. `doubt`: somebody has to say which page is the last one on the paper.
    """

    book: BookId | None
    pages: int
    fault: FaultKind | None = None
    paper_ended: bool = False
    stopped: bool = False
    out_of_order: bool = False
    refused_cover: UsageError | None = None
    next_book: str | None = None
    streak: Streak | None = None
    pairing: Pairing | None = None
    went_well: bool = False
    aside: int = 0
    sheets_fed: int | None = None
    unreadable: tuple[Page, ...] = ()
    clashes: tuple[tuple[Page, CaseNumber], ...] = ()
    excluded: str = ""
    """Numbers of its pages that an earlier phase has done."""
    last: Page | None = None
    last_numbers: tuple[CaseNumber, ...] = ()
    doubt: Doubt | None = None
    again: tuple[int, ...] = ()
    """Places of the pages of this scan that the checks want scanned again."""
    listed: Book | None = None
    total: int = 0
    """Pages of the whole paper book."""
    printed: int = 0
    """How many of the `pages` are sheets that the station printed: no pages of the paper book."""
