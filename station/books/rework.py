"""Opening a sealed book again by a checker's word, and which bag takes the place of which.

What was sent stays sent, and every bag stays in the history. A bag that has not gone yet is held back, so that the
receiver gets the one that counts; it is never deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from outbox.states import State, TransitionRefusedError
from station import clock
from station.errors import UsageError
from station.model import BookState, Rework
from station.naming import BookId
from station.operators import checkers_word
from station.purging import refuse_without_masters, spare
from station.recipes import key_when_open
from station.recovery import working_on
from station.sealing.bag import Lineage, Superseded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from station.announcements import Announcements
    from station.catalogue import Catalogue
    from station.sealing.bag import SealedBag
    from station.wiring import Station


def reopen(station: Station, book: BookId, checker: str, why: str, announce: Announcements) -> Rework:
    """Open a sealed book again. Raises `UsageError` when it is not sealed or its masters were cleared away, and as
    `checkers_word` does.

    The bag is held back first: a crash after that leaves a sealed book whose bag waits, and the command is run again.
    The commit point is the row with who allowed it, together with the book's state.
    """
    checker, why = checkers_word(station.catalogue, checker, why)
    with working_on(station, book, announce) as held:
        bags = station.catalogue.bags(book)
        if held.state is not BookState.SEALED or not bags:
            raise UsageError("book-not-sealed", book=str(book))
        bag_id = str(bags[-1]["id"])
        refuse_without_masters(station, book)
        spare(station, bag_id)
        rework = Rework(bag_id, checker, why, station.operator, clock.now(), _hold_back(station, bag_id))
        station.catalogue.reopen(book, rework, key_when_open(station, book))
        return rework


def lineage_of(catalogue: Catalogue, book: BookId) -> Lineage:
    """What the next bag of a book that the caller holds comes after."""
    bags, reworks = catalogue.bags(book), catalogue.reworks(book)
    if not bags:
        return Lineage()
    last = bags[-1]
    return Lineage(str(last["digest"]), _superseded(reworks, last["supersedes"]), _superseded(reworks, last["id"]))


def let_go(station: Station, book: BookId, bag: SealedBag) -> None:
    """Let a bag be sent that was held back for a rework which changed nothing."""
    if any(one.held and one.bag == bag.id for one in station.catalogue.reworks(book)):
        if station.outbox.item(bag.id).state is State.HELD:
            station.outbox.release(bag.id)
        station.catalogue.let_go(bag.id)


def refuse_outdated(catalogue: Catalogue, bag_id: str) -> None:
    """Raise `UsageError` for a bag whose place another one has taken, or whose book is open to be changed."""
    bags = catalogue.bags()
    newer = next((str(bag["id"]) for bag in bags if bag["supersedes"] == bag_id), None)
    if newer:
        raise UsageError("bag-superseded", bag=bag_id, newer=newer)
    own = next((BookId.parse(str(bag["book"])) for bag in bags if bag["id"] == bag_id), None)
    book = catalogue.book(own) if own else None
    if book and book.state is not BookState.SEALED:
        raise UsageError("bag-reopened", bag=bag_id, book=str(book.id))


def _superseded(reworks: Iterable[Rework], bag_id: str | None) -> Superseded | None:
    """A bag with the last word for which its book was opened again; None for a bag that still stands."""
    words = [Superseded(one.bag, one.checker, one.why, one.at) for one in reworks if one.bag == bag_id]
    return words[-1] if words else None


def _hold_back(station: Station, bag_id: str) -> bool:
    """Whether the bag had not gone yet and waits now."""
    try:
        station.outbox.hold(bag_id)
    except TransitionRefusedError:
        return False
    return True
