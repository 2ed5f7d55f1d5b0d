"""The things of a register room, as plain values: books, pages, cases and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from station.naming import BookId, CaseNumber


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


class Why(StrEnum):
    """Why a number has no page."""

    VOID = "void"
    BLANK = "blank"
    TORN = "torn"
    ILLEGIBLE = "illegible"
    OTHER_BOOK = "other-book"


@dataclass(frozen=True)
class Registry:
    """The office that kept a book. `prefix` is stored, never computed from typed text."""

    code: str
    name: str
    place: str
    prefix: str


@dataclass(frozen=True)
class Book:
    """One bound volume. Numbers and page count are what the work list says, None where it does not."""

    id: BookId
    state: BookState = BookState.OPEN
    first_number: int | None = None
    last_number: int | None = None
    pages_expected: int | None = None


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
class Page:
    """One page side of a book with its master. `order` counts from 1 within the book; sizes in pixels."""

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


@dataclass(frozen=True)
class Case:
    """One registered matter with the pages it stands on, in order."""

    id: int
    book: BookId
    number: CaseNumber
    date: str | None
    pages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Missing:
    """A number that has no page, explained by somebody."""

    number: CaseNumber
    why: Why
    operator: str
    at: str


@dataclass(frozen=True)
class Copy:
    """A delivery copy, keyed by (master hash, recipe key)."""

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
