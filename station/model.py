"""The things of a register room, as plain values: books, pages, cases and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from drivers.interface import Side
    from station.imaging.page import Cut, Fold
    from station.naming import BookId, CaseNumber, Numbering


class PageKind(StrEnum):
    """What a page is. Only `PAGE` and `DAMAGED` pages belong into a case's PDF."""

    PAGE = "page"
    COVER = "cover"
    BLANK = "blank"
    INDEX = "index"
    DAMAGED = "damaged"

    @property
    def in_case(self) -> bool:
        return self in {PageKind.PAGE, PageKind.DAMAGED}


class PageState(StrEnum):
    """Nothing is ever erased: a page that is not wanted any more keeps its master and its row."""

    KEPT = "kept"
    REPLACED = "replaced"
    DISCARDED = "discarded"


class BookState(StrEnum):
    OPEN = "open"
    SEALED = "sealed"


class Spreads(StrEnum):
    """What becomes of open books in one picture: kept whole, or split at the gutter into two pages."""

    WHOLE = "whole"
    SPLIT = "split"


class Why(StrEnum):
    """Why a number has no page."""

    VOID = "void"
    BLANK = "blank"
    TORN = "torn"
    ILLEGIBLE = "illegible"
    OTHER_BOOK = "other-book"


class Review(StrEnum):
    """Why a person should look whether a page is the one that was due."""

    AFTER_RECONNECT = "after-reconnect"
    AFTER_BREAK = "after-break"
    """The feed before it broke off: a sheet may have gone through without an image, or an image twice."""
    CODES_UNREAD = "codes-unread"
    """The program that looks for the code of a cover sheet failed on it: it may be one."""
    FILE_REFUSED = "file-refused"
    """A file right beside it was not taken: a page may be missing there."""
    CASE_SHORT = "case-short"
    """The same, and the page that is missing is a further one of a case that has its number: no gap tells of it."""
    COVER_LOST = "cover-lost"
    """The file behind it could not be read and may have been a cover sheet: what follows may be of another book."""

    @property
    def blocking(self) -> bool:
        """Whether the book must not be sealed before somebody looked."""
        return self in {Review.CASE_SHORT, Review.COVER_LOST}


@dataclass(frozen=True)
class Registry:
    """The office that kept a book. `prefix` is stored, never computed from typed text.

    `valid_from` and `valid_until` are ISO dates between which it bore this name; None: not known, or until today.
    """

    code: str
    name: str
    place: str
    prefix: str
    valid_from: str | None = None
    valid_until: str | None = None


@dataclass(frozen=True)
class Book:
    """One bound volume. What follows its state is what the work list says of it, None where it does not.

    `shelf` is where it stands, `assigned` who is to scan it, `due` an ISO date. `number_given`: the book bears no
    number, the station gave it one.
    """

    id: BookId
    state: BookState = BookState.OPEN
    first_number: int | None = None
    last_number: int | None = None
    pages_expected: int | None = None
    shelf: str | None = None
    assigned: str | None = None
    due: str | None = None
    number_given: bool = False

    def listed_span(self, year: int) -> tuple[int | None, int | None]:
        """The first and last number of a year that the work list states, None where it does not."""
        first = self.first_number if year == self.id.year_first else None
        return first, self.last_number if year == self.id.year_last else None


@dataclass(frozen=True)
class Exclusion:
    """What an earlier phase has done: the books of a registry and type in these years, one of them, or some numbers.

    `volume` None: all books; the numbers None: all numbers. `source` is the list that says so.
    """

    registry: str
    type: str
    year_first: int
    year_last: int
    volume: int | None
    first_number: int | None
    last_number: int | None
    reason: str
    source: str


@dataclass(frozen=True, order=True)
class Span:
    """The numbers of a year from `first` to `last`, both among them."""

    year: int
    first: int
    last: int

    def __str__(self) -> str:
        numbers = f"{self.first:02}" if self.first == self.last else f"{self.first:02}-{self.last:02}"
        return f"{numbers}/{self.year:04}"

    def __contains__(self, number: CaseNumber) -> bool:
        return number.year == self.year and self.first <= number.value <= self.last


@dataclass(frozen=True)
class Inclusion:
    """A checker's word that an excluded book is to be scanned all the same, or only these numbers of it.

    `withdraws`: an earlier word is taken back by the `operator`; there is no checker then, and a reason need not be.
    """

    book: str
    checker: str
    why: str
    operator: str
    at: str
    spans: tuple[Span, ...] = ()
    withdraws: bool = False

    def covers(self, number: CaseNumber) -> bool:
        """Whether it says something of a number."""
        return not self.spans or any(number in span for span in self.spans)


@dataclass(frozen=True)
class Origin:
    """Where a page came from: who, with what, when, and which file of a folder it was.

    `source_sha256` and `source_index` name a page inside a delivered file, so that a file is never taken twice.
    """

    operator: str
    device: str
    taken_at: str
    source_sha256: str | None = None
    source_index: int = 0
    sheet: int | None = None
    side: str | None = None


@dataclass(frozen=True)
class Part:
    """Which part of another page, an open book, a page is. `copy_of` is the digest under which its copies are kept."""

    whole: str
    cut: Cut
    copy_of: str


@dataclass(frozen=True)
class Page:
    """One page side of a book with its master. `order` counts from 1 within the book; sizes in pixels.

    `feed` is the feed of a device that it came from; `stack` the stack of sheets scanned side by side that it belongs
    to. `review` is why somebody should look at it, None once somebody has; `looked_at` is when somebody last did.
    `part` is None but for the halves of a spread: their master, with its hash and size, is that of the whole.
    `cover_sheet`: it is the station's own printed sheet and no page of the paper book, as long as its kind is cover.
    """

    id: str
    book: BookId
    order: int
    kind: PageKind
    state: PageState
    sha256: str
    file: str
    bytes: int
    width: int
    height: int
    dpi: int | None
    origin: Origin
    replaces: str | None = None
    feed: int | None = None
    stack: int | None = None
    review: Review | None = None
    looked_at: str | None = None
    part: Part | None = None
    cover_sheet: bool = False

    @property
    def is_printed(self) -> bool:
        """Whether it is the station's own printed sheet: it counts as no page, and nothing is said of how it looks."""
        return self.cover_sheet and self.kind is PageKind.COVER

    @property
    def copy_of(self) -> str:
        """The digest under which its delivery copies are kept: the master's, for half a spread one of its own."""
        return self.part.copy_of if self.part else self.sha256


@dataclass(frozen=True)
class Feed:
    """What a device did with the paper of a book, from a trigger to its end; on a flatbed a whole run of triggers.

    `asked` is how many pages were wanted (None: until the paper ends), `fed` how many sheets went in (None: nobody
    counted). `place` is the page that was to be replaced or followed, None for the end of the book. `ending` is
    `paper-ended`, `limit`, `stopped` (by the operator, between two pages), `out-of-order` or the kind of a fault; None
    while it runs and where a crash interrupted it. `number_due` is the number of the page that comes next: at first of
    its own first page, in the end of the page behind its last one.
    """

    id: int
    book: BookId
    device: str
    source: str
    profile: str
    operator: str
    began: str
    asked: int | None = None
    place: str | None = None
    stack: int | None = None
    side: Side | None = None
    ended: str | None = None
    ending: str | None = None
    fed: int | None = None
    kept: int = 0
    last_page: str | None = None
    number_due: str | None = None
    confirmed_by: str | None = None
    confirmed_at: str | None = None


@dataclass(frozen=True)
class Stack:
    """Sheets whose fronts are scanned first and whose backs after that; `numbering` is for the pages once paired."""

    id: int
    book: BookId
    numbering: Numbering | None = None
    joins: bool = False
    covers: int = 0


@dataclass(frozen=True)
class Case:
    """One registered matter with the pages it stands on, in order.

    `marks` are the codes of what somebody saw on the paper, `note` what they wrote beside.
    """

    id: int
    book: BookId
    number: CaseNumber
    date: str | None
    pages: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Missing:
    """A number that has no page, explained by somebody. `other` is the id of the book that has it, if one has."""

    number: CaseNumber
    why: Why
    operator: str
    at: str
    other: str | None = None


@dataclass(frozen=True)
class Rework:
    """A checker's word that a sealed book is opened again. `bag` is what it was sealed in.

    `held`: the bag was held back from sending because of this, and still is.
    """

    bag: str
    checker: str
    why: str
    operator: str
    at: str
    held: bool = False


@dataclass(frozen=True)
class Copy:
    """A delivery copy, keyed by (`Page.copy_of`, recipe key). `gutter` is where that of a whole spread was found."""

    master_sha256: str
    recipe: str
    file: str
    sha256: str
    bytes: int
    width: int
    height: int
    dpi: int
    quality: int
    verdicts: tuple[dict[str, Any], ...] = ()
    gutter: Fold | None = None


@dataclass(frozen=True)
class Finding:
    """Something that `check` found. A blocking one stops packing."""

    code: str
    blocking: bool
    subject: str
    values: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def stop(cls, code: str, subject: str, values: dict[str, Any] | None = None) -> Self:
        """One that stops packing."""
        return cls(code, True, subject, values or {})  # noqa: FBT003 - named by the method

    @classmethod
    def look(cls, code: str, subject: str, values: dict[str, Any] | None = None) -> Self:
        """One that a person should look at."""
        return cls(code, False, subject, values or {})  # noqa: FBT003 - named by the method

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "blocking": self.blocking, "subject": self.subject, **self.values}
