"""The faults that the simulated scanner can show, each bound to the image at which it happens."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

WARM_UP_S = 3.0


class FaultKind(StrEnum):
    """What goes wrong. The first four keep the sheet in the feeder until somebody clears the scanner."""

    JAM = "jam"
    COVER_OPEN = "cover-open"
    BUSY = "busy"
    ERROR = "error"
    """An internal error of the scanner; also what sane-airscan makes of a Stop button, for which eSCL has no word."""
    DISCONNECT = "disconnect"
    STALL = "stall"
    HALF_JPEG = "half-jpeg"
    WARM_UP = "warm-up"
    """The lamp warms up for `WARM_UP_S` before the first byte; nothing is lost."""


BLOCKING = frozenset({FaultKind.JAM, FaultKind.COVER_OPEN, FaultKind.BUSY, FaultKind.ERROR})
"""Faults that stop the scanner before the sheet moves; the others spoil the transfer of a sheet that went through."""


@dataclass(frozen=True)
class Fault:
    """One fault, which happens once, when the image with this index (from 0) is about to be delivered."""

    image: int
    kind: FaultKind

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read ``INDEX:KIND``, the notation of the command line and of the control endpoint."""
        index, _, kind = text.partition(":")
        try:
            return cls(int(index), FaultKind(kind.strip().lower().replace("_", "-")))
        except ValueError:
            kinds = ", ".join(FaultKind)
            raise ValueError(f"{text!r} is no fault: write INDEX:KIND, KIND being one of {kinds}") from None

    def __str__(self) -> str:
        return f"{self.image}:{self.kind}"
