"""Whether a far folder takes a file and gives it another name, tried with a tiny one that means nothing.

Its names are always the same for one machine, so that the next try clears what a crash has left of the last. Two tries
of one machine may meet: what the other one took away or put there tells nothing, and the try is made again.
"""

import hashlib
import socket
from typing import Final, Protocol

from outbox.destinations.base import PARTIAL_SUFFIX

_SUFFIX: Final = ".probe"  # the receiver takes .tar alone
TRIES: Final = 3


class Probed(Protocol):
    """What a try needs of a far folder; a refusal is raised."""

    async def write_small(self, name: str, data: bytes) -> None:
        """Write a tiny file, over one that is there."""
        ...

    async def rename_probe(self, old: str, new: str) -> bool:
        """Rename without replacing; false when there is a file of the new name, or none of the old one any more."""
        ...

    async def remove_probe(self, name: str) -> None:
        """Remove a file that may be gone; one that may not be removed stays, for bags go there all the same."""
        ...


def probe_name(use: str) -> str:
    """The name of this machine's probes for a use."""
    machine = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
    return f"station-{machine}-{use}{_SUFFIX}"


async def try_writing(far: Probed) -> None:
    """Write and rename as a bag would be, and leave nothing; raises what the far side refuses."""
    name = probe_name("write")
    partial = name + PARTIAL_SUFFIX
    try:
        for _ in range(TRIES):
            await far.remove_probe(name)
            await far.write_small(partial, b"ab")
            if await far.rename_probe(partial, name):
                return
    finally:
        await far.remove_probe(partial)
        await far.remove_probe(name)
