"""Counting paper: which sheet and side an image is of, and how many sheets a feeder has drawn in."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.faults import FaultKind
from drivers.interface import Side, Source

# What a device says before it moves any paper.
_NOTHING_MOVED = {
    FaultKind.FEEDER_EMPTY,
    FaultKind.COVER_OPEN,
    FaultKind.BUSY,
    FaultKind.ACCESS_DENIED,
    FaultKind.UNSUPPORTED_SETTING,
    FaultKind.STOPPED_AT_DEVICE,
}
# What only paper on its way can cause.
_MOVED = {FaultKind.JAM, FaultKind.DOUBLE_FEED}


@dataclass
class FeedCount:
    """The paper of one feed. An image that has begun counts as drawn in, even where it never gets whole."""

    source: Source
    images: int = 0
    _begun: int = 0

    @property
    def sides(self) -> int:
        return 2 if self.source is Source.ADF_DUPLEX else 1

    @property
    def sheets_fed(self) -> int | None:
        """None on the glass, where nothing is drawn in."""
        return None if self.source is Source.FLATBED else -(-self._begun // self.sides)

    @property
    def place(self) -> tuple[int, Side]:
        """Sheet and side of the image that comes next."""
        return self.images // self.sides + 1, Side.BACK if self.images % self.sides else Side.FRONT

    @property
    def is_between_sides(self) -> bool:
        return self.images % self.sides != 0

    def begin(self) -> None:
        """An image of the next place is on its way: its sheet has moved."""
        self._begun = self.images + 1

    def keep(self) -> None:
        """The image came whole."""
        self.begin()
        self.images += 1

    def end_in(self, kind: FaultKind, *, data_came: bool) -> None:
        """The image at hand ended in a fault.

        A start that was refused moved nothing, except where the fault is one of paper on its way. A start that
        succeeded did, except where the device says before the first byte that it could not: sane-airscan starts in any
        case.
        """
        if kind in _MOVED:
            self.begin()
        elif kind in _NOTHING_MOVED and not data_came:
            self._begun = self.images
