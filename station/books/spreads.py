"""Open books in one picture: split at the gutter into two pages, or put together again.

Nothing is cut out of a master: the two pages are rows of their own over the master of the whole, whose row stays.
"""

from __future__ import annotations

import hashlib
import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from station import clock
from station.books.cases import read_numbers, settle_numbers
from station.capture.duplex import refuse_between
from station.errors import BadName, UsageError
from station.imaging.page import Cut, Fold, Half
from station.model import Page, Part, Spreads
from station.recovery import working_on
from station.words import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from station.announcements import Announcements
    from station.catalogue import Catalogue
    from station.naming import BookId, CaseNumber, NamingProfile
    from station.wiring import Station

log = logging.getLogger(__name__)

SURE = 0.6
"""From this confidence on a gutter is taken as found: see `station.imaging.gutter.Gutter`."""

WHY_WHOLE = "spread kept whole"
"""What stands in the rows of halves that gave way to their whole."""

_SIDES = "/"
Numbers = tuple[list["CaseNumber"], list["CaseNumber"]]
"""The cases of the left half and of the right one."""


@dataclass(frozen=True)
class Split:
    """A page that was split, and its halves with their places in the book."""

    whole: Page
    halves: tuple[Page, Page]


def fold_of(catalogue: Catalogue, page: Page, recipe: str) -> Fold | None:
    """Where a spread's gutter is: on half a spread the one that it was split at, else the one that was found."""
    if page.part:
        return Fold(page.part.cut.top, page.part.cut.bottom)
    copy = catalogue.copy(page.sha256, recipe)
    return copy.gutter if copy else None


def read_fold(text: str) -> Fold:
    """A gutter as people type it, in percent of the width from the left: `49.5`, or top and bottom: `49.2,49.8`.

    Raises `UsageError`.
    """
    try:
        places = [round(float(part) * 100) for part in text.split(",")]
    except (ValueError, OverflowError):
        places = []
    if len(places) not in {1, 2} or not all(100 <= place <= 9900 for place in places):
        raise UsageError("bad-gutter", text=text)
    return Fold(places[0], places[-1])


def settle_fold(catalogue: Catalogue, page: Page, recipe: str) -> Fold:
    """The gutter that was found, where it is sure enough. Raises `UsageError`."""
    fold = fold_of(catalogue, page, recipe)
    if fold is None:
        raise UsageError("gutter-unknown", page=page.id, order=page.order)
    if fold.confidence < SURE:
        raise UsageError("gutter-unsure", page=page.id, order=page.order, at=fold.typed)
    return fold


def deal_out(numbers: Sequence[CaseNumber]) -> Numbers:
    """The cases of a whole on its halves: one stands on both, of several the first half, rounded up, is on the left."""
    if len(numbers) == 1:
        return [*numbers], [*numbers]
    left = (len(numbers) + 1) // 2
    return [*numbers[:left]], [*numbers[left:]]


def read_sides(text: str, book: BookId) -> tuple[list[CaseNumber], list[CaseNumber]]:
    """`LEFT/RIGHT` as people type it: `12,13/14`, nothing on the right: `12/`. Numbers that bear their year need two
    strokes between the sides: `12/2005//13/2005`. Raises `BadName`.
    """
    stroke = _SIDES * 2 if _SIDES * 2 in text else _SIDES
    if text.count(stroke) != 1:
        raise BadName("bad-sides", text=text)
    left, right = ([*read_numbers(side, book)] if side.strip() else [] for side in text.split(stroke))
    return left, right


def split_by_hand(station: Station, page: Page, fold: Fold, numbers: Numbers | None) -> Split:
    """Split a page of a book that the caller holds. `numbers` None: the cases of the page are dealt out.

    Raises `UsageError` for a half, and while the sides of a stack wait to be paired; for numbers that leave out a case
    of the page, or that the work list does not have; `Refused` for other numbers.
    """
    catalogue = station.catalogue
    if page.part:
        raise UsageError("page-is-half", page=page.id, order=page.order)
    open_stack = catalogue.open_stack(page.book)
    if open_stack and page.stack == open_stack.id:
        refuse_between(catalogue, page.book)
    if numbers:
        numbers = _settle(catalogue, page, numbers, station.naming)
        _refuse_odd_numbers(catalogue, page, {*numbers[0], *numbers[1]})
    return _split(catalogue, page, fold, numbers, station.operator)


def _refuse_odd_numbers(catalogue: Catalogue, page: Page, given: set[CaseNumber]) -> None:
    """Raise `UsageError` for numbers by which a case would lose its page, or that the work list does not have."""
    lost = [number for number in catalogue.numbers_of_pages(page.book).get(page.id, ()) if number not in given]
    if lost:
        raise UsageError("split-leaves-out", page=page.id, order=page.order, numbers=", ".join(map(str, lost)))
    book = catalogue.book(page.book)
    if book is None or not page.book.one_year:
        return
    first, last = book.first_number or 1, book.last_number or math.inf
    beyond = sorted(number for number in given if not first <= number.value <= last)
    if beyond:
        span = f"{first}–{book.last_number or '…'}"
        raise UsageError("numbers-beyond-list", book=str(page.book), numbers=", ".join(map(str, beyond)), span=span)


def _settle(catalogue: Catalogue, page: Page, numbers: Numbers, profile: NamingProfile) -> Numbers:
    left, right = (
        settle_numbers(catalogue, page, side, join=False, second=False, profile=profile, beside=True) if side else []
        for side in numbers
    )
    return left, right


def _split(catalogue: Catalogue, page: Page, fold: Fold, numbers: Numbers | None, operator: str) -> Split:
    if numbers is None:
        numbers = deal_out(catalogue.numbers_of_pages(page.book).get(page.id, []))
    parts = [part_of(page, Cut(half, fold.top, fold.bottom)) for half in Half]
    catalogue.split_page(page, parts, numbers, operator, clock.now())
    pages = {one.id: one for one in catalogue.pages(page.book)}
    left, right = (pages[half] for half in catalogue.kept_parts(page.id))
    return Split(page, (left, right))


def part_of(whole: Page, cut: Cut) -> Part:
    """Half of a page, with the digest of its own that tells its delivery copies from those of other cuts."""
    words = f"{whole.sha256} {cut.half} {cut.top} {cut.bottom}"
    return Part(whole.id, cut, hashlib.sha256(words.encode()).hexdigest())


def put_together(catalogue: Catalogue, page: Page) -> Page:
    """Undo the split of a page of which the caller holds the book and names a half; the whole as it stands again.

    Raises `UsageError` for what is no half, and where another page has taken the place of a half.
    """
    if page.part is None:
        raise UsageError("page-is-whole", page=page.id, order=page.order)
    whole = page.part.whole
    instead = catalogue.page_instead_of(whole)
    if instead:
        order = next(one.order for one in catalogue.pages(page.book) if one.id == instead)
        raise UsageError("half-replaced", page=page.id, other=instead, order=order)
    catalogue.join_parts(whole, WHY_WHOLE)
    return next(one for one in catalogue.pages(page.book) if one.id == whole)


def split_due(station: Station, book: BookId, offer: Callable[[Page], None]) -> int:
    """Split what the choice of a held book wants split, where the gutter is sure; `offer` has the copies of the halves
    made. Returns how many spreads were split.

    Each split is one commit: what a crash leaves whole is split when the book is processed or packed.
    """
    catalogue = station.catalogue
    due = [(page, fold) for page, fold in catalogue.spreads_due(book, station.recipe.key) if fold.confidence >= SURE]
    pages = {page.id: page for page in catalogue.pages(book)} if due else {}
    for page, fold in due:
        for half in _split(catalogue, pages[page], fold, None, station.operator).halves:
            offer(half)
    return len(due)


def split_in(station: Station, book: BookId, announce: Announcements, offer: Callable[[Page], None]) -> int:
    """The same for a book that nobody holds. Raises `UsageError` when somebody does."""
    if station.catalogue.spreads_of(book) is not Spreads.SPLIT:
        return 0
    with working_on(station, book, announce):
        return tell(announce, book, split_due(station, book, offer))


def tell(announce: Announcements, book: BookId, spreads: int) -> int:
    """Announce how many spreads of a book were split, if any were."""
    if spreads:
        announce.noted(Phrase("spread.split-in", {"spreads": spreads, "book": book}))
    return spreads


@dataclass(frozen=True)
class Divided:
    """What became of pages that came: the right half of each that was split, by the id of its whole; pages of which no
    copy could be made.
    """

    halves: dict[str, Page]
    unreadable: list[Page]

    def now(self, page: Page) -> Page:
        """The page by which an image that came is known: of a spread that was split its right half."""
        return self.halves.get(page.id, page)

    def renamed(self, numbered: Iterable[tuple[Page, CaseNumber]]) -> list[tuple[Page, CaseNumber]]:
        """Pages with the numbers that they did not get, by the pages as they are known."""
        return [(self.now(page), number) for page, number in numbered]


def split_came(station: Station, books: Iterable[BookId], announce: Announcements) -> Divided:
    """Once nobody holds these books any more: split what they want split of what came, and make the copies.

    A book that is in use is split when it is processed or packed.
    """
    halves: dict[str, Page] = {}

    def offer(half: Page) -> None:
        if half.part and half.part.cut.half is Half.RIGHT:
            halves[half.part.whole] = half
        processing.offer(half)

    catalogue, processing = station.catalogue, station.processing()
    processing.done = announce.copy
    for book in sorted(books):
        try:
            split_in(station, book, announce, offer)
        except UsageError:
            log.info("%s is in use; its spreads are split later", book)
    processing.finish()
    if halves:  # as they stand once all are split
        halves = {whole: page for whole, half in halves.items() if (page := catalogue.find_page(half.id))}
    return Divided(halves, [page for page, _ in processing.failures])
