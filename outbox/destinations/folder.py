"""A folder as destination: a mounted share, a second disk.

Every system call on it may hang with a dead network mount, so each runs off the loop with a time limit.
"""

import errno
import hashlib
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from outbox import durable
from outbox.bagfile import BagFile
from outbox.destinations.base import (
    EndedError,
    Later,
    Outcome,
    Pace,
    Progress,
    needs_person,
    no_receipt,
    off_loop,
    offline,
    unhurried,
)
from outbox.destinations.placing import place
from outbox.destinations.settings import NO_PROGRESS_S, FolderSettings
from outbox.errors import Code, Reason
from outbox.receipts import LARGEST, receipt_name

_CHUNK = 1 << 20
_SLOW_S = 120.0  # fsync of a whole bag on a slow share
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS}

T = TypeVar("T")


class FolderDestination:
    """Bags go into a folder that somebody else made; it is never created here."""

    def __init__(self, settings: FolderSettings, no_progress_s: float = NO_PROGRESS_S, pace: Pace = unhurried) -> None:
        self._settings = settings
        self._pace = pace
        self._folder = settings.path
        self._limit_s = no_progress_s

    @property
    def name(self) -> str:
        return self._settings.name

    async def deliver(self, bag: BagFile, name: str, progress: Progress) -> Outcome:
        try:
            await self._require_folder()
            return await self._judged(partial(place, self, bag, name, progress))
        except EndedError as ended:
            return ended.outcome

    async def fetch_receipt(self, bag_id: str) -> bytes | None:
        try:
            await self._require_folder()
            return await self._judged(lambda: self._call(partial(_read_small, self._folder / receipt_name(bag_id))))
        except EndedError as ended:
            raise no_receipt(ended) from ended

    async def check(self) -> Reason | None:
        try:
            await self._require_folder()
            writable = await self._call(partial(os.access, self._folder, os.W_OK | os.X_OK))
        except EndedError as ended:
            return ended.outcome.reason
        return None if writable else Reason(Code.FAR_PERMISSION, str(self._folder))

    async def close(self) -> None:
        return None

    # the verbs of FarFiles

    async def size(self, name: str) -> int | None:
        return await self._call(partial(_size, self._folder / name))

    async def look(self, name: str, partial: str) -> tuple[int | None, int | None]:
        return await self.size(name), await self.size(partial)

    async def upload(self, bag: BagFile, name: str, offset: int, progress: Progress) -> None:
        descriptor = await self._call(partial(_open_partial, self._folder / name))
        try:
            while offset < bag.size:
                await self._pace(min(_CHUNK, bag.size - offset))
                offset += await self._call(partial(_copy_chunk, bag, descriptor, offset))
                progress(offset)
            await self._call(partial(os.fsync, descriptor), _SLOW_S)
        finally:
            await self._call(partial(os.close, descriptor), _SLOW_S)

    async def digest(self, name: str) -> str:
        """Read back past the page cache, where the system lets go of it: the share answers and not our memory."""
        whole = hashlib.sha256()
        descriptor = await self._call(partial(_open_for_read_back, self._folder / name))
        try:
            while chunk := await self._call(partial(os.read, descriptor, _CHUNK)):
                whole.update(chunk)
        finally:
            await self._call(partial(os.close, descriptor))
        return whole.hexdigest()

    async def rename_new(self, old: str, new: str) -> bool:
        try:
            await self._call(partial(durable.move_new, self._folder / old, self._folder / new), _SLOW_S)
        except FileExistsError:
            return False
        return True

    async def remove(self, name: str) -> None:
        await self._call(partial((self._folder / name).unlink, missing_ok=True))

    async def _require_folder(self) -> None:
        if not await self._call(self._folder.is_dir):
            raise needs_person(Code.FOLDER_MISSING, str(self._folder))
        if self._settings.mounted and not await self._call(partial(os.path.ismount, self._folder)):
            raise needs_person(Code.NOT_MOUNTED, str(self._folder))

    async def _call(self, work: Callable[[], T], limit_s: float | None = None) -> T:
        try:
            return await off_loop(work, limit_s or self._limit_s)
        except TimeoutError as error:
            raise offline(Code.STALLED, str(self._folder)) from error

    async def _judged(self, work: Callable[[], Awaitable[T]]) -> T:
        try:
            return await work()
        except durable.StorageFull as error:
            raise EndedError(Later(Reason(Code.FAR_FULL, error.detail))) from error
        except OSError as error:
            await self._require_folder()
            raise self._ended_by(error) from error

    def _ended_by(self, error: OSError) -> EndedError:
        detail = f"{error.filename or self._folder}: {error.strerror}"
        if error.errno in _FULL:
            return EndedError(Later(Reason(Code.FAR_FULL, detail)))
        if error.errno in _NOT_ALLOWED:
            return needs_person(Code.FAR_PERMISSION, detail)
        return EndedError(Later(Reason(Code.FAR_FAILURE, detail)))


def _size(path: Path) -> int | None:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return None


def _open_partial(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)


def _copy_chunk(bag: BagFile, descriptor: int, offset: int) -> int:
    return os.pwrite(descriptor, bag.read(offset, _CHUNK), offset)


def _open_for_read_back(path: Path) -> int:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with suppress(OSError):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    return descriptor


def _read_small(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
