"""What two pages are to each other, and from which measures on: plain values, free of image libraries.

Measured on drawn registers of several forms and clerks and on real ones, each taken twice: see `tests/bench`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

FOUND, MISSED = 0.88, 0.75
"""Correlation from which a piece is there again, and below which something else stands in its place.

Both are parts of what the pair reaches where the ink is the same. Of some 450 pieces of a page taken again, 30 at most
came below the second, mostly none; of another page of the same typed form 22 at least, where four words are written 7.
"""
BETTER = 0.08
"""By so much better than usual on other pages of the form must a piece be found again to speak for the same page."""
LEAST_OWN = 8
"""Pieces of its own that a page must have before it can be told from others of its form."""
LEAST_OTHER = 10
"""Pieces that one of two pages must have, and the other not, before they are different pages."""
MOST_MISSED_PART = 0.3
"""Of the pieces that tell, the part that may be missing on a second scan: a shadow, a later remark, a torn corner."""

MOST_MISSED_UNTOLD = 0.1
"""The same where no page tells print from writing, so that print counts as what is shared."""
MOST_MISSED_OF_ALL = 0.12
"""The same of all pieces, print as well."""


class Outcome(StrEnum):
    """What came of a comparison."""

    SAME = "same"
    OTHER = "other"
    CANNOT_TELL = "cannot-tell"
    """Both show the form and next to nothing else."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What came of it: pieces that only these two pages have, and those of either that the other lacks.

    `form_known`: another page of the form was there, to tell print from writing.
    """

    outcome: Outcome
    shared: int = 0
    missed: int = 0
    form_known: bool = False

    @property
    def part(self) -> float:
        """The part of the telling pieces that is there on both pages."""
        told = self.shared + self.missed
        return round(self.shared / told, 3) if told else 0.0
