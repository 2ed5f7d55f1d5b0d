"""Checking one book, or all of them in a few queries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from station.capture.paper import check_paper
from station.catalogue.holdings import Holding
from station.completeness import pages as on_paper
from station.completeness.counted import check_counted
from station.completeness.explanations import is_beyond_list
from station.completeness.numbers import Series, check_dates, check_numbers, check_seconds, group_series
from station.completeness.order import check_order
from station.completeness.volumes import check_volumes
from station.model import Finding
from station.naming import BookId
from station.worklist.exclusions import ExclusionList, reason_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from station.catalogue import Catalogue
    from station.model import Book
    from station.naming import CaseNumber
    from station.registers.columns import Uncounted

_NOTHING = Holding()


@dataclass(frozen=True)
class _Books:
    """What was read for checking some books. `doubtful` are those whose feeds or sides want a closer look."""

    catalogue: Catalogue
    held: Mapping[str, Holding]
    series: Mapping[tuple[str, str], Series]
    exclusions: ExclusionList
    doubtful: Container[str]
    twins: Mapping[str, Sequence[tuple[str, str, str]]]
    uncounted: Uncounted
    suffixes: str

    def findings(self, book: Book) -> Iterator[Finding]:
        """Everything that can be said against a book, in the order of its pages and numbers."""
        held = self.held.get(str(book.id), _NOTHING)
        exclusion = self.exclusions.of_book(book.id)
        if exclusion:
            if held.pages:
                values = {"reason": reason_of(exclusion), "source": exclusion.source}
                yield Finding.stop("book-excluded", str(book.id), values)
            return
        yield from on_paper.check_counts(book, held.pages)
        yield from check_counted(book, self.uncounted) if held.pages else ()
        if str(book.id) in self.doubtful:
            yield from check_paper(self.catalogue, book, self.catalogue.pages(book.id))
        gate = self.exclusions.number_gate(book.id)
        series = self.series[book.id.registry, book.id.type]
        yield from on_paper.check_links(book, held, lambda one: not (gate(one) or series.others_with(book, one)))
        yield from check_volumes(book, series.books, self.exclusions.of_book)
        yield from check_numbers(book, series, held, gate, self._is_done)
        yield from check_seconds(book, series, held, self.suffixes)
        yield from check_dates(held)
        yield from check_order(held.pages, held.on_pages)
        yield from on_paper.check_twins(held.pages, self.twins.get(str(book.id), ()))
        yield from on_paper.check_copies(held.pages)

    def _is_done(self, book: str, number: CaseNumber) -> bool:
        """Whether an earlier phase has done a number of another book."""
        other = BookId.parse(book)
        return self.exclusions.of_book(other) is not None or self.exclusions.number_gate(other)(number) is not None


def check_book(
    catalogue: Catalogue, book: Book, recipe_key: str, uncounted: Uncounted = "remark", suffixes: str = ""
) -> list[Finding]:
    """Everything that can be said against a book, in the light of the other books of its years.

    `suffixes` are those of the naming profile, in their order.
    """
    held = catalogue.holdings(recipe_key, book.id)
    series = _read_series(catalogue, book.id, {owner for owner, holding in held.items() if holding.opened})
    read = _Books(
        catalogue, held, {(book.id.registry, book.id.type): series}, ExclusionList.read(catalogue, book.id),
        {str(book.id)}, catalogue.same_masters(book.id), uncounted, suffixes,
    )  # fmt: skip
    return list(read.findings(book))


def beyond_list(catalogue: Catalogue, book: Book, numbers: Iterable[CaseNumber]) -> list[CaseNumber]:
    """Those of these numbers that the work list says a book cannot have."""
    series = _read_series(catalogue, book.id)
    return [number for number in numbers if is_beyond_list(book, series, number)]


def _read_series(catalogue: Catalogue, book: BookId, opened: Container[str] = ()) -> Series:
    """The books of a book's years; those with numbers and those of `opened` were opened."""
    numbers = catalogue.numbers_of_series(book)
    return Series(catalogue.books_of_series(book), numbers, lambda one: str(one.id) in numbers or str(one.id) in opened)


def check_books(
    catalogue: Catalogue, recipe_key: str, uncounted: Uncounted = "remark", suffixes: str = ""
) -> Iterator[tuple[Book, list[Finding]]]:
    """The same of every book of the work list, in its order."""
    books, held = catalogue.books(), catalogue.holdings(recipe_key)
    series = {
        key: Series(group, _numbers_of(group, held), lambda one: held.get(str(one.id), _NOTHING).opened)
        for key, group in group_series(books).items()
    }
    read = _Books(
        catalogue,
        held,
        series,
        ExclusionList.read(catalogue),
        catalogue.books_in_doubt(),
        catalogue.same_masters(),
        uncounted,
        suffixes,
    )
    for book in books:
        yield book, list(read.findings(book))


def _numbers_of(books: Iterable[Book], held: Mapping[str, Holding]) -> dict[str, list[CaseNumber]]:
    return {str(book.id): held[str(book.id)].numbers for book in books if str(book.id) in held}


def count_by_code(findings: Iterable[Finding]) -> dict[str, int]:
    return dict(Counter(finding.code for finding in findings))
