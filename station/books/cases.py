"""Which pages make which case: changing it by hand, without ever merging two cases in silence."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from station import clock
from station.errors import BadName, Refused, UsageError
from station.model import Missing, Why
from station.naming import CaseNumber
from station.registers import marks
from station.tables import typed_date
from station.worklist.exclusions import refuse_excluded_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station.catalogue import Catalogue
    from station.model import Case, Page
    from station.naming import BookId, NamingProfile

_SPAN = re.compile(r"([0-9]{1,5})\s*-\s*([0-9]{1,5})(/[0-9]{4})?")


def find_page(catalogue: Catalogue, book: BookId, text: str) -> Page:
    """A kept page by its id, an unambiguous beginning of it, or its order in the book.

    Raises `UsageError`.
    """
    pages = catalogue.pages(book)
    if text.isascii() and text.isdigit():
        fits = [page for page in pages if page.order == int(text)]
    else:
        fits = [page for page in pages if page.id.startswith(text)]
    if len(fits) != 1:
        raise UsageError("no-such-page", page=text, book=str(book))
    return fits[0]


def assign(
    catalogue: Catalogue,
    page: Page,
    numbers: Sequence[CaseNumber],
    *,
    join: bool,
    second: bool,
    profile: NamingProfile,
    beside: bool = False,
) -> list[CaseNumber]:
    """Say which cases stand on a page, in place of what was said before. Returns the numbers as `settle_numbers`."""
    given = settle_numbers(catalogue, page, numbers, join=join, second=second, profile=profile, beside=beside)
    catalogue.assign(page, given)
    return given


def settle_numbers(
    catalogue: Catalogue,
    page: Page,
    numbers: Sequence[CaseNumber],
    *,
    join: bool,
    second: bool,
    profile: NamingProfile,
    beside: bool = False,
) -> list[CaseNumber]:
    """The numbers as a page may get them; nothing is changed.

    What a number means that another page has already has to be said: `join` (another page of that case) or `second` (a
    second case with this number, which gets a suffix), also when another book of the year has the number. One that the
    page has already stays. `beside`: whoever asks sees both pages, so that the same number on the page next to this one
    is another page of its case. Raises `Refused`.
    """
    if not page.kind.in_case and numbers:
        raise UsageError("page-in-no-case", page=page.id, kind=page.kind)
    orders = {other.id: other.order for other in catalogue.pages(page.book)}
    cases = {case.number: case for case in catalogue.cases(page.book)}
    given = []
    for number in numbers:
        case = cases.get(number)
        held = [orders[other] for other in _others(case, page) if other in orders]
        settled = join or _has(case, page) or (beside and any(abs(order - page.order) == 1 for order in held))
        other_book = None if held else catalogue.other_holder(page.book, number)
        if second and (other_book or held):
            given.append(_free_suffix(catalogue, page.book, number, profile))
        elif other_book and case is None:
            raise Refused("number-in-book", number=str(number), other=other_book, page=page.order, book=str(page.book))
        elif held and not settled:
            raise Refused("number-on-other-page", number=str(number), pages=", ".join(map(str, held)), page=page.order)
        else:
            given.append(number)
    refuse_excluded_numbers(catalogue, page.book, given)
    return given


def _has(case: Case | None, page: Page) -> bool:
    return case is not None and page.id in case.pages


def _others(case: Case | None, page: Page) -> list[str]:
    return [other for other in case.pages if other != page.id] if case else []


def _free_suffix(catalogue: Catalogue, book: BookId, number: CaseNumber, profile: NamingProfile) -> CaseNumber:
    """The next suffix of the profile: the first case with a number keeps it plain, the second gets the first suffix."""
    for suffix in profile.suffixes:
        candidate = CaseNumber(number.year, number.value, suffix)
        if catalogue.holder(book, candidate) is None:
            return candidate
    raise UsageError("no-suffix-left", number=str(number))


def read_numbers(text: str, book: BookId) -> list[CaseNumber]:
    """Numbers as people type them: `12,13`, `14-16`, `14-16/2005`. Raises `BadName`."""
    found = []
    for part in text.split(","):
        span = _SPAN.fullmatch(part.strip())
        if span is None:
            found += [CaseNumber.parse(part, book)] if part.strip() else []
            continue
        first, last = (CaseNumber.parse(f"{end}{span[3] or ''}", book) for end in span.group(1, 2))
        if last.value < first.value:
            raise BadName("bad-number", text=part)
        found += [CaseNumber(first.year, value) for value in range(first.value, last.value + 1)]
    if not found:
        raise BadName("bad-number", text=text)
    return found


def explain_missing(
    catalogue: Catalogue, book: BookId, numbers: Sequence[CaseNumber], entry: tuple[Why, BookId | None], operator: str
) -> list[Missing]:
    """Keep why numbers of a held book have no page: the reason, and the book that has them if another one has.

    Raises `UsageError` for a number that is there, that the work list does not have, or that has a suffix: only the
    first case with a number can be missing. So too when the other book is not named, is this one, or is of another
    register, office or year.
    """
    why, other = entry
    if (why is Why.OTHER_BOOK) != (other is not None):
        raise UsageError("which-other-book", book=str(book))
    if other == book:
        raise UsageError("other-book-is-this", book=str(book))
    for number in numbers if other else ():
        if not _may_hold(other, book, number):
            raise UsageError("other-book-cannot", other=str(other), number=str(number), book=str(book))
    there = {case.number for case in catalogue.cases(book) if case.pages}
    for number in numbers:
        if number.suffix:
            raise UsageError("missing-with-suffix", number=str(number), book=str(book))
        if number in there:
            raise UsageError("number-is-there", number=str(number), book=str(book))
    _refuse_beyond_list(catalogue, book, numbers)
    at = clock.now()
    kept = [Missing(number, why, operator, at, str(other) if other else None) for number in numbers]
    catalogue.explain_missing(book, kept)
    return kept


def _refuse_beyond_list(catalogue: Catalogue, book: BookId, numbers: Sequence[CaseNumber]) -> None:
    from station.completeness.checking import beyond_list

    listed = catalogue.book(book)
    beyond = beyond_list(catalogue, listed, numbers) if listed else []
    if listed and beyond:
        span = f"{listed.first_number or 1}–{listed.last_number or '…'}"
        raise UsageError("missing-beyond-list", book=str(book), numbers=", ".join(map(str, beyond)), span=span)


def _may_hold(other: BookId | None, book: BookId, number: CaseNumber) -> bool:
    """Whether a number of a book can stand in the other one."""
    if other is None or (other.registry, other.type) != (book.registry, book.type):
        return False
    return not other.year_known or other.year_first <= number.year <= other.year_last


def withdraw_missing(catalogue: Catalogue, book: BookId, numbers: Sequence[CaseNumber], operator: str) -> None:
    """Take back why numbers of a held book have no page. Raises `UsageError` for one that nobody explained."""
    explained = {entry.number for entry in catalogue.missing(book)}
    for number in numbers:
        if number not in explained:
            raise UsageError("not-explained", number=str(number), book=str(book))
    catalogue.withdraw_missing(book, numbers, operator, clock.now())


def mark(catalogue: Catalogue, case: Case, codes: Sequence[str], note: str | None, operator: str) -> list[str]:
    """Keep what somebody saw of a case, in place of what was said before; no code and no note take it back.

    Without a `note` the one that is there stays beside the codes. Returns the codes in the order of the profile. Raises
    `UsageError` for a code that the profile has not.
    """
    known = list(marks())
    for code in codes:
        if code not in known:
            raise UsageError("no-such-mark", code=code, known=", ".join(known))
    kept = sorted(set(codes), key=known.index)
    if note is None:
        note = case.note if codes else ""
    catalogue.mark_case(case, kept, unicodedata.normalize("NFC", " ".join(note.split())), operator, clock.now())
    return kept


def parse_date(text: str) -> str:
    """A registration date as ISO: `2005-03-01`, `1.3.2005` or `01/03/2005`, or partial `2005-03`, `3.2005`, `2005`.

    Raises `BadName`; nothing is invented.
    """
    try:
        iso = typed_date(text)
    except ValueError as error:
        raise BadName("bad-date", text=text) from error
    if iso is None:
        raise BadName("bad-date", text=text)
    return iso


def find_case(catalogue: Catalogue, book: BookId, number: CaseNumber) -> Case:
    """Raises `UsageError` when the book has no such case."""
    for case in catalogue.cases(book):
        if case.number == number:
            return case
    raise UsageError("no-such-case", number=str(number), book=str(book))
