"""How a bag gets its name on a far side that has files: the one order of steps, whatever carries the bytes.

`<name>.part` grows and is resumed by its size; size and digest are verified there; only then is it renamed, never over
another. A crash or a cut before the rename leaves the partial, from which the next attempt goes on; after it, the next
attempt finds the bag there with the right digest and is done.
"""

import posixpath
from typing import Protocol

from outbox.bagfile import BagError, BagFile
from outbox.destinations.base import PARTIAL_SUFFIX, Later, NeedsPerson, Outcome, Progress, Sent, off_loop
from outbox.errors import Code, Reason

_ROUNDS = 2  # a partial that went bad is removed and sent anew once


class FarFiles(Protocol):
    """The verbs of a far folder; names are plain file names in it."""

    async def size(self, name: str) -> int | None:
        """The size of a file there, None when there is none."""
        ...

    async def look(self, name: str, partial: str) -> tuple[int | None, int | None]:
        """The sizes of a bag's final file and of its partial, at once where the far side can."""
        ...

    async def upload(self, bag: BagFile, name: str, offset: int, progress: Progress) -> None:
        """Write the bag's bytes from `offset` on into a file there and make them durable if the far side can."""
        ...

    async def digest(self, name: str) -> str:
        """SHA-256 of what the far side holds, computed there or read back."""
        ...

    async def rename_new(self, old: str, new: str) -> bool:
        """Give a file its final name; false when there is one of that name already."""
        ...

    async def remove(self, name: str) -> None: ...


async def place(far: FarFiles, bag: BagFile, name: str, progress: Progress) -> Outcome:
    """Bring the bag there under its name; what is already there and right is success."""
    try:
        return await _place(far, bag, name, progress)
    except BagError as error:
        return NeedsPerson(error.reason)


async def _place(far: FarFiles, bag: BagFile, name: str, progress: Progress) -> Outcome:
    partial = name + PARTIAL_SUFFIX
    digest = await off_loop(bag.digest)
    present, begun = await far.look(name, partial)
    there = await _judge_present(far, present, bag.size, digest, name)
    for _ in range(_ROUNDS):
        if there is not None:
            return there
        await _grow(far, bag, partial, begun or 0, progress)
        if await far.digest(partial) == digest:
            if await far.rename_new(partial, name):
                return Sent(f"sha256:{digest}")
            there = await _judge_present(far, await far.size(name), bag.size, digest, name)
        else:
            await far.remove(partial)
        begun = None
    return there or Later(Reason(Code.FAR_DIGEST, partial))


async def _grow(far: FarFiles, bag: BagFile, partial: str, size: int, progress: Progress) -> None:
    """Bring the partial from its size to the bag's."""
    if size > bag.size:
        await far.remove(partial)
        size = 0
    progress(size)
    await far.upload(bag, partial, size, progress)


async def _judge_present(
    far: FarFiles, present: int | None, size: int, digest: str, name: str
) -> Sent | NeedsPerson | None:
    """The end of the matter when the final name exists: ours, or another bag's that nobody may replace."""
    if present is None:
        return None
    if present == size and await far.digest(name) == digest:
        await _tidy(far, name + PARTIAL_SUFFIX)
        return Sent(f"sha256:{digest}")
    return NeedsPerson(Reason(Code.FAR_CONFLICT, f"{posixpath.basename(name)}: {present} bytes there, {size} here"))


async def _tidy(far: FarFiles, partial: str) -> None:
    """A second sender may have left its partial beside the finished bag."""
    if await far.size(partial) is not None:
        await far.remove(partial)
