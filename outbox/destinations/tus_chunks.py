"""How much goes into one tus request, and what says that it arrived as it was."""

import base64
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

CHECKED_S: Final = 1.5
"""A chunk with a checksum is lost as a whole by a cut, and each costs a round trip: with a cut every 10 s and 120 ms
the sum is least at sqrt(2 * 0.12 * 10) s."""
SMALLEST: Final = 64 * 1024
LARGEST: Final = 4 * 1024 * 1024
_FIRST = 256 * 1024


class ChunkSizes:
    """All that is left in one request; with checksums so much as the line takes in `CHECKED_S`, by the last chunk."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._checked = _FIRST

    def next(self, left: int, *, checked: bool) -> int:
        """The size of the next chunk of `left` bytes."""
        size = min(left, self._checked) if checked else left
        return min(size, self._bound) if self._bound else size

    @contextmanager
    def timed(self, size: int) -> Iterator[None]:
        """Learn from how long a chunk takes; one that failed halves the next."""
        began = time.monotonic()
        try:
            yield
        except BaseException:
            self._checked = max(SMALLEST, self._checked // 2)
            raise
        spent = max(time.monotonic() - began, 1e-3)
        wanted = int(size / spent * CHECKED_S)
        self._checked = max(SMALLEST, min(LARGEST, 2 * self._checked, wanted))


def checksum_header(data: bytes) -> dict[str, str]:
    """What makes a server with the checksum extension refuse a damaged chunk (460)."""
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    return {"upload-checksum": f"sha256 {digest}"}
