"""The pages of a book, held against its cases, its work list and their delivery copies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from station.imaging.page import Check, Level
from station.model import Finding, PageKind
from station.naming import CaseNumber

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from station.catalogue.holdings import Holding, Leaf
    from station.model import Book, Page


_MIDDLE = "50"
"""Where a gutter lies of which nothing was found: in the middle, in percent."""


def check_counts(book: Book, pages: Sequence[Leaf]) -> Iterator[Finding]:
    """A book that was never opened, and one with more or fewer pages than the work list says. The station's own cover
    sheets are no pages of it.
    """
    found = sum(not page.cover_sheet for page in pages)
    if not found:
        yield Finding.stop("no-pages", str(book.id))
    elif book.pages_expected and book.pages_expected != found:
        values = {"expected": book.pages_expected, "found": found}
        yield Finding.stop("page-count", str(book.id), values)


def check_links(book: Book, held: Holding, is_free: Callable[[CaseNumber], bool] = lambda _: True) -> Iterator[Finding]:
    """Pages without a number, each with the one that may be on it, else with the last one before it; and cases without
    a page.

    The pages of a stack that waits for its pairing get their numbers then. `is_free` says of a number that this book
    has not whether it may have it.
    """
    taken: set[CaseNumber] = set()
    before: list[CaseNumber] = []
    for page in held.pages:
        numbers = held.on_pages.get(page.id)
        if numbers is None and page.kind.in_case and not _gets_one_in_time(page, held):
            taken = taken or {*held.numbers, *(entry.number for entry in held.missing)}.difference(held.empty)
            likely = _likely(book, before)
            values: dict[str, Any] = {"order": page.order}
            if likely not in taken and not _is_outside(book, likely) and is_free(likely):
                values["likely"] = str(likely)
                before = [likely]
                taken.add(likely)
            elif before:
                values["before"] = str(max(before))
            yield Finding.stop("page-without-case", page.id, values)
        before = numbers or before
    for number in held.empty:
        yield Finding.stop("case-without-page", str(number))


def _gets_one_in_time(page: Leaf, held: Holding) -> bool:
    return held.open_stack is not None and page.stack == held.open_stack


def _likely(book: Book, before: Sequence[CaseNumber]) -> CaseNumber:
    """The number that may be on a page: one beyond the page before it, or the first of the book."""
    if not before:
        return CaseNumber(book.id.year_first, book.first_number or 1)
    last = max(before)
    return CaseNumber(last.year, last.value + 1)


def _is_outside(book: Book, number: CaseNumber) -> bool:
    _, last = book.listed_span(number.year)
    return last is not None and number.value > last


def check_twins(pages: Sequence[Leaf | Page], twins: Sequence[tuple[str, str, str]]) -> Iterator[Finding]:
    """Pages whose very bytes are those of another page; `twins` as the catalogue tells them. A cover sheet may
    be used as often as one likes.
    """
    orders = {page.id: page.order for page in pages if not page.cover_sheet} if twins else {}
    for page, other, other_book in twins:
        if page not in orders:
            continue
        values = {
            "order": orders[page], "other": other, "other_book": other_book, "other_order": orders.get(other),
        }  # fmt: skip
        yield Finding.look("same-image", page, values)


def check_copies(pages: Sequence[Leaf]) -> Iterator[Finding]:
    """Pages whose delivery copy is missing or stale, spreads that wait to be split by hand, and what the image checks
    said of the others. Nothing is said of cover sheets, of doubts about pages that somebody looked at and confirmed,
    and of blank pages that they look blank.
    """
    for page in pages:
        if page.cover_sheet:
            continue
        if page.for_half:
            yield Finding.look("spread-for-half", page.id, {"order": page.order})
        elif page.undivided:
            at = page.gutter.typed if page.gutter else _MIDDLE
            yield Finding.look("spread-without-gutter", page.id, {"order": page.order, "at": at})
        yield from _check_copy(page)
        for verdict in page.verdicts:
            if not _is_settled(verdict, page):
                values = {"order": page.order, **verdict}
                yield Finding("image", verdict["level"] == Level.STOP, page.id, values)


def _check_copy(page: Leaf) -> Iterator[Finding]:
    found = Finding.stop if page.kind.in_case else Finding.look
    if page.failed:
        yield found("unreadable", page.id, {"order": page.order, "reason": page.failed})
    elif not page.copied:
        yield found("no-copy", page.id, {"order": page.order})


def _is_settled(verdict: dict[str, Any], page: Leaf) -> bool:
    """Whether a person has answered what a check asks. Where it stops a page, nobody's word helps."""
    if verdict["level"] == Level.STOP:
        return False
    return page.looked_at or (verdict["check"] == Check.BLANK and page.kind is PageKind.BLANK)
