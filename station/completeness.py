"""Whether a book is complete: what is missing, double or in doubt. A blocking finding stops packing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from station.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from station.catalogue import Catalogue
    from station.model import Book, Case, Copy, Missing, Page
    from station.naming import CaseNumber


def check_book(catalogue: Catalogue, book: Book, recipe_key: str) -> list[Finding]:
    """Everything that can be said against a book, in the order of its pages and numbers."""
    pages, cases = catalogue.pages(book.id), catalogue.cases(book.id)
    on_pages = catalogue.numbers_of_pages(book.id)
    elsewhere = catalogue.other_books_with(book.id, (case.number for case in cases))
    return [
        *_check_counts(book, pages),
        *_check_pages(pages, on_pages),
        *_check_cases(cases),
        *_check_numbers(book, [case.number for case in cases], catalogue.missing(book.id)),
        *(Finding.stop("number-in-other-book", str(n), {"book": other}) for n, other in sorted(elsewhere.items())),
        *_check_order(pages, on_pages),
        *_check_twins(catalogue, book),
        *_check_copies(pages, catalogue.copies(book.id, recipe_key)),
    ]


def find_gaps(numbers: Iterable[int], first: int, last: int) -> list[int]:
    """Numbers of `first`..`last` that are not there."""
    there = set(numbers)
    return [number for number in range(first, last + 1) if number not in there]


def _check_counts(book: Book, pages: Sequence[Page]) -> Iterator[Finding]:
    if not pages:
        yield Finding.stop("no-pages", str(book.id))
    elif book.pages_expected and book.pages_expected != len(pages):
        values = {"expected": book.pages_expected, "found": len(pages)}
        yield Finding.stop("page-count", str(book.id), values)


def _check_pages(pages: Sequence[Page], on_pages: dict[str, list[CaseNumber]]) -> Iterator[Finding]:
    for page in pages:
        if page.kind.in_case and page.id not in on_pages:
            yield Finding.stop("page-without-case", page.id, {"order": page.order})


def _check_cases(cases: Sequence[Case]) -> Iterator[Finding]:
    for case in cases:
        if not case.pages:
            yield Finding.stop("case-without-page", str(case.number))


def _check_numbers(book: Book, numbers: Sequence[CaseNumber], missing: Sequence[Missing]) -> Iterator[Finding]:
    """Gaps and numbers beyond the work list, year by year: numbers restart at 1 each year.

    The work list says where the book begins and ends, as far as it knows. Without it the first volume of a year begins
    at 1; a second or third one goes on from the volume before, so its own first number counts.
    """
    explained = {(entry.number.year, entry.number.value) for entry in missing}
    for year in range(book.id.year_first, book.id.year_last + 1):
        found = sorted({number.value for number in numbers if number.year == year})
        first, last = _span(book, year, found)
        for number in find_gaps(found, first, last):
            if (year, number) not in explained:
                yield Finding.stop("gap", f"{number:02}/{year}")
        for number in found:
            if not first <= number <= last:
                yield Finding.stop("beyond-list", f"{number:02}/{year}", {"first": first, "last": last})


def _span(book: Book, year: int, found: Sequence[int]) -> tuple[int, int]:
    """The first and last number that a year must have. A year of the book without any number lacks at least one."""
    first = found[0] if found and book.id.volume > 1 and year == book.id.year_first else 1
    if year == book.id.year_first and book.first_number:
        first = book.first_number
    last = found[-1] if found else first
    if year == book.id.year_last and book.last_number:
        last = book.last_number
    return first, last


def _check_order(pages: Sequence[Page], on_pages: dict[str, list[CaseNumber]]) -> Iterator[Finding]:
    """Numbers that go backwards from one page to the next: a page out of its place, or a wrong number."""
    before: CaseNumber | None = None
    for page in pages:
        for number in on_pages.get(page.id, ()):
            if before and (number.year, number.value) < (before.year, before.value):
                values = {"number": str(number), "before": str(before), "order": page.order}
                yield Finding.look("number-out-of-order", page.id, values)
            before = number


def _check_twins(catalogue: Catalogue, book: Book) -> Iterator[Finding]:
    orders = {page.id: page.order for page in catalogue.pages(book.id)}
    for page, other, other_book in catalogue.same_masters(book.id):
        values = {"order": orders[page], "other": other, "book": other_book, "other_order": orders.get(other)}
        yield Finding.look("same-image", page, values)


def _check_copies(pages: Sequence[Page], copies: dict[str, Copy]) -> Iterator[Finding]:
    """Pages whose delivery copy is missing or stale, and what the image checks said of the others."""
    for page in pages:
        copy = copies.get(page.sha256)
        if copy is None:
            found = Finding.stop if page.kind.in_case else Finding.look
            yield found("no-copy", page.id, {"order": page.order})
            continue
        for verdict in copy.verdicts:
            if verdict["level"] != "ok":
                values = {"order": page.order, **{key: verdict[key] for key in ("check", "value", "threshold")}}
                yield Finding("image", verdict["level"] == "stop", page.id, values | {"level": verdict["level"]})


def count_by_code(findings: Iterable[Finding]) -> dict[str, int]:
    return dict(Counter(finding.code for finding in findings))
