"""Cases that are not as others are: codes that follow a case into `book.json` and the note of its row."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from station.model import PageKind
from station.registers import marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from station.model import Book, Case

_PARTS_OF_A_WHOLE_DATE = 3


class CaseException(StrEnum):
    """Why a case is not as others are."""

    NUMBER_ASSIGNED = "number-assigned"
    YEAR_UNKNOWN = "year-unknown"
    DAMAGED = "damaged"
    SECOND_NUMBER = "second-number"
    NO_DATE = "no-date"
    PARTIAL_DATE = "partial-date"


def exceptions_of(book: Book, case: Case, kinds: Mapping[str, PageKind]) -> tuple[str, ...]:
    """What is particular about a case of a book, what people said of it last; `kinds` has the kind of each page."""
    dated = len(case.date.split("-")) if case.date else 0
    found = {
        CaseException.NUMBER_ASSIGNED: book.number_given,
        CaseException.YEAR_UNKNOWN: not book.id.year_known,
        CaseException.DAMAGED: any(kinds[page] is PageKind.DAMAGED for page in case.pages),
        CaseException.SECOND_NUMBER: bool(case.number.suffix),
        CaseException.NO_DATE: not dated,
        CaseException.PARTIAL_DATE: 0 < dated < _PARTS_OF_A_WHOLE_DATE,
    }
    return tuple(dict.fromkeys([*(code for code, holds in found.items() if holds), *case.marks]))


def notes_of(codes: Iterable[str], words: Mapping[str, str], typed: str = "", remark: str = "") -> str:
    """The note of a case: what was typed, a remark beside a mark, then the words of its codes.

    What a note says already is not said again. `words` is the profile's table of notes, before the words of the marks;
    a code without words is not noted.
    """
    said = {code: mark.vi for code, mark in marks().items()} | dict(words)
    wanted = [remark, *(said[code] for code in codes if code in said)]
    return "; ".join([*([typed] if typed else []), *(text for text in wanted if text and text not in typed)])
