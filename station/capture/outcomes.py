"""What became of a scan or a batch of files: a front end shows it, and goes on from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from station.capture.duplex import ENDS_FRONTS

if TYPE_CHECKING:
    from station.capture.duplex import Pairing
    from station.capture.keeping import ScanResult, Taken
    from station.covers.pile import Pile
    from station.errors import UsageError
    from station.model import Page
    from station.naming import BookId, CaseNumber


@dataclass
class IntakeOutcome:
    """What became of a batch: each file, pages whose copy could not be made, pages without their number."""

    pile: Pile
    taken: list[Taken] = field(default_factory=list)
    unreadable: list[Page] = field(default_factory=list)
    refused_cover: UsageError | None = None
    """Why the book of a cover sheet was not opened; its file and those after it were not taken."""


@dataclass
class ScanOutcome:
    """A whole scan: what came, what ended it, pages whose copy could not be made, pages without their number.

    `pairing`: what became of a stack whose backs these are.
    """

    result: ScanResult
    pile: Pile
    unreadable: list[Page] = field(default_factory=list)
    pairing: Pairing | None = None

    @property
    def went_well(self) -> bool:
        """Whether pages came and nothing but the paper, the pages asked for or the cover of the next book ended it."""
        result = self.result
        ended = result.fault or result.out_of_order or result.stopped or (result.refused_cover and not self.next_book)
        return bool(result.pages) and not ended and result.streak is None

    @property
    def next_book(self) -> str | None:
        """The book whose cover sheet ended the fronts of a stack."""
        refused = self.result.refused_cover
        return refused.values.get("book") if refused and refused.code == ENDS_FRONTS else None

    @property
    def clashes(self) -> list[tuple[Page, CaseNumber]]:
        """Pages that got no number, because the one that was due belongs to another page already."""
        return [*self.pile.clashes, *(self.pairing.clashes if self.pairing else ())]

    @property
    def excluded(self) -> list[tuple[BookId, CaseNumber]]:
        """The numbers of its pages that an earlier phase has done, with their books."""
        return [*self.pile.excluded, *(self.pairing.excluded if self.pairing else ())]
