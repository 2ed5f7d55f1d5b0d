"""Pages on their way into a comparison, read from their delivery copies."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from station.duplicates.compare import PageView
from station.imaging.checks import measure_paper
from station.imaging.fingerprint import take_fingerprint

if TYPE_CHECKING:
    from pathlib import Path

    from station.catalogue.fingerprints import Sight
    from station.imaging.decode import Pixels
    from station.imaging.recipe import CheckLimits

_KEPT = 150
"""Views in memory at a time, 0.6 MB each: a book is compared with itself in any order."""


@dataclass
class Views:
    """Reads delivery copies below a root. What cannot be read is None, and its page is `unread`."""

    root: Path
    limits: CheckLimits
    unread: dict[str, str] = field(default_factory=dict)
    """Pages, each with its book."""
    _kept: OrderedDict[str, PageView | None] = field(default_factory=OrderedDict)

    def view(self, sight: Sight) -> PageView | None:
        """A page as it is compared; those looked at last are kept."""
        if sight.page not in self._kept:
            read = self._read(sight)
            self._kept[sight.page] = PageView(*read) if read else None
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(sight.page)
        return self._kept[sight.page]

    def fingerprint(self, sight: Sight) -> bytes | None:
        """What a page looks like, for one that has no fingerprint of this version."""
        read = self._read(sight)
        return take_fingerprint(*read).pack() if read else None

    def _read(self, sight: Sight) -> tuple[Pixels, float] | None:
        """The ink of a copy and its resolution."""
        grey = _read_grey(self.root / sight.file)
        if grey is None:
            self.unread[sight.page] = sight.book
            return None
        ink = measure_paper(grey, self.limits).ink
        return ink, sight.dpi * ink.shape[0] / grey.shape[0]


def _read_grey(copy: Path) -> Pixels | None:
    """A copy's pixels, None where it is gone or no picture. OpenCV prints a line of its own for a file that is gone."""
    try:
        data = np.fromfile(copy, np.uint8)
    except OSError:
        return None
    grey = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    return None if grey is None else np.asarray(grey, np.uint8)
