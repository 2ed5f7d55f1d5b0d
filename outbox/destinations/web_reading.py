"""What lies at a destination, read back for its digest; a cut line is read on from where it was cut."""

import hashlib
from collections.abc import Awaitable, Callable

from outbox.destinations.base import EndedError, again
from outbox.destinations.patience import Patience
from outbox.destinations.web_errors import Answer
from outbox.errors import Code

Get = Callable[[dict[str, str], Callable[[bytes], object]], Awaitable[Answer]]
"""Gets the file with these headers, its bytes in pieces; raises `EndedError` for every refusal."""


async def read_back(get: Get, limit_s: float) -> str:
    """SHA-256 of the file in hex."""
    reading = _Reading()
    patience = Patience(limit_s)
    while True:
        patience.arrived(reading.done)
        try:
            headers = {"range": f"bytes={reading.done}-"} if reading.done else {}
            answer = await get(headers, reading)
            if headers and answer.status == 200:  # not a part but the whole, of which we had some
                reading = _Reading()
                raise again(Code.CUT, "no ranges in reading")
        except EndedError as ended:
            await patience.after(ended)
        else:
            return reading.whole.hexdigest()


class _Reading:
    """Bytes that came back so far."""

    def __init__(self) -> None:
        self.whole = hashlib.sha256()
        self.done = 0

    def __call__(self, piece: bytes) -> None:
        self.whole.update(piece)
        self.done += len(piece)
