"""What there is to do at a station: books by where they stand, a window of them at a time, and how far the work is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from outbox.states import State
from station.room import room_left
from station.worklist.exclusions import ExclusionList, reason_of
from station.worklist.listing import Filter, Shown, listed_books, state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from station.model import Book
    from station.wiring import Station
    from station.words import Phrase

MOST_ROWS = 500
"""The longest window: a table of a screen gets slow with more."""

_TO_GO = (
    State.QUEUED,
    State.SENDING,
    State.WAITING,
    State.SENT,
    State.HELD,
    State.REFUSED,
    State.NEEDS_PERSON,
)


class Shelf(StrEnum):
    """Where a book stands. `WAITING`: sealed, and no receipt says yet that it arrived."""

    IN_WORK = "in-work"
    TO_DO = "to-do"
    WAITING = "waiting"
    DONE = "done"


@dataclass(frozen=True)
class Entry:
    """A book of the agenda; `expected` is the page count that the work list states, None where it does not."""

    book: str
    shelf: Shelf
    pages: int
    expected: int | None
    cases: int
    place: str
    assigned: str
    due: str


@dataclass(frozen=True)
class Progress:
    """How far the campaign is, without the books that are excluded."""

    books: int
    sealed: int
    pages: int
    cases: int


@dataclass(frozen=True)
class Excluded:
    """A book that must not be done, and why."""

    book: str
    reason: str | Phrase


@dataclass(frozen=True)
class Agenda:
    """A window of one shelf, how many books stand on each, and how far the work is.

    `rows`, `total` (of the shelf) and `on_shelves` are of the books that fit the search, `progress` of all.
    """

    shelf: Shelf
    rows: tuple[Entry, ...]
    offset: int
    total: int
    on_shelves: Mapping[Shelf, int]
    progress: Progress
    excluded: Excluded | None = None
    """The first that fits where no other book does."""


@dataclass(frozen=True)
class OutboxLine:
    """The outbox in a line: bags that still go, bags without a receipt, bags and destinations that need a person."""

    to_go: int
    awaiting: int
    needs_person: int
    sending: int | None
    """Percent of what goes just now, None when nothing does."""
    unattended: bool = False
    """Bags wait to go, and no sender runs."""


def read_agenda(station: Station, shelf: Shelf, find: str = "", offset: int = 0, limit: int = MOST_ROWS) -> Agenda:
    """The books of a shelf that fit the words of `find`, compared without accents, from `offset` on."""
    counts, waiting = station.catalogue.counts(), _books_waiting(station)
    fits = _search(station, find) if find.strip() else None
    entries, found, excluded = [], [], []
    for book, is_excluded in listed_books(station.catalogue, Filter()):
        if is_excluded:
            excluded += [book] if fits and fits(book) else []
            continue
        entry = _entry(book, counts.get(str(book.id), (0, 0)), str(book.id) in waiting)
        entries.append(entry)
        found += [entry] if fits is None or fits(book) else []
    on_shelves = Counter(entry.shelf for entry in found)
    rows = [entry for entry in found if entry.shelf is shelf]
    first = max(0, min(offset, len(rows) - 1))
    return Agenda(
        shelf,
        tuple(rows[first : first + min(limit, MOST_ROWS)]),
        first,
        len(rows),
        {one: on_shelves[one] for one in Shelf},
        _progress(entries),
        _why_not(station, excluded[0]) if excluded and not found else None,
    )


def read_stamp(station: Station) -> tuple[int, ...]:
    """Another one when anything was committed of what an agenda is made of; comparable for one open station alone."""
    return (*station.catalogue.stamp(), *station.outbox.stamp())


def _search(station: Station, find: str) -> Callable[[Book], bool]:
    """What says of a book whether it fits the words of a search."""
    wanted = Filter(find=find.strip())
    registries = {registry.code: registry for registry in station.catalogue.registries()}
    return lambda book: wanted.takes(book, registries.get(book.id.registry), excluded=False)


def _why_not(station: Station, book: Book) -> Excluded:
    exclusion = ExclusionList.read(station.catalogue, book.id).of_book(book.id)
    assert exclusion
    return Excluded(str(book.id), reason_of(exclusion))


def _progress(entries: list[Entry]) -> Progress:
    sealed = sum(entry.shelf in {Shelf.WAITING, Shelf.DONE} for entry in entries)
    pages, cases = sum(entry.pages for entry in entries), sum(entry.cases for entry in entries)
    return Progress(len(entries), sealed, pages, cases)


def _books_waiting(station: Station) -> set[str]:
    """Books of which a bag has no receipt yet."""
    bags = station.outbox.bags_in(*_TO_GO)
    return {str(bag["book"]) for bag in station.catalogue.bags() if bag["id"] in bags} if bags else set()


def _entry(book: Book, counts: tuple[int, int], waiting: bool) -> Entry:  # noqa: FBT001
    pages, cases = counts
    if state_of(book, excluded=False) is Shown.SEALED:
        shelf = Shelf.WAITING if waiting else Shelf.DONE
    else:
        shelf = Shelf.IN_WORK if pages else Shelf.TO_DO
    return Entry(
        str(book.id), shelf, pages, book.pages_expected, cases, book.shelf or "", book.assigned or "", book.due or ""
    )


def read_outbox_line(station: Station) -> OutboxLine:
    """How the outbox stands."""
    states = station.outbox.counts()
    under_way = station.outbox.under_way() if states[State.SENDING] else []
    going = next((item for item in under_way if not item["abandoned"]), None)
    to_go = states[State.QUEUED] + states[State.SENDING] + states[State.WAITING]
    return OutboxLine(
        to_go=to_go,
        awaiting=states[State.SENT],
        needs_person=states[State.NEEDS_PERSON] + states[State.REFUSED] + len(station.outbox.stops()),
        sending=going["percent"] if going else None,
        unattended=bool(to_go and station.settings.destinations and not station.outbox.has_sender()),
    )


def free_megabytes(station: Station) -> int:
    """The room for further pages on the disk, above what is kept free."""
    return room_left(station.root.path, station.settings)
