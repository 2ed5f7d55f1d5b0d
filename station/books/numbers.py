"""Which case numbers the pages get that come: counted on from the first, never given to two cases in silence.

The rule of places: each page of what was laid down has its place in the order, and its number follows from the place
alone. A page that does not come, because its file was refused or is in the book already, keeps its place: its numbers
stay free for it, unless it has them, and those of the pages behind it are the same as if it had come. Where nobody can
tell how many pages a refused file has, the pages behind it get no numbers at all. Covers, blank and index pages have no
place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from station.errors import UsageError
from station.naming import BookId, CaseNumber, Numbering
from station.words import Phrase
from station.worklist.exclusions import number_gate, refuse_excluded_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from station.catalogue import Catalogue
    from station.model import Book, Exclusion, PageKind


@dataclass
class NumberGiver:
    """Gives numbers to the pages of one book in the order in which they come; to none without a numbering."""

    catalogue: Catalogue
    book: BookId
    numbering: Numbering | None
    _numbered: int = 0
    _lost: bool = False
    _given: set[CaseNumber] = field(default_factory=set)
    _why_excluded: Callable[[CaseNumber], Exclusion | None] | None = None

    def join_first(self) -> None:
        """Let the first page that comes be another page of the case that has its number already.

        Where a case goes over several pages, the pages that it has count: the rest of them are still to come.
        """
        if self.numbering is None:
            return
        first = self.numbering.first
        held = next((len(case.pages) for case in self.catalogue.cases(self.book) if case.number == first), 0)
        self._numbered = min(held, self.numbering.pages_per_case - 1)
        self._given.update(self.due)

    def refuse_taken(self) -> None:
        """Raise `UsageError` when the next number belongs to a case already: nothing is merged in silence.

        So does a number that an earlier phase has done.
        """
        refuse_excluded_numbers(self.catalogue, self.book, self.due)
        self.refuse_held()

    def refuse_held(self) -> None:
        """The same, whatever an earlier phase has done."""
        for number in self.due:
            holder = self._holder(number)
            if holder:
                raise UsageError("number-taken", book=str(self.book), **taken_by(self.catalogue, holder, number))

    @property
    def due(self) -> list[CaseNumber]:
        """The numbers of the page that would come next."""
        return self.numbering.numbers_of(self._numbered) if self.numbering and not self._lost else []

    @property
    def next_joins(self) -> bool:
        """Whether the page that would come next goes on with a case that has a page already."""
        return any(number in self._given for number in self.due)

    def offer(self, kind: PageKind) -> tuple[list[CaseNumber], CaseNumber | None]:
        """The numbers of the page that comes, none of them if one is taken; and the one that is."""
        due = self.due if kind.in_case else []
        clash = next((number for number in due if self._holder(number)), None)
        return ([], clash) if clash else (due, None)

    def excluded(self, numbers: Iterable[CaseNumber]) -> dict[CaseNumber, Exclusion]:
        """Those of these numbers that an earlier phase has done. The list is read once."""
        if self._why_excluded is None:
            self._why_excluded = number_gate(self.catalogue, self.book)
        found = {number: self._why_excluded(number) for number in numbers}
        return {number: exclusion for number, exclusion in found.items() if exclusion}

    def count(self, numbers: list[CaseNumber], kind: PageKind) -> None:
        """The page came and has these numbers."""
        if kind.in_case:
            self._numbered += 1
            self._given.update(numbers)

    def pass_over(self) -> list[CaseNumber]:
        """The page whose place is next does not come; the numbers that wait for it, but for those that are taken."""
        due = self.due
        self._numbered += 1
        return [number for number in due if number in self._given or not self._holder(number)]

    def lose_count(self) -> bool:
        """Nobody knows how many places are next: no page gets a number from here on. Whether one would have."""
        had, self._lost = bool(self.due), True
        return had

    def pass_known(self, page_id: str) -> list[CaseNumber]:
        """The page whose place is next is in the book already; the numbers that wait for it, none if it has them.

        Those of a spread that was split since then stand on its halves. Where nobody said the first number, it is one
        behind all pages that have theirs: these are not counted again.
        """
        due, own = self.due, self.catalogue.numbers_of_spread(page_id)
        if not due or not self.catalogue.kind_of(page_id).in_case:
            return []
        if due == own:
            self._numbered += 1
            self._given.update(due)
            return []
        counted = own and self.numbering and not self.numbering.told and self._given.isdisjoint(own)
        return [] if counted else self.pass_over()

    def _holder(self, number: CaseNumber) -> str | None:
        return None if number in self._given else self.catalogue.holder(self.book, number)


def taken_by(catalogue: Catalogue, holder: str, number: CaseNumber) -> dict[str, Any]:
    """The values of a sentence about a number that the book `holder` has: the book, the case's first page, both in
    words.
    """
    book = BookId.parse(holder)
    first = next((case.pages[0] for case in catalogue.cases(book) if case.number == number and case.pages), None)
    page = catalogue.find_page(first) if first else None
    words = {"book": holder, "order": page.order, "page": page.id} if page else {"book": holder}
    where = Phrase("number.on-page" if page else "number.without-page", words)
    return {"number": str(number), "holder": holder, "page": page.id if page else None, "where": where}


def next_numbering(catalogue: Catalogue, book: Book, layout: tuple[int, int] | None) -> Numbering | None:
    """How the pages of a book are numbered that a cover sheet opened: from its first number, or behind its last case.

    `layout` is cases on a page and pages for a case; None: no numbers. There are none either where nothing says which
    is the first: the work list does not, or it is a book of several years without a case.
    """
    if layout is None:
        return None
    last = max((case.number for case in catalogue.cases(book.id)), default=None)
    if last:
        return Numbering(CaseNumber(last.year, last.value + 1), *layout, told=False)
    if book.first_number and book.id.one_year:
        return Numbering(CaseNumber(book.id.year_first, book.first_number), *layout, told=False)
    return None


def refuse_appending(catalogue: Catalogue, book: Book, layout: tuple[int, int] | None, *, excluded: bool) -> None:
    """Raise `UsageError` where the next page behind a book could not get its number; see `next_numbering`.

    `excluded`: a checker is about to let through what an earlier phase has done.
    """
    giver = NumberGiver(catalogue, book.id, next_numbering(catalogue, book, layout))
    if excluded:
        giver.refuse_held()
    else:
        giver.refuse_taken()
