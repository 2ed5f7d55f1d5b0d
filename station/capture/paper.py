"""Whether the record follows the paper: feeds that left a doubt, sheets with one side, pages that want a look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.interface import Side, Source
from station import clock
from station.capture.duplex import find_waiting
from station.capture.feeds import find_doubt, is_short
from station.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from station.catalogue import Catalogue
    from station.model import Book, Feed, Page
    from station.naming import BookId


def check_paper(catalogue: Catalogue, book: Book, pages: Sequence[Page]) -> Iterator[Finding]:
    """What can be said against a book because of what its devices did; `pages` are its kept pages."""
    feeds, ever = catalogue.feeds(book.id), catalogue.all_pages(book.id)
    yield from _check_last_page(catalogue, book.id)
    yield from _check_stack(catalogue, book.id)
    yield from _check_counts(feeds, short_ends(feeds, ever, pages), pages)
    yield from _check_sides(feeds, ever, pages)
    for page in pages:
        if page.review:
            values = {"order": page.order, "reason": page.review}
            yield Finding("review", page.review.blocking, page.id, values)


def confirm_page(catalogue: Catalogue, page: Page, operator: str) -> bool:
    """Somebody looked at a page of a book that the caller holds: it is the one that it should be.

    So is what its feed left open, when it is the last page that stands of it; returns whether there was anything.
    """
    pages, feeds, at = catalogue.pages(page.book), catalogue.feeds(page.book), clock.now()
    short = short_ends(feeds, catalogue.all_pages(page.book), pages)
    open_ends = [feed for feed, end in short.items() if end == page.id]
    doubt = find_doubt(catalogue, page.book)
    if doubt and doubt.last and doubt.last.id == page.id:
        open_ends += [feed.id for feed in doubt.feeds]
    catalogue.confirm_feeds(open_ends, operator, at)
    catalogue.confirm_pages([page.id], operator, at)
    return bool(open_ends)


def short_ends(feeds: Sequence[Feed], ever: Sequence[Page], pages: Sequence[Page]) -> dict[int, str]:
    """The last page that still stands of each feed that gave fewer pages than it should; a feed without one has none.

    A page that was replaced stands in the one that took its place. `ever` are all pages that the book ever had.
    """
    successors = {page.replaces: page.id for page in ever if page.replaces}
    kept = {page.id for page in pages}
    ends = {}
    for feed in filter(is_short, feeds):
        for page in ever:
            standing = _follow(successors, page.id)
            if page.feed == feed.id and standing in kept:
                ends[feed.id] = standing
    return ends


def _follow(successors: dict[str, str], page: str) -> str:
    while page in successors:
        page = successors[page]
    return page


def _check_last_page(catalogue: Catalogue, book: BookId) -> Iterator[Finding]:
    doubt = find_doubt(catalogue, book)
    if doubt:
        yield Finding.stop("last-page-unconfirmed", doubt.last.id if doubt.last else str(book), doubt.values)


def _check_stack(catalogue: Catalogue, book: BookId) -> Iterator[Finding]:
    waiting = find_waiting(catalogue, book)
    if waiting:
        values = {"fronts": len(waiting.fronts), "backs": len(waiting.backs)}
        yield Finding.stop("stack-waits", str(book), values)


def _check_counts(feeds: Sequence[Feed], ends: dict[int, str], pages: Sequence[Page]) -> Iterator[Finding]:
    orders = {page.id: page.order for page in pages}
    for feed in feeds:
        if feed.id in ends:
            values = {"asked": feed.asked, "kept": feed.kept, "order": orders[ends[feed.id]]}
            yield Finding.stop("fewer-pages", ends[feed.id], values)


def _check_sides(feeds: Sequence[Feed], ever: Sequence[Page], pages: Sequence[Page]) -> Iterator[Finding]:
    """A kept side whose other side never came. One that came and was discarded, a blank back, is no finding."""
    duplex = {feed.id for feed in feeds if feed.source == Source.ADF_DUPLEX}
    came = {(page.feed, page.origin.sheet, page.origin.side) for page in ever}
    for page in pages:
        other = Side.FRONT if page.origin.side == Side.BACK else Side.BACK
        alone = page.feed in duplex and (page.feed, page.origin.sheet, other) not in came
        if alone and page.looked_at is None:
            yield Finding.stop("half-sheet", page.id, {"order": page.order, "missing": other})
