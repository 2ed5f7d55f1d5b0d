"""What a device did with the paper, held against what was kept: the record of feeds, and the doubt that some leave.

Where a feed broke off and drew in more sheets than it left pages, and after a jam, a double feed, a sheet without its
back or images out of order, whatever was counted, nobody but the operator knows which sheet was the last one: scanning
goes on at the end of the book only after somebody confirmed the last page. After any other break the first page of the
next feed is marked for a look.

A feed that a crash interrupted has no end on record, and nobody counted its sheets. It marks the next page; a front end
with somebody in front of it asks for the last page (`find_doubt`, `interrupted`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from drivers.faults import FaultKind
from drivers.interface import Source
from station import clock
from station.errors import UsageError
from station.naming import CaseNumber
from station.words import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from station.catalogue import Catalogue
    from station.model import Book, Feed, Page
    from station.naming import BookId
    from station.wiring import Station


class Ending(StrEnum):
    """How a feed ended that no fault of the device ended."""

    PAPER_ENDED = "paper-ended"
    LIMIT = "limit"
    SWITCHED = "switched"
    """A cover sheet came: what follows it is no matter of this book."""
    STOPPED = "stopped"
    """By the operator, between two pages."""
    DIRTY_GLASS = "dirty-glass"
    """The same streak was on page after page."""
    OUT_OF_ORDER = "out-of-order"
    """The driver gave an image that cannot follow the one before."""


DOUBTFUL = frozenset({FaultKind.JAM, FaultKind.DOUBLE_FEED, FaultKind.MISSING_SIDE, Ending.OUT_OF_ORDER})
"""Endings after which the paper and the record may differ whatever was counted: two sheets count as one, a sheet that
came whole may be the torn one."""
INTERRUPTED = "interrupted"
"""What is said of a feed that has no end."""

_ENDED_WELL = frozenset({Ending.PAPER_ENDED, Ending.LIMIT, Ending.STOPPED, Ending.SWITCHED, Ending.DIRTY_GLASS})
# The device refused before it drew in anything.
_UNMOVED = frozenset({FaultKind.BUSY, FaultKind.ACCESS_DENIED, FaultKind.UNSUPPORTED_SETTING, FaultKind.DRIVER_MISSING})

# What was drawn in behind the last page is accounted for: a cover sheet that was refused is no page of the book.
_ACCOUNTED = frozenset({Ending.PAPER_ENDED, Ending.LIMIT, Ending.SWITCHED})

_NEVER = 1 << 30
"""The order of a page that the book does not have."""


@dataclass(frozen=True)
class Doubt:
    """Feeds that nobody confirmed, the last one last; the last page that the book holds (None: it holds none)."""

    feeds: tuple[Feed, ...]
    last: Page | None
    numbers: tuple[CaseNumber, ...]
    due: CaseNumber | None
    """The number that comes after the last page, where it can be told."""
    joins: bool = False
    """Whether the case with that number has a page already and goes on."""

    @property
    def feed(self) -> Feed:
        return self.feeds[-1]

    @property
    def values(self) -> dict[str, Any]:
        """The same as plain data. `fed` is None where nobody counted; `go_on` is what the next scan has to say."""
        last = self.last.order if self.last else 0
        return {
            "ending": str(self.feed.ending or INTERRUPTED),
            "fed": self.feed.fed,
            "kept": self.feed.kept,
            "last": last,
            "numbers": ", ".join(map(str, self.numbers)) or "-",
            "go_on": self._go_on(last),
        }

    def _go_on(self, last: int) -> str:
        if self.feed.side:
            return f"--side {self.feed.side} --last-page {last}"
        return f"--number {self.due}{' --join' * self.joins}" if self.due else f"--last-page {last}"


def feed_words(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a doubt as sentences need them: in words what is a code or nothing in the data."""
    fed = Phrase("feed.not-counted") if values["fed"] is None else values["fed"]
    return values | {"what": Phrase(f"ending.{values['ending']}"), "fed": fed}


def is_doubtful(feed: Feed) -> bool:
    """Whether somebody has to compare the paper with the book before the next sheet goes to its end."""
    if feed.ended is None or feed.place is not None or feed.confirmed_at is not None:
        return False
    return feed.ending in DOUBTFUL or (feed.ending not in _ACCOUNTED and lacks_pages(feed))


def lacks_pages(feed: Feed) -> bool:
    """Whether more sheets were drawn in than there are pages of; False where nobody counted."""
    sides = 2 if feed.source == Source.ADF_DUPLEX else 1
    return feed.fed is not None and feed.fed * sides > feed.kept


def is_interrupted(feed: Feed) -> bool:
    """Whether a feed has no end on record. Of a book that nobody holds that is one which a crash interrupted."""
    return feed.ended is None and feed.place is None and feed.confirmed_at is None


def is_short(feed: Feed) -> bool:
    """Whether fewer pages came than were asked for, and nobody said yet that this is right.

    A feed that went on in another book owes none: what was asked for was meant for all its books.
    """
    if feed.ended is None or feed.ending == Ending.SWITCHED or feed.confirmed_at is not None:
        return False
    return 0 < feed.kept < (feed.asked or 0)


def ended_dirty(feeds: Sequence[Feed]) -> bool:
    """Whether dirt on the glass ended the last feed: whoever scans on has been told and looked."""
    return bool(feeds) and feeds[-1].ending == Ending.DIRTY_GLASS


def owes_look(feeds: Sequence[Feed]) -> bool:
    """Whether the next page is to be marked: the last feed that moved paper broke off, and nobody looked since."""
    for feed in reversed(feeds):
        if feed.place is not None or (feed.ending in _UNMOVED and not feed.kept):
            continue
        if feed.ending not in _ENDED_WELL:
            return feed.confirmed_at is None
        if feed.kept:
            return False
    return False


def find_doubt(catalogue: Catalogue, book: BookId, *, interrupted: bool = False) -> Doubt | None:
    """The doubt that the feeds of a book left, if they left any.

    With `interrupted` also those that a crash interrupted, where the book has pages: no program may be feeding into it.
    """
    feeds = tuple(feed for feed in catalogue.feeds(book) if is_doubtful(feed) or (interrupted and is_interrupted(feed)))
    pages = catalogue.pages(book) if feeds else []
    if not feeds or not (pages or any(map(is_doubtful, feeds))):
        return None
    on_pages = catalogue.numbers_of_pages(book)
    last = pages[-1] if pages else None
    numbers = tuple(on_pages.get(last.id, ())) if last else ()
    due = _number_due(feeds[-1], pages, on_pages)
    joins = any(due in given for given in on_pages.values())
    return Doubt(feeds, last, numbers, due, joins)


def announced_number(catalogue: Catalogue, book: BookId) -> CaseNumber | None:
    """The number that was due when the last feed to the end of a book ended or broke off, if its last page stands."""
    feeds = [feed for feed in catalogue.feeds(book) if feed.place is None and feed.side is None]
    if not feeds or not feeds[-1].number_due:
        return None
    stands = feeds[-1].last_page in {page.id for page in catalogue.last_pages(book, 1)}
    return CaseNumber.parse(feeds[-1].number_due, book) if stands or not feeds[-1].kept else None


def _number_due(feed: Feed, pages: Sequence[Page], on_pages: dict[str, list[CaseNumber]]) -> CaseNumber | None:
    """What the feed told to go on with while its last page is still the last one; else one beyond the last number.

    A feed that was interrupted told at its beginning what its own first page was to bear.
    """
    told = CaseNumber.parse(feed.number_due, feed.book) if feed.number_due else None
    ended_here = pages and feed.last_page in {pages[-1].id, pages[-1].part and pages[-1].part.whole}
    if not pages or (ended_here and feed.ended is not None):
        return told
    for page in reversed(pages):
        if page.id in on_pages:
            last = max(on_pages[page.id], key=lambda number: (number.year, number.value))
            return CaseNumber(last.year, last.value + 1)
        if page.kind.in_case:
            return None
    return told


def settle_doubt(
    station: Station, book: Book, last_page: str | None, number: CaseNumber | None, ask: Callable[[Doubt], str | None]
) -> None:
    """Let scanning go on: somebody named the last page, or the number due after it, or is asked now. A last page that
    was named settles what a crash interrupted too.

    `last_page` and the answer are an order or a page id. Raises `UsageError`: nobody said, or what was said is not
    the last page that the station holds.
    """
    doubt = find_doubt(station.catalogue, book.id)
    if last_page is not None:
        _require_last(station.catalogue, book.id, last_page)
        doubt = find_doubt(station.catalogue, book.id, interrupted=True)
    elif doubt and (number is None or number != doubt.due):
        answer = ask(doubt)
        if answer is None:
            raise UsageError("last-page-unconfirmed", book=str(book.id), **feed_words(doubt.values))
        _require_last(station.catalogue, book.id, answer)
    if doubt:
        station.catalogue.confirm_feeds([feed.id for feed in doubt.feeds], station.operator, clock.now())


def _require_last(catalogue: Catalogue, book: BookId, text: str) -> None:
    """Raise `UsageError` with what the station holds and what to do when `text` is not the last page of the book."""
    pages, said = catalogue.pages(book), text.strip()
    if said.isascii() and said.isdigit():
        order = int(said)
    else:
        order = next((page.order for page in pages if said and page.id.startswith(said)), _NEVER)
    if order == len(pages):
        return
    if order > len(pages):
        raise UsageError("last-page-beyond", book=str(book), said=said, last=len(pages))
    beyond = " ".join(page.id for page in pages[order:])
    raise UsageError("last-page-before", book=str(book), said=said, last=len(pages), pages=beyond)
