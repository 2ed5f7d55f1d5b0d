"""What two pages are to each other, and from which measures on: plain values, free of image libraries.

Measured on drawn registers of several forms and clerks and on real ones, each taken twice: see `tests/bench`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

FOUND, MISSED = 0.75, 0.5
"""Correlation from which a piece is there again, and below which something else stands in its place."""
BETTER = 0.15
"""By so much better than on any other page of the form must a piece be found again to speak for the same page."""
LEAST_OWN = 10
"""Pieces of its own that a page must have before it can be told from others of its form."""
MOST_MISSED_PART = 0.3
"""Of the pieces that tell, the part that may be missing on a second scan: a shadow, a later remark, a torn corner."""


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
