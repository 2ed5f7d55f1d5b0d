"""Both sides of a stack of sheets by a scanner that sees one: all fronts, the stack turned over, all backs, then pairs.

Every page is committed as it comes. Until the two sides are paired they lie one after the other at the end of the book
and have no numbers; the book cannot be packed meanwhile, and nothing else is scanned to its end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.interface import Side
from station import clock
from station.books.numbers import NumberGiver
from station.catalogue.stacks import Placed
from station.errors import UsageError
from station.imaging.page import UnreadablePage
from station.model import PageKind, Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from station.capture.keeping import Capture
    from station.capture.requests import Intent
    from station.catalogue import Catalogue
    from station.imaging.likeness import Likeness
    from station.model import Book, Page
    from station.naming import BookId, CaseNumber
    from station.root import Root
    from station.wiring import Station

ENDS_FRONTS = "cover-in-turned"
"""Why a cover sheet ended the fronts of a stack: such a stack is of one book, and what came before it is whole."""
AMONG_BACKS = "cover-in-backs"
WHY_AGAIN = "backs scanned again"
"""What stands in the row of a back that gave way to a second scan of its side."""


@dataclass(frozen=True)
class Turned:
    """One side of a stack that is turned by hand.

    `again`: the backs that came so far are discarded first. `in_order`: the backs come in the order of their fronts,
    not from the last sheet to the first. `both`: the other side follows in the same command.
    """

    side: Side
    again: bool = False
    in_order: bool = False
    both: bool = False


@dataclass
class Pairing:
    """What became of a stack: paired, or why not. Sheets count from 1.

    `alike` are sheets whose back is a front again, `other_size` those whose back has another size than the front.
    """

    fronts: int
    backs: int
    paired: bool = False
    alike: list[int] = field(default_factory=list)
    other_size: list[int] = field(default_factory=list)
    clashes: list[tuple[Page, CaseNumber]] = field(default_factory=list)
    excluded: list[tuple[BookId, CaseNumber]] = field(default_factory=list)
    """Numbers of pages that an earlier phase has done."""


@dataclass(frozen=True)
class Waiting:
    """A stack that waits for its pairing, with the pages of each side in the order in which they came."""

    stack: Stack
    fronts: tuple[Page, ...]
    backs: tuple[Page, ...]


def find_waiting(catalogue: Catalogue, book: BookId) -> Waiting | None:
    """The stack of a book that is not paired yet; None where there is none, or nothing of it is kept."""
    stack = catalogue.open_stack(book)
    pages = catalogue.pages_of_stack(stack.id, book) if stack else []
    if stack is None or not pages:
        return None
    fronts = tuple(page for page in pages if page.origin.side == Side.FRONT)
    return Waiting(stack, fronts, tuple(page for page in pages if page.origin.side == Side.BACK))


def refuse_between(catalogue: Catalogue, book: BookId) -> None:
    """Raise `UsageError` for a scan to the end of a book whose fronts wait for their backs."""
    waiting = find_waiting(catalogue, book)
    if waiting:
        raise UsageError("stack-waits", book=str(book), fronts=len(waiting.fronts), backs=len(waiting.backs))


def take_up(station: Station, capture: Capture, turned: Turned, intent: Intent) -> None:
    """Let the pages of a capture be one side of the stack: of a new one, or of the one that waits.

    Numbers and covers may come with either side; the last word counts. Raises `UsageError` for backs without fronts,
    for fronts after backs, for more backs than fronts, and for a first number that is taken.
    """
    catalogue, book = station.catalogue, capture.book.id
    waiting = find_waiting(catalogue, book)
    fronts, backs = (len(waiting.fronts), len(waiting.backs)) if waiting else (0, 0)
    if turned.side is Side.BACK and not fronts:
        raise UsageError("no-fronts", book=str(book))
    room = not backs if turned.side is Side.FRONT else turned.again or backs < fronts
    if not room:
        raise UsageError("stack-waits", book=str(book), fronts=fronts, backs=backs)
    stack = Stack(0, book, intent.numbering, intent.join, intent.covers)
    _giver(catalogue, stack).refuse_taken()
    if waiting is None or intent.numbering or intent.covers:
        capture.stack = catalogue.begin_stack(stack, station.operator, clock.now())
    else:
        capture.stack = waiting.stack.id
    for page in waiting.backs if waiting and turned.again else ():
        catalogue.discard_page(page.id, WHY_AGAIN)
    capture.side = turned.side


def _giver(catalogue: Catalogue, stack: Stack) -> NumberGiver:
    """Gives the numbers of a stack."""
    giver = NumberGiver(catalogue, stack.book, stack.numbering)
    if stack.joins:
        giver.join_first()
    return giver


def pair_waiting(station: Station, book: Book, *, in_order: bool, as_they_are: bool) -> Pairing:
    """Pair the stack of a book that the caller holds: front 1, back 1, front 2 ... with their numbers.

    Nothing is paired when the counts differ, or, unless `as_they_are`, when a back does not look like one. Raises
    `UsageError` when no stack waits.
    """
    waiting = find_waiting(station.catalogue, book.id)
    if waiting is None:
        raise UsageError("no-stack", book=str(book.id))
    fronts, backs = waiting.fronts, waiting.backs if in_order else waiting.backs[::-1]
    pairing = Pairing(len(fronts), len(backs))
    if len(fronts) != len(backs):
        return pairing
    if not as_they_are:
        _compare(pairing, fronts, backs, _looker(station.root))
        if pairing.alike or pairing.other_size:
            return pairing
    placed = _place(station.catalogue, waiting.stack, list(zip(fronts, backs, strict=True)), pairing)
    station.catalogue.pair_stack(waiting.stack, placed, station.operator, clock.now(), in_order=in_order)
    pairing.paired = True
    return pairing


def _looker(root: Root) -> Callable[[Page], Likeness | None]:
    """Reads masters for the comparison. One that cannot be read is left to the image checks, which say so."""
    from station.imaging.likeness import look_at

    def look(page: Page) -> Likeness | None:
        try:
            return look_at(root.path / page.file, page.dpi)
        except UnreadablePage:
            return None

    return look


def _compare(
    pairing: Pairing, fronts: Sequence[Page], backs: Sequence[Page], look: Callable[[Page], Likeness | None]
) -> None:
    """Hold each back against its front, and against the front that it would be if nobody had turned the stack.

    A stack that was not turned gives its fronts again, in one order or the other.
    """
    seen = [look(page) for page in fronts]
    for place, page in enumerate(backs):
        back = look(page)
        own, mirrored = seen[place], seen[-1 - place]
        if back and own and not back.has_size_of(own):
            pairing.other_size.append(place + 1)
        if back and any(front and back.shows_same_as(front) for front in (own, mirrored)):
            pairing.alike.append(place + 1)


def _place(catalogue: Catalogue, stack: Stack, pairs: Sequence[tuple[Page, Page]], pairing: Pairing) -> list[Placed]:
    """The pages in their order with the numbers they get; a page that somebody numbered already keeps its own.

    A front that is a cover already is that of a cover sheet: its back is one too, and neither counts among the covers
    that were announced.
    """
    giver, on_pages = _giver(catalogue, stack), catalogue.numbers_of_pages(stack.book)
    placed: list[Placed] = []
    counted = 0
    for sheet, pair in enumerate(pairs, 1):
        is_cover_sheet = pair[0].kind is PageKind.COVER
        for page, side in zip(pair, (Side.FRONT, Side.BACK), strict=True):
            due = is_cover_sheet and page.kind.in_case and page.id not in on_pages
            kind = PageKind.COVER if due or (not is_cover_sheet and counted < stack.covers) else page.kind
            counted += not is_cover_sheet
            numbers, clash = ([], None) if page.id in on_pages else giver.offer(kind)
            if page.id not in on_pages:
                giver.count(numbers, kind)
                pairing.excluded += [(stack.book, number) for number in giver.excluded(numbers)]
            if clash:
                pairing.clashes.append((page, clash))
            printed = pair[0].cover_sheet and kind is PageKind.COVER
            placed.append(Placed(page, sheet, side, kind, numbers, cover_sheet=printed))
    return placed
