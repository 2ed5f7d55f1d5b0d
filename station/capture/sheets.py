"""In which order a driver has to give the sides of its sheets: what else comes is a defect of the driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.interface import Side, Source

if TYPE_CHECKING:
    from drivers.interface import RawImage


class SideCounter:
    """Follows the images of one trigger: a flatbed gives one, a feeder sheet by sheet, both sides of each if duplex."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._images = 0

    @property
    def due(self) -> tuple[int, Side] | None:
        """Sheet (from 1) and side of the image that has to come next; None: no further one may come."""
        if self._source is Source.FLATBED:
            return None if self._images else (1, Side.FRONT)
        if self._source is Source.ADF:
            return self._images + 1, Side.FRONT
        return self._images // 2 + 1, Side.BACK if self._images % 2 else Side.FRONT

    def fits(self, image: RawImage) -> bool:
        """Count an image; False, and nothing counted, when it is not the one that is due."""
        if self.due != (image.sheet, image.side):
            return False
        self._images += 1
        return True
