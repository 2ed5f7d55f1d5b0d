"""Which pages make which case: changing it by hand, without ever merging two cases in silence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from station.errors import BadName, Refused, UsageError
from station.naming import CaseNumber

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station.catalogue import Catalogue
    from station.model import Case, Page
    from station.naming import BookId, NamingProfile

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


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
    catalogue: Catalogue, page: Page, numbers: Sequence[CaseNumber], *, join: bool, second: bool, profile: NamingProfile
) -> list[CaseNumber]:
    """Say which cases stand on a page. Returns the numbers as they were given.

    A number that another page has already is another page of the same case when the two lie side by side. Anything
    else has to be said: `join` (another page of that case) or `second` (a second case with this number, which gets a
    suffix). Raises `Refused`.
    """
    if not page.kind.in_case and numbers:
        raise UsageError("page-in-no-case", page=page.id, kind=page.kind)
    orders = {other.id: other.order for other in catalogue.pages(page.book)}
    cases = {case.number: case for case in catalogue.cases(page.book)}
    given = []
    for number in numbers:
        held = [orders[other] for other in _others(cases.get(number), page) if other in orders]
        beside = any(abs(order - page.order) == 1 for order in held)
        if not held or beside or join:
            given.append(number)
        elif second:
            given.append(_free_suffix(number, cases, profile))
        else:
            raise Refused("number-on-other-page", number=str(number), pages=", ".join(map(str, held)), page=page.order)
    catalogue.assign(page, given)
    return given


def _others(case: Case | None, page: Page) -> list[str]:
    return [other for other in case.pages if other != page.id] if case else []


def _free_suffix(number: CaseNumber, taken: dict[CaseNumber, Case], profile: NamingProfile) -> CaseNumber:
    """The next suffix of the profile: the first case with a number keeps it plain, the second gets the first suffix."""
    for suffix in profile.suffixes:
        candidate = CaseNumber(number.year, number.value, suffix)
        if candidate not in taken:
            return candidate
    raise UsageError("no-suffix-left", number=str(number))


def parse_date(text: str) -> str:
    """A registration date: `2005-03-01`, or partial `2005-03`, `2005`. Raises `BadName`; nothing is invented."""
    from datetime import date

    match = _DATE.fullmatch(text.strip())
    if not match:
        raise BadName("bad-date", text=text)
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        date(year or 0, month or 1, day or 1)
    except ValueError as error:
        raise BadName("bad-date", text=text) from error
    return text.strip()


def find_case(catalogue: Catalogue, book: BookId, number: CaseNumber) -> Case:
    """Raises `UsageError` when the book has no such case."""
    for case in catalogue.cases(book):
        if case.number == number:
            return case
    raise UsageError("no-such-case", number=str(number), book=str(book))
